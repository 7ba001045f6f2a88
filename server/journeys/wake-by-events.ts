import { sql } from 'kysely'
import type { PropertyFilter } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { propertyPredicate } from '../conditions/property-filter.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { matchEvents } from './enrol.sql.ts'
import { loadGraphs } from './versions.sql.ts'
import { findAwaiting, wakeByPairs } from './wake-enrolments.sql.ts'
import type { Pair } from './wake-enrolments.sql.ts'

/**
 * Events in, ids of contacts whose waiting enrolment one of them ends out. The enrolment becomes due at once and
 * remembers what woke it; moving on is left to advanceEnrolments (a paused journey moves on when it is resumed).
 * A second run wakes nobody. The caller holds the contacts' rows.
 */
export async function wakeByEvents(db: Db, events: ProcessedEvent[], now: Date): Promise<number[]> {
  const acts = events.filter(event => !event.is_machine)
  if (acts.length === 0) return []
  const pairs = await findAwaiting(db, acts)
  if (pairs.length === 0) return []
  const fitting = await thoseThatFit(db, pairs)
  const woken = [...new Map(fitting.toReversed().map(pair => [pair.id, pair])).values()]
  if (woken.length > 0) await wakeByPairs(db, woken, now)
  return [...new Set(woken.map(pair => pair.contact_id))]
}

/** Leaves out the events whose properties are not what the step waits for; one reading of them for all steps that ask for some. */
async function thoseThatFit(db: Db, pairs: Pair[]): Promise<Pair[]> {
  const graphs = await loadGraphs(db, [...new Set(pairs.map(pair => pair.version_id))])
  const filtersOf = ({ version_id, step_key }: Pair): PropertyFilter[] => {
    const step = graphs.get(version_id)?.steps[step_key]
    return step?.kind === 'wait_for_event' ? step.where ?? [] : []
  }
  const groups = [...Map.groupBy(pairs, pair => `${pair.version_id}:${pair.step_key}`).values()].map(group => ({ group, filters: filtersOf(group[0]!) }))
  const asking = groups.filter(({ filters }) => filters.length > 0)
  const asked = [...new Map(asking.flatMap(({ group }) => group).map(pair => [pair.event_id, { contact_id: pair.contact_id, id: pair.event_id, occurred_at: pair.occurred_at }])).values()]
  const matching = await matchEvents(db, asked, asking.map(({ filters }) => sql<boolean>`(${sql.join(filters.map(propertyPredicate), sql` and `)})`))
  const unfit = new Set(asking.flatMap(({ group }, index) => group.filter(pair => !matching[index]!.has(pair.event_id))))
  return pairs.filter(pair => !unfit.has(pair))
}
