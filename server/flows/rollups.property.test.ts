import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { TestApp } from '../../test/database.ts'
import { rows, sql, withTransaction } from '../base/db.ts'
import { writeCompany, writeSetting } from '../company/company.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import type { NewEvent } from '../events/append-events.sql.ts'
import { rebuildRollups } from './rebuild-rollups.ts'

let t: TestApp
const now = new Date('2026-11-20T12:00:00Z')

beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  await writeCompany(t.db, { currency: 'RUB', attribution_window_days: 3 })
  await writeSetting(t.db, 'engagement', { half_life_days: 2, weights: { 'email.opened': 1, 'email.clicked': 5, 'page.viewed': 0, 'app.opened': 0.5, 'order.placed': 20 } })
  await sql`insert into topics (id, key, name_en, name_ru) overriding system value values (1, 'one', 'One', 'Раз'), (2, 'two', 'Two', 'Два') on conflict do nothing`.execute(t.db)
}, 300_000)
afterAll(() => t?.close())

const day = 86_400_000
const when = fc.integer({ min: 0, max: 40 }).map(hours => new Date(now.getTime() - 10 * day + hours * 6 * 3_600_000))
const who = fc.constantFrom('a', 'b', 'c')
const types = fc.constantFrom('email.sent', 'email.opened', 'email.clicked', 'page.viewed', 'subscription.confirmed', 'subscription.withdrawn', 'email.bounced', 'email.complained', 'app.opened', 'form.submitted')
const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('order.placed' as const), who, at: when, order_id: fc.constantFrom('1', '2', '3'), amount: fc.integer({ min: -500, max: 5000 }), currency: fc.constantFrom('RUB', 'RUB', 'EUR'), items: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('order.cancelled' as const), who, at: when, order_id: fc.constantFrom('1', '2', '3') }) },
  { weight: 4, arbitrary: fc.record({ kind: types, who, at: when, machine: fc.boolean(), message: fc.constantFrom(null, 1, 2, 3, 4) }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never
/** A mail is sent once. */
const sentOnce = (history: Happening[]): Happening[] => history.filter((step, index) => step.kind !== 'email.sent' || step.message === null
  || history.findIndex(other => other.kind === 'email.sent' && other.who === step.who && other.message === step.message) === index)
const histories = (minLength: number, maxLength: number): fc.Arbitrary<Happening[]> => fc.array(happening, { minLength, maxLength }).map(sentOnce)

function toEvent(step: Happening, run: string, index: number): NewEvent {
  const event = { key: `${run}:${index}`, contact: { email: `${step.who}-${run}@example.org` }, occurred_at: step.at, source: 'api' }
  if ('amount' in step) {
    const items = Array.from({ length: step.items }, (_, line) => ({ sku: `s${line}`, name: `Thing ${step.amount}`, price: 1, quantity: 1 }))
    return { ...event, type: step.kind, properties: { order_id: step.order_id, amount: step.amount, currency: step.currency, items, coupon: step.amount % 2 === 0 ? 'EVEN' : undefined } }
  }
  if ('order_id' in step) return { ...event, type: step.kind, properties: { order_id: step.order_id } }
  return { ...event, type: step.kind, message_id: messages.get(`${step.who}${step.message}`) ?? null, machine_reason: step.machine ? 'test' : null }
}

/** What a contact's rollups and orders are, without the numbers that differ from run to run. */
async function facts(run: string) {
  return rows<{ who: string, engagement_at: Date | null, rollups: unknown, orders: unknown, topics: unknown }>(t.db, sql`
    select split_part(c.email, '-', 1) as who, r.engagement_at, to_jsonb(r) - '{contact_id,engagement_at}'::text[] as rollups,
      (select jsonb_agg(to_jsonb(topics) - 'contact_id' order by topic_id) from topic_reactions topics where topics.contact_id = c.id) as topics,
      (select jsonb_agg(to_jsonb(o) - '{id,contact_id,contents_event_id,message_id}'::text[] || jsonb_build_object('mail', (select m.context ->> 'mail' from messages m where m.contact_id = o.contact_id and m.id = o.message_id)) order by o.order_id) from orders o where o.contact_id = c.id) as orders
    from contacts c join contact_rollups r on r.contact_id = c.id
    where c.email like ${`%-${run}@example.org`} order by 1`)
}

/** Mails 1 to 3 of each of the three: two of one topic, one of another; and a fourth of no topic. */
async function writeMails(run: string): Promise<void> {
  const mails = ['a', 'b', 'c'].map(who => ({ contact: { email: `${who}-${run}@example.org` }, type: 'app.opened', source: 'api', occurred_at: new Date(now.getTime() - 20 * day), key: `${run}:${who}` }))
  await withTransaction(t.db, tx => appendEvents(tx, mails, now))
  await runUntilIdle(t, ['process-events'])
  await sql`
    with template as (insert into templates (name) values (${run}) returning id),
    version as (insert into template_versions (template_id, number, document) select id, 1, '{}' from template returning id)
    insert into messages (contact_id, lane, kind, template_version_id, topic_id, context)
    select c.id, 1, 'transactional', version.id, (array[1, 1, 2, null])[mail], jsonb_build_object('mail', mail)
    from contacts c, version, generate_series(1, 4) as mail
    where c.email like ${`%-${run}@example.org`}
  `.execute(t.db)
  messages = new Map((await rows<{ who: string, mail: number, id: number }>(t.db, sql`
    select split_part(c.email, '-', 1) as who, (m.context ->> 'mail')::integer as mail, m.id from messages m join contacts c on c.id = m.contact_id where c.email like ${`%-${run}@example.org`}
  `)).map(one => [`${one.who}${one.mail}`, one.id]))
}
let messages = new Map<string, number>()

let runs = 0
async function live(history: Happening[], batches: number[], run = `r${++runs}`): Promise<string> {
  await writeMails(run)
  let from = 0
  for (const size of [...batches, history.length]) {
    const part = history.slice(from, from + size).map((step, index) => toEvent(step, run, from + index))
    // Every batch comes twice: a sender that got no answer sends again.
    await withTransaction(t.db, tx => appendEvents(tx, part, now))
    await withTransaction(t.db, tx => appendEvents(tx, part, now))
    await runUntilIdle(t, ['process-events'])
    from += size
  }
  return run
}

test('rollups and orders kept event by event are those that follow from all events, whatever the order and the batches', async () => {
  await fc.assert(fc.asyncProperty(histories(1, 40), fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 8 }), async (history, batches) => {
    await live(history, batches)
    const { differences } = await rebuildRollups(t.app, { check: true })
    expect(differences).toEqual([])
  }), { numRuns: 40 })
}, 300_000)

test('late and mixed up arrivals come to the same as arrivals in order', async () => {
  // Two events of one order at the very same moment: the one accepted later wins, so the order of those is kept.
  const distinctMoments = (history: Happening[]): Happening[] => history.map((step, index) => ({ ...step, at: new Date(step.at.getTime() + index) }))
  await fc.assert(fc.asyncProperty(histories(2, 25).map(distinctMoments).chain(history => fc.tuple(fc.constant(history), fc.shuffledSubarray(history, { minLength: history.length }))), async ([history, shuffled]) => {
    const inOrder = history.toSorted((a, b) => a.at.getTime() - b.at.getTime())
    const one = await live(inOrder, [3, 5])
    const other = await live(shuffled, [2, 2, 7])
    const [found, expected] = [await facts(other), await facts(one)]
    const plain = (all: typeof found) => all.map(({ engagement_at: _, ...fact }) => fact)
    expect(plain(found)).toEqual(plain(expected))
    for (const [index, { engagement_at }] of expected.entries()) {
      expect(Math.abs((found[index]?.engagement_at?.getTime() ?? 0) - (engagement_at?.getTime() ?? 0))).toBeLessThan(1000)
    }
  }), { numRuns: 25 })
}, 300_000)

test('a rebuild mends what was spoilt', async () => {
  await sql`update contact_rollups set orders_count = orders_count + 1, opens = 77, engagement_at = engagement_at - interval '1 minute'`.execute(t.db)
  await sql`update orders set amount = amount + 1`.execute(t.db)
  expect((await rebuildRollups(t.app, { check: true })).differing).toBeGreaterThan(0)
  expect((await rebuildRollups(t.app)).differing).toBeGreaterThan(0)
  expect((await rebuildRollups(t.app, { check: true })).differing).toBe(0)
})

test('when the company counts in another currency, revenue is counted anew', async () => {
  await runUntilIdle(t)
  const revenue = async (): Promise<number> => Number((await rows<{ revenue: number }>(t.db, sql`select sum(revenue) as revenue from contact_rollups`))[0]!.revenue)
  const ofOrders = async (currency: string): Promise<number> => Number((await rows<{ amount: number }>(t.db, sql`select coalesce(sum(amount), 0) as amount from orders where status = 'placed' and currency = ${currency}`))[0]!.amount)
  expect(await revenue()).toBe(await ofOrders('RUB'))
  expect((await (await t.as('administrator')).patch('/api/v1/company', { currency: 'EUR' })).status).toBe(200)
  await runUntilIdle(t)
  expect(await revenue()).toBe(await ofOrders('EUR'))
})
