import { simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { JourneyStep } from '../../shared/journeys.ts'
import { sql } from '../../server/base/db.ts'
import { stopSending } from '../../server/delivery/send-messages.ts'
import { startMailServer } from '../../server/inbound/mail-server.ts'
import { type Client, runUntilIdle, testApp, type TestApp } from '../database.ts'
import { journeyTest } from '../journeys.ts'
import { automatic, bounce, reply } from '../mails-that-come-back.ts'
import { makeAudience } from '../mailing.ts'
import { type SmtpSink, startSmtpSink } from '../smtp-sink.ts'

/** Journeys whose mails leave over SMTP, and what comes back over SMTP into the server for it. */
let sink: SmtpSink
let world: TestApp
let admin: Client
let help: ReturnType<typeof journeyTest>
let people: Awaited<ReturnType<typeof makeAudience>>
let server: NonNullable<Awaited<ReturnType<typeof startMailServer>>>
beforeAll(async () => {
  sink = await startSmtpSink()
  world = await testApp({ env: { SMTP_URL: sink.url, MAILBOX_PORT: '0' } })
  admin = await world.as('administrator')
  help = journeyTest(world, admin)
  people = await makeAudience(world.db, 6)
  await admin.put('/api/v1/incoming-mail', { return_address: 'bounces.shop.example' })
  server = (await startMailServer(world.app))!
})
afterAll(async () => {
  await server.close()
  await stopSending(world.app)
  await world.close()
  await sink.close()
})
beforeEach(() => { sink.accepted.length = 0 })

const days = (amount: number) => ({ amount, unit: 'days' } as const)
const mail = (next: string): JourneyStep => ({ kind: 'mail', template_id: people.template, topic_id: people.topic, next })
const wait = (event: string): JourneyStep => ({ kind: 'wait_for_event', event, mail_step: 'hello', timeout: days(3), next: 'heard', next_timeout: 'silent' })
const endings = { heard: { kind: 'end' }, silent: { kind: 'end' } } satisfies Record<string, JourneyStep>

/** As another server hands it over: to the return path, or to the company's own address. */
async function deliver(to: string, raw: string): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: server.port, ignoreTLS: true })
  try {
    await transport.sendMail({ envelope: { from: '', to: [to] }, raw })
  } finally {
    transport.close()
  }
  await runUntilIdle(world)
}
async function enrolled(journey: number, contact: number): Promise<{ to: string, returnPath: string, messageId: string }> {
  await help.enrol(journey, [contact])
  await runUntilIdle(world)
  const left = sink.accepted.at(-1)!
  return { to: left.to, returnPath: left.from, messageId: (await simpleParser(left.raw)).messageId!.slice(1, -1) }
}

test('an answer by a person wakes the wait for it; a note of absence does not', async () => {
  const contact = people.contacts[0]!
  const journey = await help.make({ hello: mail('wait'), wait: wait('email.replied'), ...endings })
  const sent = await enrolled(journey, contact)
  await deliver('news@shop.example', automatic(sent.to, sent.messageId))
  expect((await help.way(journey, contact)).state).toBe('waiting')
  await deliver('news@shop.example', reply({ from: sent.to, answers: sent.messageId, text: 'Yes, please call me.' }))
  expect(await help.steps(journey, contact)).toEqual(['hello: next', expect.stringMatching(/^wait: happened \(event:\d+\)$/), 'heard: ended'])
})

test('an answer takes a person out of a journey that says so, before the next mail', async () => {
  const contact = people.contacts[1]!
  const journey = await help.make({ hello: mail('pause'), pause: { kind: 'wait', duration: days(2), next: 'again' }, again: mail('end'), end: { kind: 'end' } }, { exit_condition: { event: 'email.replied', window: { since_entry: true } } })
  const sent = await enrolled(journey, contact)
  await deliver(sent.returnPath, reply({ from: 'her.other@elsewhere.example', answers: sent.messageId, text: 'No more, thank you' }))
  expect(await help.way(journey, contact)).toMatchObject({ state: 'left', state_reason: 'exit_condition' })
  sink.accepted.length = 0
  world.setNow(new Date(Date.now() + 4 * 86_400_000))
  await runUntilIdle(world)
  expect(sink.accepted).toHaveLength(0)
  world.setNow(new Date())
})

test('a bounce in the middle of a wait for a click leaves it to its time, and no second mail leaves; a wait for the bounce is woken', async () => {
  const [patient, awaiting] = [people.contacts[2]!, people.contacts[3]!]
  const journey = await help.make({ hello: mail('wait'), wait: wait('email.clicked'), heard: { kind: 'end' }, silent: mail('end'), end: { kind: 'end' } })
  const other = await help.make({ hello: mail('wait'), wait: wait('email.bounced'), ...endings })
  const sent = await enrolled(journey, patient)
  await deliver(sent.returnPath, bounce(sent, { returnPath: sent.returnPath }))
  expect((await help.way(journey, patient)).state).toBe('waiting')
  const second = await enrolled(other, awaiting)
  await deliver(second.returnPath, bounce(second, { returnPath: second.returnPath }))
  // The report of it once more, while the person is on the way already.
  await deliver(second.returnPath, bounce(second, { returnPath: second.returnPath }))
  expect(await help.steps(other, awaiting)).toEqual(['hello: next', expect.stringMatching(/^wait: happened \(event:\d+\)$/), 'heard: ended'])
  sink.accepted.length = 0
  world.setNow(new Date(Date.now() + 4 * 86_400_000))
  await runUntilIdle(world)
  expect(await help.steps(journey, patient)).toEqual(['hello: next', 'wait: timeout', 'silent: next', 'end: ended'])
  expect(sink.accepted).toHaveLength(0)
  const { rows } = await sql<{ state: string, reason: string }>`select state, reason from messages where contact_id = ${patient}::bigint order by id`.execute(world.db)
  expect(rows).toEqual([{ state: 'bounced', reason: expect.anything() }, { state: 'skipped', reason: 'hard_bounce' }])
  world.setNow(new Date())
})
