import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'
import { makeAudience } from '../../test/mailing.ts'
import { rows, sql } from '../base/db.ts'
import { makeReturnPath } from '../delivery/return-paths.ts'
import { type MailServerLimits, startMailServer } from './mail-server.ts'

/** Clients that mean harm, or are merely broken, at the server for what comes back. */
let world: TestApp
let folder: string
let ours: string
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-mail-server-'))
  writeFileSync(path.join(folder, 'key.pem'), key)
  writeFileSync(path.join(folder, 'cert.pem'), certificate)
  world = await testApp({ env: { MAILBOX_PORT: '0', MAILBOX_MEGABYTES: '1', MAILBOX_TLS_KEY: path.join(folder, 'key.pem'), MAILBOX_TLS_CERT: path.join(folder, 'cert.pem') } })
  await makeAudience(world.db, 1)
  ours = makeReturnPath(world.app.sign, 'bounce', { contact_id: 1, message_id: 2 }, { mailbox: null, host: 'bounces.shop.example' })
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => sql`truncate inbound_mails`.execute(world.db))

const kept = async (): Promise<string[]> => (await rows<{ raw: Buffer }>(world.db, sql`select raw from inbound_mails order by id`)).map(row => row.raw.toString('latin1'))
async function withServer(run: (port: number) => Promise<void>, limits?: Partial<MailServerLimits>): Promise<void> {
  const server = (await startMailServer(world.app, { longestSession: 600_000, mostBytesUnderWay: 200 * 1024 * 1024, ...limits }))!
  try {
    await run(server.port)
  } finally {
    await server.close()
  }
}

type Talk = { socket: net.Socket, heard: () => string, say: (text: string) => void, until: (pattern: RegExp) => Promise<string>, closed: Promise<void> }
/** A conversation by hand. `until`: what was heard since the last time, once it fits. */
function talk(socket: net.Socket): Talk {
  let heard = ''
  let from = 0
  socket.on('data', (chunk: Buffer) => { heard += chunk.toString() })
  socket.on('error', () => undefined)
  const closed = new Promise<void>(resolve => { socket.once('close', () => resolve()) })
  return {
    socket, heard: () => heard, closed, say: text => { socket.write(text) },
    async until(pattern) {
      await expect.poll(() => pattern.test(heard.slice(from)), { timeout: 10_000, interval: 10 }).toBe(true)
      const since = heard.slice(from)
      from = heard.length
      return since
    },
  }
}
const connect = (port: number, localAddress = '127.0.0.1'): Talk => talk(net.connect({ port, host: '127.0.0.1', localAddress }))
/** Up to the moment when the text of the mail is to come. */
async function upToData(client: Talk): Promise<void> {
  await client.until(/^220 /m)
  for (const [line, answer] of [['EHLO client', /^250 /m], ['MAIL FROM:<>', /^250/m], [`RCPT TO:<${ours}>`, /^250/m], ['DATA', /^354/m]] as const) {
    client.say(`${line}\r\n`)
    await client.until(answer)
  }
}
async function deliver(port: number, text: string, localAddress?: string): Promise<string> {
  const client = connect(port, localAddress)
  await upToData(client)
  client.say(`${text}\r\n.\r\n`)
  const answer = await client.until(/^\d{3} .*$/m)
  client.socket.destroy()
  return answer.slice(0, 3)
}

test('a mail hidden behind an end that is none is not taken for a second one', async () => {
  await withServer(async port => {
    for (const [number, end] of ['\n.\r\n', '\r\n.\n', '\n.\n', '\r.\r', '\r\n.\r', '\r.\r\n', '\n\r.\r\n'].entries()) {
      const client = connect(port)
      await upToData(client)
      client.say(`Message-ID: <${number}@example.org>\r\n\r\nText${end}MAIL FROM:<forged@shop.example>\r\nRCPT TO:<${ours}>\r\nDATA\r\nMessage-ID: <hidden-${number}@example.org>\r\n\r\nHidden\r\n.\r\n`)
      expect((await client.until(/^250/m)).match(/^\d{3}/gm)).toEqual(['250'])
      client.say('QUIT\r\n')
      await client.until(/^221/m)
      await client.closed
      expect(await kept(), JSON.stringify(end)).toHaveLength(number + 1)
    }
  })
})

test('what is said in plain text together with STARTTLS is not done after it', async () => {
  await withServer(async port => {
    const client = connect(port)
    await client.until(/^220 /m)
    client.say('EHLO client\r\n')
    expect(await client.until(/^250 /m)).toContain('STARTTLS')
    client.socket.removeAllListeners('data')
    const ready = new Promise<string>(resolve => { client.socket.once('data', (chunk: Buffer) => resolve(chunk.toString())) })
    client.say(`STARTTLS\r\nMAIL FROM:<injected@shop.example>\r\nRCPT TO:<${ours}>\r\nDATA\r\nInjected\r\n.\r\n`)
    expect(await ready).toMatch(/^220 [^\n]*\n$/)
    const secure = talk(tls.connect({ socket: client.socket, rejectUnauthorized: false }))
    secure.say('EHLO client\r\n')
    expect(await secure.until(/^250 /m)).not.toMatch(/STARTTLS|354|^5/m)
    // The envelope is empty: nobody was named before.
    secure.say('DATA\r\n')
    await secure.until(/^503/m)
    secure.socket.destroy()
    expect(await kept()).toEqual([])
  })
})

test('over TLS a mail is taken as without', async () => {
  await withServer(async port => {
    const client = connect(port)
    await client.until(/^220 /m)
    client.say('EHLO client\r\n')
    await client.until(/^250 /m)
    client.socket.removeAllListeners('data')
    const ready = new Promise<void>(resolve => { client.socket.once('data', () => resolve()) })
    client.say('STARTTLS\r\n')
    await ready
    const secure = talk(tls.connect({ socket: client.socket, rejectUnauthorized: false }))
    for (const [line, answer] of [['EHLO client', /^250 /m], ['MAIL FROM:<>', /^250/m], [`RCPT TO:<${ours}>`, /^250/m], ['DATA', /^354/m], ['Subject: x\r\n\r\nText\r\n.', /^250/m]] as const) {
      secure.say(`${line}\r\n`)
      await secure.until(answer)
    }
    secure.socket.destroy()
    expect(await kept()).toHaveLength(1)
  })
})

test('a client that says one byte at a time is left after its time, and others are served meanwhile', async () => {
  await withServer(async port => {
    const slow = connect(port)
    await slow.until(/^220 /m)
    const timer = setInterval(() => slow.say('E'), 20)
    expect(await deliver(port, 'Subject: quick\r\n\r\nText')).toBe('250')
    await slow.closed
    clearInterval(timer)
    // In the middle of a mail, too: what was not whole is not kept.
    const later = connect(port)
    await upToData(later)
    const drip = setInterval(() => later.say('x'), 20)
    await later.closed
    clearInterval(drip)
    expect(await kept()).toHaveLength(1)
  }, { longestSession: 1500 })
})

test('five hundred connections from one address leave room for another, and it serves again when they are gone', async () => {
  await withServer(async port => {
    const crowd = Array.from({ length: 500 }, () => connect(port))
    await expect.poll(() => crowd.filter(client => /^220 /.test(client.heard())).length, { timeout: 20_000 }).toBe(50)
    await expect.poll(() => crowd.filter(client => /^421 /.test(client.heard())).length, { timeout: 20_000 }).toBe(450)
    expect(await deliver(port, 'Subject: other\r\n\r\nText', '127.0.0.2')).toBe('250')
    for (const client of crowd) client.socket.destroy()
    await Promise.all(crowd.map(client => client.closed))
    await expect.poll(() => deliver(port, 'Subject: again\r\n\r\nText').catch(() => 'refused'), { timeout: 20_000 }).toBe('250')
    expect(await kept()).toHaveLength(2)
  })
}, 60_000)

test('of more mail at once than memory is given for, the rest is told to come later', async () => {
  await withServer(async port => {
    const half = 'x'.repeat(98).concat('\r\n').repeat(6000)
    const first = connect(port)
    await upToData(first)
    first.say(`Subject: first\r\n\r\n${half}`)
    await expect.poll(() => first.socket.writableLength, { timeout: 10_000 }).toBe(0)
    expect(await deliver(port, `Subject: second\r\n\r\n${half}`)).toBe('452')
    first.say('.\r\n')
    await first.until(/^250/m)
    first.socket.destroy()
    expect(await deliver(port, `Subject: second\r\n\r\n${half}`)).toBe('250')
    expect(await kept()).toHaveLength(2)
  }, { mostBytesUnderWay: 900_000 })
})

test('a command line without end, thousands of commands, and bytes that are none end in an answer or a goodbye', async () => {
  await withServer(async port => {
    for (const hostile of ['A'.repeat(2_000_000), 'NOOP\r\n'.repeat(50_000), '\0'.repeat(100_000), `RCPT TO:<${'a'.repeat(100_000)}@x.example>\r\n`, 'MAIL FROM:<>\r\nMAIL FROM:<>\r\n', '\u00ff\u00fe\r\n'.repeat(1000)]) {
      const client = connect(port)
      await client.until(/^220 /m)
      client.say(hostile)
      client.say('\r\nQUIT\r\n')
      await client.closed
    }
    expect(await deliver(port, 'Subject: after\r\n\r\nText')).toBe('250')
    expect(await kept()).toHaveLength(1)
  })
}, 30_000)

/** Made for this test alone. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3+jV8jN7+zYWV7qQ
PK8jC09mil6UlLX79FMJf4qV9jGhRANCAAShx/kOT8WaxFiyRQOZnF7rLlfXSenO
Sh2sQqvvQfCeEkRHMnT3RcYei7mSxMl5/CV/sTPQWDFJ/qyQSQ57ey36
-----END PRIVATE KEY-----`
const certificate = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUCpkzHiAL/JOxEEsoOGNKS/L5/mAwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUYm91bmNlcy5zaG9wLmV4YW1wbGUwIBcNMjYxMTI1MDMyMDA4
WhgPMjEyNjExMDEwMzIwMDhaMB8xHTAbBgNVBAMMFGJvdW5jZXMuc2hvcC5leGFt
cGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEocf5Dk/FmsRYskUDmZxe6y5X
10npzkodrEKr70HwnhJERzJ090XGHou5ksTJefwlf7Ez0FgxSf6skEkOe3st+qNT
MFEwHQYDVR0OBBYEFE06IBr5vdzm5xdyGDvvhnFuL2QvMB8GA1UdIwQYMBaAFE06
IBr5vdzm5xdyGDvvhnFuL2QvMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
SAAwRQIgezu7QavGccdtRVQI/gvCnfE9biPIHn+eEVFPlpjWaMUCIQDxc/L0acP2
2AoIa8mM59Vi5kQe6+JQtZ/SSB1VFZqkeA==
-----END CERTIFICATE-----`
