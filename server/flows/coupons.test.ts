import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import type { JourneyStep } from '../../shared/journeys.ts'
import { rows, sql, withTransaction } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { giveCoupons } from '../coupons/give-coupons.ts'
import { loadMailData } from '../tracking/load-mail-data.ts'
import { renderMail } from '../templates/render-mail.ts'

let t: TestApp
let api: Client
const now = new Date('2026-11-20T12:00:00Z')

beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  await writeCompany(t.db, { currency: 'RUB', language: 'ru', time_zone: 'Europe/Moscow' })
  api = await t.as('administrator')
}, 300_000)
afterAll(() => t?.close())

const people = async (prefix: string, count: number): Promise<number[]> => (await rows<{ id: number }>(t.db, sql`
  with made as (insert into contacts (email, first_name) select ${prefix} || n || '@example.org', 'P' || n from generate_series(1, ${count}::integer) as n returning id, email)
  insert into contact_identities (kind, value, contact_id) select 'email', email, id from made returning contact_id as id`)).map(row => row.id)
const list = async (codes: string[], more: object = {}): Promise<number> => {
  const { body: pool } = await api.post('/api/v1/coupon-pools', { kind: 'list', name: 'List', ...more })
  if (codes.length > 0) expect((await api.post(`/api/v1/coupon-pools/${pool.id}/codes`, { text: codes.join('\n') })).body).toMatchObject({ added: codes.length })
  return pool.id
}
const codes = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}`)
const pool = async (id: number) => (await api.get(`/api/v1/coupon-pools/${id}`)).body
const journey = async (steps: Record<string, JourneyStep>): Promise<number> => {
  const made = await api.post('/api/v1/journeys', { name: 'Coupons', draft: { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'always', first: Object.keys(steps)[0], steps } })
  expect(await api.post(`/api/v1/journeys/${made.body.id}/activation`)).toMatchObject({ status: 200 })
  return made.body.id
}
const couponsOf = (contact: number) => rows<{ code: string, source: string, valid_until: Date | null, redeemed_at: Date | null, order_id: string | null }>(t.db, sql`select code, source, valid_until, redeemed_at, order_id from coupons where contact_id = ${contact} order by id`)
const order = (email: string, id: string, coupon: string, at = '2026-11-20T11:00:00Z') => api.post('/api/v1/events', { events: [{ id, type: 'order.placed', contact: { email }, occurred_at: at, properties: { order_id: id, amount: 100, coupon } }] })

describe('codes of a list', () => {
  test('are added once in the installation, and what was left out is said', async () => {
    const id = await list(['FIRST-1', 'FIRST-2'])
    const other = await list([])
    const answer = await api.post(`/api/v1/coupon-pools/${other}/codes`, { text: 'code;discount\nfirst-1;10\nNEW-1;10\nnew-1;10\nx;10' })
    expect(answer.body).toMatchObject({ added: 1, duplicates: 2, refused: 1, refused_examples: [{ line: 5, code: 'x' }], pool: { left: 1 } })
    expect(answer.body.duplicate_examples.toSorted()).toEqual(['first-1', 'new-1'])
    expect(await api.post(`/api/v1/coupon-pools/${id}/codes`, { text: '  \n ' })).toMatchObject({ status: 422, body: { errors: [{ field: 'text' }] } })
    expect(await (await t.as('manager')).post(`/api/v1/coupon-pools/${id}/codes`, { text: 'A-100' })).toMatchObject({ status: 403 })
  })

  test('added by two at once are there once', async () => {
    const [one, two] = [await list([]), await list([])]
    const text = codes('TWICE', 500).join('\n')
    const answers = await Promise.all([api.post(`/api/v1/coupon-pools/${one}/codes`, { text }), api.post(`/api/v1/coupon-pools/${two}/codes`, { text })])
    expect(answers.map(answer => answer.body.added).reduce((sum, added) => sum + added)).toBe(500)
  })

  test('a pattern that could be guessed is refused', async () => {
    expect(await api.post('/api/v1/coupon-pools', { kind: 'pattern', name: 'P', pattern: 'A-**' })).toMatchObject({ status: 422, body: { errors: [{ field: 'pattern' }] } })
  })
})

describe('giving', () => {
  test('several at once never give one code twice, and the last ones are all given', async () => {
    const id = await list(codes('RACE', 100))
    const contacts = await people('race', 100)
    const give = (some: number[]) => withTransaction(t.db, async tx => {
      await lockContacts(tx, some)
      return giveCoupons(tx, some.map(contact_id => ({ contact_id, pool_id: id, source: 'staff', source_key: `test:${contact_id}` })), now)
    })
    const outcomes = (await Promise.all(Array.from({ length: 5 }, (_, lot) => give(contacts.slice(lot * 20, lot * 20 + 20))))).flat()
    const given = outcomes.map(outcome => 'coupon' in outcome ? outcome.coupon.code : outcome.fault)
    expect(new Set(given).size).toBe(100)
    // The same again gives everybody the same, and nobody else anything.
    const again = await give(contacts)
    expect(again.map(outcome => 'coupon' in outcome ? outcome.coupon.code : outcome.fault)).toEqual(given)
    expect(await give([])).toEqual([])
    const [late] = await people('late', 1)
    expect(await give([late!])).toEqual([{ fault: 'pool_empty' }])
    expect(await pool(id)).toMatchObject({ left: 0, given: 100, open: 100, redeemed: 0, is_low: true })
  })

  test('codes of a pattern are new in the whole installation, by two at once as well', async () => {
    const { body: made } = await api.post('/api/v1/coupon-pools', { kind: 'pattern', name: 'VIP', pattern: 'VIP-********', valid_days: 14 })
    const contacts = await people('pattern', 60)
    await Promise.all([0, 1, 2].map(lot => withTransaction(t.db, async tx => {
      const some = contacts.slice(lot * 20, lot * 20 + 20)
      await lockContacts(tx, some)
      await giveCoupons(tx, some.map(contact_id => ({ contact_id, pool_id: made.id, source: 'staff', source_key: null })), now)
    })))
    const given = await rows<{ code: string, valid_until: Date }>(t.db, sql`select code, valid_until from coupons where pool_id = ${made.id}`)
    expect(new Set(given.map(each => each.code)).size).toBe(60)
    expect(given[0]!.valid_until).toEqual(new Date('2026-12-04T12:00:00Z'))
  })

  test('by hand or by another system: a repeat with the key gives the same coupon, an empty pool is said', async () => {
    const id = await list(['HAND-1'])
    const [anna, olga] = await people('hand', 2)
    const first = await api.post('/api/v1/coupons', { pool_id: id, contact: { id: anna }, key: 'k1' })
    expect(first).toMatchObject({ status: 201, body: { code: 'HAND-1', state: 'open', source: 'api' } })
    expect((await api.post('/api/v1/coupons', { pool_id: id, contact: { email: 'hand1@example.org' }, key: 'k1' })).body).toMatchObject({ id: first.body.id })
    expect(await api.post('/api/v1/coupons', { pool_id: id, contact: { id: olga } })).toMatchObject({ status: 409, body: { code: 'pool_empty' } })
    expect(await api.post('/api/v1/coupons', { pool_id: id, contact: { email: 'nobody@example.org' } })).toMatchObject({ status: 422, body: { errors: [{ field: 'contact' }] } })
    expect(await api.post('/api/v1/coupons', { pool_id: 99_999_999, contact: { id: olga } })).toMatchObject({ status: 422, body: { errors: [{ field: 'pool_id' }] } })
    expect(await (await t.as('observer')).post('/api/v1/coupons', { pool_id: id, contact: { id: olga } })).toMatchObject({ status: 403 })
    expect((await api.get(`/api/v1/contacts/${anna}/timeline?kind=order`)).body.data).toMatchObject([{ type: 'coupon.given', properties: { coupon: 'HAND-1', pool_id: id } }])
    expect((await api.get(`/api/v1/coupon-pools/${id}/people?state=open`)).body.data).toMatchObject([{ contact_id: anna, note: 'HAND-1' }])
  })

  test('a journey gives one each; who finds the list empty fails, and administrators are told once that it runs low', async () => {
    const [user] = await rows<{ id: number }>(t.db, sql`insert into users (name, email, role) values ('Boss', 'boss@example.org', 'administrator') returning id`)
    const id = await list(codes('JRN', 3), { low_stock: 1 })
    const contacts = await people('jrn', 4)
    const journeyId = await journey({ give: { kind: 'give_coupon', pool_id: id, next: null } })
    await api.post(`/api/v1/journeys/${journeyId}/enrolments`, { contacts })
    const given = (await Promise.all(contacts.map(couponsOf))).flat()
    expect(new Set(given.map(each => each.code)).size).toBe(3)
    expect(given[0]).toMatchObject({ source: `journey:${journeyId}`, valid_until: null })
    expect(await rows(t.db, sql`select state, state_reason, count(*) as people from enrolments where journey_id = ${journeyId} group by 1, 2 order by 1`)).toEqual([{ state: 'done', state_reason: '', people: 3 }, { state: 'failed', state_reason: 'pool_empty', people: 1 }])
    expect(await rows(t.db, sql`select title from notifications where user_id = ${user!.id}`)).toEqual([{ title: 'Промокоды заканчиваются: List' }])
    expect(await rows(t.db, sql`select context -> 'learned' -> 'give' as learned from enrolments where contact_id = ${contacts[0]}`)).toEqual([{ learned: { coupon: given[0]!.code } }])
    // The list is filled again and the one who failed is tried again.
    await api.post(`/api/v1/coupon-pools/${id}/codes`, { text: 'JRN-NEW' })
    await api.post(`/api/v1/journeys/${journeyId}/retrials`, {})
    await runUntilIdle(t)
    expect((await pool(id))).toMatchObject({ left: 0, given: 4 })
  })

  test('a pool that a journey names is not archived', async () => {
    const id = await list(['KEEP-1'])
    await api.post('/api/v1/journeys', { name: 'Names it', draft: { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: 'give', steps: { give: { kind: 'give_coupon', pool_id: id, next: null } } } })
    const { revision } = await pool(id)
    expect(await api.patch(`/api/v1/coupon-pools/${id}`, { revision, archived: true })).toMatchObject({ status: 409, body: { code: 'in_use' } })
    expect(await api.patch(`/api/v1/coupon-pools/${id}`, { revision: revision + 5, name: 'X' })).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } })
    expect((await api.patch(`/api/v1/coupon-pools/${id}`, { revision, name: 'Renamed', valid_days: 3 })).body).toMatchObject({ name: 'Renamed', valid_days: 3 })
  })
})

describe('redeeming', () => {
  test('an order or coupon.redeemed that carries the code marks it, capitals or not, whoever orders; the earliest counts', async () => {
    const id = await list(codes('RED', 3))
    const [anna, olga] = await people('red', 2)
    for (const contact of [anna, anna, olga]) await api.post('/api/v1/coupons', { pool_id: id, contact: { id: contact } })
    await order('red1@example.org', 'o-2', ' red-0000 ', '2026-11-20T11:00:00Z')
    await order('red2@example.org', 'o-1', 'RED-0000', '2026-11-20T10:00:00Z')
    await api.post('/api/v1/events', { events: [{ type: 'coupon.redeemed', contact: { id: anna }, occurred_at: '2026-11-20T09:00:00Z', properties: { coupon: 'RED-0001' } }] })
    await runUntilIdle(t, ['process-events'])
    expect(await couponsOf(anna!)).toMatchObject([{ code: 'RED-0000', redeemed_at: new Date('2026-11-20T10:00:00Z'), order_id: 'o-1' }, { code: 'RED-0001', redeemed_at: new Date('2026-11-20T09:00:00Z'), order_id: null }])
    expect(await couponsOf(olga!)).toMatchObject([{ redeemed_at: null }])
    expect(await pool(id)).toMatchObject({ redeemed: 2, open: 1 })
    expect((await api.get('/api/v1/coupons?code=red-0000')).body.data).toMatchObject([{ contact_id: anna, state: 'redeemed', order_id: 'o-1' }])
  })
})

test('a mail shows the latest open coupon its journey gave, with the day it ends; without a coupon nothing', async () => {
  const { body: template } = await api.post('/api/v1/templates', {
    name: 'Coupon', kind: 'transactional', document: { format: 1, theme: { accent: '#0a7d5a', background: '#ffffff', font: 'sans' }, locales: { ru: { subject: 'Код {{ coupon.code }}', preheader: '', html: '<html><body><p>{{ coupon.code }} до {{ coupon.valid_until | date }}</p></body></html>' } } },
  })
  expect(template.id).toBeTypeOf('number')
  const [versionRow] = await rows<{ version_id: number }>(t.db, sql`select version_id from templates where id = ${template.id}`)
  const id = await list(['MAIL-1', 'MAIL-2'], { valid_days: 10 })
  const [anna, olga] = await people('mail', 2)
  const journeyId = await journey({ give: { kind: 'give_coupon', pool_id: id, next: 'mail' }, mail: { kind: 'mail', template_id: template.id, topic_id: null, next: null } })
  await api.post(`/api/v1/journeys/${journeyId}/enrolments`, { contacts: [anna] })
  await api.post('/api/v1/coupons', { pool_id: id, contact: { id: anna } })
  const [message] = await rows<{ contact_id: number, id: number, kind: string, template_version_id: number, context: Record<string, unknown> }>(t.db, sql`select contact_id, id, kind, template_version_id, context from messages where contact_id = ${anna}`)
  const [data, other] = await loadMailData(t.app, t.db, [message!, { ...message!, contact_id: olga!, template_version_id: versionRow!.version_id }])
  const mail = renderMail(data!.compiled, data!)
  expect(mail.subject).toBe('Код MAIL-1')
  expect(mail.text).toContain('MAIL-1 до 30 ноября 2026')
  expect(renderMail(other!.compiled, other!).subject).toBe('Код')
})
