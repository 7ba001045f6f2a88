import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../base/db.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../../test/database.ts'
import type { Checklist, Today } from '../../shared/start.ts'
import { buildChecklist } from './checklist.ts'
import type { ChecklistFacts } from './checklist.sql.ts'

let program: TestApp
let api: Client
beforeAll(async () => {
  program = await testApp()
  const setup = await (await program.as(null)).post('/api/v1/setup', {
    language: 'en', company_name: 'Tea', time_zone: 'Asia/Tokyo', currency: 'EUR', sender_name: 'Tea', sender_email: 'hello@tea-shop.com', name: 'Ann', email: 'ann@tea-shop.com', password: 'correct horse battery',
  })
  expect(setup.status).toBe(201)
  api = await program.as('administrator')
})
afterAll(() => program.close())

const states = async (): Promise<Record<string, string>> => Object.fromEntries(((await api.get('/api/v1/checklist')).body as Checklist).data.map(item => [item.key, item.state]))
const nothing: ChecklistFacts = {
  sender_domain: null, sender_domain_verified: false, contacts: false, imports: 0, consents: false, form: null, form_submitted: false, segment: null, segment_members: 0, journey: null, mail_sent: false, keys: 0, key_used: false,
}

test('a new company has its sender and nothing else', async () => {
  expect(await states()).toMatchObject({ sender: 'done', smtp: 'partly', domain: 'open', contacts: 'open', consents: 'open', segment: 'open', journey: 'open', first_mail: 'open' })
})

test('each item follows the real state', async () => {
  const id = (await api.put('/api/v1/contacts', { email: 'boris@mail.example' })).body.id as number
  await api.post('/api/v1/events', { events: [{ type: 'order.placed', contact: { id }, properties: { order_id: '1', amount: 20.5 } }] })
  await api.post('/api/v1/sending-domains', { domain: 'tea-shop.com' })
  await runUntilIdle(program)
  expect(await states()).toMatchObject({ contacts: 'done', segment: 'done', domain: 'partly', shop: 'done' })
  await sql`update sending_domains set verified_at = now()`.execute(program.db)
  expect((await states())['domain']).toBe('done')
  expect((await api.get('/api/v1/today')).body as Today).toMatchObject({ new_contacts: 1, orders: 1, revenue: 20.5, currency: 'EUR', has_data: true })
})

test("today begins at midnight in the company's time zone", async () => {
  program.setNow(new Date('2026-03-10T16:00:00Z')) // 1 o'clock of the 11th in Tokyo
  expect(((await api.get('/api/v1/today')).body as Today).since).toBe('2026-03-10T15:00:00.000Z')
})

test('an address for examples is not a sender, a subdomain is signed by its parent', () => {
  expect(buildChecklist(nothing, { sender_email: 'me@example.com', smtp: null }).data[0]).toMatchObject({ key: 'sender', state: 'open' })
  expect(buildChecklist(nothing, { sender_email: 'me@shop.example.org', smtp: 'settings' })).toMatchObject({ done: 1, total: 10 })
  expect(buildChecklist({ ...nothing, sender_domain: 'shop.com', sender_domain_verified: true }, { sender_email: 'me@news.shop.com', smtp: 'environment' }).done).toBe(3)
})
