import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { rows, sql } from '../../server/base/db.ts'
import { keepMails } from '../../server/inbound/inbound-mails.sql.ts'
import { type Client, runUntilIdle, testApp, type TestApp } from '../database.ts'
import { bounce, reply } from '../mails-that-come-back.ts'
import { makeAudience } from '../mailing.ts'

/** Mails made to do harm go the whole way: kept, read, listed, shown; and an honest one between them is not held up. */
let world: TestApp
let admin: Client
beforeAll(async () => {
  world = await testApp()
  admin = await world.as('administrator')
  await makeAudience(world.db, 2)
  await admin.put('/api/v1/incoming-mail', { stranger_leads: false })
})
afterAll(() => world.close())
beforeEach(() => sql`truncate inbound_mails`.execute(world.db))

const MB = 1024 * 1024
const head = (subject: string, more = ''): string => `From: Mail Delivery System <mailer-daemon@evil.example>\r\nTo: news@shop.example\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@evil.example>\r\n${more}`
const nested = (): string => Array.from({ length: 10_000 }, (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`).join('')
const zipBomb = (): string => deflateRawSync(Buffer.alloc(20 * MB)).toString('base64')

const hostile: Record<string, () => string | Buffer> = {
  'twelve megabytes of text': () => `${head('large')}\r\n${'word '.repeat(12 * MB / 5)}`,
  'ten thousand parts in one another': () => `${head('nested')}${nested()}`,
  'ten thousand parts side by side': () => `${head('flat', 'Content-Type: multipart/mixed; boundary=b\r\n')}\r\n${'--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n'.repeat(10_000)}--b--\r\n`,
  'a header of a megabyte': () => `${head('header', `X-Long: ${'a'.repeat(MB)}\r\n`)}\r\nText`,
  'a subject of a megabyte, and its own sender a thousand times': () => `From: ${'Anna <a@evil.example>, '.repeat(1000)}\r\nSubject: ${'я'.repeat(MB / 2)}\r\n\r\nText`,
  'charsets that are not there, and bytes that are not in them': () => Buffer.concat([Buffer.from(`${head('charset', 'Content-Type: text/plain; charset="utf-99; DROP"\r\n')}\r\n`), Buffer.from([0xff, 0xfe, 0, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf0, 0x9f])]),
  'zero bytes in every header': () => 'From: a\0b <a\0@evil.example>\r\nSubject: zero \0 byte\r\nMessage-ID: <\0@evil.example>\r\n\r\nText \0\r\n',
  'a report about a hundred thousand': () => bounce({ messageId: 'x@evil.example', to: 'p1@example.org' }).replace('Final-Recipient', `${Array.from({ length: 100_000 }, (_, index) => `Final-Recipient: rfc822; p${index}@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n`).join('\r\n')}\r\nFinal-Recipient`),
  'a zip that becomes twenty megabytes': () => `${head('Report domain: shop.example Submitter: evil.example', 'Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n')}\r\n${zipBomb()}`,
  'HTML that never closes': () => `${head('html', 'Content-Type: text/html\r\n')}\r\n${'<div><table><tr><td><blockquote>'.repeat(50_000)}`,
  'nothing at all': () => '\r\n',
}

test('each has a defined end, is listed and shown, in bounded memory', async () => {
  const honest = reply({ from: 'p1@example.org', text: 'Do you ship to Kazan?' })
  const raws = [...Object.values(hostile).map(make => Buffer.from(make())), Buffer.from(honest)]
  for (const raw of raws) await keepMails(world.db, [{ source: 'smtp', envelope_from: '', envelope_to: ['news@shop.example'], raw, size: raw.length }], world.app.now())
  const before = process.memoryUsage().rss
  await runUntilIdle(world)
  const found = await rows<{ id: number, state: string, outcome: string | null }>(world.db, sql`select id, state, outcome from inbound_mails order by id`)
  expect(found.map(mail => mail.state)).toEqual(raws.map(() => 'done'))
  expect(found.at(-1)!.outcome).toBe('replied')
  // Nothing of ours was in any of them.
  expect(await rows(world.db, sql`select email from suppressions`)).toEqual([])
  for (const { id } of found) {
    for (const path of [`/api/v1/inbound-mails/${id}`, `/api/v1/inbound-mails/${id}/acceptance`]) {
      const answer = await admin.get(path)
      expect([path, answer.status]).toEqual([path, 200])
      expect(answer.text.length).toBeLessThan(8 * MB)
    }
  }
  expect((await admin.get('/api/v1/inbound-mails')).body.data).toHaveLength(raws.length)
  expect(process.memoryUsage().rss - before).toBeLessThan(700 * MB)
}, 90_000)

test('a report that names a thousand people is accepted for one of them as quickly as any', async () => {
  const raw = Buffer.from(hostile['a report about a hundred thousand']!())
  await keepMails(world.db, [{ source: 'smtp', envelope_from: '', envelope_to: [], raw, size: raw.length }], world.app.now())
  await runUntilIdle(world)
  const [{ id }] = await rows<{ id: number }>(world.db, sql`select id from inbound_mails`) as [{ id: number }]
  expect((await admin.get(`/api/v1/inbound-mails/${id}/acceptance`)).body.recipients.filter((each: { contact: unknown }) => each.contact !== null)).toHaveLength(2)
  expect((await admin.post(`/api/v1/inbound-mails/${id}/acceptance`, { recipients: ['p1@example.org'] })).body).toEqual({ people: 1, mails: 1 })
  expect(await rows(world.db, sql`select email from suppressions`)).toEqual([{ email: 'p1@example.org' }])
})
