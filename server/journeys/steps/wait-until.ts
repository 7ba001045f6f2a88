import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { momentsOfWait } from '../dry-run/calendar.sql.ts'
import { findMoments } from './wait-until.sql.ts'
import { waitsSince, waitUntil as cutShort } from './step.ts'
import type { AdvanceStep, At, StepContext, Walker } from './step.ts'

/**
 * Waits for a moment of the contact's own calendar, which is found anew when the card's date or time zone changes
 * meanwhile (wake-by-changes.ts). A moment that is over already, or that the card does not have, leads to `next_past`.
 */
export const waitUntilMoment: AdvanceStep<'wait_until'> = async (people, { db, now }) => {
  const context = { ...await loadConditionContext(db), now }
  const moments = new Map<string, Map<number, Date>>()
  for (const [key, group] of Map.groupBy(people.filter(({ walker }) => walker.state === 'active' && !waitsSince(walker)), ({ step }) => JSON.stringify(step.until))) {
    moments.set(key, await findMoments(db, group.map(({ walker }) => walker.contact_id), group[0]!.step.until, context))
  }
  const moved = await momentsSince(people.filter(({ walker }) => walker.state === 'active' && waitsSince(walker)), db, context)
  return people.map(({ walker, step }) => {
    if (walker.state === 'waiting') return { kind: 'go', outlet: 'next', outcome: 'next', since: walker.wake_at }
    const since = waitsSince(walker)
    const moment = since ? moved.get(walker) : moments.get(JSON.stringify(step.until))!.get(walker.contact_id)
    if (since && moment && moment > since && moment <= now) return { kind: 'go', outlet: 'next', outcome: 'next', since: moment }
    if (moment === undefined || moment <= now) {
      return { kind: 'go', outlet: step.next_past === undefined ? 'next' : 'next_past', outcome: 'past', reason: moment === undefined ? 'no_date' : `was:${moment.toISOString()}` }
    }
    return { kind: 'wait', until: cutShort(walker, moment.getTime() - (since ?? now).getTime(), now), for: 'date' }
  })
}

/** Of people moved to another wait: the moment as it was when they began to wait, each at their own. */
async function momentsSince(people: At<'wait_until'>[], db: StepContext['db'], context: Awaited<ReturnType<typeof loadConditionContext>>): Promise<Map<Walker, Date>> {
  const moments = new Map<Walker, Date>()
  for (const group of Map.groupBy(people, ({ step }) => JSON.stringify(step.until)).values()) {
    const found = await momentsOfWait(db, group[0]!.step.until, group.map(({ walker }) => ({ contact_id: walker.contact_id, at: waitsSince(walker)!.getTime() })), { timeZone: 'UTC', ...context })
    for (const [index, moment] of found.entries()) if (moment !== null) moments.set(group[index]!.walker, new Date(moment))
  }
  return moments
}
