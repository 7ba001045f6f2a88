import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { findDated, isSomebodysMoment } from '../journeys/date-triggers.ts'
import { datedBetween, datedJourneys, setDatesClock, tryDatedJourney } from '../journeys/date-triggers.sql.ts'
import type { DatedJourney } from '../journeys/date-triggers.sql.ts'
import { candidate, enrolAllowed } from '../journeys/enrol.ts'
import { moveOn } from './advance-journeys.ts'
import { applyChanges, changesOfWays } from './apply-changes.ts'
import { settledUpTo } from './pass-clock-edges.ts'

/** A program that was down, or a journey that was paused, still lets in whose moment was this long ago; who came earlier is counted as missed. */
export const lateByMost = 24 * 3_600_000
const manyAtOnce = 1000

/**
 * Lets people into journeys at a date of their card, on the calendar of their own time zone. Everybody's entry is known by
 * its day, so looking twice, by two workers, after a crash or a pause, lets nobody in twice. Always false: one pass finds everybody.
 */
export async function startByDates(app: App): Promise<boolean> {
  const now = app.now()
  for (const journey of await datedJourneys(app.db)) {
    const from = new Date(Math.max(journey.since.getTime(), now.getTime() - lateByMost))
    const upTo = await settledUpTo(app, now)
    const between = { from, upTo: now }
    if (!isSomebodysMoment(journey.trigger.at, between) && journey.since >= from) {
      // Nothing was to be found; the clock is written only now and then.
      if (now.getTime() - journey.since.getTime() > 60_000) await setDatesClock(app.db, journey.journey_id, upTo, 0)
      continue
    }
    await ensureMonths(app, [now])
    const missed = journey.since < from ? await countMissed(app, journey, { from: journey.since, upTo: from }, now) : 0
    if (await letIn(app, journey, between, now)) await setDatesClock(app.db, journey.journey_id, upTo, missed)
  }
  return false
}

/** False: another worker is at it, or the journey was paused meanwhile. */
async function letIn(app: App, journey: DatedJourney, between: { from: Date, upTo: Date }, now: Date): Promise<boolean> {
  const active = new Map([[journey.journey_id, journey]])
  for (let after = 0; ;) {
    const found = await findDated(app.db, journey.journey_id, journey.trigger, between, after, manyAtOnce)
    if (found.length === 0) return true
    const isOurs = await withTransaction(app.db, async tx => {
      if (!await tryDatedJourney(tx, journey.journey_id)) return false
      const context = { ...await loadConditionContext(tx), now }
      const due = await datedBetween(tx, found, journey.trigger, between, context)
      if (due.length === 0) return true
      const held = await lockContacts(tx, due.map(one => one.contact_id))
      // Asked again now that nobody else writes their cards.
      const dated = await datedBetween(tx, [...held], journey.trigger, between, context)
      const { enrolled } = await enrolAllowed(tx, active, dated.map(one => ({ ...candidate(journey, one.contact_id), trigger_key: `date:${one.day}:${journey.trigger.field}`, since: now })), now)
      if (enrolled.length === 0) return true
      await moveOn(tx, app, enrolled.map(one => one.contact_id), now)
      await applyChanges(tx, app, await changesOfWays(tx, enrolled), now)
      return true
    })
    if (!isOurs) return false
    after = found.at(-1)!
  }
}

async function countMissed(app: App, journey: DatedJourney, between: { from: Date, upTo: Date }, now: Date): Promise<number> {
  const context = { ...await loadConditionContext(app.db), now }
  let missed = 0
  for (let after = 0; ;) {
    const found = await findDated(app.db, journey.journey_id, journey.trigger, between, after, manyAtOnce)
    if (found.length === 0) return missed
    missed += (await datedBetween(app.db, found, journey.trigger, between, context)).length
    after = found.at(-1)!
  }
}
