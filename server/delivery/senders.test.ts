import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { awsAccess, type FakeProviders, startFakeProviders } from '../../test/fake-providers.ts'
import { ledger, makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { rows, sql } from '../base/db.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import { takeBudgets } from './budgets.sql.ts'
import { stopSending } from './send-messages.ts'

let sink: SmtpSink
let second: SmtpSink
let fake: FakeProviders
let test: TestApp
let admin: Client
let people: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  [sink, second, fake] = await Promise.all([startSmtpSink(), startSmtpSink(), startFakeProviders()])
  test = await testApp({ env: { SMTP_URL: sink.url } })
  admin = await test.as('administrator')
  people = await makeAudience(test.db, 30)
  await sql`insert into users (name, email, role, locale) values ('Ann', 'ann@example.com', 'administrator', 'ru')`.execute(test.db)
})
afterAll(async () => {
  await stopSending(test.app)
  await test.close()
  await Promise.all([sink.close(), second.close(), fake.close()])
})
beforeEach(async () => {
  for (const each of [sink, second]) {
    each.accepted.length = 0
    each.answer = () => undefined
  }
  fake.taken.length = 0
  fake.answer = () => undefined
  test.setNow(new Date())
  for (const table of ['messages', 'sender_minutes', 'senders', 'sending_budgets', 'notifications', 'suppressions', 'incoming_events']) await sql`delete from ${sql.table(table)}`.execute(test.db)
})
// What is kept of the senders for a second belongs to the test before.
afterEach(() => stopSending(test.app))

let visit = 0
const send = () => runUntilIdle(test, ['send-messages'])
const marketing = (contactIds: number[]) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'journey' as const, enrolment_id: 1, step_key: 'mail', visit: ++visit, template_version_id: people.version, topic_id: people.topic })), test.app.now())
const receipts = (contactIds: number[]) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'transactional' as const, dedup_key: `r${contact_id}.${++visit}`, template_version_id: people.receiptVersion })), test.app.now())
const add = async (body: object) => {
  const answer = await admin.post('/api/v1/senders', body)
  expect(answer.body, answer.text).toHaveProperty('id')
  return answer.body
}
const smtp = (server: SmtpSink) => ({ kind: 'smtp', host: '127.0.0.1', port: server.port, security: 'none', user: '', verify: true })
const accounts = {
  ses: { kind: 'ses', access_key_id: awsAccess.accessKeyId, secret_access_key: awsAccess.secretAccessKey, region: awsAccess.region },
  sendgrid: { kind: 'sendgrid', api_key: 'SG.key' },
  mailgun: { kind: 'mailgun', api_key: 'mg-key', domain: 'mg.shop.example' },
  postmark: { kind: 'postmark', server_token: 'pm-token' },
  brevo: { kind: 'brevo', api_key: 'xkeysib-1' },
  sparkpost: { kind: 'sparkpost', api_key: 'sp-key' },
  unisender_go: { kind: 'unisender_go', api_key: 'us-key' },
} as const
const account = (provider: keyof typeof accounts) => ({ ...accounts[provider], endpoint: fake.url(provider) })

describe('what is in use', () => {
  it('is known to the settings of sending, so that nobody is told that mails reach nobody', async () => {
    expect((await admin.get('/api/v1/sending')).body.senders).toEqual({ marketing: 0, transactional: 0 })
    await add({ name: 'campaigns', stream: 'marketing', account: smtp(sink) })
    await add({ name: 'off', is_enabled: false, account: smtp(sink) })
    expect((await admin.get('/api/v1/sending')).body.senders).toEqual({ marketing: 1, transactional: 0 })
    await add({ name: 'all', account: smtp(second) })
    expect((await admin.get('/api/v1/sending')).body.senders).toEqual({ marketing: 2, transactional: 1 })
  })

  it('is failing when it was tried and nothing got through', async () => {
    sink.answer = step => step === 'mail' ? '451 4.3.0 not now' : undefined
    await add({ name: 'stubborn', account: smtp(sink) })
    await receipts([people.contacts[0]!])
    await send()
    expect((await admin.get('/api/v1/senders')).body.data[0].health).toMatchObject({ state: 'failing', last_hour: { sent: 0, later: 1 } })
  })
})

describe('provider APIs', () => {
  it.each(Object.keys(accounts) as (keyof typeof accounts)[])('%s takes a mail whole, with its headers and our number of it', async (provider) => {
    const { id } = await add({ name: provider, account: account(provider) })
    await marketing([people.contacts[0]!])
    await receipts([people.contacts[1]!])
    await send()
    expect(fake.taken).toHaveLength(2)
    expect(sink.accepted).toHaveLength(0)
    const rowsNow = await ledger(test.db)
    expect(rowsNow.map(row => row.state)).toEqual(['sent', 'sent'])
    const mail = fake.taken.find(each => each.to === 'p1@example.org')!
    expect(mail).toMatchObject({ provider, from: 'news@shop.example', subject: 'Sale for P1', tracking: false, own: `${people.contacts[0]}.${rowsNow[0]!.id}` })
    expect(mail.html).toContain('Hello P1')
    expect(mail.text).toContain('Hello P1')
    expect(mail.headers['list-unsubscribe']).toMatch(/<http:\/\/127\.0\.0\.1:\d+\/u\//)
    expect(mail.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
    expect((await rows<{ sent_by: number }>(test.db, sql`select sent_by from messages`)).map(row => row.sent_by)).toEqual([id, id])
    const [shown] = (await admin.get('/api/v1/senders')).body.data
    expect(shown).toMatchObject({ has_secret: true, health: { state: 'good', last_hour: { sent: 2, later: 0 } } })
    expect(JSON.stringify(shown)).not.toMatch(/wJalr|SG\.key|mg-key|pm-token|xkeysib-1|sp-key|us-key/)
  })

  it.each([
    ['ses', 429, { message: 'Maximum sending rate exceeded.' }, { 'x-amzn-errortype': 'TooManyRequestsException' }, 'rate'],
    ['ses', 400, { message: 'Daily message quota exceeded.' }, { 'x-amzn-errortype': 'LimitExceededException:http://internal' }, 'quota'],
    ['ses', 400, { message: 'Email address is not verified.' }, { 'x-amzn-errortype': 'MessageRejected' }, 'sender_refused'],
    ['sendgrid', 401, { errors: [{ message: 'Maximum credits exceeded', field: null }] }, {}, 'quota'],
    ['sendgrid', 403, { errors: [{ message: 'The from address does not match a verified Sender Identity.', field: 'from' }] }, {}, 'sender_refused'],
    ['mailgun', 401, { message: 'Forbidden' }, {}, 'authentication'],
    ['postmark', 422, { ErrorCode: 405, Message: 'Not allowed to send' }, {}, 'quota'],
    ['postmark', 503, 'Service unavailable', {}, 'down'],
    ['brevo', 402, { code: 'not_enough_credits', message: 'You have insufficient credits to send' }, {}, 'quota'],
    ['brevo', 429, { code: 'too_many_requests', message: 'slow down' }, { 'retry-after': '90' }, 'rate'],
    ['sparkpost', 420, { errors: [{ message: 'Exceed Sending Limit (daily)', code: '2102' }] }, {}, 'quota'],
    ['unisender_go', 403, { status: 'error', code: 901, message: 'limit of the tariff is exceeded' }, {}, 'quota'],
  ] as const)('%s %i %j: the sender rests, the mail goes by the next one', async (provider, status, body, headers, reason) => {
    fake.answer = () => ({ status, body, headers })
    const first = await add({ name: 'First', account: account(provider) })
    await add({ name: 'Second', account: smtp(second) })
    await marketing([people.contacts[0]!])
    await send()
    test.setNow(new Date(Date.now() + 1500))
    await stopSending(test.app)
    await send()
    expect(second.accepted).toHaveLength(1)
    const [held] = (await admin.get('/api/v1/senders')).body.data
    expect(held).toMatchObject({ id: first.id, health: { state: 'held', held_reason: reason } })
    if ('retry-after' in headers) expect(new Date(held.health.held_until).getTime() - Date.now()).toBeGreaterThan(80_000)
    expect(await ledger(test.db)).toMatchObject([{ state: 'sent', attempts: 1 }])
    const told = await rows<{ title: string }>(test.db, sql`select title from notifications`)
    expect(told).toHaveLength(reason === 'rate' ? 0 : 1)
    if (reason === 'quota') expect(told[0]!.title).toBe('Отправитель «First» исчерпал лимит')
  })

  it('an address the provider does not write to is refused, not the sender; an unknown one marks the recipient', async () => {
    await add({ name: 'Postmark', account: account('postmark') })
    fake.answer = () => ({ status: 422, body: { ErrorCode: 406, Message: 'You tried to send to recipient(s) that have been marked as inactive.' } })
    await marketing([people.contacts[0]!])
    await send()
    fake.answer = () => ({ status: 422, body: { ErrorCode: 300, Message: "Invalid 'To' address: 'x'." } })
    await marketing([people.contacts[1]!])
    await send()
    expect((await ledger(test.db)).map(row => [row.state, row.reason])).toEqual([['failed', 'suppressed_by_provider'], ['bounced', 'unknown_recipient']])
  })

  it('an answer that was lost after the mail was handed over is unknown, and marketing is not sent again', async () => {
    await add({ name: 'Brevo', account: account('brevo') })
    fake.answer = () => 'hang up'
    await marketing([people.contacts[0]!])
    await send()
    expect(await ledger(test.db)).toMatchObject([{ state: 'unknown', reason: 'connection_lost' }])
  })
})

describe('several senders', () => {
  it('each stream has its own; without one the mail server of the settings is used', async () => {
    await add({ name: 'Marketing', stream: 'marketing', account: smtp(second) })
    await marketing([people.contacts[0]!])
    await receipts([people.contacts[1]!])
    await send()
    expect([second.accepted.map(mail => mail.to), sink.accepted.map(mail => mail.to)]).toEqual([['p1@example.org'], ['p2@example.org']])
  })

  it('a server that is down hands over, and is used again when it is back', async () => {
    const gone = await startSmtpSink()
    const { port } = gone
    await gone.close()
    await add({ name: 'First', account: { ...smtp(second), port } })
    await add({ name: 'Second', account: smtp(second) })
    await marketing([people.contacts[0]!])
    await send()
    test.setNow(new Date(Date.now() + 1500))
    await send()
    expect(second.accepted).toHaveLength(1)
    const back = await startSmtpSink({ port })
    test.setNow(new Date(Date.now() + 60_000))
    await stopSending(test.app)
    await marketing([people.contacts[1]!])
    await send()
    expect(back.accepted.map(mail => mail.to)).toEqual(['p2@example.org'])
    expect((await admin.get('/api/v1/senders')).body.data[0].health.state).toBe('good')
    await stopSending(test.app)
    await back.close()
  })

  it('a day is shared out by the limits, the rest waits for the next one', async () => {
    await sql`update settings set value = value || '{"time_zone":"Europe/Moscow"}' where key = 'company'`.execute(test.db)
    test.setNow(new Date('2026-03-10T20:00:00Z'))
    const first = await add({ name: 'First', account: smtp(sink), per_day: 5 })
    await add({ name: 'Second', account: smtp(second), per_day: 7 })
    await marketing(people.contacts)
    await send()
    expect([sink.accepted.length, second.accepted.length]).toEqual([5, 7])
    expect((await ledger(test.db)).filter(row => row.state === 'queued' && row.attempts === 0)).toHaveLength(18)
    expect((await admin.get('/api/v1/senders')).body.data.find((each: { id: number }) => each.id === first.id).health.used_today).toBe(5)
    test.setNow(new Date('2026-03-10T21:00:00Z'))
    await stopSending(test.app)
    await send()
    expect([sink.accepted.length, second.accepted.length]).toEqual([10, 14])
  })

  it('two processes share a limit, and a rate fills by the clock', async () => {
    const now = new Date('2026-03-10T12:00:00Z')
    const wanted = { key: 'sender:1', amount: 40, per_second: 10, burst: 10, per_hour: 25, per_day: null }
    const take = async (at: Date, amount = 40) => (await takeBudgets(test.db, [{ ...wanted, amount }], now, at)).get('sender:1')!
    const together = await Promise.all(Array.from({ length: 6 }, () => take(now, 4)))
    expect(together.reduce((sum, each) => sum + each, 0)).toBe(10)
    expect(await take(new Date(now.getTime() + 500))).toBe(5)
    expect(await take(new Date(now.getTime() + 100_000))).toBe(10)
    expect(await take(new Date(now.getTime() + 200_000))).toBe(0)
    expect(await take(new Date(now.getTime() + 3_600_000))).toBe(10)
  })

  it('a kept secret stays when it is left out, and does not go to another place', async () => {
    const made = await add({ name: 'Postmark', account: account('postmark') })
    const { server_token: _token, ...open } = { ...accounts.postmark, endpoint: fake.url('postmark') }
    expect((await admin.patch(`/api/v1/senders/${made.id}`, { revision: 1, name: 'Mark', account: open })).body).toMatchObject({ name: 'Mark', has_secret: true })
    expect((await admin.patch(`/api/v1/senders/${made.id}`, { revision: 1, name: 'Late' })).body.code).toBe('changed_meanwhile')
    const moved = await admin.patch(`/api/v1/senders/${made.id}`, { revision: 2, account: { ...open, endpoint: 'http://thief.example' } })
    expect(moved.body.errors).toMatchObject([{ field: 'account.server_token' }])
    expect((await admin.post('/api/v1/senders', { name: 'x', account: open })).body.errors).toMatchObject([{ field: 'account.server_token' }])
    expect((await admin.post('/api/v1/senders/test', { id: made.id, to: 'me@example.com' })).body).toMatchObject({ ok: true, steps: [{ step: 'connect', ok: true }, { step: 'content', ok: true }] })
    expect((await admin.post('/api/v1/senders/test', { account: { ...account('postmark'), server_token: 'wrong' }, to: 'me@example.com' })).body).toMatchObject({ ok: false, code: 'authentication' })
    expect((await admin.post('/api/v1/senders/test', { account: smtp(second) })).body).toMatchObject({ ok: true })
    expect((await (await test.as('marketer')).get('/api/v1/senders')).status).toBe(403)
    expect((await admin.delete(`/api/v1/senders/${made.id}`)).status).toBe(204)
    expect((await admin.get('/api/v1/senders')).body.data).toEqual([])
    expect((await rows<{ settings: string }>(test.db, sql`select settings from senders`))[0]!.settings).toBe('')
  })

  it('the order is changed as a whole', async () => {
    const [one, two] = [await add({ name: 'One', account: smtp(sink) }), await add({ name: 'Two', account: smtp(second) })]
    const turned = (await admin.put('/api/v1/senders/order', { ids: [two.id, one.id] })).body.data
    expect(turned.map((each: { name: string }) => each.name)).toEqual(['Two', 'One'])
    await marketing([people.contacts[0]!])
    await send()
    expect(second.accepted).toHaveLength(1)
  })
})

describe('reports of a provider', () => {
  it('are missed when mails were handed over and none ever came; the first one ends that', async () => {
    await add({ name: 'Postmark', stream: 'both', account: account('postmark') })
    await add({ name: 'Own server', account: smtp(sink) })
    const notices = async () => Object.fromEntries((await admin.get('/api/v1/senders')).body.data.map((each: { name: string, notices: unknown }) => [each.name, each.notices]))
    expect(await notices()).toEqual({ Postmark: { sent: 0, last_at: null, missing: false }, 'Own server': null })
    await marketing(people.contacts.slice(0, 3))
    await send()
    // A report may take a moment.
    expect((await notices())['Postmark']).toMatchObject({ missing: false })
    test.setNow(new Date(Date.now() + 20 * 60_000))
    expect((await notices())['Postmark']).toEqual({ sent: 3, last_at: null, missing: true })
    const hook = (await admin.post('/api/v1/provider-hooks', { name: 'Postmark', provider: 'postmark' })).body
    const answer = await fetch(`${test.url}${new URL(hook.url).pathname}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ RecordType: 'Delivery', MessageID: 'x', Recipient: 'p1@example.org', DeliveredAt: new Date().toISOString() }) })
    expect(answer.status).toBe(200)
    expect((await notices())['Postmark']).toMatchObject({ sent: 3, last_at: expect.any(String), missing: false })
  })
})
