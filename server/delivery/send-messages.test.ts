import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { ledger, makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { sql } from '../base/db.ts'
import { decide } from '../messages/decide.sql.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import { stopSending } from './send-messages.ts'

let sink: SmtpSink
let test: TestApp
let people: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  sink = await startSmtpSink()
  test = await testApp({ env: { SMTP_URL: sink.url } })
  people = await makeAudience(test.db, 30)
})
afterAll(async () => {
  await stopSending(test.app)
  await test.close()
  await sink.close()
})
beforeEach(async () => {
  sink.accepted.length = 0
  sink.answer = () => undefined
  test.setNow(new Date())
  await sql`delete from messages`.execute(test.db)
  await sql`delete from suppressions`.execute(test.db)
  await sql`delete from provider_lanes`.execute(test.db)
  // What is known of providers for a second belongs to the test before.
  await stopSending(test.app)
  await sql`delete from incoming_events`.execute(test.db)
  await sql`delete from events`.execute(test.db)
})
const send = () => runUntilIdle(test, ['send-messages'])
const marketing = (contactIds: number[], visit = 1) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'journey' as const, enrolment_id: 1, step_key: 'mail', visit, template_version_id: people.version, topic_id: people.topic })), test.app.now())
const receipts = (contactIds: number[]) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'transactional' as const, dedup_key: `r${contact_id}`, template_version_id: people.receiptVersion })), test.app.now())

describe('queueMessages', () => {
  it('the same step and visit again queues nothing; zero rows are fine', async () => {
    expect(await marketing([])).toBe(0)
    expect(await marketing(people.contacts)).toBe(30)
    expect(await marketing(people.contacts)).toBe(0)
    expect(await marketing([people.contacts[0]!], 2)).toBe(1)
    expect(await marketing([999_999_999])).toBe(0)
  })
})

describe('the sender', () => {
  it('sends each message once, with the headers mail programs look for, and records an event', async () => {
    await marketing(people.contacts)
    await send()
    await send()
    expect(sink.accepted.map(mail => mail.to).sort()).toEqual(people.contacts.map((_, index) => `p${index + 1}@example.org`).sort())
    expect((await ledger(test.db)).every(row => row.state === 'sent' && row.attempts === 1)).toBe(true)
    const parsed = await simpleParser(sink.accepted[0]!.raw)
    expect(parsed.subject).toMatch(/^Sale for P\d+$/)
    const header = (name: string) => parsed.headerLines.find(line => line.key === name)?.line.replace(/\r?\n\s+/g, ' ')
    expect(header('list-unsubscribe')).toMatch(/^List-Unsubscribe: <http:\/\/127\.0\.0\.1:\d+\/u\/[\w.-]+>$/)
    expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
    expect(header('list-id')).toBe('List-ID: News <news.shop.example>')
    expect(header('feedback-id')).toMatch(/:journey:otklik:shop\.example$/)
    expect(header('message-id')).toMatch(/@shop\.example>$/)
    expect(parsed.html).toContain('/t/o/')
    expect(parsed.html).toContain('/t/c/')
    const events = (await sql<{ type: string, count: number }>`select type, count(*) as count from incoming_events group by type`.execute(test.db)).rows
    expect(events).toEqual([{ type: 'email.sent', count: 30 }])
  })

  it('decides at the last moment and keeps the reason', async () => {
    const [noConsent, withdrawn, requested, suppressed, nameless, fine] = people.contacts as [number, number, number, number, number, number]
    await marketing([noConsent, withdrawn, requested, suppressed, nameless, fine])
    await receipts([noConsent, suppressed])
    await sql`delete from consent_states where contact_id = ${noConsent}`.execute(test.db)
    await sql`update consent_states set status = 'withdrawn' where contact_id = ${withdrawn}`.execute(test.db)
    await sql`update consent_states set status = 'requested' where contact_id = ${requested}`.execute(test.db)
    await sql`insert into suppressions (email, reason) select email, 'hard_bounce' from contacts where id = ${suppressed}`.execute(test.db)
    await sql`update contacts set email = null where id = ${nameless}`.execute(test.db)
    const rows = await ledger(test.db)
    const before = await decide(test.db, rows)
    await send()
    const after = await ledger(test.db)
    const reasons = new Map(after.map(row => [`${row.kind} ${row.contact_id}`, row.reason ?? row.state]))
    expect(reasons.get(`journey ${noConsent}`)).toBe('no_consent')
    expect(reasons.get(`journey ${withdrawn}`)).toBe('unsubscribed')
    expect(reasons.get(`journey ${requested}`)).toBe('not_confirmed')
    expect(reasons.get(`journey ${suppressed}`)).toBe('hard_bounce')
    expect(reasons.get(`journey ${nameless}`)).toBe('no_email')
    expect(reasons.get(`journey ${fine}`)).toBe('sent')
    expect(reasons.get(`transactional ${noConsent}`)).toBe('sent')
    expect(reasons.get(`transactional ${suppressed}`)).toBe('hard_bounce')
    for (const row of after) expect(before.get(row.id)).toBe(row.state === 'sent' ? null : row.reason)
    expect(sink.accepted).toHaveLength(2)
    await sql`update contacts set email = 'p' || substr(first_name, 2) || '@example.org' where id = ${nameless}`.execute(test.db)
    await sql`delete from consent_states`.execute(test.db)
    await sql`insert into consent_states select unnest(${people.contacts}::bigint[]), ${people.topic}::bigint, 'granted', now()`.execute(test.db)
  })

  it('marks the recipient for a refusal about the recipient, tries later what is busy, and lets a block be a failure', async () => {
    const [unknown, busy, blocked, fine] = people.contacts as [number, number, number, number]
    sink.answer = (step, { to }) => {
      if (step !== 'rcpt') return undefined
      if (to === 'p1@example.org') return '550 5.1.1 User unknown'
      if (to === 'p2@example.org') return '451 4.3.0 busy'
      if (to === 'p3@example.org') return '554 5.7.1 blocked by Spamhaus'
      return undefined
    }
    const start = new Date('2030-01-01T10:00:00Z')
    test.setNow(start)
    await marketing([unknown, busy, blocked, fine])
    await send()
    let rows = new Map((await ledger(test.db)).map(row => [row.contact_id, row]))
    expect(rows.get(unknown)).toMatchObject({ state: 'bounced', reason: 'unknown_recipient' })
    expect(rows.get(busy)).toMatchObject({ state: 'queued', reason: 'busy', attempts: 1, send_after: new Date('2030-01-01T10:02:00Z') })
    expect(rows.get(blocked)).toMatchObject({ state: 'failed', reason: 'blocked' })
    expect(rows.get(fine)).toMatchObject({ state: 'sent' })
    const suppressed = (await sql<{ email: string }>`select email from suppressions`.execute(test.db)).rows
    expect(suppressed).toEqual([{ email: 'p1@example.org' }])
    const events = (await sql<{ type: string }>`select type from incoming_events order by type`.execute(test.db)).rows.map(row => row.type)
    expect(events).toEqual(['email.bounced', 'email.failed', 'email.sent'])
    sink.answer = () => undefined
    test.setNow(new Date(start.getTime() + 60_000))
    await send()
    expect(sink.accepted).toHaveLength(1)
    test.setNow(new Date(start.getTime() + 121_000))
    await send()
    rows = new Map((await ledger(test.db)).map(row => [row.contact_id, row]))
    expect(rows.get(busy)).toMatchObject({ state: 'sent', attempts: 2 })
  })

  it('a mailbox that stays busy is given up after the plan is through', async () => {
    sink.answer = step => step === 'rcpt' ? '451 4.3.0 busy' : undefined
    let now = new Date('2030-01-01T10:00:00Z').getTime()
    test.setNow(new Date(now))
    await marketing([people.contacts[0]!])
    for (let tries = 0; tries < 12; tries++) {
      await send()
      now += 1300 * 60_000
      test.setNow(new Date(now))
    }
    expect((await ledger(test.db))[0]).toMatchObject({ state: 'failed', reason: 'deferred_too_long', attempts: 10 })
  })

  it('an answer that never came: marketing is left unknown, a mail somebody waits for is sent again', async () => {
    const cut = new Set<string>()
    sink.answer = (step, { to }) => step === 'content' && !cut.has(to) && cut.add(to) ? 'accept, hang up' : undefined
    await marketing([people.contacts[0]!])
    await receipts([people.contacts[1]!])
    await send()
    test.setNow(new Date(Date.now() + 60_000))
    await send()
    const rows = await ledger(test.db)
    expect(rows.map(row => `${row.kind} ${row.state}`)).toEqual(['journey unknown', 'transactional sent'])
    expect(sink.accepted.filter(mail => mail.to === 'p1@example.org')).toHaveLength(1)
    expect(sink.accepted.filter(mail => mail.to === 'p2@example.org')).toHaveLength(2)
  })

  it('urgent mails leave first', async () => {
    await queueMessages(test.db, people.contacts.slice(0, 10).map(contact_id => ({ contact_id, kind: 'journey' as const, enrolment_id: 3, step_key: 'm', visit: 1, template_version_id: people.version, topic_id: people.topic })), test.app.now())
    await receipts(people.contacts.slice(10, 13))
    await send()
    const order = (await sql<{ kind: string }>`select kind from messages order by priority, id`.execute(test.db)).rows
    expect(order.slice(0, 3).every(row => row.kind === 'transactional')).toBe(true)
    expect(sink.accepted).toHaveLength(13)
  })

  it('one mail that cannot be rendered fails alone', async () => {
    const { version } = await makeAudienceWith('<p>{% for i in (1..100000000) %}x{% endfor %}</p>')
    await queueMessages(test.db, [{ contact_id: people.contacts[0]!, kind: 'transactional', template_version_id: version }, { contact_id: people.contacts[1]!, kind: 'transactional', template_version_id: people.receiptVersion }], test.app.now())
    await send()
    expect((await ledger(test.db)).map(row => `${row.state} ${row.reason}`)).toEqual(['failed render_error', 'sent null'])
  })

  it('mails of a version that cannot be read fail with the reason, and the others of the batch leave', async () => {
    const { version } = await makeAudienceWith('<p>{{ contact.first_name | nosuchfilter }}</p>')
    await queueMessages(test.db, [{ contact_id: people.contacts[0]!, kind: 'transactional', template_version_id: version }, { contact_id: people.contacts[1]!, kind: 'transactional', template_version_id: people.receiptVersion }], test.app.now())
    await send()
    expect((await ledger(test.db)).map(row => `${row.state} ${row.reason}`)).toEqual(['failed render_error', 'sent null'])
    expect((await sql<{ detail: string }>`select detail from messages where state = 'failed'`.execute(test.db)).rows[0]!.detail).toContain('nosuchfilter')
  })

  it('a batch that is slow to fill in is divided, and all of it leaves in the end', async () => {
    const { version } = await makeAudienceWith('<p>{% for i in (1..6000) %}{% if i == 1 %}x{% endif %}{% endfor %}</p>')
    await queueMessages(test.db, people.contacts.slice(0, 60).map(contact_id => ({ contact_id, kind: 'transactional' as const, template_version_id: version })), test.app.now())
    await send()
    expect(new Set((await ledger(test.db)).map(row => row.state))).toEqual(new Set(['sent']))
  })
})

async function makeAudienceWith(html: string) {
  return makeAudience(test.db, 0, html)
}
