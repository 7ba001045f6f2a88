import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { rows, sql } from '../../server/base/db.ts'
import { makeReturnPath } from '../../server/delivery/return-paths.ts'
import { MailboxWatcher } from '../../server/inbound/watch-mailboxes.ts'
import { type Client, testApp, type TestApp } from '../database.ts'
import { startTestImap, type TestImap } from '../imap-server.ts'

/** Processes with the mailbox role are killed (-9) in the middle: nothing is lost, nothing is there twice, nothing is marked before it is kept. */
let world: TestApp
let admin: Client
let imap: TestImap
let folder: string
let ours: string
const children = new Set<ChildProcess>()
const holders = new Set<pg.Client>()
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-mailbox-crash-'))
  world = await testApp()
  admin = await world.as('administrator')
  ours = makeReturnPath(world.app.sign, 'bounce', { contact_id: 1, message_id: 2 }, { mailbox: null, host: 'bounces.shop.example' })
})
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await sql`truncate inbound_mails, mailboxes cascade`.execute(world.db)
  imap = await startTestImap()
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  for (const holder of holders) await holder.end()
  holders.clear()
  await imap.close()
})

async function start(): Promise<{ child: ChildProcess, port: number }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'crash.mailbox.ts')], {
    env: { ...process.env, DATABASE_URL: world.databaseUrl, DATABASE_CONNECTIONS: '4', DATA_DIR: folder, SECRET_KEY: 'a key for tests', PORT: '0', MAILBOX_PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  const [said] = await once(child.stdout!, 'data') as [Buffer]
  return { child, port: Number(said.toString().split(' ')[1]) }
}
async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const mail = (number: number): string => `From: anna@example.org\r\nSubject: Mail ${number}\r\nMessage-ID: <${number}@example.org>\r\n\r\nText ${number}.\r\n`
const kept = async (): Promise<number[]> => (await rows<{ raw: Buffer }>(world.db, sql`select raw from inbound_mails`)).map(row => Number(/Text (\d+)/.exec(row.raw.toString())![1])).toSorted((one, other) => one - other)
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** One mail handed over; true when the server said 250 to it, false when the connection was cut before. `sent` is called once the last byte is on its way. */
function handOver(port: number, number: number, sent: () => void = () => undefined): Promise<boolean> {
  const steps = ['HELO client', 'MAIL FROM:<>', `RCPT TO:<${ours}>`, 'DATA', `${mail(number)}.`]
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('data', chunk => {
      if (!/^(?:220|250|354)/.test(chunk.toString())) return socket.destroy()
      const next = steps.shift()
      if (next === undefined) {
        resolve(true)
        return socket.destroy()
      }
      socket.write(`${next}\r\n`)
      if (steps.length === 0) sent()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(false))
  })
}
/** No mail can be kept until it is let go: what writes waits. */
async function holdMails(): Promise<{ waiting: () => Promise<boolean>, letGo: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: world.databaseUrl })
  await client.connect()
  holders.add(client)
  await client.query('begin; lock table inbound_mails in share mode')
  return {
    waiting: async () => (await client.query("select 1 from pg_locks where not granted and relation = 'inbound_mails'::regclass")).rows.length > 0,
    letGo: async () => { await client.query('rollback') },
  }
}
async function makeMailbox(): Promise<void> {
  const made = await admin.post('/api/v1/mailboxes', { name: 'Answers', host: '127.0.0.1', port: imap.port, security: 'none', username: 'news@shop.example', password: 'open sesame' })
  expect(made.status, made.text).toBe(201)
}
/** As a process that lives on, after the time that the one before held the mailbox for. */
async function takeOver(): Promise<void> {
  const watcher = new MailboxWatcher(world.app)
  world.setNow(new Date(Date.now() + 1_200_000))
  await expect.poll(async () => {
    while (await watcher.run());
    return (await rows(world.db, sql`select 1 from mailboxes where checked_at > now() + interval '15 minutes'`)).length
  }, { timeout: 20_000 }).toBe(1)
  await watcher.stop()
  world.setNow(new Date())
}

test('killed before 250, in the middle of keeping: the sender was told nothing, sends again, and the mail is there once', async () => {
  const held = await holdMails()
  const first = await start()
  const answer = handOver(first.port, 1)
  await expect.poll(held.waiting, { timeout: 20_000 }).toBe(true)
  await kill(first.child)
  expect(await answer).toBe(false)
  await held.letGo()
  const second = await start()
  expect(await handOver(second.port, 1)).toBe(true)
  expect(await kept()).toEqual([1])
})

test('killed as soon as 250 is said: the mail is there', async () => {
  const { child, port } = await start()
  expect(await handOver(port, 1)).toBe(true)
  await kill(child)
  expect(await kept()).toEqual([1])
})

test('killed again and again while many deliver: every mail with a 250 is there, each once, and none is lost by those who try again', async () => {
  let running = await start()
  const waiting = numbers(120)
  const accepted: number[] = []
  let ends = false
  const senders = Array.from({ length: 6 }, async () => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      if (await handOver(running.port, number)) accepted.push(number)
      else {
        waiting.push(number)
        // Servers are away for a moment; a sender that tries again does not try without a pause.
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
  })
  const killer = (async () => {
    for (let time = 0; time < 3 && !ends; time++) {
      await expect.poll(() => accepted.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(time * 20)
      await kill(running.child)
      // What had its 250 is there, whatever else was under way.
      const there = new Set(await kept())
      expect(accepted.filter(number => !there.has(number))).toEqual([])
      running = await start()
    }
  })()
  await Promise.all(senders)
  ends = true
  await killer
  expect(await kept()).toEqual(numbers(120))
}, 60_000)

test('a reader of a mailbox killed between reading and keeping has marked nothing, and the next takes everything once', async () => {
  for (const number of numbers(30)) imap.deliver(mail(number))
  await makeMailbox()
  const held = await holdMails()
  const { child } = await start()
  await expect.poll(held.waiting, { timeout: 20_000 }).toBe(true)
  expect(imap.commands).toContain('UID FETCH')
  await kill(child)
  expect(imap.folders.get('INBOX')!.mails.some(each => each.seen)).toBe(false)
  await held.letGo()
  await takeOver()
  expect(await kept()).toEqual(numbers(30))
  expect(imap.folders.get('INBOX')!.mails.every(each => each.seen)).toBe(true)
})

test('a reader killed between keeping and marking: what is marked was kept, and nothing is taken twice', async () => {
  for (const number of numbers(30)) imap.deliver(mail(number))
  await makeMailbox()
  const { child } = await start()
  const gone = once(child, 'exit')
  imap.cut = command => {
    if (command !== 'UID STORE') return false
    child.kill('SIGKILL')
    return true
  }
  await gone
  imap.cut = () => false
  // The first twenty were committed together before they were to be marked.
  expect(await kept()).toEqual(numbers(20))
  expect(imap.folders.get('INBOX')!.mails.some(each => each.seen)).toBe(false)
  await takeOver()
  expect(await kept()).toEqual(numbers(30))
})

test('two processes at once, a port each and one mailbox between them: one reads it, and nothing is there twice', async () => {
  for (const number of numbers(60)) imap.deliver(mail(number))
  await makeMailbox()
  const [first, second] = await Promise.all([start(), start()])
  // The same mails over both ports at the same moment: servers of one receiver do that.
  const answers = await Promise.all(numbers(40).flatMap(number => [handOver(first.port, number), handOver(second.port, number + 20)]))
  expect(answers.every(Boolean)).toBe(true)
  await expect.poll(async () => (await kept()).length, { timeout: 30_000 }).toBe(60)
  await expect.poll(() => imap.folders.get('INBOX')!.mails.every(each => each.seen), { timeout: 20_000 }).toBe(true)
  expect(await kept()).toEqual(numbers(60))
  expect(imap.signIns).toHaveLength(1)
  const taken = (await admin.get('/api/v1/mailboxes')).body.data[0]
  expect(taken).toMatchObject({ state: 'good', folders: [{ folder: 'INBOX', last_uid: 60 }] })
})
