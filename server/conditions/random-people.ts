import * as fc from 'fast-check'
import { worldCoupons, worldDays, worldEvents, worldTexts, worldZones } from './random-conditions.ts'
import type { Person } from './reference-evaluator.ts'

/** The moment of the random world: 10 June 2019, midnight; everything happens on half days around it. */
export const worldNow = new Date('2019-06-10T00:00:00Z')
const halfDay = 43_200_000
const halfDaysAgo = (count: number): Date => new Date(worldNow.getTime() - count * halfDay)

const past = fc.integer({ min: 0, max: 30 }).map(halfDaysAgo)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

const properties = fc.record({
  coupon: fc.constantFrom(...worldCoupons),
  amount: fc.constantFrom(0, 1, 10, 14.96),
  order_id: fc.constantFrom('n1', 'n2', 'n3'),
  items: fc.array(fc.record({ category: fc.constantFrom('CD', 'book'), price: fc.constantFrom(1, 3), quantity: fc.constantFrom(1, 2) }), { maxLength: 2 }),
  url: fc.constantFrom('https://shop.example/a', 'https://example.com/b?x'),
}, { requiredKeys: [] })

const machine = fc.nat({ max: 3 }).map(number => number === 0)
const event = fc.record({ type: fc.constantFrom(...worldEvents), at: past, machine, properties, mail: fc.constant(null) })
const mailEvent = fc.record({ type: fc.constantFrom('email.sent', 'email.opened', 'email.clicked', 'email.replied', 'email.bounced', 'subscription.withdrawn'), at: past, machine, properties, mail: fc.constantFrom(null, 0, 1, 2) })
const oneOrTwo = fc.constantFrom(1, 2)
const ahead = fc.integer({ min: -10, max: 10 }).map(halfDaysAgo)

export function randomPerson(world: { tags: number[], topics: number[], segments: number[] }): fc.Arbitrary<Person> {
  return fc.record({
    card: fc.record({
      email: maybe(fc.constant('someone@example.com')),
      city: maybe(fc.constantFrom(...worldTexts)),
      time_zone: maybe(fc.constantFrom(...worldZones)),
      source: maybe(fc.constantFrom(...worldTexts)),
      created_at: past,
      orders_count: fc.integer({ min: 0, max: 3 }),
      revenue: fc.constantFrom(0, 1, 10, 14.96, 30),
      opens: fc.integer({ min: 0, max: 3 }),
      last_open_at: maybe(past),
      last_order_at: maybe(past),
      subscribed_at: maybe(past),
    }),
    fields: fc.record({
      size: fc.constantFrom(0, 1, 2, 14.96),
      birthday: fc.constantFrom(...worldDays),
      vip: fc.boolean(),
      plan: fc.constantFrom('gold', 'basic'),
      colours: fc.subarray(['red', 'blue']),
      budget: fc.constantFrom(1, 10),
      motto: fc.constantFrom(...worldTexts, ''),
    }, { requiredKeys: [] }),
    events: fc.tuple(fc.array(event, { maxLength: 6 }), fc.array(mailEvent, { maxLength: 4 })).map(([own, mails]) => [...own, ...mails]),
    mails: fc.constant([{ campaign: 1, template: 1 }, { campaign: 2, template: 2 }, { journey: 1, step: 'a', template: 2 }]),
    leads: fc.array(fc.record({ status: fc.constantFrom('new', 'in_work'), source: fc.constantFrom('form:1', 'api'), utm: fc.constantFrom<Record<string, string>>({}, { utm_source: 'Yandex' }, { utm_source: 'ad' }), created_at: past }), { maxLength: 2 }),
    deals: fc.array(fc.record({
      state: fc.constantFrom('open', 'won'), pipeline_id: oneOrTwo, amount: maybe(fc.constantFrom(1, 10, 14.96)), created_at: past, stage_since: past, closed_at: maybe(past), expected_on: maybe(fc.constantFrom(...worldDays)), stale: fc.boolean(),
      items: fc.array(fc.record({ name: fc.constantFrom('CD', 'book'), price: fc.constantFrom(1, 3), quantity: fc.constantFrom(1, 2) }), { maxLength: 2 }),
    }), { maxLength: 2 }),
    orders: fc.array(fc.record({
      status: fc.constantFrom('placed', 'cancelled'), amount: fc.constantFrom(0, 1, 10, 14.96), coupon: maybe(fc.constantFrom(...worldCoupons)), placed_at: past,
      items: fc.array(fc.record({ category: maybe(fc.constantFrom('CD', 'book')), price: maybe(fc.constantFrom(1, 3)), quantity: fc.constantFrom(1, 2) }), { maxLength: 2 }),
    }), { maxLength: 2 }),
    coupons: fc.array(fc.record({ pool: oneOrTwo, given_at: past, valid_until: maybe(ahead), redeemed_at: maybe(past) }), { maxLength: 2 }),
    ways: fc.array(fc.record({
      journey: oneOrTwo, state: fc.constantFrom('active', 'waiting', 'done', 'left', 'failed'), reason: fc.constantFrom('', 'goal:bought'), step: fc.constantFrom('a', 'b'),
      entered_at: past, arrived_at: past, ended_at: past, test: machine,
    }), { maxLength: 2 }),
    tags: fc.array(fc.tuple(fc.constantFrom(...world.tags), past), { maxLength: 2 }).map(entries => new Map(entries)),
    consents: fc.array(fc.tuple(fc.constantFrom(...world.topics), fc.record({ status: fc.constantFrom('granted', 'requested', 'withdrawn'), since: past })), { maxLength: 2 }).map(entries => new Map(entries)),
    segments: fc.array(fc.tuple(fc.constantFrom(...world.segments), past), { maxLength: 2 }).map(entries => new Map(entries)),
  })
}
