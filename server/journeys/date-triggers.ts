import type { Db } from '../base/db.ts'
import { findClockCandidates } from '../segments/find-clock-candidates.sql.ts'
import type { DateTrigger } from './date-triggers.sql.ts'

const hour = 3_600_000
const day = 24 * hour
/** Nobody's date lies further back. */
const oldestYears = 130

/** Zones of the world differ by whole quarters of an hour, so it is some people's moment only at these; others need no look. */
export function isSomebodysMoment(at: string, { from, upTo }: { from: Date, upTo: Date }): boolean {
  const quarter = hour / 4
  const minutes = Number(at.slice(3)) * 60_000 % quarter
  // A time that a jump of the clock leaves out falls on a whole quarter.
  return [0, minutes].some(phase => Math.floor((upTo.getTime() - phase) / quarter) > Math.floor((from.getTime() - phase) / quarter))
}

/**
 * Contacts whose date may mean a moment in (from, upTo], by id, those after `after`: found by the indexes of dates, a
 * range for each year that an anniversary may have come from, a day wider on both sides than any zone needs.
 */
export async function findDated(db: Db, journeyId: number, trigger: DateTrigger, { from, upTo }: { from: Date, upTo: Date }, after: number, limit: number): Promise<number[]> {
  const years = trigger.repeat === 'once' ? [0] : Array.from({ length: oldestYears + 2 }, (_, index) => index - 1)
  const edges = years.map(year => ({ kind: 'field' as const, field: trigger.field, offset: trigger.offset_days * day + Math.round(year * 365.2425) * day }))
  const wider = trigger.repeat === 'once' ? 0 : 2 * day
  const found = await findClockCandidates(db, [{ id: journeyId, revision: 1, clock_at: new Date(from.getTime() - 40 * hour - wider), edges }], new Date(upTo.getTime() + 16 * hour + wider), after, limit)
  return found.map(one => one.contact_id)
}
