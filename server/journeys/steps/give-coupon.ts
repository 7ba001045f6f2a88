import { couponEvent, giveCoupons } from '../../coupons/give-coupons.ts'
import type { CouponOutcome } from '../../coupons/give-coupons.ts'
import { insertEvents } from '../../events/insert-events.sql.ts'
import { noteChange, noteEvents } from './step.ts'
import type { AdvanceStep, StepResult } from './step.ts'

/** While others are being given the last codes of a list: they may come back. */
const askAgainMilliseconds = 10_000

/** A code each. A second run gives the same one: the enrolment, the step and the visit are its key. */
export const giveCoupon: AdvanceStep<'give_coupon'> = async (people, context) => {
  const { db, now } = context
  const outcomes = await giveCoupons(db, people.map(({ walker, step }) => ({
    contact_id: walker.contact_id, pool_id: step.pool_id ?? 0, source: `journey:${walker.journey_id}`, source_key: `${walker.id}:${walker.step_key}:${walker.visit}`,
  })), now)
  const fresh = outcomes.filter((outcome): outcome is Extract<CouponOutcome, { coupon: unknown }> => 'coupon' in outcome && outcome.fresh)
  for (const { coupon } of fresh) noteChange(context, coupon.contact_id, 'coupon')
  noteEvents(context, await insertEvents(db, fresh.map(outcome => ({
    ...couponEvent(outcome, outcome.coupon.source), occurred_at: now, source: outcome.coupon.source, message_id: null, campaign_id: null, journey_id: Number(outcome.coupon.source.slice('journey:'.length)),
  })), now))
  return outcomes.map((outcome): StepResult => {
    if ('coupon' in outcome) return { kind: 'go', outlet: 'next', outcome: 'next', learned: { coupon: outcome.coupon.code } }
    if (outcome.fault === 'codes_held') return { kind: 'wait', until: new Date(now.getTime() + askAgainMilliseconds) }
    return { kind: 'fail', reason: outcome.fault === 'pool_gone' ? 'pool_gone' : 'pool_empty' }
  })
}
