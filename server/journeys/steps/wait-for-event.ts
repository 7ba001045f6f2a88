import { durationMilliseconds } from '../../../shared/conditions.ts'
import { findAwaited } from './wait-for-event.sql.ts'
import type { Awaited } from './wait-for-event.sql.ts'
import { waitUntil } from './step.ts'
import type { AdvanceStep } from './step.ts'

/**
 * Passes when the event comes, and at once when it is there already: the reaction to the mail the step names,
 * or an event that came after the last wait of this person ended (after what enrolled them, before any wait).
 */
export const advanceWaitForEvent: AdvanceStep<'wait_for_event'> = async (people, { db, now }) => {
  const arriving = people.filter(({ walker }) => walker.state === 'active' && walker.context.woken_by === undefined)
  const awaited = new Map<number, Awaited>()
  for (const group of Map.groupBy(arriving, ({ step }) => JSON.stringify(step.where ?? [])).values()) {
    const asked = group.map(({ walker, step }) => ({
      contact_id: walker.contact_id, enrolment_id: walker.id, event: step.event, mail_step: step.mail_step, since: new Date(walker.context.since ?? walker.arrived_at),
    }))
    for (const [id, found] of await findAwaited(db, asked, group[0]!.step.where ?? [])) awaited.set(id, found)
  }
  return people.map(({ walker, step }) => {
    if (walker.context.woken_by !== undefined) return { kind: 'go', outlet: 'next', outcome: 'happened', reason: `event:${walker.context.woken_by}`, since: new Date(walker.context.since ?? now) }
    if (walker.state === 'waiting') return { kind: 'go', outlet: 'next_timeout', outcome: 'timeout', since: walker.wake_at }
    const found = awaited.get(walker.id)
    const until = waitUntil(walker, durationMilliseconds(step.timeout), now)
    if (found?.happened_at && found.happened_at <= until) return { kind: 'go', outlet: 'next', outcome: 'happened', reason: 'had_happened', since: found.happened_at }
    if (until <= now) return { kind: 'go', outlet: 'next_timeout', outcome: 'timeout', since: until }
    return { kind: 'wait', until, for: step.event, message_id: step.mail_step === null ? null : found?.message_id ?? 0 }
  })
}
