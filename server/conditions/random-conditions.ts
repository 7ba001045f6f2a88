import * as fc from 'fast-check'
import type { Condition, ConditionLeaf, Duration } from '../../shared/conditions.ts'

/**
 * Random conditions over a small world, for the property tests: few values, so that leaves are often true,
 * and times on a grid of half days, so that clock edges are hit exactly.
 */
export const worldFields = [
  { key: 'size', kind: 'number' }, { key: 'birthday', kind: 'date' }, { key: 'vip', kind: 'boolean' }, { key: 'plan', kind: 'choice' },
  { key: 'colours', kind: 'multi_choice' }, { key: 'budget', kind: 'money' }, { key: 'site', kind: 'link' }, { key: 'motto', kind: 'text' },
] as const
export const worldTexts = ['Москва', 'москва', 'Paris', 'Нью-Йорк', "O'Brien", 'a%_b']
export const worldDays = ['2019-06-01', '2019-06-02', '2019-06-03', '2019-06-05', '2019-06-10', '2019-07-01']
export const worldEvents = ['order.placed', 'email.opened', 'email.clicked', 'page.viewed']
export const worldCoupons = ['SPRING', 'spring', 'X5']
export const worldDateFields = [
  'created_at', 'last_open_at', 'last_order_at', 'subscribed_at', 'fields.birthday', 'first_order_at', 'last_click_at', 'last_visit_at', 'last_event_at', 'last_mail_at', 'unsubscribed_at', 'bounced_at', 'complained_at',
] as const

export const randomDuration: fc.Arbitrary<Duration> = fc.oneof(
  fc.record({ amount: fc.integer({ min: 0, max: 6 }), unit: fc.constant('days' as const) }),
  fc.record({ amount: fc.constantFrom(12, 36, 60), unit: fc.constant('hours' as const) }),
  fc.record({ amount: fc.integer({ min: 1, max: 2 }), unit: fc.constant('weeks' as const) }),
)

const number = fc.constantFrom(0, 1, 2, 3, 10, 14.96)
const field = (name: string, operator: string, value?: unknown): ConditionLeaf => (value === undefined ? { field: name, operator } : { field: name, operator, value }) as ConditionLeaf

const textLeaf = fc.tuple(fc.constantFrom('city', 'source', 'fields.motto'), fc.constantFrom('is', 'is_not', 'contains', 'does_not_contain', 'starts_with'), fc.constantFrom(...worldTexts, 'МОСК', 'ar', '%'))
  .map(([name, operator, value]) => field(name, operator, value))
const oneOfLeaf = fc.tuple(fc.constantFrom('city', 'fields.plan'), fc.array(fc.constantFrom(...worldTexts, 'gold'), { minLength: 1, maxLength: 3 })).map(([name, value]) => field(name, 'one_of', value))
const knownLeaf = fc.tuple(fc.constantFrom('city', 'email', 'revenue', 'last_open_at', 'average_order', 'company', 'owner_id', ...worldFields.map(one => `fields.${one.key}`)), fc.constantFrom('known', 'unknown'))
  .map(([name, operator]) => field(name, operator))
const numberLeaf = fc.tuple(fc.constantFrom('orders_count', 'opens', 'clicks', 'mails_sent', 'revenue', 'average_order', 'fields.size', 'fields.budget'), fc.constantFrom('is', 'is_not', 'at_least', 'at_most', 'more_than', 'less_than'), number)
  .map(([name, operator, value]) => field(name, operator, value))
const betweenLeaf = fc.tuple(fc.constantFrom('orders_count', 'revenue', 'fields.size'), number, number).map(([name, one, other]) => field(name, 'between', [Math.min(one, other), Math.max(one, other)]))
const choiceLeaf = fc.oneof(
  fc.tuple(fc.constantFrom('is', 'is_not'), fc.constantFrom('gold', 'basic')).map(([operator, value]) => field('fields.plan', operator, value)),
  fc.tuple(fc.constantFrom('contains', 'does_not_contain'), fc.constantFrom('red', 'blue')).map(([operator, value]) => field('fields.colours', operator, value)),
  fc.boolean().map(value => field('fields.vip', 'is', value)),
)
const relativeDateLeaf = fc.tuple(fc.constantFrom(...worldDateFields), fc.constantFrom('in_last', 'more_than_ago', 'not_in_last', 'in_next'), randomDuration)
  .map(([name, operator, value]) => field(name, operator, value))
const absoluteDateLeaf = fc.tuple(fc.constantFrom(...worldDateFields), fc.constantFrom('before', 'after', 'between'), fc.constantFrom(...worldDays), fc.constantFrom(...worldDays))
  .map(([name, operator, one, other]) => field(name, operator, operator === 'between' ? (one < other ? [one, other] : [other, one]) : one))

const propertyFilter = fc.oneof(
  fc.record({ property: fc.constantFrom('coupon', 'items.category'), operator: fc.constantFrom('is' as const, 'is_not' as const, 'contains' as const), value: fc.constantFrom(...worldCoupons, 'cd', 'CD') }),
  fc.record({ property: fc.constantFrom('coupon', 'items.category', 'amount'), operator: fc.constantFrom('known' as const, 'unknown' as const) }),
  fc.record({ property: fc.constantFrom('amount', 'items.price'), operator: fc.constantFrom('is' as const, 'is_not' as const, 'at_least' as const, 'less_than' as const), value: number }),
  fc.record({ property: fc.constant('coupon'), operator: fc.constant('one_of' as const), value: fc.array(fc.constantFrom(...worldCoupons), { minLength: 1, maxLength: 2 }) }),
)
const eventWindow = fc.oneof(
  randomDuration.map(last => ({ last })),
  fc.tuple(fc.constantFrom(...worldDays), fc.constantFrom(...worldDays)).map(([one, other]) => one < other ? { from: `${one}T00:00:00Z`, to: `${other}T00:00:00Z` } : { from: `${one}T12:00:00+03:00` }),
  fc.tuple(randomDuration, fc.constantFrom(...worldDateFields)).map(([within, after_field]) => ({ within, after_field })),
)
const count = fc.oneof(fc.integer({ min: 1, max: 3 }).map(at_least => ({ at_least })), fc.integer({ min: 0, max: 2 }).map(at_most => ({ at_most })), fc.integer({ min: 0, max: 2 }).map(exactly => ({ exactly })))
const eventLeaf = fc.record({
  event: fc.constantFrom(...worldEvents),
  count,
  window: eventWindow,
  where: fc.array(propertyFilter, { minLength: 1, maxLength: 2 }),
  include_machines: fc.boolean(),
  not_followed_by: fc.record({ event: fc.constantFrom(...worldEvents), same_property: fc.constant('coupon') }, { requiredKeys: ['event'] }),
}, { requiredKeys: ['event'] }) as fc.Arbitrary<ConditionLeaf>

/** Conditions that change by themselves: what following the clock has to get right. */
export const randomClockCondition: fc.Arbitrary<Condition> = fc.tuple(
  fc.oneof(relativeDateLeaf, fc.record({ event: fc.constantFrom(...worldEvents), count, window: randomDuration.map(last => ({ last })) }, { requiredKeys: ['event', 'window'] }) as fc.Arbitrary<ConditionLeaf>),
  fc.boolean(),
).map(([leaf, negated]) => negated ? { not: leaf } : leaf)

/** `tags`, `topics`, `segments`: the numbers that may be named. */
export function randomLeaf(world: { tags: number[], topics: number[], segments: number[] }): fc.Arbitrary<ConditionLeaf> {
  const named: fc.Arbitrary<ConditionLeaf>[] = []
  if (world.tags.length > 0) named.push(fc.record({ tag: fc.constantFrom(...world.tags), has: fc.boolean() }))
  if (world.topics.length > 0) named.push(fc.record({ consent: fc.constantFrom('granted' as const, 'requested' as const, 'withdrawn' as const, 'none' as const), topic: fc.constantFrom(null, ...world.topics) }))
  if (world.segments.length > 0) named.push(fc.record({ segment: fc.constantFrom(...world.segments), in: fc.boolean() }))
  return fc.oneof(textLeaf, oneOfLeaf, knownLeaf, numberLeaf, betweenLeaf, choiceLeaf, { arbitrary: relativeDateLeaf, weight: 4 }, absoluteDateLeaf, { arbitrary: eventLeaf, weight: 5 }, ...named)
}

export function randomCondition(world: { tags: number[], topics: number[], segments: number[] }): fc.Arbitrary<Condition> {
  return fc.letrec<{ tree: Condition }>(tie => ({
    tree: fc.oneof({ depthSize: 'small', withCrossShrink: true },
      randomLeaf(world),
      fc.array(tie('tree'), { maxLength: 3 }).map(all => ({ all })),
      fc.array(tie('tree'), { maxLength: 3 }).map(any => ({ any })),
      tie('tree').map(not => ({ not })),
    ),
  })).tree
}
