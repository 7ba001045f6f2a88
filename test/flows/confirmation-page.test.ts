import { afterAll, beforeAll, expect, test } from 'vitest'
import { queueMessages } from '../../server/messages/queue-messages.sql.ts'
import { confirmUrl } from '../../server/tracking/links.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'

let server: TestApp
let api: Client
let visitors = 0
beforeAll(async () => {
  server = await testApp()
  const made = await (await server.as(null)).post('/api/v1/setup', {
    email: 'anna@example.com', password: 'correct horse battery', language: 'ru', company_name: 'Чайная', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Чайная', sender_email: 'shop@example.com', name: 'Анна',
  })
  expect(made.status).toBe(201)
  api = await server.as('administrator')
})
afterAll(() => server.close())

/** Somebody who signed up: the link of their confirmation mail, as the mail in the test mailbox has it. */
async function signedUp() {
  const email = `visitor${++visitors}@mail.example`
  const { body: { data: [topic] } } = await api.get('/api/v1/topics')
  const { rows: [contact] } = await server.app.pool.query<{ id: number }>(`insert into contacts (email, locale) values ($1, 'ru') returning id`, [email])
  await server.app.pool.query(`insert into consent_states (contact_id, topic_id, status, since) values ($1, $2, 'requested', now())`, [contact!.id, topic.id])
  const { rows: [template] } = await server.app.pool.query<{ version_id: number }>(`select version_id from templates where system_key = 'confirmation'`)
  const submission = { form_id: 1, form_name: 'Подписка', locale: 'ru', topic_ids: [topic.id], wording: 'Хочу письма', fields: {}, double_opt_in: true, utm: {}, source: '', page_url: '', ip_address: null, user_agent: null }
  await queueMessages(server.db, [{ contact_id: contact!.id, kind: 'transactional', template_version_id: template!.version_id, dedup_key: 'confirm', context: { form: { name: 'Подписка' }, submission } }], server.app.now())
  const { rows: [message] } = await server.app.pool.query<{ id: number }>('select id from messages where contact_id = $1', [contact!.id])
  await runUntilIdle(server, ['send-messages', 'process-events'])
  const { body: { data: [listed] } } = await api.get(`/api/v1/test-mails?search=${email}`)
  const { body: mail } = await api.get(`/api/v1/test-mails/${listed.id}`)
  const url = /href="(http[^"]+\/c\/[^"]+)"/.exec(mail.html)![1]!
  return { url, ids: { contact_id: contact!.id, message_id: message!.id }, status: async () => (await server.app.pool.query('select status from consent_states where contact_id = $1', [contact!.id])).rows[0].status as string }
}
const visit = async (url: string, form?: Record<string, string>) => (await fetch(url, form ? { method: 'POST', body: new URLSearchParams(form) } : {})).text()

test('opening the link changes nothing, its button confirms, a second press says so', async () => {
  const visitor = await signedUp()
  const page = await visit(visitor.url)
  expect(page).toContain('Подтвердите подписку')
  expect(await visitor.status()).toBe('requested')
  expect(await visit(visitor.url, {})).toContain('Подписка подтверждена')
  expect(await visitor.status()).toBe('granted')
  expect(await visit(visitor.url, {})).toContain('уже подтверждена')
})

test('after 14 days the link says so and gives a way to ask again', async () => {
  const visitor = await signedUp()
  const old = confirmUrl(server.app, visitor.ids, new Date(Date.now() - 15 * 86_400_000))
  expect(await visit(old)).toContain('Срок ссылки вышел')
  expect(await visit(old, {})).toContain('Срок ссылки вышел')
  expect(await visitor.status()).toBe('requested')
  expect(await visit(old, { action: 'again' })).toContain('Новая ссылка отправлена')
  const { rows } = await server.app.pool.query('select count(*)::int as count from messages where contact_id = $1', [visitor.ids.contact_id])
  expect(rows[0].count).toBe(2)
})

test('a forged or foreign token leads nowhere', async () => {
  const visitor = await signedUp()
  expect((await fetch(`${visitor.url.slice(0, -3)}AAA`)).status).toBe(404)
  expect((await fetch(visitor.url.replace('/c/', '/u/'))).status).toBe(404)
})
