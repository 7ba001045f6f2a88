import { afterAll, beforeAll, expect, test } from 'vitest'
import { queueMessages } from '../../server/messages/queue-messages.sql.ts'
import { runLoopsUntilIdle, testApp, type Client, type TestApp } from '../database.ts'
import { button, heading, mailDocumentOf, text, variant } from '../../server/templates/block-builders.ts'

const person = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'
let server: TestApp
let api: Client
beforeAll(async () => {
  server = await testApp()
  api = await server.as('administrator')
})
afterAll(() => server.close())

const visit = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init, headers: { 'user-agent': person } })

test('a mail goes out filled in, its open and click are counted, an order after the click is credited to it, one click unsubscribes', async () => {
  const { body: contact } = await api.put('/api/v1/contacts', { email: 'anna@example.com', first_name: 'Анна <3', locale: 'ru', city: null })
  const { body: topic } = await api.post('/api/v1/topics', { key: 'letters', name_en: 'Letters', name_ru: 'Письма' })
  await server.app.pool.query(`insert into consent_states (contact_id, topic_id, status, since) values ($1, $2, 'granted', now() - interval '1 day')`, [contact.id, topic.id])
  const { body: template } = await api.post('/api/v1/templates', {
    name: 'Hello', document: mailDocumentOf({
      ru: variant('{{ contact.first_name }}, привет', '', [heading('Привет, {{ contact.first_name }}'), text('<p>{{ contact.city | default: "Где вы?" }}</p>'), button('Купить', 'https://shop.example/?coupon=BACK10&who={{ contact.email }}')]),
      en: variant('Hello', '', [text('x')]),
    }),
  })
  await queueMessages(server.db, [{ contact_id: contact.id, kind: 'journey', dedup_key: 'hello', template_version_id: template.version_id, topic_id: topic.id }])
  await runLoopsUntilIdle(server)

  const { body: { data: [listed] } } = await api.get('/api/v1/test-mails')
  expect(listed).toMatchObject({ to: 'anna@example.com', subject: 'Анна <3, привет' })
  const { body: mail } = await api.get(`/api/v1/test-mails/${listed.id}`)
  expect(mail.html).toContain('Привет, Анна &lt;3')
  expect(mail.text).toContain('Где вы?')
  const header = (name: string) => mail.headers.find((each: { name: string }) => each.name.toLowerCase() === name)?.value
  expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')

  const pixel = /<img src="(http[^"]+\/t\/o\/[^"]+)"/.exec(mail.html)![1]!
  const link = /href="(http[^"]+\/t\/c\/[^"]+)"/.exec(mail.html)![1]!
  expect((await visit(pixel)).status).toBe(200)
  expect((await visit(link)).headers.get('location')).toBe('https://shop.example/?coupon=BACK10&who=anna%40example.com')
  await runLoopsUntilIdle(server)
  let { rows: [message] } = await server.app.pool.query('select opens, clicks, opened_at, clicked_at, machine_opened_at from messages where contact_id = $1', [contact.id])
  expect(message).toMatchObject({ opens: 1, clicks: 1, machine_opened_at: null })
  expect(message.opened_at).not.toBeNull()

  const { body: { data: [{ message_id }] } } = await api.get(`/api/v1/contacts/${contact.id}/messages`)
  const content = async () => (await api.get(`/api/v1/contacts/${contact.id}/messages/${message_id}`)).body
  const shown = await content()
  expect(shown).toMatchObject({ state: 'sent', to_email: 'anna@example.com', filled_in: 'now', subject: 'Анна <3, привет', mail: { name: 'Hello' }, error: null })
  expect(shown.html).toContain('Привет, Анна &lt;3')
  expect(shown.html).toContain('https://shop.example/?coupon=BACK10')
  // Whoever looks at it neither counts nor can unsubscribe them.
  expect(shown.html + shown.text).not.toMatch(/\/(t\/o|t\/c|u|p)\//)
  expect(shown.reactions).toMatchObject([{ act: 'opened', url: null, is_machine: false, count: 1 }, { act: 'clicked', url: expect.stringContaining('https://shop.example/'), is_machine: false, count: 1 }])
  // In the language it left in and the version it left with, whatever came after.
  await api.put('/api/v1/contacts', { email: 'anna@example.com', locale: 'en', city: 'Казань' })
  const changed = await api.patch(`/api/v1/templates/${template.id}`, { revision: template.revision, document: mailDocumentOf({ ru: variant('Другое', '', [text('x')]), en: variant('Other', '', [text('x')]) }) })
  expect(changed.status, changed.text).toBe(200)
  const later = await content()
  expect(later.subject).toBe('Анна <3, привет')
  expect(later.html).toContain('Казань')
  // Nobody else's card shows it.
  const { body: other } = await api.put('/api/v1/contacts', { email: 'other@example.com' })
  expect((await api.get(`/api/v1/contacts/${other.id}/messages/${message_id}`)).status).toBe(404)

  const order = await api.post('/api/v1/events', { events: [{ id: 'o1', type: 'order.placed', contact: { email: 'anna@example.com' }, properties: { order_id: '1', amount: 10, currency: 'USD', items: [] } }] })
  expect(order.status).toBe(202)
  await runLoopsUntilIdle(server)
  ;({ rows: [message] } = await server.app.pool.query('select orders, revenue from messages where contact_id = $1', [contact.id]))
  expect(message).toEqual({ orders: 1, revenue: 1000 })

  expect((await visit(mail.unsubscribe_url)).status).toBe(200)
  await visit(mail.unsubscribe_url, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) })
  await runLoopsUntilIdle(server)
  const { body: card } = await api.get(`/api/v1/contacts/${contact.id}`)
  expect(card.consents.find((each: { topic_id: number }) => each.topic_id === topic.id)?.status).toBe('withdrawn')
  ;({ rows: [message] } = await server.app.pool.query('select unsubscribed_at from messages where contact_id = $1', [contact.id]))
  expect(message.unsubscribed_at).not.toBeNull()
  const { body: timeline } = await api.get(`/api/v1/contacts/${contact.id}/timeline`)
  const mailOf = (type: string) => timeline.data.find((entry: { type: string }) => entry.type === type).mail
  expect(mailOf('order.placed')).not.toBeNull()
  expect(mailOf('order.placed')).toEqual(mailOf('email.clicked'))
  expect(timeline.data.map((entry: { type: string }) => entry.type)).toEqual(expect.arrayContaining(['email.sent', 'email.opened', 'email.clicked', 'order.placed', 'subscription.withdrawn']))
})
