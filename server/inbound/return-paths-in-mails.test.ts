import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { ledger, makeAudience } from '../../test/mailing.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { readMessageId } from '../delivery/message-ids.ts'
import { readReturnPath } from '../delivery/return-paths.ts'
import { stopSending } from '../delivery/send-messages.ts'
import { queueMessages } from '../messages/queue-messages.sql.ts'

let sink: SmtpSink
let world: TestApp
beforeAll(async () => {
  sink = await startSmtpSink()
  world = await testApp({ env: { SMTP_URL: sink.url } })
})
afterAll(async () => {
  await stopSending(world.app)
  await world.close()
  await sink.close()
})

test('with a return address each mail comes back to an address of its own, and can be unsubscribed by mail', async () => {
  const people = await makeAudience(world.db, 2)
  const admin = await world.as('administrator')
  expect((await admin.put('/api/v1/incoming-mail', { return_address: 'nonsense' })).body.errors[0].field).toBe('return_address')
  const saved = await admin.put('/api/v1/incoming-mail', { return_address: 'Bounces.shop.example' })
  expect(saved.body).toMatchObject({ return_address: 'bounces.shop.example', example: expect.stringMatching(/^b\+[a-z2-7]+@bounces\.shop\.example$/) })
  await queueMessages(world.db, people.contacts.map(contact_id => ({ contact_id, kind: 'journey' as const, enrolment_id: 1, step_key: 'mail', visit: 1, template_version_id: people.version, topic_id: people.topic })), world.app.now())
  await queueMessages(world.db, [{ contact_id: people.contacts[0]!, kind: 'test', template_version_id: people.version, context: { test_to: 'staff@shop.example' } }], world.app.now())
  await runUntilIdle(world, ['send-messages'])
  expect(sink.accepted).toHaveLength(3)
  for (const row of await ledger(world.db)) {
    const mail = sink.accepted.find(each => row.kind === 'test' ? each.to === 'staff@shop.example' : each.to === row.to_email)!
    const ids = { contact_id: row.contact_id, message_id: row.id }
    const parsed = await simpleParser(mail.raw)
    expect(readMessageId(world.app.sign, parsed.messageId!)).toEqual(ids)
    const unsubscribe = /<mailto:([^?]+)\?subject=unsubscribe>/.exec(parsed.headerLines.find(line => line.key === 'list-unsubscribe')?.line ?? '')?.[1]
    if (row.kind === 'test') {
      expect(mail.from).toBe('news@shop.example')
      expect(unsubscribe).toBeUndefined()
    } else {
      expect(readReturnPath(world.app.sign, mail.from)).toEqual({ kind: 'bounce', ...ids })
      expect(readReturnPath(world.app.sign, unsubscribe!)).toEqual({ kind: 'unsubscribe', ...ids })
    }
  }
})
