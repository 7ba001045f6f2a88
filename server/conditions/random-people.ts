import * as fc from 'fast-check'
import { worldCoupons, worldDays, worldEvents, worldTexts } from './random-conditions.ts'
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
  items: fc.array(fc.record({ category: fc.constantFrom('CD', 'book'), price: fc.constantFrom(1, 3) }), { maxLength: 2 }),
}, { requiredKeys: [] })

const event = fc.record({ type: fc.constantFrom(...worldEvents), at: past, machine: fc.nat({ max: 3 }).map(number => number === 0), properties })

export function randomPerson(world: { tags: number[], topics: number[], segments: number[] }): fc.Arbitrary<Person> {
  return fc.record({
    card: fc.record({
      email: maybe(fc.constant('someone@example.com')),
      city: maybe(fc.constantFrom(...worldTexts)),
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
    events: fc.array(event, { maxLength: 6 }),
    tags: fc.subarray(world.tags),
    consents: fc.array(fc.tuple(fc.constantFrom(...world.topics), fc.constantFrom('granted', 'requested', 'withdrawn')), { maxLength: 2 }).map(entries => new Map(entries)),
    segments: fc.subarray(world.segments).map(segments => new Set(segments)),
  })
}
