import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { one, rows, sql } from '../base/db.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import { findProviders } from './lanes.sql.ts'
import { providerOfServer } from './mail-providers.ts'
import { stopSending } from './send-messages.ts'

let sink: SmtpSink
let test: TestApp
let admin: Client
let people: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  sink = await startSmtpSink()
  test = await testApp({ env: { SMTP_URL: sink.url, SENDER_THREADS: '0' } })
  admin = await test.as('administrator')
  people = await makeAudience(test.db, 30)
  await sql`insert into users (name, email, role, locale) values ('Ann', 'ann@example.com', 'administrator', 'en')`.execute(test.db)
})
afterAll(async () => {
  await stopSending(test.app)
  await test.close()
  await sink.close()
})
const noon = new Date('2026-03-10T12:00:00Z')
beforeEach(async () => {
  sink.accepted.length = 0
  sink.answer = () => undefined
  test.setNow(noon)
  for (const table of ['messages', 'campaigns', 'sending_budgets', 'provider_lanes', 'notifications', 'suppressions', 'incoming_events']) await sql`delete from ${sql.table(table)}`.execute(test.db)
  await sql`delete from settings where key in ('sending_rules', 'warm_up_state')`.execute(test.db)
  await sql`update settings set value = value || '{"time_zone":"Europe/Moscow"}' where key = 'company'`.execute(test.db)
  await sql`update contacts set time_zone = null, email = 'p' || (id - ${people.contacts[0]!}::bigint + 1) || '@example.org'`.execute(test.db)
})
afterEach(() => stopSending(test.app))

let visit = 0
/** A sender keeps what it knows of rules and lanes for a second: a new one looks anew. */
const send = async () => {
  await stopSending(test.app)
  await runUntilIdle(test, ['send-messages'])
}
const at = (time: string) => test.setNow(new Date(time))
const marketing = (contactIds: number[]) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'journey' as const, enrolment_id: 1, step_key: 'mail', visit: ++visit, template_version_id: people.version, topic_id: people.topic })), test.app.now())
const receipts = (contactIds: number[]) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'transactional' as const, dedup_key: `r${++visit}`, template_version_id: people.receiptVersion })), test.app.now())
const campaign = async (contactIds: number[], more: object = {}) => {
  const { id } = await one<{ id: number }>(test.db, sql`insert into campaigns (name, state) values ('Sale', 'sending') returning id`)
  for (const [column, value] of Object.entries(more)) await sql`update campaigns set ${sql.ref(column)} = ${value} where id = ${id}`.execute(test.db)
  await queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'campaign' as const, campaign_id: id, template_version_id: people.version, topic_id: people.topic })), test.app.now())
  return id
}
const rules = async (body: object) => {
  const answer = await admin.patch('/api/v1/sending-rules', body)
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}
const waiting = () => rows<{ contact_id: number, reason: string | null, detail: string | null, send_after: Date, queue: string }>(test.db, sql`select contact_id, reason, detail, send_after, queue from messages where state = 'queued' order by contact_id, id`)
const [a, b, c] = [0, 1, 2]
const person = (index: number) => people.contacts[index]!
const moveTo = (index: number, domain: string) => sql`update contacts set email = ${`p${index + 1}@${domain}`} where id = ${person(index)}`.execute(test.db)

describe('quiet hours', () => {
  it("hold marketing until morning on the person's own clock, and never a receipt", async () => {
    await rules({ quiet_hours: { from: '22:00', to: '08:00' } })
    await sql`update contacts set time_zone = 'Asia/Vladivostok' where id = ${person(a)}`.execute(test.db)
    await sql`update contacts set time_zone = 'Mars/Olympus' where id = ${person(c)}`.execute(test.db)
    await marketing([person(a), person(b), person(c)])
    await receipts([person(a)])
    await send()
    expect(sink.accepted.map(mail => mail.to).sort()).toEqual(['p1@example.org', 'p2@example.org', 'p3@example.org'])
    expect(await waiting()).toMatchObject([{ contact_id: person(a), reason: 'quiet_hours', detail: 'Asia/Vladivostok', send_after: new Date('2026-03-10T22:00:00Z') }])
    at('2026-03-10T22:00:00Z')
    await send()
    expect(sink.accepted).toHaveLength(4)
  })

  it('within a day work too, and a campaign can be exempt', async () => {
    await rules({ quiet_hours: { from: '13:00', to: '17:30' } })
    await campaign([person(a)])
    await campaign([person(b)], { ignores_quiet_hours: true })
    await send()
    expect(sink.accepted.map(mail => mail.to)).toEqual(['p2@example.org'])
    expect((await waiting())[0]!.send_after).toEqual(new Date('2026-03-10T14:30:00Z'))
  })
})

describe('frequency caps', () => {
  it('a person gets at most so many in the window; the next one leaves when the oldest is out of it', async () => {
    await rules({ caps: [{ kind: 'all', most: 2, days: 7 }, { kind: 'campaign', most: 1, days: 1 }] })
    await campaign([person(a)])
    await send()
    at('2026-03-10T15:00:00Z')
    await campaign([person(a), person(b)])
    await marketing([person(a)])
    await send()
    expect(sink.accepted.map(mail => mail.to)).toEqual(['p1@example.org', 'p1@example.org', 'p2@example.org'])
    expect(await waiting()).toMatchObject([{ contact_id: person(a), reason: 'frequency_cap', detail: '1/1', send_after: new Date('2026-03-11T12:00:00Z') }])
    at('2026-03-11T12:00:00Z')
    await send()
    expect(await waiting()).toMatchObject([{ contact_id: person(a), reason: 'frequency_cap', detail: '2/7', send_after: new Date('2026-03-17T12:00:00Z') }])
    await receipts([person(a)])
    await send()
    expect(sink.accepted).toHaveLength(4)
    at('2026-03-17T12:00:00Z')
    await send()
    expect(sink.accepted).toHaveLength(5)
  })

  it('several mails to one person in one batch, and in two senders at once, are counted one by one', async () => {
    await rules({ caps: [{ kind: 'all', most: 1, days: 1 }] })
    for (let round = 0; round < 3; round++) await marketing(people.contacts.slice(0, 10))
    await send()
    expect(sink.accepted).toHaveLength(10)
    expect((await waiting()).every(row => row.reason === 'another_mail')).toBe(true)
    at('2026-03-10T12:01:00Z')
    await send()
    expect(sink.accepted).toHaveLength(10)
    expect((await waiting()).every(row => row.reason === 'frequency_cap' && row.send_after.getTime() === new Date('2026-03-11T12:00:00Z').getTime())).toBe(true)
  })
})

describe('the best hour', () => {
  it('is that of most opens and clicks; with too little data the hour of the company; a day at most', async () => {
    await rules({ best_hour: { company_hour: 18 }, quiet_hours: { from: '22:00', to: '08:00' } })
    const opened = (contact: number, times: string[]) => sql`
      insert into messages (contact_id, lane, kind, template_version_id, state, queue, sent_at, opened_at, dedup_key)
      select ${contact}::bigint, 0, 'journey', ${people.version}::bigint, 'sent', 'journeys', t::timestamptz, t::timestamptz, 'old ' || t from unnest(${times}::text[]) as t`.execute(test.db)
    await opened(person(a), ['2026-02-01T06:10:00Z', '2026-02-08T06:40:00Z', '2026-02-15T17:00:00Z'])
    await opened(person(b), ['2026-02-01T06:10:00Z'])
    await campaign([person(a), person(b), person(c)])
    await sql`update contacts set time_zone = 'Europe/London' where id = ${person(c)}`.execute(test.db)
    await marketing([person(a)])
    await send()
    expect(sink.accepted).toHaveLength(1)
    expect((await waiting()).map(row => [row.reason, row.send_after.toISOString()])).toEqual([
      ['best_hour', '2026-03-11T06:00:00.000Z'], ['best_hour', '2026-03-10T15:00:00.000Z'], ['best_hour', '2026-03-10T18:00:00.000Z'],
    ])
    at('2026-03-11T06:00:00Z')
    await send()
    expect(sink.accepted).toHaveLength(3)
    // Missed, but not waited for again; in London it is still night.
    expect(await waiting()).toMatchObject([{ contact_id: person(c), reason: 'quiet_hours', detail: 'Europe/London' }])
    at('2026-03-11T08:00:00Z')
    await send()
    expect(sink.accepted).toHaveLength(4)
  })
})

describe('receiving providers', () => {
  it('a limit a minute is kept for a provider with all its domains; receipts pass', async () => {
    await rules({ providers: [{ provider: 'mail.ru', per_minute: 180, at_once: null }] })
    for (const [index, domain] of ['mail.ru', 'bk.ru', 'list.ru', 'inbox.ru', 'mail.ru'].entries()) await moveTo(index, domain)
    await marketing(people.contacts.slice(0, 7))
    await send()
    expect(sink.accepted.map(mail => mail.to.split('@')[1]).filter(domain => domain !== 'example.org')).toHaveLength(3)
    expect(sink.accepted).toHaveLength(5)
    expect((await waiting()).map(row => [row.reason, row.queue])).toEqual([['provider_limit', 'provider:mail.ru'], ['provider_limit', 'provider:mail.ru']])
    await receipts([person(a)])
    await send()
    expect(sink.accepted).toHaveLength(6)
    at('2026-03-10T12:00:01Z')
    await send()
    expect(sink.accepted).toHaveLength(8)
    expect(await waiting()).toEqual([])
  })

  it('asked to send more slowly, all that goes there rests and goes on at half the pace; the administrator hears of it', async () => {
    for (let index = 0; index < 6; index++) await moveTo(index, 'gmail.com')
    sink.answer = (step, { to }) => step === 'rcpt' && to.endsWith('gmail.com') ? '421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited.' : undefined
    await marketing([person(0)])
    await send()
    await marketing(people.contacts.slice(1, 8))
    await send()
    expect(sink.accepted.map(mail => mail.to.split('@')[1])).toEqual(['example.org', 'example.org'])
    expect((await waiting()).slice(1).map(row => [row.reason, row.queue])).toEqual(Array.from({ length: 5 }, () => ['provider_held', 'provider:gmail.com']))
    const state = (await admin.get('/api/v1/sending-rules')).body.states.find((each: { provider: string }) => each.provider === 'gmail.com')
    expect(state).toMatchObject({ slow: 1, waiting: 5 })
    expect(state.held_reason).toMatch(/rate|block/)
    expect(await rows(test.db, sql`select title, link from notifications`)).toMatchObject([{ link: '/settings/sending-rules' }])
    sink.answer = () => undefined
    at('2026-03-10T12:12:00Z')
    await send()
    expect(sink.accepted).toHaveLength(8)
  })

  it('is let go at once by hand, and what was paused meanwhile goes back to its campaign', async () => {
    await moveTo(0, 'gmail.com')
    await sql`insert into provider_lanes (provider, slow, held_until, held_reason, changed_at) values ('gmail.com', 1, ${new Date('2026-03-11T00:00:00Z')}, 'block', ${noon})`.execute(test.db)
    const id = await campaign([person(0)])
    await send()
    expect((await waiting())[0]).toMatchObject({ reason: 'provider_held', queue: 'provider:gmail.com' })
    await sql`update campaigns set state = 'paused' where id = ${id}`.execute(test.db)
    expect((await admin.post('/api/v1/sending-rules/providers/gmail.com/release')).status).toBe(200)
    await send()
    expect(sink.accepted).toHaveLength(0)
    expect((await waiting())[0]).toMatchObject({ reason: null, queue: `campaign:${id}` })
    await sql`update campaigns set state = 'sending' where id = ${id}`.execute(test.db)
    await send()
    expect(sink.accepted).toHaveLength(1)
  })

  it('many small domains are known by their mail servers', () => {
    expect(['aspmx.l.google.com', 'ALT1.ASPMX.L.GOOGLE.COM.', 'emx.mail.ru', 'mx.yandex.net', 'shop-com.mail.protection.outlook.com', 'mta5.am0.yahoodns.net', 'mx.evilmail.ru', 'mail.example.org'].map(providerOfServer))
      .toEqual(['gmail.com', 'gmail.com', 'mail.ru', 'yandex.ru', 'outlook.com', 'yahoo.com', null, null])
  })

  it("a provider's own domains are one lane from the first mail on, before anything is looked up", async () => {
    const found = await findProviders(test.db, ['bk.ru', 'googlemail.com', 'firm.example'])
    expect([...found]).toEqual([['bk.ru', 'mail.ru'], ['googlemail.com', 'gmail.com'], ['firm.example', 'firm.example']])
  })
})

describe('the warm-up', () => {
  it('gives each provider the volume of the day, raises it while little comes back, and lets the rest wait for tomorrow', async () => {
    const shown = await rules({ warm_up: { first_day: 3, growth_percent: 100, until: 20 } })
    expect(shown.warm_up_state).toMatchObject({ day: 1, volume: 3, done: false })
    for (let index = 0; index < 5; index++) await moveTo(index, 'gmail.com')
    await marketing(people.contacts.slice(0, 20))
    await send()
    expect(sink.accepted).toHaveLength(6)
    expect((await waiting()).every(row => row.reason === 'warm_up' && row.send_after.getTime() === new Date('2026-03-10T21:00:00Z').getTime())).toBe(true)
    at('2026-03-10T21:00:00Z')
    await send()
    expect(sink.accepted).toHaveLength(6 + 2 + 6)
    at('2026-03-11T21:00:00Z')
    await send()
    expect((await admin.get('/api/v1/sending-rules')).body.warm_up_state).toMatchObject({ day: 3, volume: 12, held_back: false })
  })

  it('is not raised on a day after which too many mails came back', async () => {
    await rules({ warm_up: { first_day: 3, growth_percent: 100, until: 20 } })
    await marketing(people.contacts.slice(0, 3))
    await send()
    await sql`update messages set bounced_at = ${noon} where contact_id = ${person(a)}`.execute(test.db)
    at('2026-03-11T12:00:00Z')
    expect((await admin.get('/api/v1/sending-rules')).body.warm_up_state).toMatchObject({ day: 2, volume: 3, held_back: true })
  })
})

describe('pace and priority', () => {
  it('a campaign keeps its pace', async () => {
    await campaign(people.contacts, { pace_per_hour: 3600 })
    await send()
    const first = sink.accepted.length
    expect(first).toBe(5)
    at('2026-03-10T12:00:03Z')
    await send()
    expect(sink.accepted).toHaveLength(8)
  })

  it('a receipt leaves at once while many mails wait', async () => {
    await sql`
      insert into messages (contact_id, lane, kind, queue, priority, template_version_id, topic_id, dedup_key, send_after, queued_at)
      select ${person(a)}::bigint, 0, 'journey', 'journeys', 5, ${people.version}::bigint, ${people.topic}::bigint, 'many' || n, ${noon}, ${noon} from generate_series(1, 5000) as n`.execute(test.db)
    const running = (async () => {
      while (sink.accepted.length < 1500) await runUntilIdle({ app: test.app }, ['send-messages'])
    })()
    while (sink.accepted.length < 300) await new Promise(resolve => setImmediate(resolve))
    const before = sink.accepted.length
    await receipts([person(b)])
    while (!sink.accepted.some(mail => mail.to === 'p2@example.org')) await new Promise(resolve => setImmediate(resolve))
    expect(sink.accepted.length - before).toBeLessThan(2000)
    expect((await one<{ left: number }>(test.db, sql`select count(*) as left from messages where state = 'queued'`)).left).toBeGreaterThan(500)
    await running
  })
})

describe('the rules', () => {
  it('are checked field by field and only administrators change them', async () => {
    expect((await admin.patch('/api/v1/sending-rules', { quiet_hours: { from: '25:00', to: '08:00' } })).body.errors[0].field).toBe('quiet_hours.from')
    expect((await admin.patch('/api/v1/sending-rules', { quiet_hours: { from: '08:00', to: '08:00' } })).body.errors[0].field).toBe('quiet_hours')
    expect((await admin.patch('/api/v1/sending-rules', { caps: [{ kind: 'all', most: 0, days: 7 }] })).body.errors[0].field).toBe('caps.0.most')
    expect((await admin.patch('/api/v1/sending-rules', { providers: [{ provider: 'gmail.com', per_minute: 1, at_once: null }, { provider: 'GMAIL.com', per_minute: 2, at_once: null }] })).body.errors[0].field).toBe('providers.1.provider')
    expect((await (await test.as('marketer')).patch('/api/v1/sending-rules', {})).status).toBe(403)
    expect((await (await test.as('marketer')).get('/api/v1/sending-rules')).body).toMatchObject({ caps: [], quiet_hours: null, best_hour: null, warm_up: null })
  })
})
