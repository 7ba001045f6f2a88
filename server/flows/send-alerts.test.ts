import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { raiseAlert, settleAlerts } from '../alerts/raise-alert.ts'
import { sql } from '../base/db.ts'
import { stopSending } from '../delivery/send-messages.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'

let t: TestApp
let admin: Client
let sink: SmtpSink
let second: SmtpSink
let people: Awaited<ReturnType<typeof makeAudience>>
const calls: { headers: http.IncomingHttpHeaders, body: string }[] = []
let status = 200
const server = http.createServer((request, response) => {
  let body = ''
  request.on('data', chunk => { body += chunk })
  request.on('end', () => {
    calls.push({ headers: request.headers, body })
    response.statusCode = status
    response.end()
  })
})
const start = new Date('2026-11-20T12:00:00Z')
const minutes = (count: number) => t.setNow(new Date(start.getTime() + count * 60_000))

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  [sink, second] = await Promise.all([startSmtpSink(), startSmtpSink()])
  t = await testApp({ env: { SMTP_URL: sink.url } })
  admin = await t.as('administrator')
  people = await makeAudience(t.db, 3)
  await sql`insert into users (name, email, role, locale) values ('Ann', 'ann@shop.example', 'administrator', 'ru'), ('Bob', 'Bob@shop.example', 'administrator', 'en'), ('Max', 'max@shop.example', 'marketer', 'en')`.execute(t.db)
})
afterAll(async () => {
  await stopSending(t.app)
  await t.close()
  await Promise.all([sink.close(), second.close(), new Promise(resolve => server.close(resolve))])
})
beforeEach(async () => {
  for (const each of [sink, second]) {
    each.accepted.length = 0
    each.answer = () => undefined
  }
  calls.length = 0
  status = 200
  t.setNow(start)
  for (const table of ['alerts', 'notifications', 'messages', 'senders', 'suppressions']) await sql`delete from ${sql.table(table)}`.execute(t.db)
  await sql`delete from settings where key = 'alerts'`.execute(t.db)
})

const run = () => runUntilIdle(t, ['alerts'])
const list = async () => (await admin.get('/api/v1/alerts')).body.data
const titles = async () => (await t.app.pool.query<{ title: string }>('select title from notifications order by id')).rows.map(row => row.title)
const raise = (thing = 'sender:7', lasts = true) => raiseAlert(t.db, { kind: 'sender', thing, lasts, title: { en: 'Relay is down', ru: 'Релей недоступен' }, body: { en: 'No <answer>', ru: 'Нет <ответа>' }, link: '/settings/senders' }, t.app.now())
const well = () => settleAlerts(t.db, 'sender', { things: ['sender:7'] }, t.app.now())
const subjects = (of: SmtpSink) => of.accepted.map(mail => /^Subject: (.*)$/m.exec(mail.raw)?.[1]?.trim())
const smtp = (of: SmtpSink) => ({ kind: 'smtp', host: '127.0.0.1', port: of.port, security: 'none', user: '', verify: true })

test('administrators are told in the program at once and by mail, each in their language, and that it is well again', async () => {
  await raise()
  expect((await titles()).toSorted()).toEqual(['Relay is down', 'Релей недоступен'])
  await run()
  expect(sink.accepted.map(mail => mail.to).toSorted()).toEqual(['Bob@shop.example', 'ann@shop.example'])
  const english = sink.accepted.find(mail => mail.to.startsWith('Bob'))!.raw
  expect(english).toContain('Subject: Shop: Relay is down')
  expect(english).toContain('No &lt;answer&gt;')
  expect(english).toContain('Auto-Submitted: auto-generated')
  expect(english).toContain('/settings/senders')
  minutes(5)
  await well()
  await run()
  expect(subjects(sink)).toContain('Shop: Well again: Relay is down')
  const [alert] = await list()
  expect(alert).toMatchObject({ state: 'well', times: 1, well_at: '2026-11-20T12:05:00.000Z' })
  expect(alert.deliveries.map((each: { way: string, news: string, state: string }) => `${each.news} ${each.way} ${each.state}`).toSorted()).toEqual([
    'raised mail sent', 'raised mail sent', 'raised program sent', 'raised program sent', 'well mail sent', 'well mail sent', 'well program sent', 'well program sent',
  ])
})

test('of one thing nobody is told more than once an hour; what is over before its hour is not told at all', async () => {
  await Promise.all([raise(), raise(), raise()])
  await raise('sender:8')
  expect(await titles()).toHaveLength(4)
  minutes(5)
  await well()
  minutes(10)
  await raise()
  await raise()
  expect((await list())[0]).toMatchObject({ state: 'open', times: 2, tell_after: '2026-11-20T13:05:00.000Z' })
  minutes(20)
  await well()
  minutes(30)
  await raise()
  minutes(64)
  await run()
  expect((await titles()).filter(title => title === 'Relay is down')).toHaveLength(2)
  minutes(66)
  await run()
  await run()
  expect((await titles()).filter(title => title === 'Relay is down')).toHaveLength(3)
  // While it goes on, once a day.
  minutes(600)
  await raise()
  expect((await titles()).filter(title => title === 'Relay is down')).toHaveLength(3)
  minutes(66 + 24 * 60)
  await raise()
  expect((await titles()).filter(title => title === 'Relay is down')).toHaveLength(4)
})

test('what happened once is not open, and is not told again within the hour', async () => {
  await raise('campaign:1', false)
  await raise('campaign:1', false)
  expect(await titles()).toHaveLength(2)
  expect((await admin.get('/api/v1/alerts?open=true')).body.data).toEqual([])
  minutes(61)
  await raise('campaign:1', false)
  expect(await titles()).toHaveLength(4)
  expect((await list()).map((each: { state: string, times: number }) => [each.state, each.times])).toEqual([['past', 1], ['past', 2]])
})

test('chosen people hear of it by the ways chosen; a wrong choice names the field', async () => {
  const max = (await admin.get('/api/v1/alerts/settings')).body.people.find((person: { name: string }) => person.name === 'Max')
  expect((await admin.patch('/api/v1/alerts/settings', { kinds: { sender: { people: [999], program: true, mail: true, webhook: false } } })).body.errors[0].field).toBe('kinds.sender.people')
  expect((await admin.patch('/api/v1/alerts/settings', { webhook_url: 'ftp://x' })).body.errors[0].field).toBe('webhook_url')
  expect((await (await t.as('marketer')).get('/api/v1/alerts/settings')).status).toBe(403)
  const saved = await admin.patch('/api/v1/alerts/settings', { kinds: { sender: { people: [max.id], program: false, mail: true, webhook: false } } })
  expect(saved.body.kinds).toMatchObject({ sender: { people: [max.id] }, queue: { people: 'administrators' } })
  await raise()
  await run()
  expect(await titles()).toEqual([])
  expect(sink.accepted.map(mail => mail.to)).toEqual(['max@shop.example'])
})

test('a webhook is signed as Standard Webhooks says, tried again, and never goes to a private address unless that is allowed', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`
  await admin.patch('/api/v1/alerts/settings', { webhook_url: url, kinds: { sender: { people: 'administrators', program: false, mail: false, webhook: true } } })
  await raise()
  await run()
  expect(calls).toEqual([])
  expect((await list())[0].deliveries).toMatchObject([{ way: 'webhook', address: url, state: 'failed', detail: expect.stringContaining('not on the public internet') }])
  const { secret } = (await admin.put('/api/v1/webhook-settings', { allow_private: true })).body
  status = 503
  await raise('sender:9')
  await run()
  expect((await list())[0].deliveries).toMatchObject([{ state: 'waiting', attempts: 1, detail: 'HTTP 503' }])
  status = 200
  minutes(1)
  await run()
  expect((await list())[0].deliveries).toMatchObject([{ state: 'sent', attempts: 2, detail: 'HTTP 200' }])
  const { headers, body } = calls[1]!
  expect(JSON.parse(body)).toMatchObject({ type: 'alert.raised', data: { kind: 'sender', about: 'sender:9', title: 'Relay is down', well_at: null } })
  expect(calls[0]!.headers['webhook-id']).toBe(headers['webhook-id'])
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64')).update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`).digest('base64')}`)
})

test('an address on the stop list gets no mail, and that is said', async () => {
  await sql`insert into suppressions (email, reason) values ('bob@shop.example', 'hard_bounce')`.execute(t.db)
  expect((await admin.get('/api/v1/alerts/settings')).body.people.find((person: { name: string }) => person.name === 'Bob').is_suppressed).toBe(true)
  await raise()
  await run()
  expect(sink.accepted.map(mail => mail.to)).toEqual(['ann@shop.example'])
  expect((await list())[0].deliveries.find((each: { address: string, way: string }) => each.address === 'Bob@shop.example')).toMatchObject({ state: 'failed', detail: 'The address is on the stop list.' })
})

test('the sender that fails tells of itself over another one, and of its recovery', async () => {
  const broken = (await admin.post('/api/v1/senders', { name: 'Relay', stream: 'both', account: smtp(sink) })).body
  await admin.post('/api/v1/senders', { name: 'Spare', stream: 'marketing', account: smtp(second) })
  sink.answer = step => step === 'mail' ? '554 5.7.1 Sender address rejected: not owned by user' : undefined
  await queueMessages(t.db, [{ contact_id: people.contacts[0]!, kind: 'transactional', dedup_key: 'r1', template_version_id: people.receiptVersion }], t.app.now())
  await runUntilIdle(t, ['send-messages'])
  await expect.poll(async () => (await list()).length).toBe(1)
  await run()
  expect(second.accepted.map(mail => mail.to).toSorted()).toEqual(['Bob@shop.example', 'ann@shop.example'])
  expect(sink.accepted).toEqual([])
  expect((await list())[0]).toMatchObject({ kind: 'sender', thing: `sender:${broken.id}`, state: 'open' })
  sink.answer = () => undefined
  minutes(70)
  await stopSending(t.app)
  await sql`update messages set state = 'queued', send_after = ${t.app.now()}`.execute(t.db)
  await runUntilIdle(t, ['send-messages'])
  await expect.poll(async () => (await list())[0].state).toBe('well')
})

test('no sender takes the mail: it is tried again later, and given up in the end', async () => {
  sink.answer = step => step === 'rcpt' ? '451 4.3.0 try later' : undefined
  await raise()
  await run()
  const mail = async () => (await list())[0].deliveries.filter((each: { way: string }) => each.way === 'mail')[0]
  expect(await mail()).toMatchObject({ state: 'waiting', attempts: 1, next_at: '2026-11-20T12:01:00.000Z', detail: expect.stringContaining('451') })
  for (let hour = 1; hour < 12; hour++) {
    minutes(hour * 60)
    await run()
  }
  expect(await mail()).toMatchObject({ state: 'failed', attempts: 6 })
})

test('transactional mails that do not leave for ten minutes are told of, and that they leave again', async () => {
  await queueMessages(t.db, [{ contact_id: people.contacts[0]!, kind: 'transactional', dedup_key: 'r2', template_version_id: people.receiptVersion }], t.app.now())
  minutes(9)
  await runUntilIdle(t, ['alerts.queue'])
  expect(await list()).toEqual([])
  minutes(11)
  await runUntilIdle(t, ['alerts.queue'])
  expect((await list())[0]).toMatchObject({ kind: 'queue', state: 'open' })
  await sql`update messages set state = 'sent'`.execute(t.db)
  await runUntilIdle(t, ['alerts.queue'])
  expect((await list())[0]).toMatchObject({ state: 'well' })
})

test('a test really sends; with nobody to tell it says so', async () => {
  const made = await admin.post('/api/v1/alerts/test', { kind: 'domain' })
  expect(made.status).toBe(202)
  await run()
  expect((await list())[0]).toMatchObject({ state: 'test', kind: 'domain' })
  expect(subjects(sink)).toContain('Shop: A test alert')
  await admin.patch('/api/v1/alerts/settings', { kinds: { domain: { people: [], program: true, mail: true, webhook: true } } })
  expect((await admin.post('/api/v1/alerts/test', { kind: 'domain' })).body.code).toBe('nobody_to_tell')
  expect(await list()).toHaveLength(1)
})
