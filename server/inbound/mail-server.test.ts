import net from 'node:net'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { rows, sql } from '../base/db.ts'
import { makeReturnPath } from '../delivery/return-paths.ts'
import { startMailServer } from './mail-server.ts'

let world: TestApp
let port: number
let close: () => Promise<void>
let ours: string
beforeAll(async () => {
  world = await testApp({ env: { MAILBOX_PORT: '0', MAILBOX_MEGABYTES: '1' } })
  await makeAudience(world.db, 1)
  ours = makeReturnPath(world.app.sign, 'bounce', { contact_id: 1, message_id: 2 }, { mailbox: null, host: 'bounces.shop.example' })
  const server = (await startMailServer(world.app))!
  port = server.port
  close = server.close
})
afterAll(async () => {
  await close()
  await world.close()
})
beforeEach(() => sql`truncate inbound_mails`.execute(world.db))

const kept = () => rows<{ envelope_from: string, envelope_to: string[], raw: Buffer, state: string }>(world.db, sql`select envelope_from, envelope_to, raw, state from inbound_mails order by id`)
async function send(to: string[], text = 'a report', options: { port?: number, lmtp?: boolean } = {}): Promise<{ accepted: string[], error: string }> {
  const transport = createTransport({ host: '127.0.0.1', port: options.port ?? port, ...(options.lmtp ? { lmtp: true } : {}), ignoreTLS: true })
  try {
    const sent = await transport.sendMail({ envelope: { from: '', to }, raw: `From: mailer-daemon@example.org\r\nSubject: Returned\r\nMessage-ID: <${Math.random()}@example.org>\r\n\r\n${text}\r\n` })
    return { accepted: sent.accepted.map(String), error: sent.response }
  } catch (error) {
    return { accepted: [], error: (error as Error).message }
  } finally {
    transport.close()
  }
}

test('mail for our return paths and the company is kept before it is accepted; nobody else is served', async () => {
  expect((await send([ours.toUpperCase()])).accepted).toHaveLength(1)
  expect((await send(['news@shop.example'])).accepted).toHaveLength(1)
  expect(await kept()).toMatchObject([{ envelope_from: '', envelope_to: [expect.stringMatching(/^B\+.+@bounces\.shop\.example$/)], state: 'waiting' }, { envelope_to: ['news@shop.example'] }])
  for (const other of ['somebody@elsewhere.example', 'b+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounces.shop.example', 'b@bounces.shop.example']) expect((await send([other])).error).toMatch(/550/)
  expect(await kept()).toHaveLength(2)
})

test('a mail sent twice because the answer was lost is kept once', async () => {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  for (let time = 0; time < 2; time++) await transport.sendMail({ envelope: { from: '', to: [ours] }, raw: 'Message-ID: <same@example.org>\r\n\r\nthe same' })
  transport.close()
  expect(await kept()).toHaveLength(1)
})

test('a mail that is too large is refused, announced or not, and so are too many recipients', async () => {
  expect((await send([ours], 'x'.repeat(2 * 1024 * 1024))).error).toMatch(/552/)
  expect((await send(Array.from({ length: 60 }, () => ours))).error).toMatch(/452|^250/)
  expect((await kept()).every(mail => mail.envelope_to.length <= 50)).toBe(true)
  const talk = await conversation([`HELO x`, 'MAIL FROM:<>', `RCPT TO:<${ours}>`, 'DATA', `${`${'x'.repeat(998)}\r\n`.repeat(1200)}.`, 'QUIT'])
  expect(talk).toMatch(/\r\n552 /)
})

test('by LMTP each recipient is answered for', async () => {
  const other = await testApp({ env: { MAILBOX_PORT: '0', MAILBOX_PROTOCOL: 'lmtp' } })
  const server = (await startMailServer(other.app))!
  try {
    expect((await send([ours], 'a report', { port: server.port, lmtp: true })).accepted).toHaveLength(1)
    expect(await rows(other.db, sql`select id from inbound_mails`)).toHaveLength(1)
  } finally {
    await server.close()
    await other.close()
  }
})

test('with the database away the answer is "later", so nothing is lost', async () => {
  await sql`alter table inbound_mails rename to hidden_mails`.execute(world.db)
  try {
    expect((await send([ours])).error).toMatch(/451/)
  } finally {
    await sql`alter table hidden_mails rename to inbound_mails`.execute(world.db)
  }
})

test('without a port there is no server', async () => {
  const other = await testApp()
  expect(await startMailServer(other.app)).toBeNull()
  await other.close()
})

/** Lines said one after another without reading; all answers. */
function conversation(lines: string[]): Promise<string> {
  return new Promise(resolve => {
    let heard = ''
    const socket = net.connect(port, '127.0.0.1', () => {
      const waiting = [...lines]
      socket.on('data', chunk => {
        heard += chunk.toString()
        const next = heard.endsWith('\r\n') ? waiting.shift() : undefined
        if (next !== undefined) socket.write(`${next}\r\n`)
      })
    })
    socket.on('close', () => resolve(heard))
    socket.on('error', () => resolve(heard))
  })
}
