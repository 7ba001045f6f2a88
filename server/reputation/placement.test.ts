import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, runUntilIdle, testApp, type TestApp } from '../../test/database.ts'
import { startTestImap, type TestImap } from '../../test/imap-server.ts'
import { makeAudience } from '../../test/mailing.ts'
import { type SinkMail, type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { one, rows, sql } from '../base/db.ts'
import { stopSending } from '../delivery/send-messages.ts'
import { MailboxWatcher } from '../inbound/watch-mailboxes.ts'
import type { PlacementTestDetail } from '../../shared/placement.ts'
import { readAuthentication, readHeaders } from './read-authentication.ts'

let t: TestApp
let admin: Client
let sink: SmtpSink
let imaps: Record<'gmail' | 'mailru' | 'lost', TestImap>
let template: number
let start = new Date('2026-11-20T12:00:00Z').getTime()
const at = (seconds: number): void => t.setNow(new Date(start += seconds * 1000))
/** "Спам" as IMAP has it (RFC 3501, 5.1.3) */
const spam = '&BCEEPwQwBDw-'
const boxes = { gmail: 'test@gmail.example', mailru: 'test@mailru.example', lost: 'test@lost.example' }
/** What becomes of a mail that was handed over: into which mailbox, as its provider would put it there. */
let arrive: (mail: SinkMail) => void

beforeAll(async () => {
  t = await testApp()
  admin = await t.as('administrator')
  ;({ template } = await makeAudience(t.db, 3))
  sink = await startSmtpSink({ onAccept: mail => arrive(mail) })
  await admin.put('/api/v1/sending', { host: '127.0.0.1', port: sink.port, security: 'none' })
})
afterAll(async () => {
  await t.close()
  await sink.close()
})
beforeEach(async () => {
  await sql`truncate placement_tests, mailboxes, messages, senders cascade`.execute(t.db)
  await stopSending(t.app)
  sink.accepted.length = 0
  sink.answer = () => undefined
  at(3600)
  const [gmail, mailru, lost] = await Promise.all([startTestImap(), startTestImap(), startTestImap()])
  imaps = { gmail, mailru, lost }
  gmail.gmail = true
  mailru.folders.delete('Spam')
  for (const [name, use] of [[spam, '\\Junk'], ['INBOX/Newsletters', ''], ['Sent', '\\Sent']] as const) mailru.folders.set(name, { validity: 1, next: 1, mails: [], use })
  arrive = mail => {
    if (mail.to === boxes.gmail) put(gmail, mail, 'INBOX').category = 'promotions'
    if (mail.to === boxes.mailru) put(mailru, mail, spam)
  }
  for (const [name, address] of Object.entries(boxes)) await add(name, address, imaps[name as 'gmail'].port)
})
afterEach(() => Promise.all(Object.values(imaps).map(imap => imap.close())))

async function add(name: string, address: string, port: number): Promise<number> {
  const made = await admin.post('/api/v1/mailboxes', { name, host: '127.0.0.1', port, security: 'none', username: name, password: 'open', purpose: 'placement', address })
  expect(made.status, made.text).toBe(201)
  return made.body.id
}

/** With the lines a receiving server writes on top. */
function put(imap: TestImap, mail: SinkMail, folder: string) {
  const lines = [
    'Received: by 2002:a05:6402:1 with SMTP id abc; Fri, 20 Nov 2026 13:00:07 -0800 (PST)',
    'Authentication-Results: mx.provider.example;\r\n       dkim=pass header.i=@shop.example header.s=otklik header.b="Ab; c";\r\n       spf=softfail (provider.example: domain of transitioning news@shop.example; does not designate 203.0.113.7) smtp.mailfrom=news@shop.example;\r\n       dmarc=pass (p=QUARANTINE sp=NONE dis=NONE) header.from=shop.example',
    'Received: from crm.shop.example (crm.shop.example. [203.0.113.7])\r\n        by mx.provider.example with ESMTPS id 12 for <x@y>\r\n        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Fri, 20 Nov 2026 13:00:06 -0800 (PST)',
  ]
  const delivered = imap.deliver(`${lines.join('\r\n')}\r\n${mail.raw}`, folder)
  delivered.at = new Date(t.app.now().getTime() + 4000)
  return delivered
}

const begin = async (body: Record<string, unknown> = {}): Promise<PlacementTestDetail> => {
  const made = await admin.post('/api/v1/placement-tests', { template_id: template, wait_minutes: 10, ...body })
  expect(made.status, made.text).toBe(201)
  return made.body
}
const shown = async (id: number): Promise<PlacementTestDetail> => (await admin.get(`/api/v1/placement-tests/${id}`)).body
const work = (): Promise<void> => runUntilIdle(t, ['send-messages', 'placement'])
const look = async (seconds: number): Promise<void> => {
  at(seconds)
  await work()
}
const mailsIn = (imap: TestImap): number => [...imap.folders.values()].reduce((sum, folder) => sum + folder.mails.length, 0)

test('a mail is found in a tab, in spam and nowhere, with the time it took and what the receiver found out', async () => {
  const { id } = await begin()
  await work()
  await look(10)
  const first = await shown(id)
  expect(first.state).toBe('running')
  expect(first.results.map(each => `${each.mailbox} ${each.outcome} ${each.folder} ${each.tab} ${each.took_seconds}`)).toEqual(['gmail tab INBOX promotions 4', 'mailru spam Спам null 4', 'lost waiting null null null'])
  const [gmail] = first.results
  expect(gmail!.authentication).toMatchObject({
    by: 'mx.provider.example', spf: { result: 'softfail', domain: 'shop.example' }, dkim: [{ result: 'pass', domain: 'shop.example', selector: 'otklik' }], dmarc: { result: 'pass', domain: 'shop.example', policy: 'quarantine' }, tls: 'all',
  })
  expect(gmail!.headers.find(each => each.name === 'Subject')!.value).toBe('Sale for P1')
  await look(300)
  expect((await shown(id)).results[2]!.outcome).toBe('waiting')
  await look(400)
  expect(await shown(id)).toMatchObject({ state: 'done', outcomes: { tab: 1, spam: 1, missing: 1 } })
  expect((await admin.get('/api/v1/placement-tests')).body.data[0]).toMatchObject({ id, name: 'News', state: 'done', template: { id: template } })
  const boxesNow = (await admin.get('/api/v1/placement-tests/mailboxes')).body.data
  expect(boxesNow.map((each: { name: string, results: { outcome: string }[] }) => `${each.name}: ${each.results.map(result => result.outcome).join()}`)).toEqual(['gmail: tab', 'mailru: spam', 'lost: missing'])
})

test('it is the mail people would get: signed, tracked, with its return path and headers; nobody else gets it, and it counts nowhere', async () => {
  await admin.put('/api/v1/incoming-mail', { return_address: 'bounces.shop.example' })
  await admin.post('/api/v1/sending-domains', { domain: 'shop.example' })
  await begin()
  await work()
  await admin.put('/api/v1/incoming-mail', { return_address: '' })
  expect(sink.accepted.map(mail => mail.to).toSorted()).toEqual(Object.values(boxes).toSorted())
  const [mail] = sink.accepted
  expect(mail!.from).toMatch(/@bounces\.shop\.example$/)
  expect(mail!.raw).toMatch(/^DKIM-Signature: [^]*\bd=shop\.example/m)
  expect(mail!.raw).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click')
  const link = /href=3D"(http:[^"]*\/t\/c\/[^"]*)"/.exec(mail!.raw)![1]!.replace(/=\r\n/g, '')
  expect((await fetch(link, { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/130.0' } })).status).toBe(302)
  await runUntilIdle(t)
  expect(await rows(t.db, sql`select from events where type like 'email.%'`)).toEqual([])
  expect((await one<{ count: number }>(t.db, sql`select count(*) as count from messages where kind <> 'test'`)).count).toBe(0)
})

test('found mails are deleted where that is wished, also when the program was cut off before, and stay where not', async () => {
  const keeps = await begin({ deletes: false })
  await work()
  await look(10)
  expect([mailsIn(imaps.gmail), mailsIn(imaps.mailru)]).toEqual([1, 1])
  const { id } = await begin({ mailbox_ids: [(await shown(keeps.id)).results[0]!.mailbox_id] })
  await work()
  expect(mailsIn(imaps.gmail)).toBe(2)
  imaps.gmail.cut = command => command === 'UID STORE'
  await look(10)
  expect((await shown(id)).results[0]).toMatchObject({ outcome: 'tab', deleted_at: null })
  imaps.gmail.cut = () => false
  await look(400)
  expect((await shown(id)).results[0]!.deleted_at).not.toBeNull()
  // Only its own mail went.
  expect(mailsIn(imaps.gmail)).toBe(1)
})

test('a mailbox that cannot be read, a sender that refuses: each is said, and the others are not held up', async () => {
  imaps.gmail.refuse = () => '[AUTHENTICATIONFAILED] Invalid credentials'
  sink.answer = (step, detail) => step === 'rcpt' && detail.to === boxes.lost ? '550 5.1.1 no such user' : undefined
  const { id } = await begin()
  await work()
  await look(10)
  const first = await shown(id)
  expect(first.results.map(each => `${each.mailbox} ${each.outcome}`)).toEqual(['gmail waiting', 'mailru spam', 'lost not_sent'])
  expect(first.results[0]!.error).toContain('Invalid credentials')
  expect(first.results[2]!.error).toContain('5.1.1 no such user')
  expect((await admin.get('/api/v1/placement-tests/mailboxes')).body.data[0].error).toContain('Invalid credentials')
  await look(700)
  expect((await shown(id)).results[0]).toMatchObject({ outcome: 'unreadable', error: expect.stringContaining('Invalid credentials') })
})

test('the chosen sender sends it, and no other; one that is off is refused', async () => {
  const other = await startSmtpSink()
  const make = async (name: string, port: number, is_enabled = true): Promise<number> => (await admin.post('/api/v1/senders', { name, stream: 'both', is_enabled, account: { kind: 'smtp', host: '127.0.0.1', port, security: 'none', user: '' } })).body.id
  const first = await make('First', sink.port)
  const second = await make('Second', other.port)
  const off = await make('Off', other.port, false)
  expect((await admin.post('/api/v1/placement-tests', { template_id: template, sender_id: off })).body.errors).toEqual([{ field: 'sender_id', message: 'this sender is switched off' }])
  const made = await begin({ sender_id: second })
  await work()
  expect([sink.accepted.length, other.accepted.length]).toEqual([0, 3])
  expect(made.sender).toEqual({ id: second, name: 'Second' })
  await begin({ sender_id: first })
  await work()
  expect([sink.accepted.length, other.accepted.length]).toEqual([3, 3])
  await other.close()
})

test('a test mailbox is never read as incoming mail', async () => {
  imaps.gmail.deliver('From: a@b.example\r\nSubject: Hello\r\n\r\nA question\r\n')
  const watcher = new MailboxWatcher(t.app)
  while (await watcher.run());
  await watcher.stop()
  expect(imaps.gmail.commands).toEqual([])
  expect(await rows(t.db, sql`select from inbound_mails`)).toEqual([])
  expect((await admin.get('/api/v1/mailboxes')).body.data).toEqual([])
  expect((await admin.get('/api/v1/mailboxes?purpose=placement')).body.data).toHaveLength(3)
})

test('two workers at once find each mail once', async () => {
  const { id } = await begin()
  await work()
  at(10)
  await Promise.all([runUntilIdle(t, ['placement']), runUntilIdle(t, ['placement'])])
  expect((await shown(id)).outcomes).toEqual({ tab: 1, spam: 1, waiting: 1 })
  expect([mailsIn(imaps.gmail), mailsIn(imaps.mailru)]).toEqual([0, 0])
})

test('what is asked for wrongly is said by name', async () => {
  const bad = async (body: Record<string, unknown>) => (await admin.post('/api/v1/placement-tests', body)).body.errors?.[0]
  expect(await bad({})).toEqual({ field: 'template_id', message: 'choose a mail or a campaign' })
  expect(await bad({ template_id: 9999 })).toEqual({ field: 'template_id', message: 'there is no such template' })
  expect(await bad({ campaign_id: 9999 })).toEqual({ field: 'campaign_id', message: 'there is no such campaign' })
  expect(await bad({ template_id: template, sender_id: 9999 })).toEqual({ field: 'sender_id', message: 'there is no such sender' })
  expect(await bad({ template_id: template, wait_minutes: 0 })).toEqual({ field: 'wait_minutes', message: 'from 1 to 120 minutes' })
  const draft = (await admin.post('/api/v1/campaigns', { name: 'Draft' })).body
  expect(await bad({ campaign_id: draft.id })).toEqual({ field: 'campaign_id', message: 'the campaign has no mail yet' })
  await admin.delete('/api/v1/sending')
  expect((await admin.post('/api/v1/placement-tests', { template_id: template })).body.code).toBe('no_mail_server')
  await admin.put('/api/v1/sending', { host: '127.0.0.1', port: sink.port, security: 'none' })
  await sql`update mailboxes set paused_at = now()`.execute(t.db)
  expect((await admin.post('/api/v1/placement-tests', { template_id: template })).body.code).toBe('no_test_mailboxes')
  expect((await admin.post('/api/v1/mailboxes', { name: 'x', host: 'a', username: 'nobody', password: 'x', purpose: 'placement' })).body.errors[0].field).toBe('address')
  const observer = await t.as('observer')
  expect((await observer.post('/api/v1/placement-tests', { template_id: template })).status).toBe(403)
})

describe('what receivers write is read', () => {
  const read = (...lines: string[]) => readAuthentication(readHeaders(lines.join('\r\n')))
  test('Microsoft names nobody and says more', () => {
    expect(read('Authentication-Results: spf=pass (sender IP is 203.0.113.7)\r\n smtp.mailfrom=shop.example; dkim=pass (signature was verified)\r\n header.d=shop.example;dmarc=pass action=none\r\n header.from=shop.example;compauth=pass reason=100')).toMatchObject({ by: '', spf: { result: 'pass', domain: 'shop.example' }, dkim: [{ result: 'pass', domain: 'shop.example' }], dmarc: { result: 'pass', policy: null } })
  })
  test('two signatures, and results below that anybody could have written', () => {
    const found = read('Authentication-Results: mxs.mail.ru; dkim=pass header.d=shop.example header.s=a; dkim=permerror (no key) header.d=shop.example header.s=b', 'Authentication-Results: mxs.mail.ru; spf=fail smtp.mailfrom=x@shop.example', 'Authentication-Results: evil.example; dmarc=pass header.from=bank.example')
    expect(found).toMatchObject({ by: 'mxs.mail.ru', dkim: [{ result: 'pass', selector: 'a' }, { result: 'permerror', selector: 'b' }], spf: { result: 'fail', domain: 'shop.example' }, dmarc: null })
  })
  test('the way of a mail', () => {
    const hop = (text: string) => read(`Received: ${text}; Fri, 20 Nov 2026 12:00:00 +0000`).tls
    expect(hop('from a by b with ESMTPS id 1')).toBe('all')
    expect(hop('from a by b (Postfix) with ESMTP id 1')).toBe('none')
    expect(hop('from a by b with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE) id 15.20')).toBe('all')
    expect(hop('from a by b with esmtp (envelope-from <x@y>) id 1 (using TLSv1.3 with cipher TLS_AES)')).toBe('all')
    expect(hop('by b with HTTP')).toBe('unknown')
    expect(read('Received: from a by b with ESMTPS; x', 'Received: from c by a with SMTP; y')).toMatchObject({ tls: 'some', hops: [{ from: 'c', by: 'a', encrypted: false, at: null }, { from: 'a', by: 'b', encrypted: true }] })
  })
  test('nothing, and nonsense, are no verdict', () => {
    expect(read('Subject: x')).toEqual({ by: null, spf: null, dkim: [], dmarc: null, tls: 'unknown', hops: [] })
    expect(read(`Authentication-Results: ${'('.repeat(5000)}; spf=pass`, 'Received-SPF: Pass (x) envelope-from=a@shop.example;')).toMatchObject({ by: null, spf: { result: 'pass', domain: 'shop.example' } })
  })
})
