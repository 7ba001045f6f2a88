import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Condition } from '../../shared/conditions.ts'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { one, rows, sql } from '../base/db.ts'
import { findSegment } from '../segments/segments.sql.ts'
import { followClock } from '../flows/follow-clock.ts'
import { checkCondition } from './check-condition.ts'
import { compileCondition } from './compile-condition.ts'
import { loadConditionContext } from './condition-context.sql.ts'
import { explainCondition } from './explain-condition.ts'

let t: TestApp
const noon = new Date('2026-06-10T12:00:00Z')
const hour = 3_600_000
const day = 24 * hour

beforeAll(async () => { t = await testApp() })
afterAll(() => t.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, topics, incoming_events, event_keys restart identity cascade').execute(t.db)
  t.setNow(noon)
})

const people = async (count: number): Promise<number[]> => (await rows<{ id: number }>(t.db, sql`insert into contacts (city) select 'Paris' from generate_series(1, ${count}::int) returning id`)).map(row => row.id)
async function meant(condition: Condition, now = noon): Promise<number[]> {
  const { predicate } = compileCondition(condition, { ...await loadConditionContext(t.db), now })
  return (await rows<{ id: number }>(t.db, sql`select c.id from contacts c left join contact_rollups r on r.contact_id = c.id where ${predicate} order by c.id`)).map(row => row.id)
}

test('a condition on the engagement score means what the decayed score is, for any score, operator and bound', async () => {
  const ids = await people(60)
  // Scores from a billionth to a million; the last ones never did anything.
  const moments = ids.map((_, index) => index >= 55 ? null : new Date(noon.getTime() + (index - 30) * 25 * day + index * 7 * hour))
  await sql`insert into contact_rollups (contact_id, engagement_at) select * from unnest(${ids}::bigint[], ${moments}::timestamptz[])`.execute(t.db)
  const scores = moments.map(moment => moment === null ? 0 : 2 ** ((moment.getTime() - noon.getTime()) / (30 * day)))
  const operator = fc.constantFrom('at_least', 'at_most', 'more_than', 'less_than', 'is', 'is_not', 'between')
  await fc.assert(fc.asyncProperty(operator, fc.constantFrom(-1, 0, 0.001, 0.4, 1.05, 3, 20, 5000), fc.constantFrom(0.7, 2, 1e6), async (chosen, first, second) => {
    const value = chosen === 'between' ? [Math.min(first, second), Math.max(first, second)] : first
    const fits = (score: number): boolean => {
      switch (chosen) {
        case 'at_least': case 'more_than': return score >= first
        case 'at_most': case 'less_than': return score < first
        case 'between': return score >= Math.min(first, second) && score < Math.max(first, second)
        default: return (score >= first - 0.05 && score < first + 0.05) === (chosen === 'is')
      }
    }
    const condition = { field: 'engagement_score', operator: chosen, value }
    const found = await meant(condition)
    expect(found).toEqual(ids.filter((_, index) => fits(scores[index]!)))
    const explained = await explainCondition(t.db, ids[20]!, condition, noon)
    expect(explained?.holds).toBe(found.includes(ids[20]!))
  }), { numRuns: 60 })
  expect(await meant({ field: 'engagement_score', operator: 'known' })).toEqual(ids)
})

test('who falls below a score leaves the segment at that very moment, by the clock alone', async () => {
  const api = await t.as('administrator')
  const { id } = (await api.post('/api/v1/segments', { name: 'Engaged', condition: { field: 'engagement_score', operator: 'at_least', value: 5 } })).body
  await runUntilIdle(t)
  // An order 30 days ago is worth 10 now and 5 in 30 days; a visit now is worth 2.
  await api.post('/api/v1/events', { events: [
    { type: 'order.placed', contact: { email: 'anna@example.org' }, occurred_at: new Date(noon.getTime() - 30 * day).toISOString(), properties: { order_id: '1', amount: 10 } },
    { type: 'page.viewed', contact: { email: 'boris@example.org' } },
  ] })
  await runUntilIdle(t)
  const members = async (): Promise<string[]> => (await rows<{ email: string }>(t.db, sql`select c.email from segment_memberships m join contacts c on c.id = m.contact_id where m.segment_id = ${id} order by 1`)).map(row => row.email)
  expect(await members()).toEqual(['anna@example.org'])
  const { id: anna } = await one<{ id: number }>(t.db, sql`select id from contacts where email = 'anna@example.org'`)
  const why = (await api.get(`/api/v1/segments/${id}/explanation?contact=${anna}`)).body
  expect(why.tree.actual ?? why.tree.parts?.[0]?.actual).toEqual({ kind: 'field', value: 10 })
  const changesAt: string = why.tree.changes_at ?? why.tree.parts?.[0]?.changes_at
  expect(Math.abs(Date.parse(changesAt) - (noon.getTime() + 30 * day))).toBeLessThan(5000)

  t.setNow(new Date(noon.getTime() + 30 * day - 1000))
  await followClock(t.app)
  expect(await members()).toEqual(['anna@example.org'])
  t.setNow(new Date(noon.getTime() + 30 * day + 1000))
  await followClock(t.app)
  expect(await members()).toEqual([])
  // A click tells at once.
  await api.post('/api/v1/events', { events: [{ type: 'email.clicked', contact: { email: 'boris@example.org' } }] })
  await runUntilIdle(t)
  expect(await members()).toEqual(['boris@example.org'])
  expect((await findSegment(t.db, id))?.state).toBe('live')
})

test('acts of machines, cancelled orders and corrections do not add to the score', async () => {
  const api = await t.as('administrator')
  const order = (amount: number, type = 'order.placed') => ({ type, contact: { email: 'anna@example.org' }, properties: { order_id: '1', amount } })
  const score = async (): Promise<number[]> => {
    await runUntilIdle(t)
    return (await rows<{ score: number }>(t.db, sql`select round(coalesce(power(2, date_part('epoch', engagement_at - ${noon}::timestamptz) / 2592000), 0)::numeric, 3)::float8 as score from contact_rollups`)).map(row => row.score)
  }
  await api.post('/api/v1/events', { events: [order(10)] })
  expect(await score()).toEqual([20])
  await api.post('/api/v1/events', { events: [order(11), order(12)] })
  expect(await score()).toEqual([20])
  await api.post('/api/v1/events', { events: [{ ...order(0, 'order.cancelled'), occurred_at: noon.toISOString() }] })
  expect(await score()).toEqual([0])
  await api.post('/api/v1/events', { events: [{ type: 'form.submitted', contact: { email: 'anna@example.org' } }] })
  expect(await score()).toEqual([10])
})

test('reaction to a topic is the share of its mails a person opened or clicked', async () => {
  const ids = await people(4)
  await sql.raw(`
    insert into topics (key, name_en, name_ru) values ('one', 'One', 'Раз');
    insert into topic_reactions values (1, 1, 4, 3, 1), (2, 1, 0, 1, 0), (3, 1, 2, 3, 0)
  `).execute(t.db)
  const leaf = (measure: 'opened' | 'clicked', operator: string, value?: number): Condition => ({ topic_reaction: 1, measure, operator, ...(value === undefined ? {} : { value }) }) as Condition
  expect(await meant(leaf('opened', 'at_least', 75))).toEqual([ids[0], ids[2]])
  expect(await meant(leaf('opened', 'at_most', 75))).toEqual([ids[0]])
  expect(await meant(leaf('clicked', 'more_than', 0))).toEqual([ids[0]])
  expect(await meant(leaf('clicked', 'less_than', 10))).toEqual([ids[2]])
  expect(await meant(leaf('opened', 'known'))).toEqual([ids[0], ids[2]])
  expect(await meant(leaf('opened', 'unknown'))).toEqual([ids[1], ids[3]])
  expect(await explainCondition(t.db, ids[0]!, leaf('opened', 'at_least', 50), noon)).toMatchObject({ holds: true, actual: { kind: 'topic_reaction', sent: 4, opened: 3, clicked: 1 } })
  expect(await checkCondition(t.db, leaf('opened', 'at_least'))).toEqual([{ field: 'condition.value', message: '"at_least" takes a value' }])
  expect(await checkCondition(t.db, { topic_reaction: 9, measure: 'opened', operator: 'known' })).toEqual([{ field: 'condition.topic_reaction', message: 'there is no topic 9' }])
})

test('other computed fields are asked for like any number, and a class that does not exist is refused', async () => {
  const ids = await people(3)
  await sql`insert into contact_rollups (contact_id, orders_count, first_order_at, last_order_at, rfm_class, rfm_monetary, alive_probability, expected_orders, predicted_value)
    values (1, 3, ${new Date(noon.getTime() - 20 * day)}, ${noon}, 'loyal', 4, 31, 0.31, 12345), (2, 1, ${noon}, ${noon}, 'new', 1, 100, 0.1, 500)`.execute(t.db)
  const field = (name: string, operator: string, value?: unknown): Condition => ({ field: name, operator, ...(value === undefined ? {} : { value }) }) as Condition
  expect(await meant(field('order_interval_days', 'is', 10))).toEqual([ids[0]])
  expect(await meant(field('order_interval_days', 'unknown'))).toEqual([ids[1], ids[2]])
  expect(await meant(field('rfm_class', 'one_of', ['loyal', 'lost']))).toEqual([ids[0]])
  expect(await meant(field('rfm_class', 'is_not', 'loyal'))).toEqual([ids[1], ids[2]])
  expect(await meant(field('rfm_monetary', 'at_least', 4))).toEqual([ids[0]])
  expect(await meant(field('expected_orders', 'is', 0.31))).toEqual([ids[0]])
  expect(await meant(field('alive_probability', 'less_than', 50))).toEqual([ids[0]])
  expect(await meant(field('predicted_value', 'at_least', 123.45))).toEqual([ids[0]])
  expect(await checkCondition(t.db, field('rfm_class', 'is', 'rich'))).toEqual([{ field: 'condition.value', message: expect.stringContaining('"rich" is no class') }])
})
