import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { one, rows, sql } from '../base/db.ts'
import { stopSending } from '../delivery/send-messages.ts'
import { queueMessages } from './queue-messages.sql.ts'

let sink: SmtpSink
let test: TestApp
let marketer: Client
let people: Awaited<ReturnType<typeof makeAudience>>
let journey: number
beforeAll(async () => {
  sink = await startSmtpSink()
  test = await testApp({ env: { SMTP_URL: sink.url, SENDER_THREADS: '0' } })
  marketer = await test.as('marketer')
  people = await makeAudience(test.db, 12)
  journey = (await one<{ id: number }>(test.db, sql`insert into journeys (name, draft) values ('Welcome', '{"format":1,"trigger":{"kind":"manual"},"entry_condition":null,"reentry":"once","first":null,"steps":{}}') returning id`)).id
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
  for (const table of ['messages', 'suppressions', 'provider_lanes', 'incoming_events', 'events']) await sql`delete from ${sql.table(table)}`.execute(test.db)
  await sql`delete from settings where key = 'sending_rules'`.execute(test.db)
  await sql`update consent_states set status = 'granted', since = ${noon}`.execute(test.db)
  await sql`update contacts set time_zone = null`.execute(test.db)
})
afterEach(() => stopSending(test.app))

const person = (index: number) => people.contacts[index]!
const mail = (index: number, step: string, more: object = {}) => ({ contact_id: person(index), kind: 'journey' as const, journey_id: journey, enrolment_id: index + 1, step_key: step, visit: 1, template_version_id: people.version, topic_id: people.topic, ...more })
const send = async () => {
  await stopSending(test.app)
  await runUntilIdle(test, ['send-messages', 'process-events'])
}
const get = async (path: string) => {
  const answer = await marketer.get(`/api/v1${path}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}

/** Of twelve people: one unsubscribed, one whose answer is lost, one refused, one in quiet hours; the others get the first mail, three the second too. */
async function run() {
  await (await test.as('administrator')).patch('/api/v1/sending-rules', { quiet_hours: { from: '20:00', to: '08:00' } })
  await sql`update contacts set time_zone = 'Asia/Vladivostok' where id = ${person(3)}`.execute(test.db)
  await sql`update consent_states set status = 'withdrawn', since = '2026-03-03T10:00:00Z' where contact_id = ${person(0)}`.execute(test.db)
  sink.answer = (step, { to }) => step === 'content' && to === 'p2@example.org' ? '554 5.6.0 we do not like what it says' : undefined
  await queueMessages(test.db, people.contacts.map((_, index) => mail(index, 'hello')), noon)
  await queueMessages(test.db, [5, 6, 7].map(index => mail(index, 'again')), noon)
  await queueMessages(test.db, [{ ...mail(8, 'hello'), kind: 'test', enrolment_id: 99 }], noon)
  await send()
  await sql`update messages set state = 'unknown', reason = 'connection_lost' where contact_id = ${person(2)} and kind = 'journey'`.execute(test.db)
}

describe('the ledger of a journey', () => {
  it('says of every mail what became of it and why, as a whole and by step, without test runs', async () => {
    await run()
    const whole = await get(`/journeys/${journey}/ledger`)
    expect(whole.counts).toEqual({ planned: 15, queued: 1, sending: 0, sent: 11, bounced: 0, failed: 1, skipped: 1, unknown: 1 })
    expect(whole.waiting).toEqual([{ reason: 'quiet_hours', count: 1, next_at: '2026-03-10T22:00:00.000Z', last_at: '2026-03-10T22:00:00.000Z' }])
    expect(whole.reasons).toEqual(expect.arrayContaining([{ state: 'skipped', reason: 'unsubscribed', count: 1 }, { state: 'failed', reason: 'content', count: 1 }, { state: 'unknown', reason: 'connection_lost', count: 1 }]))
    expect(whole.senders).toEqual([{ id: null, name: null, count: 12 }])
    expect(whole.steps).toEqual([{ step: 'again', mail: 'News', planned: 3, queued: 0, sending: 0, sent: 3, bounced: 0, failed: 0, skipped: 0, unknown: 0 }, expect.objectContaining({ step: 'hello', planned: 12, sent: 8 })])
    expect((await get(`/journeys/${journey}/ledger?step=again`)).counts).toMatchObject({ planned: 3, sent: 3 })
    expect((await marketer.get('/api/v1/journeys/999999/ledger')).status).toBe(404)
  })

  it('leads from each number to its mails, page by page, and to a file', async () => {
    await run()
    const list = (query: string) => get(`/journeys/${journey}/messages?${query}`)
    expect((await list('state=queued&reason=quiet_hours')).data).toMatchObject([{ contact_id: person(3), step: 'hello', waits_until: '2026-03-10T22:00:00.000Z', why: { reason: 'quiet_hours', zone: 'Asia/Vladivostok', until: '2026-03-10T22:00:00.000Z' } }])
    expect((await list('state=skipped')).data).toMatchObject([{ contact_id: person(0), why: { reason: 'unsubscribed', topic: { name_en: 'News' }, since: '2026-03-03T10:00:00.000Z' } }])
    expect((await list('state=failed')).data).toMatchObject([{ email: 'p2@example.org', why: { words: expect.stringContaining('we do not like what it says') } }])
    expect((await list('sender=0')).data).toHaveLength(13)
    expect((await list('sender=7')).data).toEqual([])
    const seen: number[] = []
    for (let cursor = ''; ;) {
      const page = await list(`limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...page.data.map((row: { message_id: number }) => row.message_id))
      if (page.next_cursor === null) break
      cursor = page.next_cursor
    }
    expect([seen.length, new Set(seen).size]).toEqual([15, 15])
    expect((await marketer.get(`/api/v1/journeys/${journey}/messages?cursor=nonsense`)).status).toBe(422)
    const csv = (await marketer.get(`/api/v1/journeys/${journey}/ledger.csv?step=hello&state=failed`)).text.trim().split('\r\n')
    expect(csv[0]).toContain('step,contact_id,email')
    expect(csv).toHaveLength(2)
    expect(csv[1]).toContain('hello,')
  })

  it('sends what was refused, lost or left out once more when asked, only of the last days, and once', async () => {
    await run()
    sink.answer = () => undefined
    await sql`update consent_states set status = 'granted' where contact_id = ${person(0)}`.execute(test.db)
    expect(await get(`/journeys/${journey}/rest`)).toEqual({ allowed_now: 1, failed: 1, unknown: 1 })
    expect(await get(`/journeys/${journey}/rest?step=again`)).toEqual({ allowed_now: 0, failed: 0, unknown: 0 })
    const before = sink.accepted.length
    expect((await (await test.as('observer')).post(`/api/v1/journeys/${journey}/rest`, {})).status).toBe(403)
    expect((await marketer.post(`/api/v1/journeys/${journey}/rest`, { failed: true, unknown: true })).body).toEqual({ sent_again: 3 })
    expect((await marketer.post(`/api/v1/journeys/${journey}/rest`, { failed: true, unknown: true })).body).toEqual({ sent_again: 0 })
    await send()
    expect(sink.accepted.length - before).toBe(3)
    expect((await get(`/journeys/${journey}/ledger`)).counts).toMatchObject({ sent: 14, failed: 0, skipped: 0, unknown: 0 })
    await sql`update messages set state = 'failed', reason = 'refused' where contact_id = ${person(1)} and kind = 'journey'`.execute(test.db)
    test.setNow(new Date('2026-03-20T12:00:00Z'))
    expect(await get(`/journeys/${journey}/rest`)).toEqual({ allowed_now: 0, failed: 0, unknown: 0 })
    expect(await get(`/journeys/${journey}/rest?days=30`)).toMatchObject({ failed: 1 })
  })
})

describe("a mail on a contact's card", () => {
  it('says why it waits, was left out or refused, in the list and on the timeline among the events', async () => {
    await run()
    const timeline = async (index: number, query = '') => (await get(`/contacts/${person(index)}/timeline?${query}`)).data as { type: string, why: unknown, mail: unknown }[]
    expect((await get(`/contacts/${person(3)}/messages`)).data).toMatchObject([{ state: 'queued', kind: 'journey', mail: { name: 'News' }, journey: { name: 'Welcome' }, why: { reason: 'quiet_hours', zone: 'Asia/Vladivostok' } }])
    expect(await timeline(3)).toMatchObject([{ type: 'mail.waiting', kind: 'mail', mail: { name: 'News' }, journey: { name: 'Welcome' }, why: { reason: 'quiet_hours', until: '2026-03-10T22:00:00.000Z' } }])
    expect(await timeline(0, 'kind=mail')).toMatchObject([{ type: 'mail.skipped', why: { reason: 'unsubscribed', topic: { name_en: 'News' }, since: '2026-03-03T10:00:00.000Z' } }])
    expect(await timeline(0, 'kind=order')).toEqual([])
    expect(await timeline(1)).toMatchObject([{ type: 'email.failed', why: { state: 'failed', reason: 'content' } }])
    // What staff sent to themselves did not happen to the contact.
    expect((await get(`/contacts/${person(8)}/messages`)).data).toHaveLength(1)
    // Each stands once, whatever the page is cut at.
    const first = await get(`/contacts/${person(2)}/timeline?limit=1`)
    const second = await get(`/contacts/${person(2)}/timeline?limit=1&cursor=${first.next_cursor}`)
    expect([first.data[0].type, second.data[0].type].toSorted()).toEqual(['email.sent', 'mail.unknown'])
    expect(second.next_cursor).toBeNull()
    expect((await get(`/contacts/${person(3)}/messages?state=sent`)).data).toEqual([])
  })

  it('says which provider is slowed down and after what answer, and until when a cap holds', async () => {
    await sql`insert into provider_lanes (provider, slow, held_until, held_reason, held_detail, changed_at) values ('example.org', 1, '2026-03-10T12:30:00Z', 'rate', '421 4.7.28 too much at once', ${noon})`.execute(test.db)
    await queueMessages(test.db, [mail(4, 'hello')], noon)
    await send()
    expect((await get(`/contacts/${person(4)}/messages`)).data).toMatchObject([{ state: 'queued', why: { reason: 'provider_held', provider: 'example.org', until: '2026-03-10T12:30:00.000Z', words: '421 4.7.28 too much at once' } }])
    await sql`delete from provider_lanes`.execute(test.db)
    await sql`delete from messages`.execute(test.db)
    await (await test.as('administrator')).patch('/api/v1/sending-rules', { caps: [{ kind: 'all', most: 1, days: 3 }] })
    await queueMessages(test.db, [mail(5, 'hello'), mail(5, 'again')], noon)
    await send()
    await send()
    test.setNow(new Date('2026-03-10T12:02:00Z'))
    await send()
    expect((await get(`/contacts/${person(5)}/messages?state=queued`)).data).toMatchObject([{ why: { reason: 'frequency_cap', most: 1, days: 3, until: '2026-03-13T12:00:00.000Z' } }])
  })

  it('tells an open card at once', async () => {
    const heard: string[] = []
    const topics = new Set([`contact:${person(0)}`, `contact:${person(3)}`])
    const end = test.app.live.subscribeTopics(topics, topic => heard.push(topic))
    await test.app.live.ready()
    await run()
    await expect.poll(() => new Set(heard)).toEqual(topics)
    end()
  })
})

it('the pages of a ledger are read by index', async () => {
  const plan = await rows<{ 'QUERY PLAN': string }>(test.db, sql`explain select count(*) from messages m where m.journey_id = 1 and m.kind <> 'test' and m.reason = 'quiet_hours' and m.state = 'queued'`)
  expect(plan.map(row => row['QUERY PLAN']).join('\n')).toMatch(/messages_journey_(reason|ledger)/)
})
