import { sql } from 'kysely'
import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../../test/database.ts'
import type { Client, TestApp } from '../../../test/database.ts'
import { startSmtpSink } from '../../../test/smtp-sink.ts'
import type { SmtpSink } from '../../../test/smtp-sink.ts'
import { readyMadeKeys } from '../../../shared/ready-made.ts'
import type { ReadyMadeJourney, ReadyMadeKey } from '../../../shared/ready-made.ts'
import { saveContactsAndFollow } from '../../flows/save-contacts.ts'
import { one, rows } from '../../base/db.ts'
import { appendEvents } from '../../events/append-events.sql.ts'

let server: TestApp
let sink: SmtpSink
let marketer: Client
let topic = 0
const start = new Date('2026-03-02T10:00:00Z')

beforeAll(async () => {
  sink = await startSmtpSink()
  server = await testApp({ env: { SMTP_URL: sink.url } })
  marketer = await server.as('administrator')
  server.setNow(start)
  const made = await (await server.as(null)).post('/api/v1/setup', {
    email: 'anna@shop.example', password: 'correct horse battery', language: 'ru', company_name: 'Чайная лавка', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Чайная лавка', sender_email: 'shop@shop.example', name: 'Anna',
  })
  expect(made.status).toBeLessThan(300)
})
afterAll(async () => {
  await server.close()
  await sink.close()
})
beforeEach(async () => {
  await sql.raw('truncate contacts, journeys, segments, incoming_events, event_keys, coupon_pools cascade').execute(server.db)
  server.setNow(start)
  sink.accepted.length = 0
  topic = (await one<{ id: number }>(server.db, sql`select id from topics order by id limit 1`)).id
})

/** Anna reads Russian, Boris English; both agreed to the topic. */
async function people(more: Record<string, unknown> = {}): Promise<number[]> {
  await saveContactsAndFollow(server.app, server.db, [
    { email: 'anna@example.com', first_name: 'Анна', locale: 'ru', ...more }, { email: 'boris@example.com', first_name: 'Boris', locale: 'en', ...more },
  ], { now: server.app.now(), by: 'api', mode: 'overwrite' })
  const ids = (await rows<{ id: number }>(server.db, sql`select id from contacts order by id`)).map(row => row.id)
  for (const id of ids) expect((await marketer.post(`/api/v1/contacts/${id}/consents`, { topic_id: topic, action: 'granted', wording: 'I agree' })).status).toBeLessThan(300)
  await runUntilIdle(server)
  return ids
}
const begin = async (key: ReadyMadeKey): Promise<number> => {
  const made = await marketer.post(`/api/v1/ready-made-journeys/${key}`, { topic_id: topic })
  expect(made).toMatchObject({ status: 201, body: { state: 'draft' } })
  expect(made.body.problems.filter((problem: { blocking: boolean }) => problem.blocking)).toEqual([])
  await runUntilIdle(server)
  expect((await marketer.post(`/api/v1/journeys/${made.body.id}/activation`)).body).toMatchObject({ state: 'active' })
  return made.body.id
}
const happen = async (type: string, properties: Record<string, unknown> = {}, contacts = ['anna@example.com', 'boris@example.com'], more: object = {}): Promise<void> => {
  await marketer.post('/api/v1/events', { events: contacts.map(email => ({ type, contact: { email }, occurred_at: server.app.now().toISOString(), properties: 'order_id' in properties ? { ...properties, order_id: `${String(properties['order_id'])}-${email}` } : properties, ...more })) })
  await runUntilIdle(server)
}
/** Some days pass, the clock ticking all along. */
const pass = async (days: number): Promise<void> => {
  const until = server.app.now().getTime() + days * 86_400_000
  for (let now = server.app.now().getTime(); now < until;) {
    now = Math.min(until, now + 12 * 3_600_000)
    server.setNow(new Date(now))
    await runUntilIdle(server)
  }
}
const read = async (to?: string) => Promise.all(sink.accepted.filter(mail => to === undefined || mail.to.includes(to)).map(async mail => {
  const { subject = '', text = '' } = await simpleParser(mail.raw)
  return { subject, text }
}))
const subjects = async (): Promise<string[]> => (await read()).map(mail => mail.subject).toSorted()
const states = async (id: number) => (await rows<{ state: string, state_reason: string }>(server.db, sql`select state, state_reason from enrolments where journey_id = ${id} order by contact_id`)).map(row => row.state_reason === '' ? row.state : `${row.state} ${row.state_reason}`)

test('each is listed with its flow, its mails in the company language and what comes with it', async () => {
  const { data } = (await marketer.get('/api/v1/ready-made-journeys')).body as { data: ReadyMadeJourney[] }
  expect(data.map(one => one.key)).toEqual([...readyMadeKeys])
  for (const one of data) {
    expect(one.mails.length).toBeGreaterThan(0)
    for (const mail of one.mails) expect(one.graph.steps[mail.step]?.kind).toBe('mail')
  }
  expect(data.find(one => one.key === 'birthday')).toMatchObject({ name: 'День рождения', makes: ['field', 'pool'], choices: ['topic'], journey_id: null })
})

test('made twice, what it needs is made once; without a topic or somebody to take over it is refused', async () => {
  const first = await marketer.post('/api/v1/ready-made-journeys/sunset', { topic_id: topic })
  const second = await marketer.post('/api/v1/ready-made-journeys/sunset', { topic_id: topic })
  expect([first.status, second.status]).toEqual([201, 201])
  expect(first.body.draft.trigger.segment_id).toBe(second.body.draft.trigger.segment_id)
  expect(await marketer.post('/api/v1/ready-made-journeys/sunset', { topic_id: 99_999 })).toMatchObject({ status: 422, body: { errors: [{ field: 'topic_id' }] } })
  expect(await marketer.post('/api/v1/ready-made-journeys/lead_nurture', { topic_id: topic, user_id: 99_999 })).toMatchObject({ status: 422, body: { errors: [{ field: 'user_id' }] } })
  expect((await marketer.post('/api/v1/ready-made-journeys/nothing', { topic_id: topic })).status).toBe(422)
})

describe('lived through', () => {
  test('welcome: who clicks nothing is reminded, who orders leaves', async () => {
    await people()
    const id = await begin('welcome')
    await happen('subscription.confirmed')
    expect(await states(id)).toEqual([])
    await sql`insert into forms (slug, name, definition) values ('a', 'A', '{}')`.execute(server.db)
    const { id: form } = await one<{ id: number }>(server.db, sql`select id from forms order by id desc limit 1`)
    const contacts = await rows<{ id: number }>(server.db, sql`select id from contacts order by id`)
    await confirmThroughForm(contacts.map(contact => contact.id), form)
    expect(await subjects()).toEqual(['Boris, good to meet you', 'Анна, рады знакомству'])
    await pass(1)
    await happen('order.placed', { order_id: 'A', amount: 100 }, ['boris@example.com'])
    await pass(6)
    expect(await subjects()).toEqual(['Boris, good to meet you', 'Анна, вот что у нас берут чаще', 'Анна, рады знакомству', 'Не успели заглянуть?'])
    expect(await states(id)).toEqual(['done', expect.stringMatching(/goal:ordered/)])
  })

  test('abandoned cart: who orders within three hours hears nothing', async () => {
    await people()
    const id = await begin('abandoned_cart')
    await happen('cart.updated', { total: 10 })
    server.setNow(new Date(start.getTime() + 2 * 3_600_000))
    await happen('order.placed', { order_id: 'A', amount: 100 }, ['boris@example.com'])
    await pass(3)
    expect(await subjects()).toEqual(['Вы оставили кое-что в корзине', 'Корзина ещё ждёт вас'])
    expect(await states(id)).toEqual(['done', 'done'])
  })

  test('after an order: three mails, with what others bought of the same categories', async () => {
    await people()
    await saveContactsAndFollow(server.app, server.db, [{ email: 'vera@example.com' }], { now: server.app.now(), by: 'api', mode: 'overwrite' })
    await happen('order.placed', { order_id: 'V', amount: 30, items: [{ sku: 'tea-1', name: 'Green tea', category: 'Tea', price: 10 }, { sku: 'tea-2', name: 'Black tea', category: 'Tea', price: 10 }, { sku: 'cup-1', name: 'Cup', category: 'Cups', price: 10 }] }, ['vera@example.com'])
    await begin('post_purchase')
    await happen('order.placed', { order_id: 'A', amount: 10, items: [{ sku: 'tea-1', name: 'Green tea', category: 'Tea', price: 10 }] })
    await pass(33)
    const anna = await read('anna@example.com')
    expect(anna.map(mail => mail.subject)).toEqual(['Спасибо за заказ, Анна!', 'К вашей покупке: что берут вместе', 'Анна, не пора ли пополнить запасы?'])
    expect(anna[1]!.text).toContain('Black tea')
    expect(anna[1]!.text).not.toContain('Cup')
    expect((await read('boris@example.com')).map(mail => mail.subject)).toEqual(['Thank you for your order, Boris!', 'What others take with it', 'Boris, time to stock up?'])
  })

  test('review: not to who cancelled', async () => {
    await people()
    await begin('review')
    await happen('order.placed', { order_id: 'A', amount: 10, items: [{ sku: 'tea-1', name: 'Green tea', category: 'Tea', price: 10 }] })
    await pass(1)
    await happen('order.cancelled', { order_id: 'A' }, ['boris@example.com'])
    await pass(14)
    expect(await subjects()).toEqual(['Как вам покупка?'])
  })

  test('bringing buyers back: ninety days after the last order', async () => {
    await people()
    const id = await begin('reactivation')
    await happen('order.placed', { order_id: 'A', amount: 10 }, ['anna@example.com'])
    for (let month = 0; month < 3; month++) {
      server.setNow(new Date(server.app.now().getTime() + 30 * 86_400_000))
      await runUntilIdle(server)
    }
    expect(await subjects()).toEqual(['Анна, давно не виделись'])
    expect(await states(id)).toEqual(['waiting'])
  })

  test('birthday: a code of one\'s own in the morning of the day', async () => {
    const id = await begin('birthday')
    await people({ fields: { birthday: '1990-03-04' } })
    await pass(3)
    expect(await subjects()).toEqual(['Happy birthday, Boris!', 'Анна, с днём рождения!'])
    const codes = await rows<{ code: string }>(server.db, sql`select code from coupons order by contact_id`)
    expect(codes).toHaveLength(2)
    expect((await read('anna@example.com'))[0]!.text).toContain(codes[0]!.code)
    expect(await states(id)).toEqual(['done', 'done'])
  })

  test('an enquiry: who clicks is handed over with a task, who does not is asked once more', async () => {
    const contacts = await people()
    const id = await begin('lead_nurture')
    const { id: form } = await one<{ id: number }>(server.db, sql`insert into forms (slug, name, definition) values ('b', 'B', '{}') returning id`)
    await confirmThroughForm(contacts, form)
    const { id: message } = await one<{ id: number }>(server.db, sql`select id from messages where contact_id = ${contacts[0]!} and journey_id = ${id}`)
    await clicked(contacts[0]!, message)
    await pass(9)
    expect(await subjects()).toEqual(['Boris, any questions?', 'Thank you for your interest: where to begin', 'Спасибо за интерес: с чего начать'])
    expect(await rows(server.db, sql`select contact_id, title from tasks where contact_id = any(${contacts}::bigint[])`)).toEqual([{ contact_id: contacts[0], title: 'Позвонить по заявке' }])
    expect((await one<{ owner_id: number | null }>(server.db, sql`select owner_id from contacts where id = ${contacts[0]!}`)).owner_id).not.toBeNull()
    expect(await states(id)).toEqual(['done', 'done'])
  })

  test('the silent: who opens stays, who does not is mailed no more', async () => {
    const contacts = await people()
    await sql`update contact_rollups set mails_sent = 9`.execute(server.db)
    const id = await begin('sunset')
    server.setNow(new Date(start.getTime() + 181 * 86_400_000))
    await runUntilIdle(server)
    expect(await subjects()).toEqual(['Shall we go on writing to you?', 'Нам писать вам дальше?'])
    const { id: message } = await one<{ id: number }>(server.db, sql`select id from messages where contact_id = ${contacts[0]!} and journey_id = ${id}`)
    await clicked(contacts[0]!, message)
    await pass(15)
    await pass(8)
    expect(await subjects()).toEqual(['Shall we go on writing to you?', 'This is our last letter', 'Нам писать вам дальше?'])
    expect(await rows(server.db, sql`select contact_id, status from consent_states where topic_id = ${topic} order by contact_id`)).toEqual([{ contact_id: contacts[0], status: 'granted' }, { contact_id: contacts[1], status: 'withdrawn' }])
    expect(await rows(server.db, sql`select contact_id from contact_tags`)).toEqual([{ contact_id: contacts[1] }])
    expect(await states(id)).toEqual(['done', 'done'])
  })
})

/** As the confirmation of a form's subscription does it: the event comes from the form. */
async function confirmThroughForm(contacts: number[], form: number): Promise<void> {
  await appendEvents(server.db, contacts.map(id => ({ type: 'subscription.confirmed', contact: { id }, occurred_at: server.app.now(), properties: { topic_id: topic }, source: `form:${form}` })), server.app.now())
  await runUntilIdle(server)
}
async function clicked(contact: number, message: number): Promise<void> {
  await appendEvents(server.db, [{ type: 'email.clicked', contact: { id: contact }, occurred_at: server.app.now(), properties: {}, source: 'mail', message_id: message }], server.app.now())
  await runUntilIdle(server)
}
