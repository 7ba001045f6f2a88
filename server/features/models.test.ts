import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { aliveProbability, expectedOfNewCustomer, expectedPurchases, fitBgNbd, logLikelihood } from './bg-nbd.ts'
import type { Customer } from './customers.sql.ts'
import { computeFeatures } from './fit-models.ts'
import { expectedAmount, fitGammaGamma, meanOfAll } from './gamma-gamma.ts'
import { hypergeometric } from './hypergeometric.ts'
import { logGamma } from './log-gamma.ts'
import { PurchaseGroups } from './purchase-groups.ts'
import { purchasesBetween, summarise } from './purchase-history.ts'
import type { PurchaseHistory } from './purchase-history.ts'

const folder = path.resolve(import.meta.dirname, '../../../shared/corpora/purchases-cdnow')
const isThere = existsSync(folder)
if (!isThere) console.log('skipped: corpora not present')

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000
const lines = (name: string): string[][] => readFileSync(path.join(folder, name), 'utf8').trim().split('\n').slice(1).map(line => line.split(','))

test('ln Γ and 2F1 agree with values known in closed form', () => {
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12)
  expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 11)
  expect(logGamma(1e6)).toBeCloseTo(12_815_504.569_147_9, 5)
  expect(logGamma(1e-3)).toBeCloseTo(6.907_178_885_383_9, 10)
  // 2F1(1,1;2;z) = −ln(1−z)/z, 2F1(a,b;b;z) = (1−z)^−a
  expect(hypergeometric(1, 1, 2, 0.5)).toBeCloseTo(2 * Math.LN2, 12)
  expect(hypergeometric(1, 1, 2, 0.99)).toBeCloseTo(-Math.log(0.01) / 0.99, 9)
  expect(hypergeometric(-0.4, 3, 3, 0.9)).toBeCloseTo(0.1 ** 0.4, 10)
})

describe.skipIf(!isThere)('purchases of a CD shop (skipped: corpora not present)', () => {
  const read = () => {
    const histories = new Map<string, Map<number, number>>()
    for (const [customer = '', date = '', , amount] of lines('transactions.csv')) {
      const days = histories.get(customer) ?? new Map<number, number>()
      histories.set(customer, days)
      days.set(dayOf(date), (days.get(dayOf(date)) ?? 0) + Math.round(Number(amount) * 100))
    }
    const until = dayOf('1997-09-30')
    const all = [...histories].map(([id, days]): [string, PurchaseHistory] => {
      const sorted = [...days].sort((one, other) => one[0] - other[0])
      return [id, { days: sorted.map(([day]) => day), amounts: sorted.map(([, amount]) => amount) }]
    })
    const groups = new PurchaseGroups()
    for (const [, history] of all) groups.add(summarise(history, until)!)
    return { all: new Map(all), groups, until }
  }
  const expected = isThere ? JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as { published: { bgnbd: Record<string, number>, gamma_gamma: Record<string, number>, bgnbd_expected_purchases_of_a_new_customer: { times: number[], values: number[] }, gamma_gamma_expected_value_first_ten_customers: number[] }, fit_of_these_transactions: Record<string, number> } : null
  const within = (found: number, wanted: number, share = 0.01) => expect(Math.abs(found / wanted - 1)).toBeLessThan(share)

  test('the fitted parameters are the published ones within 1 %', async () => {
    const { groups } = read()
    expect(groups.customers).toBe(2357)
    const { parameters, logLikelihood } = await fitBgNbd(groups.purchases)
    const { r, alpha, a, b, log_likelihood } = expected!.published.bgnbd as Record<string, number>
    within(parameters.r, r!)
    within(parameters.alpha, alpha!)
    within(parameters.a, a!)
    within(parameters.b, b!)
    expect(logLikelihood).toBeCloseTo(log_likelihood!, 1)
    const value = await fitGammaGamma(groups.values)
    const { p, q, gamma, v } = expected!.published.gamma_gamma as Record<string, number>
    within(value.p, p!)
    within(value.q, q!)
    within(value.v / 100, gamma ?? v ?? 15.44)
  })

  test('so is what is expected of each customer, of all together and of a new one', async () => {
    const { all, groups, until } = read()
    const { parameters } = await fitBgNbd(groups.purchases)
    let [sum, actual] = [0, 0]
    for (const [id, repeats, recency, age, , later, wanted, alive] of lines('expected_customers.csv')) {
      const history = all.get(id!)!
      const summary = summarise(history, until)!
      expect([summary.repeats, summary.recency.toFixed(2), summary.age.toFixed(2)]).toEqual([Number(repeats), Number(recency).toFixed(2), Number(age).toFixed(2)])
      const found = expectedPurchases(parameters, summary, 39)
      expect(Math.abs(found - Number(wanted))).toBeLessThan(0.01 * Number(wanted) + 0.0005)
      expect(Math.abs(aliveProbability(parameters, summary) - Number(alive))).toBeLessThan(0.01)
      expect(purchasesBetween(history, until, until + 39 * 7)).toBe(Number(later))
      sum += found
      actual += Number(later)
    }
    within(sum, expected!.fit_of_these_transactions['sum_expected_next_39_weeks']!)
    expect(actual).toBe(expected!.fit_of_these_transactions['sum_actual_next_39_weeks'])
    const { times, values } = expected!.published.bgnbd_expected_purchases_of_a_new_customer
    for (const [index, weeks] of times.entries()) expect(Math.abs(expectedOfNewCustomer(parameters, weeks) - values[index]!)).toBeLessThan(0.01 * values[index]! + 0.0001)
    const amounts = await fitGammaGamma(groups.values)
    for (const [index, [, x, , , mean]] of lines('published_summary.csv').slice(0, 10).entries()) {
      within(expectedAmount(amounts, { valued: Number(x), meanAmount: Number(mean) * 100 })! / 100, expected!.published.gamma_gamma_expected_value_first_ten_customers[index]!)
    }
  })
})

/** Customers drawn from the model itself, with a generator that gives the same ones every time (mulberry32). */
function drawCustomers(count: number, { r, alpha, a, b, p, q, v }: { r: number, alpha: number, a: number, b: number, p: number, q: number, v: number }, weeks: number): PurchaseGroups {
  let seed = 20_261_124
  const random = (): number => {
    seed = (seed + 0x6D2B79F5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  // Marsaglia and Tsang (2000)
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * (1 - random()) ** (1 / shape)
    const [d, c] = [shape - 1 / 3, 1 / Math.sqrt(9 * shape - 3)]
    for (;;) {
      const x = normal()
      const cube = (1 + c * x) ** 3
      if (cube > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * cube + d * Math.log(cube)) return d * cube
    }
  }
  const groups = new PurchaseGroups()
  for (let customer = 0; customer < count; customer++) {
    const age = Math.round(7 * weeks * (0.4 + 0.6 * random())) / 7
    const rate = gamma(r) / alpha
    const [one, other] = [gamma(a), gamma(b)]
    const leaves = one / (one + other)
    const scale = v / gamma(q)
    let [time, repeats, recency, total] = [0, 0, 0, 0]
    for (;;) {
      time += -Math.log(1 - random()) / rate
      if (time > age) break
      repeats++
      recency = time
      total += gamma(p) * scale
      if (random() < leaves) break
    }
    groups.add({ repeats, recency, age, valued: repeats, meanAmount: repeats === 0 ? 0 : total / repeats })
  }
  return groups
}

test('parameters that customers were drawn with are found again, counted together or apart', async () => {
  const drawn = { r: 0.6, alpha: 6, a: 0.8, b: 3, p: 6, q: 4, v: 200_000 }
  const groups = drawCustomers(40_000, drawn, 90)
  // So many different histories are rounded to weeks, which must not show.
  expect(groups.purchases.length).toBeLessThan(10_001)
  expect(groups.values.length).toBeLessThan(10_001)
  const { parameters, logLikelihood: found } = await fitBgNbd(groups.purchases)
  for (const [name, most] of [['r', 0.06], ['alpha', 0.08], ['a', 0.15], ['b', 0.2]] as const) expect(Math.abs(parameters[name] / drawn[name] - 1)).toBeLessThan(most)
  expect(found).toBeGreaterThanOrEqual(logLikelihood(drawn, groups.purchases))
  const amounts = await fitGammaGamma(groups.values)
  for (const name of ['p', 'q', 'v'] as const) expect(Math.abs(amounts[name] / drawn[name] - 1)).toBeLessThan(0.1)
  expect(meanOfAll(amounts)! / (drawn.p * drawn.v / (drawn.q - 1))).toBeCloseTo(1, 1)
}, 120_000)

describe('expectations hold at the edges', () => {
  const model = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }
  test('who bought once is given no chance of still being a customer, but the orders to expect', () => {
    const customer = (days: number[]): Customer => ({ contact_id: 1, orders_count: days.length, revenue: 1000, last_order_at: new Date(days.at(-1)! * 86_400_000), history: { days, amounts: days.map(() => 500) } }) as Customer
    const of = (days: number[]) => computeFeatures(customer(days), { cuts: null, purchases: model, amounts: null, today: 400 })
    expect(of([10])).toMatchObject({ alive_probability: null, expected_orders: expect.any(Number) })
    expect(of([10, 380]).alive_probability).toBeGreaterThan(50)
  })
  test('a hundred purchases, none, the first day and a model whose a is 1 give finite numbers in order', () => {
    expect(expectedPurchases(model, { repeats: 300, recency: 300, age: 301 }, 52)).toBeLessThan(60)
    expect(expectedPurchases(model, { repeats: 300, recency: 300, age: 301 }, 52)).toBeGreaterThan(30)
    expect(expectedPurchases(model, { repeats: 300, recency: 100, age: 301 }, 52)).toBeLessThan(0.001)
    expect(aliveProbability(model, { repeats: 0, recency: 0, age: 0 })).toBe(1)
    const at = (a: number): number => expectedPurchases({ ...model, a }, { repeats: 2, recency: 30, age: 39 }, 52)
    expect(at(1)).toBeCloseTo((at(0.999) + at(1.001)) / 2, 5)
    expect(expectedPurchases({ r: 0.2, alpha: 0.001, a: 0.5, b: 1 }, { repeats: 0, recency: 0, age: 0.14 }, 52)).toBeGreaterThan(0)
    expect(expectedPurchases(model, { repeats: 2, recency: 30, age: 39 }, 0)).toBeCloseTo(0, 12)
    // Customers all alike: everybody buys every fifth week and nobody, or everybody soon, leaves.
    const alike = { r: 100_000, alpha: 500_000, a: 1e-5, b: 1 }
    expect(expectedPurchases(alike, { repeats: 10, recency: 49, age: 50 }, 50)).toBeCloseTo(10, 1)
    expect(expectedPurchases({ ...alike, a: 100_000, b: 100_000 }, { repeats: 0, recency: 0, age: 0 }, 50)).toBeCloseTo(2, 1)
    const [sum, beside] = [0.3, 0.301].map(a => expectedPurchases({ r: 0.2, alpha: 4, a, b: 0.7 }, { repeats: 0, recency: 0, age: 3 }, 52)) as [number, number]
    expect(Math.abs(sum / beside - 1)).toBeLessThan(0.01)
  })

  test('amounts: nobody’s mean without purchases is that of all, and a model without a mean says so', () => {
    expect(expectedAmount({ p: 6, q: 4, v: 1000 }, { valued: 0, meanAmount: 0 })).toBe(2000)
    expect(expectedAmount({ p: 6, q: 0.9, v: 1000 }, { valued: 0, meanAmount: 0 })).toBeNull()
    expect(expectedAmount({ p: 6, q: 4, v: 1000 }, { valued: 1000, meanAmount: 9000 })! / 9000).toBeCloseTo(1, 2)
  })
})
