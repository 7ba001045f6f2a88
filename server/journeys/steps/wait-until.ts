import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { findMoments } from './wait-until.sql.ts'
import { waitUntil as cutShort } from './step.ts'
import type { AdvanceStep } from './step.ts'

/**
 * Waits for a moment of the contact's own calendar, which is found anew when the card's date or time zone changes
 * meanwhile (wake-by-changes.ts). A moment that is over already, or that the card does not have, leads to `next_past`.
 */
export const waitUntilMoment: AdvanceStep<'wait_until'> = async (people, { db, now }) => {
  const context = { ...await loadConditionContext(db), now }
  const moments = new Map<string, Map<number, Date>>()
  for (const [key, group] of Map.groupBy(people.filter(({ walker }) => walker.state === 'active'), ({ step }) => JSON.stringify(step.until))) {
    moments.set(key, await findMoments(db, group.map(({ walker }) => walker.contact_id), group[0]!.step.until, context))
  }
  return people.map(({ walker, step }) => {
    if (walker.state === 'waiting') return { kind: 'go', outlet: 'next', outcome: 'next', since: walker.wake_at }
    const moment = moments.get(JSON.stringify(step.until))!.get(walker.contact_id)
    if (moment === undefined || moment <= now) {
      return { kind: 'go', outlet: step.next_past === undefined ? 'next' : 'next_past', outcome: 'past', reason: moment === undefined ? 'no_date' : `was:${moment.toISOString()}` }
    }
    return { kind: 'wait', until: cutShort(walker, moment.getTime() - now.getTime(), now), for: 'date' }
  })
}
