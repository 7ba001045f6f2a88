import { gzipSync } from 'node:zlib'
import { simpleParser } from 'mailparser'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { one, rows, sql } from '../../server/base/db.ts'
import { stopSending } from '../../server/delivery/send-messages.ts'
import { keepMails } from '../../server/inbound/inbound-mails.sql.ts'
import { queueMessages } from '../../server/messages/queue-messages.sql.ts'
import { type Client, runUntilIdle, testApp, type TestApp } from '../database.ts'
import { automatic, bounce, complaint, type Original, reply } from '../mails-that-come-back.ts'
import { makeAudience } from '../mailing.ts'
import { type SmtpSink, startSmtpSink } from '../smtp-sink.ts'

let sink: SmtpSink
let world: TestApp
let admin: Client
let people: Awaited<ReturnType<typeof makeAudience>>
let visit = 0
beforeAll(async () => {
  sink = await startSmtpSink()
  world = await testApp({ env: { SMTP_URL: sink.url } })
  admin = await world.as('administrator')
  people = await makeAudience(world.db, 6)
  await admin.put('/api/v1/incoming-mail', { return_address: 'bounces.shop.example' })
})
afterAll(async () => {
  await stopSending(world.app)
  await world.close()
  await sink.close()
})
beforeEach(async () => {
  await sql`delete from suppressions`.execute(world.db)
  await sql`delete from tasks`.execute(world.db)
  await sql`delete from complaints`.execute(world.db)
  await sql`delete from conversations`.execute(world.db)
  await sql`update consent_states set status = 'granted', since = now() - interval '1 day'`.execute(world.db)
  await sql`truncate inbound_mails`.execute(world.db)
})

type Sent = Original & { contact: number, message: number, returnPath: string }
/** A marketing mail to one of the people, as it left. */
async function mailTo(contact: number, kind: 'journey' | 'test' = 'journey'): Promise<Sent> {
  sink.accepted.length = 0
  await queueMessages(world.db, [{ contact_id: contact, kind, ...(kind === 'journey' ? { enrolment_id: 1, step_key: 'mail', visit: ++visit } : { context: { test_to: 'staff@shop.example' } }), template_version_id: people.version, topic_id: people.topic }], world.app.now())
  await runUntilIdle(world)
  const mail = sink.accepted[0]!
  const parsed = await simpleParser(mail.raw)
  const { id } = await one<{ id: number }>(world.db, sql`select max(id) as id from messages where contact_id = ${contact}::bigint`)
  return { contact, message: id, messageId: parsed.messageId!.slice(1, -1), to: mail.to, returnPath: mail.from, unsubscribe: /mailto:([^?]+)\?/.exec(mail.raw.replace(/\r\n\s+/g, ' '))?.[1] }
}
async function arrives(...raws: string[]): Promise<void> {
  await keepMails(world.db, raws.map(raw => ({ source: 'smtp', envelope_from: '', envelope_to: [], raw: Buffer.from(raw), size: raw.length })), world.app.now())
  await runUntilIdle(world)
}
const events = (contact: number, type: string) => rows<{ properties: Record<string, unknown>, message_id: number | null }>(world.db, sql`select properties, message_id from events where contact_id = ${contact}::bigint and type = ${type} order by id`)
const outcomes = async () => (await rows<{ outcome: string | null }>(world.db, sql`select coalesce(outcome, state) as outcome from inbound_mails order by id`)).map(row => row.outcome)
const suppressed = async () => (await rows<{ email: string, reason: string }>(world.db, sql`select email, reason from suppressions order by email`)).map(row => `${row.email} ${row.reason}`)

test('a hard bounce marks the mail and the address is written to no more', async () => {
  const sent = await mailTo(people.contacts[0]!)
  await arrives(bounce(sent, { returnPath: sent.returnPath }))
  expect(await outcomes()).toEqual(['bounced_hard'])
  expect(await suppressed()).toEqual([`${sent.to} hard_bounce`])
  expect(await one(world.db, sql`select state, bounced_at is not null as marked, reason, detail from messages where contact_id = ${sent.contact}::bigint and id = ${sent.message}::bigint`)).toEqual({ state: 'bounced', marked: true, reason: 'unknown_recipient', detail: '550 5.1.1 User unknown' })
  expect((await events(sent.contact, 'email.bounced')).at(-1)).toMatchObject({ message_id: sent.message, properties: { hard: true, reason: 'unknown_recipient', status: '5.1.1', address: sent.to } })
  // The same report again, by another server, and the next day: counted once.
  await arrives(bounce(sent, { returnPath: sent.returnPath }), bounce(sent))
  expect(await events(sent.contact, 'email.bounced')).toHaveLength(1)
})

test('soft bounces count, each mail once, and suppress by the rule; blocks do not count', async () => {
  const contact = people.contacts[1]!
  await admin.put('/api/v1/incoming-mail', { soft_bounces: 3, soft_bounce_days: 10 })
  const full = { status: '5.2.2', diagnostic: 'smtp; 552 5.2.2 Mailbox full' }
  for (let time = 1; time <= 3; time++) {
    const sent = await mailTo(contact)
    await arrives(bounce(sent, full), bounce(sent, { ...full, returnPath: sent.returnPath }))
    expect(await suppressed(), `after ${time}`).toEqual(time < 3 ? [] : [`${sent.to} soft_bounces`])
  }
  expect(await events(contact, 'email.bounced')).toHaveLength(3)
  await sql`delete from suppressions`.execute(world.db)
  for (let time = 1; time <= 3; time++) await arrives(bounce(await mailTo(people.contacts[2]!), { status: '5.7.1', diagnostic: 'smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org' }))
  expect(await suppressed()).toEqual([])
  expect((await outcomes()).slice(-3)).toEqual(['blocked', 'blocked', 'blocked'])
})

test('a delay is noted and changes nothing', async () => {
  const sent = await mailTo(people.contacts[3]!)
  await arrives(bounce(sent, { action: 'delayed', status: '4.4.1', diagnostic: 'smtp; 451 4.4.1 No answer from host' }))
  expect(await outcomes()).toEqual(['delayed'])
  expect(await events(sent.contact, 'email.delayed')).toHaveLength(1)
  expect(await one(world.db, sql`select state from messages where contact_id = ${sent.contact}::bigint and id = ${sent.message}::bigint`)).toEqual({ state: 'sent' })
})

test('a report with nothing of ours in it is listed and does nothing', async () => {
  const sent = await mailTo(people.contacts[3]!)
  const forged = { ...sent, unsubscribe: undefined, messageId: sent.messageId.replace(/\.[\w-]{10}@/, '.AAAAAAAAAA@') }
  await arrives(bounce(forged), bounce(forged, { returnPath: 'b+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounces.shop.example' }), complaint(forged))
  expect(await outcomes()).toEqual(['unproven', 'unproven', 'unproven'])
  expect(await suppressed()).toEqual([])
  const listed = await admin.get('/api/v1/inbound-mails?outcome=unproven')
  expect(listed.body.data).toHaveLength(3)
  expect(listed.body.data[2].detail).toContain(sent.to)
})

test('what staff send to themselves cannot bounce to the contact', async () => {
  const sent = await mailTo(people.contacts[3]!, 'test')
  await arrives(bounce(sent))
  expect(await outcomes()).toEqual(['nothing_of_ours'])
  expect(await suppressed()).toEqual([])
})

test('a complaint unsubscribes, suppresses, and is put aside with campaign and source', async () => {
  await sql`update contacts set source = 'import:7' where id = ${people.contacts[0]!}::bigint`.execute(world.db)
  await sql`insert into consents (contact_id, topic_id, action, wording, source, occurred_at) values (${people.contacts[0]!}::bigint, ${people.topic}::bigint, 'granted', 'yes', 'form:3', now() - interval '2 days')`.execute(world.db)
  const sent = await mailTo(people.contacts[0]!)
  await arrives(complaint(sent), complaint(sent))
  expect(await outcomes()).toEqual(['complained', 'complained'])
  expect(await suppressed()).toEqual([`${sent.to} complaint`])
  expect(await one(world.db, sql`select status from consent_states where contact_id = ${sent.contact}::bigint`)).toEqual({ status: 'withdrawn' })
  const { body } = await admin.get('/api/v1/complaints?source=form:3')
  expect(body.data).toMatchObject([{ contact: { id: sent.contact }, kind: 'abuse', via: 'mail', contact_source: 'import:7', consent_source: 'form:3', topic: { name_en: 'News' } }])
  expect((await admin.get('/api/v1/complaints?source=api')).body.data).toEqual([])
  expect((await admin.get('/api/v1/complaints/counts')).body.data).toEqual([{ by: 'source', key: 'form:3', name: '', count: 1 }])
})

test('a report about authentication unsubscribes nobody', async () => {
  const sent = await mailTo(people.contacts[4]!)
  await arrives(complaint(sent, 'auth-failure'), complaint(sent, 'not-spam'))
  expect(await outcomes()).toEqual(['report_noted', 'report_noted'])
  expect(await suppressed()).toEqual([])
  expect(await one(world.db, sql`select status from consent_states where contact_id = ${sent.contact}::bigint`)).toEqual({ status: 'granted' })
})

test('a mail to the unsubscribe address, and one that says so, withdraw the consent', async () => {
  const first = await mailTo(people.contacts[4]!)
  const second = await mailTo(people.contacts[5]!)
  await arrives(reply({ from: 'anybody@elsewhere.example', to: first.unsubscribe!, subject: 'unsubscribe', text: '' }), reply({ from: second.to, subject: 'unsubscribe', text: 'unsubscribe', answers: second.messageId }))
  expect(await outcomes()).toEqual(['unsubscribed', 'unsubscribed'])
  expect(await rows(world.db, sql`select status from consent_states where contact_id in (${first.contact}::bigint, ${second.contact}::bigint)`)).toEqual([{ status: 'withdrawn' }, { status: 'withdrawn' }])
  expect((await rows<{ source: string }>(world.db, sql`select source from consents where contact_id = ${first.contact}::bigint order by id desc limit 1`))[0]!.source).toBe('unsubscribe:mail')
  expect(await suppressed()).toEqual([])
})

test('an automatic reply is noted and nothing more', async () => {
  const sent = await mailTo(people.contacts[3]!)
  await arrives(automatic(sent.to, sent.messageId))
  expect(await outcomes()).toEqual(['auto_replied'])
  expect(await events(sent.contact, 'email.auto_replied')).toHaveLength(1)
  expect(await events(sent.contact, 'email.replied')).toHaveLength(0)
  expect(await rows(world.db, sql`select id from tasks`)).toEqual([])
})

test('a reply is on the card without the quoted text, once, and makes one task as long as it is open', async () => {
  const sent = await mailTo(people.contacts[3]!)
  const answer = reply({ from: sent.to, answers: sent.messageId, text: 'Do you ship to Kazan?\r\n\r\n> Hello P4\r\n> Sale', id: 'first@mail.example.org' })
  await arrives(answer)
  await arrives(answer, reply({ from: sent.to, answers: 'first@mail.example.org', text: 'And when?' }))
  expect(await outcomes()).toEqual(['replied', 'replied'])
  const replied = await events(sent.contact, 'email.replied')
  expect(replied[0]).toMatchObject({ message_id: sent.message, properties: { text: 'Do you ship to Kazan?' } })
  const letters = await rows<{ visible_text: string, conversation_id: number }>(world.db, sql`select visible_text, conversation_id from letters order by id`)
  expect(letters.map(letter => letter.visible_text)).toEqual(['Do you ship to Kazan?', 'And when?'])
  expect(new Set(letters.map(letter => letter.conversation_id)).size).toBe(1)
  const tasks = await rows<{ id: number, title: string }>(world.db, sql`select id, title from tasks`)
  expect(tasks).toMatchObject([{ title: 'Answer: Re: Sale' }])
  await admin.put(`/api/v1/tasks/${tasks[0]!.id}/completion`)
  await sql`update tasks set done_at = now()`.execute(world.db)
  await arrives(reply({ from: sent.to, answers: 'first@mail.example.org', text: 'Hello?' }))
  expect(await rows(world.db, sql`select id from tasks`)).toHaveLength(2)
})

test('with tasks switched off a reply makes none', async () => {
  await admin.put('/api/v1/incoming-mail', { reply_tasks: false })
  const sent = await mailTo(people.contacts[3]!)
  await arrives(reply({ from: sent.to, answers: sent.messageId, text: 'Thanks' }))
  expect(await rows(world.db, sql`select id from tasks`)).toEqual([])
  await admin.put('/api/v1/incoming-mail', { reply_tasks: true })
})

test('an answer from the card leaves in the same thread, and their next answer comes back to it', async () => {
  const sent = await mailTo(people.contacts[3]!)
  await arrives(reply({ from: 'P4 at home <home@example.net>', answers: sent.messageId, text: 'Do you ship <b>to Kazan</b>?', id: 'kazan@mail.example.org' }))
  const path = `/api/v1/contacts/${sent.contact}/conversations`
  const [conversation] = (await admin.get(path)).body.data
  expect(conversation).toMatchObject({ subject: 'Re: Sale', mail: 'News', letters: [{ direction: 'in', text: 'Do you ship <b>to Kazan</b>?' }] })
  sink.accepted.length = 0
  const text = 'Yes & quickly:\r\nhttps://shop.example/{{ contact.email }}'
  const answered = await admin.post(`${path}/${conversation.id}/letters`, { text, key: 'once' })
  expect(answered.status, answered.text).toBe(201)
  expect((await admin.post(`${path}/${conversation.id}/letters`, { text, key: 'once' })).body.letters).toHaveLength(2)
  expect((await admin.post(`${path}/${conversation.id}/letters`, { text: ' ' })).body.errors[0].field).toBe('text')
  expect((await admin.post(`/api/v1/contacts/${people.contacts[4]!}/conversations/${conversation.id}/letters`, { text })).status).toBe(404)
  await runUntilIdle(world)
  expect(sink.accepted).toHaveLength(1)
  const parsed = await simpleParser(sink.accepted[0]!.raw)
  expect(sink.accepted[0]!.to).toBe('home@example.net')
  expect(parsed).toMatchObject({ subject: 'Re: Sale', inReplyTo: '<kazan@mail.example.org>' })
  expect(parsed.headers.has('auto-submitted')).toBe(false)
  expect(parsed.text).toContain('Yes & quickly:\nhttps://shop.example/{{ contact.email }}')
  expect(parsed.text).toContain('> Do you ship <b>to Kazan</b>?')
  expect(parsed.html).not.toContain('<b>to Kazan')
  const { message } = await one<{ message: number }>(world.db, sql`select max(message_id) as message from letters where direction = 'out'`)
  const content = (await admin.get(`/api/v1/contacts/${sent.contact}/messages/${message}`)).body
  expect(content).toMatchObject({ filled_in: 'then', subject: 'Re: Sale', to_email: 'home@example.net', reactions: [] })
  expect(content.html).toContain('Yes &amp; quickly:')
  // The task is done with it.
  expect(await rows(world.db, sql`select done_at is not null as done from tasks`)).toEqual([{ done: true }])
  await arrives(reply({ from: 'P4 at home <home@example.net>', answers: parsed.messageId!.slice(1, -1), text: 'Thank you' }))
  const [after] = (await admin.get(path)).body.data
  expect(after.letters.map((letter: { direction: string, text: string, state: string | null }) => [letter.direction, letter.text.split(':')[0], letter.state])).toEqual([['in', 'Do you ship <b>to Kazan</b>?', null], ['out', 'Yes & quickly', 'sent'], ['in', 'Thank you', null]])
  expect((await events(sent.contact, 'email.replied')).at(-1)!.properties).toMatchObject({ from: 'home@example.net' })
})

test('a DMARC report that comes by mail is read, and one about somebody else is a mail like any other', async () => {
  await admin.post('/api/v1/sending-domains', { domain: 'shop.example' })
  const begin = Math.floor(Date.now() / 1000) - 86_400
  const xml = (domain: string): string => `<?xml version="1.0"?><feedback><report_metadata><org_name>google.com</org_name><report_id>r1</report_id><date_range><begin>${begin}</begin><end>${begin + 86_000}</end></date_range></report_metadata><policy_published><domain>${domain}</domain><p>none</p></policy_published><record><row><source_ip>203.0.113.7</source_ip><count>12</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>${domain}</header_from></identifiers><auth_results></auth_results></record></feedback>`
  const mail = (domain: string): string => ['From: noreply-dmarc-support@google.com', 'To: news@shop.example', `Subject: Report domain: ${domain} Submitter: google.com Report-ID: r1`, `Message-ID: <dmarc-${domain}@google.com>`, 'MIME-Version: 1.0', `Content-Type: application/gzip; name="google.com!${domain}!${begin}!${begin + 86_000}.xml.gz"`, 'Content-Transfer-Encoding: base64', '', gzipSync(xml(domain)).toString('base64'), ''].join('\r\n')
  await arrives(mail('shop.example'), mail('other.example'))
  expect(await outcomes()).toEqual(['dmarc_report', 'nothing_of_ours'])
  expect(await rows(world.db, sql`select org_name, domain, mails, source from dmarc_reports`)).toEqual([{ org_name: 'google.com', domain: 'shop.example', mails: 12, source: 'mailbox' }])
})

test('a stranger becomes a contact and a lead by the setting only; the company itself never', async () => {
  await arrives(reply({ from: 'Igor <igor@new.example>', text: 'What do you sell?', subject: 'Hello' }), reply({ from: 'news@shop.example', text: 'a copy' }))
  expect(await outcomes()).toEqual(['stranger', 'own'])
  await admin.put('/api/v1/incoming-mail', { stranger_leads: true })
  await arrives(reply({ from: 'Igor <igor@new.example>', text: 'Anybody there?', subject: 'Hello' }))
  const [contact] = await rows<{ id: number }>(world.db, sql`select id from contacts where email = 'igor@new.example'`)
  expect(await rows(world.db, sql`select source, status from leads where contact_id = ${contact!.id}::bigint`)).toEqual([{ source: 'mail', status: 'new' }])
  expect(await rows(world.db, sql`select id from letters where contact_id = ${contact!.id}::bigint`)).toHaveLength(1)
  await admin.put('/api/v1/incoming-mail', { stranger_leads: false })
})

test('events of the same names by API are the caller\'s word: nobody is suppressed by them', async () => {
  await admin.post('/api/v1/events', { events: [{ type: 'email.bounced', contact: { id: people.contacts[3]! }, properties: { hard: true, address: 'p4@example.org' } }, { type: 'email.complained', contact: { id: people.contacts[3]! }, properties: { address: 'p4@example.org' } }] })
  await runUntilIdle(world)
  expect(await suppressed()).toEqual([])
})

test('a mail that cannot be read is put aside after three tries, and the others are not held up', async () => {
  const sent = await mailTo(people.contacts[3]!)
  await sql`insert into inbound_mails (content_key, received_at, source, size, raw, attempts) values (gen_random_uuid(), now(), 'smtp', 1, 'x', 3)`.execute(world.db)
  await arrives(automatic(sent.to, sent.messageId))
  expect(await outcomes()).toEqual(['failed', 'auto_replied'])
  expect((await admin.post('/api/v1/inbound-mails/retrials')).body).toEqual({ again: 1 })
})

test('a whole mail is shown harmless, forgotten after its time, and erased with its contact', async () => {
  const sent = await mailTo(people.contacts[5]!)
  const html = '<p onclick="steal()">Hi <script>alert(1)</script><img src="https://spy.example/x.png" onerror="x()"><a href="javascript:alert(1)">a</a><form action="https://evil.example"><input></form><iframe src="https://evil.example"></iframe></p>'
  await arrives(reply({ from: sent.to, answers: sent.messageId, text: 'plain' }).replace('Content-Type: text/plain', 'Content-Type: text/html').replace('plain', html))
  const [{ id }] = (await admin.get('/api/v1/inbound-mails')).body.data
  const shown = (await admin.get(`/api/v1/inbound-mails/${id}`)).body
  expect(shown.html).toContain('Hi')
  expect(shown.html).not.toMatch(/script|onclick|onerror|javascript|spy\.example|<form|<iframe|<input/)
  expect((await admin.get(`/api/v1/inbound-mails/${id}/raw`)).text).toContain('Message-ID')
  expect((await (await world.as('observer')).get(`/api/v1/inbound-mails/${id}`)).status).toBe(403)
  world.setNow(new Date(Date.now() + 100 * 86_400_000))
  await runUntilIdle(world, ['inbound.forget'])
  world.setNow(new Date())
  expect((await admin.get(`/api/v1/inbound-mails/${id}`)).body).toMatchObject({ whole: false, subject: 'Re: Sale' })
  expect((await admin.delete(`/api/v1/contacts/${sent.contact}`)).status).toBeLessThan(300)
  expect((await admin.get(`/api/v1/inbound-mails/${id}`)).status).toBe(404)
})
