import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { one, rows, sql } from '../base/db.ts'
import { createApp } from '../base/create-app.ts'
import { createLog } from '../base/log.ts'
import { metrics } from '../base/metrics.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'
import { defaultRules } from '../../shared/sending-rules.ts'
import { writeRules } from './read-rules.ts'
import { sendMessages, stopSending } from './send-messages.ts'

const enoughToCallThreads = 1500
const mails = 4000
let sink: SmtpSink
let test: TestApp
let people: Awaited<ReturnType<typeof makeAudience>>
beforeAll(async () => {
  metrics.resetMetrics()
  sink = await startSmtpSink()
  test = await testApp({ env: { SMTP_URL: sink.url, SENDER_THREADS: '1' } })
  people = await makeAudience(test.db, mails)
})
afterAll(async () => {
  await stopSending(test.app)
  await test.close()
  await sink.close()
})
const queue = (contactIds: number[], visit: number) => queueMessages(test.db, contactIds.map(contact_id => ({ contact_id, kind: 'journey' as const, enrolment_id: 1, step_key: 'mail', visit, template_version_id: people.version, topic_id: people.topic })), test.app.now())
const sendersAlive = async () => (await one<{ count: number }>(test.db, sql`select count(*) as count from pg_stat_activity where application_name = 'otklik sender' and datname = current_database()`)).count
const isWaiting = async () => (await rows(test.db, sql`select from messages where state in ('queued', 'sending') and send_after <= ${test.app.now()}::timestamptz limit 1`)).length > 0

describe('several senders', () => {
  it('threads take their part of what waits, send nothing twice, are counted with the process, and end with it', async () => {
    await queue(people.contacts.slice(0, enoughToCallThreads), 1)
    while (await sendMessages(test.app) || await sendersAlive() < 2);
    await queue(people.contacts.slice(enoughToCallThreads), 1)
    while (await sendMessages(test.app) || await isWaiting());
    await stopSending(test.app)

    expect(sink.accepted).toHaveLength(mails)
    expect(new Set(sink.accepted.map(mail => mail.to)).size).toBe(mails)
    const shares = await rows<{ sender: string, count: number }>(test.db, sql`select sender, count(*) as count from messages where state = 'sent' and attempts = 1 group by sender`)
    expect(shares.reduce((sum, { count }) => sum + count, 0)).toBe(mails)
    expect(shares).toHaveLength(2)
    // What the thread did stands in the metrics of the process: it told before it ended.
    expect(await metrics.metrics()).toContain(`otklik_mails_total{outcome="sent"} ${mails}`)
    expect(await sendersAlive()).toBe(0)
  })

  it('two processes at once keep to one mail a day for each person', async () => {
    await sql`delete from messages`.execute(test.db)
    sink.accepted.length = 0
    await writeRules(test.db, { ...defaultRules, caps: [{ kind: 'all', most: 1, days: 1 }] })
    const some = people.contacts.slice(0, 600)
    // All due at the same moment: those of one person are divided among batches, and so among the two.
    test.setNow(new Date())
    for (const visit of [1, 2, 3]) await queue(some, visit)
    const other = createApp({ ...test.app.settings, senderThreads: 0 }, test.databaseUrl, createLog('fatal'), test.app.now)
    const both = [{ ...test.app, settings: { ...test.app.settings, senderThreads: 0 } }, other]
    await Promise.all(both.map(async app => {
      while (await sendMessages(app) || await isWaiting());
      await stopSending(app)
    }))
    await other.db.destroy()
    expect(sink.accepted.map(mail => mail.to).sort()).toEqual(some.map((_, index) => `p${index + 1}@example.org`).sort())
    const [waiting] = await rows<{ count: number, reasons: string[] }>(test.db, sql`select count(*) as count, array_agg(distinct reason order by reason) as reasons from messages where state = 'queued'`)
    expect(waiting?.count).toBe(1200)
    // One that is on its way at the same moment is not counted against the cap yet: the next waits a minute.
    expect(['another_mail', 'frequency_cap']).toEqual(expect.arrayContaining(waiting?.reasons ?? ['none']))
  })
})
