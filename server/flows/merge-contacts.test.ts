import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, sql, withTransaction } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { findMessageFacts } from '../tracking/message-facts.sql.ts'
import { findRecipient } from '../tracking/recipients.sql.ts'
import { messagesOfMails } from '../inbound/messages-of-mails.sql.ts'
import { forgetMerges } from './undo-merge.ts'
import { recomputeAllSegments } from '../segments/save-segment.ts'
import { followOtherwise, hungTables } from './hung-tables.ts'
import { rebuildRollups } from './rebuild-rollups.ts'

let t: TestApp
let client: Client
let now: Date
const day = 86_400_000

beforeAll(async () => {
  t = await testApp()
  client = await t.as('manager')
  await writeCompany(t.db, { currency: 'EUR' })
})
afterAll(() => t.close())
beforeEach(async () => {
  now = new Date('2026-11-20T12:00:00Z')
  t.setNow(now)
  await sql.raw('truncate contacts, segments, journeys, imports, templates, topics, suppressions, merges, pipelines restart identity cascade').execute(t.db)
})

/** Anna twice: the card that is to stay and the one that is to go. */
async function twice(): Promise<[number, number]> {
  const { body } = await client.post('/api/v1/contacts/batch', { contacts: [
    { email: 'anna@example.com', first_name: 'Anna', city: 'Moscow', tags: ['regular', 'both'] },
    { email: 'anna.b@example.com', phone: '+79161234567', first_name: 'Annie', last_name: 'Berg', tags: ['both', 'wholesale'] },
  ] })
  return body.data.map((row: { id: number }) => row.id)
}
const happened = async (contact: number, type: string, properties: Record<string, unknown> = {}, at = now): Promise<void> => {
  await withTransaction(t.db, tx => appendEvents(tx, [{ type, contact: { id: contact }, source: 'api', occurred_at: at, properties }], now))
  await runUntilIdle(t, ['process-events'])
}
const merge = (into: number, from: number[], fields: Record<string, number> = {}) => client.post(`/api/v1/contacts/${into}/merges`, { from, fields })
const undo = (id: number) => client.post(`/api/v1/merges/${id}/undo`)
/** Every row that hangs on the contact, by table, without the traces that merging and undoing leave: who was undone counts as told apart. */
async function everything(contact: number): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {}
  for (const { table } of [...hungTables.filter(hung => hung.table !== 'different_people'), ...['contact_identities', 'consent_states', 'contact_rollups', 'orders', 'order_lines', 'topic_reactions'].map(table => ({ table }))]) {
    const kept = await rows<{ row: Record<string, unknown> }>(t.db, sql`
      select to_jsonb(own) - ${table === 'orders' || table === 'order_lines' ? '{id,order_id}' : table === 'contact_rollups' ? '{events_count,last_event_at,engagement_at}' : '{}'}::text[] as row
      from ${sql.table(table)} own where contact_id = ${contact} order by to_jsonb(own)::text`)
    found[table] = kept.map(({ row }) => row).filter(row => row['type'] !== 'contact.merged' && row['type'] !== 'contact.unmerged')
  }
  return found
}
const ownFields = async (contact: number) => rows(t.db, sql`select email, phone, external_id, first_name, last_name, city, fields, created_at from contacts where id = ${contact}`)

test('every table that names a contact follows a merge, or says why not', async () => {
  const tables = await rows<{ name: string, key: string[] }>(t.db, sql`
    select c.relname as name, array(
      select a.attname::text from pg_index i cross join lateral unnest(i.indkey) with ordinality as k (number, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
      -- tasks have no primary key: one may be about nobody
      where i.indrelid = c.oid and (i.indisprimary or i.indnullsnotdistinct) and a.attname <> 'contact_id' order by k.place) as key
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'contact_id' and a.attnum > 0`)
  expect(tables.map(table => table.name).toSorted()).toEqual([...hungTables.map(hung => hung.table), ...Object.keys(followOtherwise)].toSorted())
  const owners = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../database/owners.json'), 'utf8')) as Record<string, string>
  for (const { table } of hungTables) expect(readFileSync(path.join(import.meta.dirname, '..', owners[table]!, 'hung-tables.ts'), 'utf8')).toContain(`table: '${table}'`)
  for (const hung of hungTables) expect([hung.table, hung.key]).toEqual([hung.table, tables.find(table => table.name === hung.table)!.key])
})

describe('a merge', () => {
  test('makes one card of two: chosen fields, tags, identities, events, orders, segments', async () => {
    const [anna, other] = await twice()
    await happened(anna, 'order.placed', { order_id: '1', amount: 10, currency: 'EUR' })
    await happened(other, 'order.placed', { order_id: '2', amount: 20, currency: 'EUR' })
    const big = (await (await t.as('marketer')).post('/api/v1/segments', { name: 'Two orders', condition: { field: 'orders_count', operator: 'at_least', value: 2 } })).body.id
    await runUntilIdle(t)
    const merged = await merge(anna, [other], { first_name: other })
    expect(merged).toMatchObject({ status: 201, body: { data: [{ into: { id: anna }, from: { id: other, name: 'Annie Berg' }, undone_at: null }] } })
    expect((await client.get(`/api/v1/contacts/${anna}`)).body).toMatchObject({
      email: 'anna@example.com', phone: '+79161234567', first_name: 'Annie', last_name: 'Berg', city: 'Moscow', rollups: { orders_count: 2, revenue: 30 },
      tags: [{ name: 'both' }, { name: 'regular' }, { name: 'wholesale' }],
    })
    expect((await client.get(`/api/v1/contacts/${other}`)).body.id).toBe(anna)
    expect(await rows(t.db, sql`select contact_id from segment_memberships where segment_id = ${big}`)).toEqual([{ contact_id: anna }])
    expect(await rows(t.db, sql`select value from contact_identities where contact_id = ${anna} order by 1`)).toEqual([{ value: '+79161234567' }, { value: 'anna.b@example.com' }, { value: 'anna@example.com' }])
    expect((await rebuildRollups(t.app, { check: true })).differences).toEqual([])
  })

  test('events accepted under the old number, before or after, and mails to the old address, are of the card that is left', async () => {
    const [anna, other] = await twice()
    const coming = (key: string, contact: object) => withTransaction(t.db, tx => appendEvents(tx, [{ key, type: 'page.viewed', contact, source: 'api', occurred_at: now }], now))
    await coming('waiting', { id: other })
    await merge(anna, [other])
    await coming('late', { id: other })
    await coming('address', { email: 'anna.b@example.com' })
    await runUntilIdle(t, ['process-events'])
    expect(await rows(t.db, sql`select contact_id, count(*)::int as views from events where type = 'page.viewed' group by 1`)).toEqual([{ contact_id: anna, views: 3 }])
    expect((await rebuildRollups(t.app, { check: true })).differences).toEqual([])
  })

  test('a withdrawn consent wins, unless the person agreed later; one an import brought later does not', async () => {
    const [anna, other] = await twice()
    await sql`insert into topics (id, key, name_en, name_ru) overriding system value select n, 'topic' || n, 'T', 'Т' from generate_series(1, 5) n`.execute(t.db)
    const consent = async (contact: number, topic: number, action: string, days: number, source = 'form:1') => {
      await sql`insert into consents (contact_id, topic_id, action, wording, source, occurred_at) values (${contact}, ${topic}, ${action}, 'w', ${source}, ${new Date(now.getTime() - days * day)})`.execute(t.db)
      await sql`insert into consent_states (contact_id, topic_id, status, since) values (${contact}, ${topic}, ${action}, ${new Date(now.getTime() - days * day)})`.execute(t.db)
    }
    await consent(anna, 1, 'granted', 5); await consent(other, 1, 'withdrawn', 3)
    await consent(anna, 2, 'withdrawn', 5); await consent(other, 2, 'granted', 3)
    await consent(anna, 3, 'withdrawn', 5); await consent(other, 3, 'granted', 3, 'import:1')
    await consent(other, 4, 'requested', 3); await consent(anna, 4, 'granted', 5)
    await consent(other, 5, 'granted', 3)
    const before = [await everything(anna), await everything(other)]
    const { body } = await merge(anna, [other])
    expect(await rows(t.db, sql`select topic_id, status from consent_states where contact_id = ${anna} order by 1`)).toEqual(['withdrawn', 'granted', 'withdrawn', 'granted', 'granted'].map((status, index) => ({ topic_id: index + 1, status })))
    expect(await rows(t.db, sql`select count(*)::int as proofs from consents where contact_id = ${anna}`)).toEqual([{ proofs: 9 }])
    expect((await undo(body.data[0].id)).status).toBe(200)
    expect([await everything(anna), await everything(other)]).toEqual(before)
  })

  test('who withdraws after the merge has withdrawn on both cards when they are two again', async () => {
    const [anna, other] = await twice()
    await sql`insert into topics (id, key, name_en, name_ru) overriding system value select n, 'topic' || n, 'T', 'Т' from generate_series(1, 5) n on conflict do nothing`.execute(t.db)
    await sql`insert into consent_states (contact_id, topic_id, status, since) select contact, 1, 'granted', ${new Date(now.getTime() - 5 * day)}::timestamptz from unnest(${[anna, other]}::bigint[]) as contact`.execute(t.db)
    const { body } = await merge(anna, [other])
    await sql`update consent_states set status = 'withdrawn', since = ${new Date(now.getTime() + 60_000)} where contact_id = ${anna} and topic_id = 1`.execute(t.db)
    expect((await undo(body.data[0].id)).status).toBe(200)
    expect(await rows(t.db, sql`select contact_id, status from consent_states where topic_id = 1 and contact_id = any(${[anna, other]}::bigint[]) order by 1`)).toEqual([{ contact_id: anna, status: 'withdrawn' }, { contact_id: other, status: 'withdrawn' }])
  })

  test('whoever complained at one address is written to at none; undoing lifts that again', async () => {
    const [anna, other] = await twice()
    await sql`insert into suppressions (email, reason) values ('anna.b@example.com', 'complaint')`.execute(t.db)
    const { body } = await merge(anna, [other])
    expect(await rows(t.db, sql`select email from suppressions order by 1`)).toEqual([{ email: 'anna.b@example.com' }, { email: 'anna@example.com' }])
    await undo(body.data[0].id)
    expect(await rows(t.db, sql`select email from suppressions`)).toEqual([{ email: 'anna.b@example.com' }])
  })

  test('links of mails sent before count on the card that is left; a campaign that is still to leave leaves once; nothing merges while a mail is leaving', async () => {
    const [anna, other] = await twice()
    const version = await rows<{ id: number }>(t.db, sql`with made as (insert into templates (name) values ('x') returning id) insert into template_versions (template_id, number, document) select id, 1, '{}' from made returning id`)
    const mail = async (contact: number, campaign: number | null, state: string, key: string | null = null): Promise<number> => (await rows<{ id: number }>(t.db, sql`
      insert into messages (contact_id, lane, kind, campaign_id, template_version_id, state, to_email, sending_at, sent_at, dedup_key)
      values (${contact}, 1, 'campaign', ${campaign}, ${version[0]!.id}, ${state}, 'x@example.com', ${now}, ${now}, ${key}) returning id`))[0]!.id
    await mail(anna, 1, 'sent')
    const sent = await mail(other, 1, 'sent')
    await mail(anna, 2, 'queued')
    const second = await mail(other, 2, 'queued')
    await mail(anna, null, 'sent', 'letter')
    await mail(other, null, 'sent', 'letter')
    const leaving = await mail(other, 3, 'sending')
    expect(await merge(anna, [other])).toMatchObject({ status: 409, body: { code: 'mail_leaving' } })
    await sql`update messages set state = 'sent' where id = ${leaving}`.execute(t.db)
    const { body } = await merge(anna, [other])
    const ids = { contact_id: other, message_id: sent }
    expect(await findMessageFacts(t.db, ids, now)).toMatchObject({ contact_id: anna, campaign_id: null })
    expect(await findRecipient(t.db, ids)).toMatchObject({ contact_id: anna, email: 'x@example.com', kind: 'campaign' })
    expect((await messagesOfMails(t.db, [ids])).get(`${other}.${sent}`)).toMatchObject({ contact_id: anna })
    expect(await rows(t.db, sql`select contact_id, state, reason from messages where id = ${second}`)).toEqual([{ contact_id: anna, state: 'skipped', reason: 'merged' }])
    await undo(body.data[0].id)
    expect(await rows(t.db, sql`select contact_id, campaign_id from messages where id = ${sent}`)).toEqual([{ contact_id: other, campaign_id: 1 }])
    expect(await rows(t.db, sql`select dedup_key from messages where contact_id = ${other} and dedup_key is not null`)).toEqual([{ dedup_key: 'letter' }])
  })

  test('of two runs through a journey that takes a person once the earlier goes on with its wait; undoing brings the other back', async () => {
    const [anna, other] = await twice()
    const wake = new Date(now.getTime() + day)
    const graph = (reentry: string) => JSON.stringify({ reentry, steps: {}, first: null })
    await sql`insert into journeys (id, name, draft) overriding system value values (1, 'once', '{}'), (2, 'always', '{}')`.execute(t.db)
    await sql`insert into journey_versions (id, journey_id, number, graph) overriding system value values (1, 1, 1, ${graph('once')}::jsonb), (2, 2, 1, ${graph('always')}::jsonb)`.execute(t.db)
    const enrol = (contact: number, journey: number, entered: number) => sql`
      with made as (
        insert into enrolments (contact_id, journey_id, version_id, step_key, visit, state, wake_at, waits_for, trigger_key, entered_at, arrived_at, lane)
        values (${contact}, ${journey}, ${journey}, 'wait', 2, 'waiting', ${wake}, 'time', 'same', ${new Date(now.getTime() - entered * day)}, ${now}, 1) returning contact_id, id)
      insert into enrolment_steps (contact_id, enrolment_id, visit, journey_id, step_key, outcome, arrived_at, left_at) select contact_id, id, 1, ${journey}, 'start', 'next', ${now}, ${now} from made`.execute(t.db)
    await enrol(anna, 1, 1)
    await enrol(other, 1, 2)
    await enrol(anna, 2, 1)
    await enrol(other, 2, 2)
    const before = [await everything(anna), await everything(other)]
    const { body } = await merge(anna, [other])
    expect(await rows(t.db, sql`select contact_id, journey_id, state, state_reason, wake_at from enrolments order by journey_id, entered_at`)).toEqual([
      { contact_id: anna, journey_id: 1, state: 'waiting', state_reason: '', wake_at: wake },
      { contact_id: anna, journey_id: 1, state: 'left', state_reason: 'merged', wake_at: null },
      { contact_id: anna, journey_id: 2, state: 'waiting', state_reason: '', wake_at: wake },
      { contact_id: anna, journey_id: 2, state: 'waiting', state_reason: '', wake_at: wake },
    ])
    expect(await rows(t.db, sql`select contact_id from enrolment_steps`)).toEqual([anna, anna, anna, anna].map(contact_id => ({ contact_id })))
    await undo(body.data[0].id)
    expect([await everything(anna), await everything(other)]).toEqual(before)
  })

  test('is refused with the field named', async () => {
    const [anna, other] = await twice()
    expect(await merge(anna, [anna])).toMatchObject({ status: 422, body: { errors: [{ field: 'from' }] } })
    expect(await merge(anna, [other, other])).toMatchObject({ status: 422 })
    expect(await merge(anna, [other], { city: 999 })).toMatchObject({ status: 422, body: { errors: [{ field: 'fields.city' }] } })
    expect((await merge(anna, [999])).status).toBe(404)
    expect((await (await t.as('observer')).post(`/api/v1/contacts/${anna}/merges`, { from: [other] })).status).toBe(403)
  })

  test('two merges of the same card at once, and events meanwhile: one merge, no event lost', async () => {
    const [anna, other] = await twice()
    const busy = Promise.all(Array.from({ length: 30 }, (_, index) => withTransaction(t.db, tx => appendEvents(tx, [{ key: `b${index}`, type: 'page.viewed', contact: { id: index % 2 === 0 ? other : anna }, source: 'api', occurred_at: now }], now))))
    const [one, two] = await Promise.all([merge(anna, [other]), merge(anna, [other]), runUntilIdle(t, ['process-events']), busy])
    await runUntilIdle(t, ['process-events'])
    expect([one.status, two.status].toSorted()).toEqual([201, 404])
    expect(await rows(t.db, sql`select contact_id, count(*)::int as views from events where type = 'page.viewed' group by 1`)).toEqual([{ contact_id: anna, views: 30 }])
    expect((await rebuildRollups(t.app, { check: true })).differences).toEqual([])
  })
})

describe('undoing a merge', () => {
  test('brings everything back as it was; what happened since stays with the card that stayed', async () => {
    const [anna, other] = await twice()
    await happened(anna, 'order.placed', { order_id: '7', amount: 10, currency: 'EUR' }, new Date(now.getTime() - day))
    await happened(other, 'order.placed', { order_id: '7', amount: 20, currency: 'EUR' })
    await sql`insert into leads (contact_id, source, source_label) values (${other}, 'form', 'f')`.execute(t.db)
    await sql`insert into tasks (contact_id, title, source, source_key) values (${anna}, 'Call', 'staff', 'k'), (${other}, 'Write', 'staff', 'k')`.execute(t.db)
    const before = [await everything(anna), await everything(other), await ownFields(anna), await ownFields(other)]
    const { body: { data: [done] } } = await merge(anna, [other], { email: other })
    expect((await client.get(`/api/v1/contacts/${anna}`)).body).toMatchObject({ email: 'anna.b@example.com', rollups: { orders_count: 1 } })
    await client.patch(`/api/v1/contacts/${anna}`, { city: 'Kazan', revision: (await client.get(`/api/v1/contacts/${anna}`)).body.revision })
    expect((await undo(done.id)).body).toMatchObject({ undo_until: null, undone_at: now.toISOString() })
    const [annaNow, otherNow] = [await everything(anna), await everything(other)]
    annaNow['events'] = annaNow['events']!.filter(event => (event as { properties: { changes?: unknown } }).properties.changes === undefined)
    expect([annaNow, otherNow]).toEqual(before.slice(0, 2))
    expect(await ownFields(anna)).toEqual([{ ...(before[2] as object[])[0], city: 'Kazan' }])
    expect(await ownFields(other)).toEqual(before[3])
    expect(await undo(done.id)).toMatchObject({ status: 409, body: { code: 'undone' } })
    expect((await client.get(`/api/v1/contacts/${other}`)).body.id).toBe(other)
    expect((await rebuildRollups(t.app, { check: true })).differences).toEqual([])
  })

  test('of a chain goes from the last; numbers stand for the card they stood for', async () => {
    const [anna, other] = await twice()
    const third = (await client.put('/api/v1/contacts', { email: 'third@example.com' })).body.id
    const first = (await merge(anna, [other])).body.data[0].id
    const second = (await merge(third, [anna])).body.data[0].id
    expect((await client.get(`/api/v1/contacts/${other}`)).body.id).toBe(third)
    expect(await undo(first)).toMatchObject({ status: 409, body: { code: 'merged_again' } })
    expect((await undo(second)).status).toBe(200)
    expect((await client.get(`/api/v1/contacts/${other}`)).body.id).toBe(anna)
    expect((await undo(first)).status).toBe(200)
    expect((await client.get(`/api/v1/merges?contact=${anna}`)).body.data.map((row: { id: number }) => row.id)).toEqual([second, first])
  })

  test('is possible for 30 days; then what it remembered of the person is forgotten, as with an erasure', async () => {
    const [anna, other] = await twice()
    const id = (await merge(anna, [other])).body.data[0].id
    t.setNow(new Date(now.getTime() + 31 * day))
    expect(await undo(id)).toMatchObject({ status: 409, body: { code: 'too_late' } })
    await forgetMerges(t.app)
    expect(await rows(t.db, sql`select from_card, moved, into_before from merges`)).toEqual([{ from_card: null, moved: null, into_before: null }])
    expect((await client.get(`/api/v1/contacts/${other}`)).body.id).toBe(anna)
    await client.delete(`/api/v1/contacts/${anna}`)
    expect(await rows(t.db, sql`select from merges union all select from merged_contacts`)).toEqual([])
  })
})

const happening = fc.record({
  who: fc.constantFrom(0, 1, 2), hours: fc.integer({ min: 0, max: 200 }),
  what: fc.constantFrom('order.placed', 'order.cancelled', 'page.viewed', 'subscription.confirmed', 'app.opened'), order: fc.constantFrom('1', '2', '3'), amount: fc.integer({ min: 1, max: 900 }),
})
test('after a random merge, and after undoing it, rollups and memberships are those of a full recomputation', async () => {
  const marketer = await t.as('marketer')
  await fc.assert(fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 25 }), fc.boolean(), async (history, turned) => {
    await sql.raw('truncate contacts, segments, merges, event_keys restart identity cascade').execute(t.db)
    const { body } = await client.post('/api/v1/contacts/batch', { contacts: [{ email: 'a@example.com', city: 'Moscow' }, { email: 'b@example.com', city: 'Kazan', tags: ['vip'] }, { email: 'c@example.com' }] })
    const people = body.data.map((row: { id: number }) => row.id) as number[]
    for (const condition of [
      { field: 'orders_count', operator: 'at_least', value: 2 }, { field: 'revenue', operator: 'at_least', value: 5 }, { field: 'city', operator: 'is', value: 'Kazan' },
      { all: [] }, { not: { field: 'orders_count', operator: 'at_least', value: 1 } }, { event: 'page.viewed' },
    ]) expect(await marketer.post('/api/v1/segments', { name: `S${JSON.stringify(condition).slice(0, 60)}`, condition })).toMatchObject({ status: 201, body: { state: expect.any(String) } })
    await runUntilIdle(t)
    await withTransaction(t.db, tx => appendEvents(tx, history.map(({ who, hours, what, order, amount }) => ({
      type: what, contact: { id: people[who]! }, source: 'api', occurred_at: new Date(now.getTime() - hours * 3_600_000), properties: what.startsWith('order') ? { order_id: order, amount, currency: 'EUR' } : {},
    })), now))
    await runUntilIdle(t)
    const [into, from] = turned ? [people[1]!, people[0]!] : [people[0]!, people[1]!]
    const merged = await merge(into, [from])
    await expectRecomputed()
    expect((await undo(merged.body.data[0].id)).status).toBe(200)
    await expectRecomputed()
  }), { numRuns: 6 })
}, 120_000)

async function expectRecomputed(): Promise<void> {
  expect((await rebuildRollups(t.app, { check: true })).differences).toEqual([])
  const members = () => rows(t.db, sql`select contact_id, segment_id from segment_memberships order by 1, 2`)
  const kept = await members()
  await recomputeAllSegments(t.app)
  await runUntilIdle(t)
  expect(kept).toEqual(await members())
}
