import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { rows, sql } from '../base/db.ts'
import { stopSending } from '../delivery/send-messages.ts'

let sink: SmtpSink
let test: TestApp
let marketer: Client
let audience: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  sink = await startSmtpSink()
  test = await testApp({ env: { SMTP_URL: sink.url, SENDER_THREADS: '0' } })
  marketer = await test.as('marketer')
  audience = await makeAudience(test.db, 120)
  await sql`insert into users (name, email, role, locale) values ('Ann', 'ann@example.com', 'administrator', 'en')`.execute(test.db)
})
afterAll(async () => {
  await stopSending(test.app)
  await test.close()
  await sink.close()
})
const start = new Date('2026-03-10T12:00:00Z')
beforeEach(async () => {
  sink.accepted.length = 0
  sink.answer = () => undefined
  test.setNow(start)
  for (const table of ['messages', 'campaigns', 'suppressions', 'sending_budgets', 'notifications']) await sql`delete from ${sql.table(table)}`.execute(test.db)
})
afterEach(() => stopSending(test.app))

const run = async (minutes = 0) => {
  if (minutes > 0) test.setNow(new Date(start.getTime() + minutes * 60_000))
  await stopSending(test.app)
  await runUntilIdle(test, ['campaigns', 'send-messages', 'process-events'])
  await runUntilIdle(test, ['campaigns'])
}
const make = async (more: object) => {
  const { id } = (await marketer.post('/api/v1/campaigns', { name: 'Sale', template_id: audience.template, segment_id: audience.segment, topic_id: audience.topic })).body
  const changed = await marketer.patch(`/api/v1/campaigns/${id}`, { revision: 1, ...more })
  expect(changed.status, changed.text).toBe(200)
  await marketer.post(`/api/v1/campaigns/${id}/sending`)
  return id as number
}
const show = async (id: number) => (await marketer.get(`/api/v1/campaigns/${id}`)).body

describe('a campaign in stages', () => {
  it('sends a part, waits, and goes on by itself', async () => {
    const id = await make({ stages: { percents: [1, 10], wait_minutes: 60, by_itself: true } })
    await run()
    expect(sink.accepted).toHaveLength(2)
    expect(await show(id)).toMatchObject({ state: 'sending', stage: { number: 1, of: 3, mails: 2, done_at: start.toISOString(), goes_on_at: '2026-03-10T13:00:00.000Z' }, ledger: { sent: 2, queued: 118 } })
    const waiting = async () => (await marketer.get(`/api/v1/contacts/${audience.contacts.at(-1)}/messages`)).body.data[0].why
    expect(await waiting()).toMatchObject({ state: 'queued', reason: 'stage_done' })
    await run(59)
    expect(sink.accepted).toHaveLength(2)
    await marketer.delete(`/api/v1/campaigns/${id}/sending`)
    expect(await waiting()).toMatchObject({ state: 'queued', reason: 'campaign_paused' })
    await marketer.post(`/api/v1/campaigns/${id}/sending`)
    await run(60)
    await run(61)
    expect(sink.accepted).toHaveLength(12)
    await run(200)
    await run(201)
    expect(sink.accepted).toHaveLength(120)
    expect(new Set(sink.accepted.map(mail => mail.to)).size).toBe(120)
    expect(await show(id)).toMatchObject({ state: 'sent', stage: null })
  })

  it('goes on by hand, pressed twice is pressed once', async () => {
    const id = await make({ stages: { percents: [5], wait_minutes: 60, by_itself: false } })
    await run()
    await run(600)
    expect(sink.accepted).toHaveLength(6)
    await Promise.all([1, 2, 3].map(() => marketer.post(`/api/v1/campaigns/${id}/stage`, { stage: 1 })))
    expect((await show(id)).stage).toMatchObject({ number: 2, of: 2, mails: null })
    await run(601)
    expect(sink.accepted).toHaveLength(120)
  })

  it('checks its parts, and they cannot change on the way', async () => {
    const { id } = (await marketer.post('/api/v1/campaigns', { name: 'Sale', template_id: audience.template, segment_id: audience.segment, topic_id: audience.topic })).body
    expect((await marketer.patch(`/api/v1/campaigns/${id}`, { revision: 1, stages: { percents: [10, 1], wait_minutes: 60, by_itself: true } })).body.errors[0].field).toBe('stages.percents')
    await marketer.post(`/api/v1/campaigns/${id}/sending`)
    const late = await marketer.patch(`/api/v1/campaigns/${id}`, { revision: 1, stages: { percents: [1], wait_minutes: 60, by_itself: true } })
    expect(late.body.code).toBe('already_sending')
    expect((await marketer.patch(`/api/v1/campaigns/${id}`, { revision: 1, pace_per_hour: 600 })).body).toMatchObject({ pace_per_hour: 600 })
  })
})

describe('the guard', () => {
  it('pauses a campaign whose first mails come back, tells administrators, and is off for whoever lets it go on', async () => {
    sink.answer = (step, { to }) => step === 'rcpt' && /^p\d*[05]@/.test(to) ? '550 5.1.1 User unknown' : undefined
    const id = await make({ stages: { percents: [50], wait_minutes: 60, by_itself: true } })
    await run()
    expect(await show(id)).toMatchObject({ state: 'paused', pause_reason: 'bounces', pause_detail: expect.stringMatching(/^\d+\/60\/5$/) })
    expect(await rows(test.db, sql`select title, body, link from notifications`)).toEqual([{ title: 'The campaign Sale has paused itself', body: expect.stringMatching(/^\d\d\.\d % of its first 60 mails came back\.$/), link: `/campaigns/${id}` }])
    const accepted = sink.accepted.length
    await run(300)
    expect(sink.accepted).toHaveLength(accepted)
    await marketer.post(`/api/v1/campaigns/${id}/sending`)
    for (const minutes of [301, 302, 365, 366]) await run(minutes)
    expect(await show(id)).toMatchObject({ state: 'sent', pause_reason: null, ledger: { bounced: 24 } })
  })

  it('pauses for complaints, and lets a healthy one alone', async () => {
    const id = await make({ stages: { percents: [50], wait_minutes: 60, by_itself: false } })
    await run()
    expect((await show(id)).state).toBe('sending')
    await sql`update messages set complained_at = now() where id in (select id from messages where state = 'sent' limit 1)`.execute(test.db)
    await run(1)
    expect(await show(id)).toMatchObject({ state: 'paused', pause_reason: 'complaints', pause_detail: '1/60/0.5' })
  })
})

describe('the ledger', () => {
  it('says of every mail what became of it, why and until when it waits; each number has its people; the file can be filtered', async () => {
    const administrator = await test.as('administrator')
    await administrator.patch('/api/v1/sending-rules', { quiet_hours: { from: '20:00', to: '08:00' } })
    await sql`update contacts set time_zone = 'Asia/Vladivostok' where id = any(${audience.contacts.slice(0, 4)}::bigint[])`.execute(test.db)
    await sql`update consent_states set status = 'withdrawn' where contact_id = ${audience.contacts[10]!}`.execute(test.db)
    sink.answer = (step, { to }) => step === 'content' && to === 'p20@example.org' ? '554 5.6.0 we do not like what it says' : undefined
    const id = await make({})
    await run()
    const { waiting, reasons } = (await marketer.get(`/api/v1/campaigns/${id}/report`)).body
    expect(waiting).toEqual([{ reason: 'quiet_hours', count: 4, next_at: '2026-03-10T22:00:00.000Z', last_at: '2026-03-10T22:00:00.000Z' }])
    expect(reasons.map((line: { state: string, count: number }) => [line.state, line.count])).toEqual(expect.arrayContaining([['skipped', 1], ['failed', 1]]))
    const list = async (query: string) => (await marketer.get(`/api/v1/campaigns/${id}/messages?${query}`)).body
    expect((await list('state=queued&reason=quiet_hours')).data).toMatchObject(audience.contacts.slice(0, 4).map(contact_id => ({ contact_id, state: 'queued', detail: 'Asia/Vladivostok', waits_until: '2026-03-10T22:00:00.000Z' })))
    expect((await list('state=failed')).data).toMatchObject([{ email: 'p20@example.org', detail: expect.stringContaining('we do not like what it says'), provider: 'example.org' }])
    const first = await list('limit=100')
    const second = await list(`limit=100&cursor=${first.next_cursor}`)
    expect([first.data.length, second.data.length, second.next_cursor]).toEqual([100, 20, null])
    expect((await marketer.get(`/api/v1/campaigns/${id}/messages?state=lost`)).status).toBe(422)
    expect((await marketer.get(`/api/v1/campaigns/${id}/people?what=queued&reason=quiet_hours`)).body.data).toHaveLength(4)
    const csv = (await marketer.get(`/api/v1/campaigns/${id}/ledger.csv?state=queued`)).text.trim().split('\r\n')
    expect(csv).toHaveLength(5)
    expect(csv[1]).toContain('quiet_hours,Asia/Vladivostok')
    expect((await marketer.get(`/api/v1/campaigns/${id}`)).body.state).toBe('sending')
    await run(600)
    await run(601)
    expect((await marketer.get(`/api/v1/campaigns/${id}`)).body).toMatchObject({ state: 'sent', ledger: { sent: 118, skipped: 1, failed: 1, queued: 0 } })
  })
})
