import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { one, rows, sql, withTransaction } from '../base/db.ts'
import { runDueJobs } from '../base/jobs.ts'
import { writeCompany } from '../company/company.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { startRun } from '../features/runs.sql.ts'
import { jobs } from '../jobs.ts'
import { askForFeatures, computeFeaturesNightly } from './compute-features.ts'
import { rebuildRollups } from './rebuild-rollups.ts'

let t: TestApp
let api: Client
const now = new Date('2026-06-10T12:00:00Z')
const day = 86_400_000

beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  await writeCompany(t.db, { currency: 'EUR', time_zone: 'Europe/Moscow' })
  api = await t.as('administrator')
})
afterAll(() => t.close())

const order = (customer: number, number: number, daysAgo: number, amount: number) => ({
  key: `${customer}:${number}`, type: 'order.placed', contact: { email: `c${customer}@example.org` }, source: 'api', occurred_at: new Date(now.getTime() - daysAgo * day),
  properties: { order_id: `${customer}-${number}`, amount, currency: 'EUR' },
})
/** Customer n bought n % 6 + 1 times, the last time n days ago, each time 10 + n. */
async function buy(from: number, to: number): Promise<void> {
  const orders = Array.from({ length: to - from }, (_, index) => from + index).flatMap(customer => Array.from({ length: customer % 6 + 1 }, (_, number) => order(customer, number, customer % 300 + number * 20, 10 + customer)))
  await withTransaction(t.db, tx => appendEvents(tx, orders, now))
  await runUntilIdle(t)
}
const compute = async (): Promise<void> => {
  await askForFeatures(t.app)
  await runUntilIdle(t)
}
const state = async () => (await api.get('/api/v1/features')).body
const contactOf = async (customer: number): Promise<number> => (await one<{ id: number }>(t.db, sql`select id from contacts where email = ${`c${customer}@example.org`}`)).id
const featuresOf = async (customer: number) => (await api.get(`/api/v1/contacts/${await contactOf(customer)}/features`)).body

test('with too few customers there is no number but the reason', async () => {
  expect(await state()).toMatchObject({ latest: null, result: null, computed_at: null })
  await buy(0, 20)
  expect(await featuresOf(3)).toMatchObject({ rfm: null, rfm_reason: 'not_computed', prediction: null, prediction_reason: 'not_computed' })
  await compute()
  expect(await state()).toMatchObject({
    latest: { state: 'done', customers: 20 },
    result: { rfm: { customers: 20, cuts: null }, purchases: { customers: 20, parameters: null, reason: 'few_customers' }, amounts: { parameters: null, reason: 'few_amounts' }, check: null },
    needed: { rfm_customers: 50, customers: 100, repeat_customers: 30, weeks: 8 },
  })
  expect(await featuresOf(3)).toMatchObject({ rfm: null, rfm_reason: 'few_customers', prediction: null, prediction_reason: 'few_customers' })
  const { body: { id } } = await api.put('/api/v1/contacts', { email: 'empty@example.org' })
  expect((await api.get(`/api/v1/contacts/${id}/features`)).body).toMatchObject({ rfm_reason: 'no_orders', prediction_reason: 'no_orders', engagement: { score: 0, by_type: [], latest: [] } })
  expect((await api.get('/api/v1/contacts/99999/features')).status).toBe(404)
})

test('with enough of them everybody gets a class and a prediction, and segments follow', async () => {
  const champions = (await api.post('/api/v1/segments', { name: 'Champions', condition: { field: 'rfm_class', operator: 'is', value: 'champions' } })).body.id
  const valuable = (await api.post('/api/v1/segments', { name: 'Valuable', condition: { field: 'predicted_value', operator: 'at_least', value: 1 } })).body.id
  await buy(20, 300)
  await compute()
  const { result } = await state()
  expect(result).toMatchObject({ rfm: { customers: 300 }, purchases: { customers: 300, repeat_customers: 250, reason: null }, amounts: { customers: 250, reason: null } })
  expect(result.check.actual).toBeGreaterThan(0)
  expect(result.check.by_purchases.reduce((sum: number, line: { actual: number }) => sum + line.actual, 0)).toBe(result.check.actual)
  // Fifths of equal size where all values differ: the last order of 60 customers each.
  expect(await rows(t.db, sql`select rfm_recency as points, count(*) as customers from contact_rollups where orders_count > 0 group by 1 order by 1`)).toEqual([1, 2, 3, 4, 5].map(points => ({ points, customers: 60 })))
  // Equal numbers of orders get equal points.
  expect(await rows(t.db, sql`select orders_count from contact_rollups where orders_count > 0 group by 1 having count(distinct rfm_frequency) > 1`)).toEqual([])
  const membersOf = async (id: number): Promise<number> => (await one<{ count: number }>(t.db, sql`select count(*) as count from segment_memberships where segment_id = ${id}`)).count
  expect(await membersOf(champions)).toBe(result.rfm.classes.champions)
  expect(await membersOf(champions)).toBeGreaterThan(0)
  expect(await membersOf(valuable)).toBeGreaterThan(0)
  const of5 = await featuresOf(5)
  expect(of5).toMatchObject({ rfm: { recency: 5, orders_count: 6 }, rfm_reason: null, prediction: { purchases: 6, mean_purchase: 15 }, prediction_reason: null, order_interval_days: 20 })
  expect(of5.prediction.predicted_value).toBeGreaterThan(0)
  expect(of5.prediction.expected_orders).toBeGreaterThan((await featuresOf(295)).prediction.expected_orders)
})

test('a second computation changes nothing, and the next night only what the night changed', async () => {
  await compute()
  expect((await state()).latest).toMatchObject({ state: 'done', changed: 0, error: null })
  // Who has no order any more has no class.
  await api.post('/api/v1/events', { events: [{ type: 'order.cancelled', contact: { email: 'c6@example.org' }, properties: { order_id: '6-0' } }] })
  await runUntilIdle(t)
  t.setNow(new Date('2026-06-11T00:30:00Z'))
  expect(await computeFeaturesNightly(t.app)).toBe(false)
  expect((await state()).waiting).toBe(false)
  t.setNow(new Date('2026-06-12T00:30:00Z'))
  await computeFeaturesNightly(t.app)
  expect((await state()).waiting).toBe(true)
  await runDueJobs(t.app, jobs)
  expect((await state()).latest).toMatchObject({ state: 'done', customers: 299 })
  expect(await featuresOf(6)).toMatchObject({ rfm: null, rfm_reason: 'no_orders', prediction: null, prediction_reason: 'no_orders' })
  expect((await rebuildRollups(t.app, { check: true })).differences).toEqual([])
})

test('two computations at once are one, and one that was cut off is begun again', async () => {
  t.setNow(new Date('2026-06-13T12:00:00Z'))
  const id = await withTransaction(t.db, tx => startRun(tx, t.app.now()))
  expect(await withTransaction(t.db, tx => startRun(tx, t.app.now()))).toBeUndefined()
  await compute()
  expect((await state()).latest).toMatchObject({ id, state: 'running' })
  await sql`update feature_runs set heartbeat_at = now() - interval '1 hour' where id = ${id}`.execute(t.db)
  expect((await state()).latest).toMatchObject({ id, state: 'failed', error: 'was cut off' })
  await computeFeaturesNightly(t.app)
  await runDueJobs(t.app, jobs)
  expect((await state()).latest).toMatchObject({ state: 'done' })
  expect((await one<{ state: string }>(t.db, sql`select state from feature_runs where id = ${id}`)).state).toBe('failed')
})

test('other weights count every score anew, with the reasons, and wrong ones are refused', async () => {
  const before = (await featuresOf(5)).engagement
  expect(before.by_type).toEqual([{ type: 'order.placed', acts: 6, weight: 20, points: expect.any(Number) }])
  expect(before.latest).toHaveLength(6)
  expect(before.latest[0]).toMatchObject({ type: 'order.placed', order_id: '5-0', weight: 20 })
  expect(Math.abs(before.latest.reduce((sum: number, act: { points: number }) => sum + act.points, 0) - before.score)).toBeLessThan(0.1)

  const segment = (await api.post('/api/v1/segments', { name: 'Engaged', condition: { field: 'engagement_score', operator: 'at_least', value: 2 * before.score } })).body.id
  await runUntilIdle(t)
  const isIn = async (): Promise<boolean> => (await rows(t.db, sql`select from segment_memberships where segment_id = ${segment} and contact_id = ${await contactOf(5)}`)).length > 0
  expect(await isIn()).toBe(false)
  expect(await (await t.as('marketer')).put('/api/v1/features/engagement', { half_life_days: 30, weights: {} })).toMatchObject({ status: 403 })
  expect(await api.put('/api/v1/features/engagement', { half_life_days: 30, weights: { 'email.sent': 1 } })).toMatchObject({ status: 422, body: { errors: [{ field: 'weights.email.sent' }] } })
  expect((await api.put('/api/v1/features/engagement', { half_life_days: 0, weights: {} })).status).toBe(422)
  const changed = await api.put('/api/v1/features/engagement', { half_life_days: 30, weights: { 'order.placed': 60, 'shop.visited': 2 } })
  expect(changed).toMatchObject({ status: 200, body: { engagement_rebuilding: true, engagement: { weights: { 'order.placed': 60 } } } })
  await runUntilIdle(t)
  expect((await state()).engagement_rebuilding).toBe(false)
  const after = (await featuresOf(5)).engagement
  expect(Math.abs(after.score / before.score - 3)).toBeLessThan(0.05)
  expect(await isIn()).toBe(true)
  expect((await rebuildRollups(t.app, { check: true })).differences).toEqual([])
})

test('how often somebody comes is the number of days with an act of their own', async () => {
  const visit = (hoursAgo: number, more: object = {}) => ({ type: 'page.viewed', contact: { email: 'often@example.org' }, occurred_at: new Date(t.app.now().getTime() - hoursAgo * 3_600_000).toISOString(), ...more })
  await api.post('/api/v1/events', { events: [visit(1), visit(2), visit(49), visit(24 * 40), visit(24 * 100)] })
  await runUntilIdle(t)
  const { id } = await one<{ id: number }>(t.db, sql`select id from contacts where email = 'often@example.org'`)
  expect((await api.get(`/api/v1/contacts/${id}/features`)).body.active_days).toEqual({ last_30: 2, last_90: 3 })
})
