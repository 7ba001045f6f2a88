import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../../server/base/db.ts'
import { MessageSender } from '../../server/delivery/send-messages.ts'
import { queueMessages } from '../../server/messages/queue-messages.sql.ts'
import { testApp, type TestApp } from '../database.ts'
import { ledger, makeAudience } from '../mailing.ts'

const children = new Set<ChildProcess>()
let folder: string
let accepted: string
let test: TestApp
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-crash-'))
  accepted = path.join(folder, 'accepted')
  writeFileSync(accepted, '')
  test = await testApp()
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  await test.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(file: string, args: string[], env: Record<string, string> = {}): Promise<{ child: ChildProcess, said: string }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, file), ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  const said = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (chunk: Buffer) => resolve(String(chunk).trim()))
    child.once('exit', () => reject(new Error(`${file} ended at once`)))
  })
  return { child, said }
}
async function startSink(delay = 0, port = 0) {
  const { child, said } = await start('crash.sink.ts', [String(port), accepted, String(delay)])
  return { child, port: Number(said.split(' ')[1]) }
}
const startSender = (port: number) => start('crash.sender.ts', [], { DATABASE_URL: test.databaseUrl, DATABASE_CONNECTIONS: '5', SMTP_URL: `smtp://127.0.0.1:${port}?tls=none&connections=5`, DATA_DIR: folder, SECRET_KEY: 'a key for tests', PORT: '0' })
const kill = (child: ChildProcess) => new Promise<void>(resolve => {
  child.once('exit', () => resolve())
  child.kill('SIGKILL')
})
const acceptedIds = () => readFileSync(accepted, 'utf8').split('\n').filter(Boolean).map(line => line.split(' ')[0]!)
async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 40_000
  while (!await what()) {
    if (Date.now() > end) throw new Error('it did not come to that')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
/** As the other processes would after the time a living sender is given. */
async function settle(): Promise<void> {
  const other = new MessageSender(test.app)
  test.setNow(new Date(Date.now() + 60_000))
  // The lock goes with the connection, a moment after the process.
  await until(async () => {
    await other.recover(15_000)
    return (await ledger(test.db)).every(row => row.state !== 'sending')
  })
}
async function queue(kind: 'journey' | 'transactional', count: number) {
  const people = await makeAudience(test.db, count)
  await queueMessages(test.db, people.contacts.map(contact_id => kind === 'journey'
    ? { contact_id, kind, enrolment_id: 1, step_key: 'mail', visit: 1, template_version_id: people.version, topic_id: people.topic }
    : { contact_id, kind, dedup_key: 'receipt', template_version_id: people.receiptVersion }))
}

describe('kill -9', () => {
  for (const after of [1, 150, 420]) {
    it(`of a sender after ${after} mails: nobody gets marketing twice, and the ledger knows what is not known`, async () => {
      await queue('journey', 700)
      const sink = await startSink(2)
      const sender = await startSender(sink.port)
      await until(() => acceptedIds().length >= after)
      await kill(sender.child)
      await settle()
      const rows = await ledger(test.db)
      const got = acceptedIds()
      const unknown = rows.filter(row => row.state === 'unknown')
      const sent = new Set(rows.filter(row => row.state === 'sent').map(row => `${row.contact_id}.${row.id}`))
      const possibly = new Set(unknown.map(row => `${row.contact_id}.${row.id}`))
      // What the ledger calls sent was accepted; what was accepted is sent or unknown, never still to be sent.
      expect(got).toEqual(expect.arrayContaining([...sent]))
      expect(got.filter(id => !sent.has(id) && !possibly.has(id))).toEqual([])
      expect(unknown.every(row => row.reason === 'sender_died')).toBe(true)

      const second = await startSender(sink.port)
      await until(async () => (await ledger(test.db)).every(row => row.state === 'sent' || row.state === 'unknown'))
      await kill(second.child)
      const all = acceptedIds()
      expect(new Set(all).size).toBe(all.length)
      const rest = await ledger(test.db)
      expect(rest.filter(row => row.state === 'unknown').map(row => row.id)).toEqual(unknown.map(row => row.id))
      const sentEvents = (await sql<{ count: number }>`select count(*) as count from incoming_events where type = 'email.sent'`.execute(test.db)).rows[0]!.count
      expect(sentEvents).toBe(rest.filter(row => row.state === 'sent').length)
    })
  }

  it('of a sender: a mail somebody waits for reaches everybody all the same', async () => {
    await queue('transactional', 500)
    const sink = await startSink(2)
    const sender = await startSender(sink.port)
    await until(() => acceptedIds().length >= 200)
    await kill(sender.child)
    await settle()
    const second = await startSender(sink.port)
    await sql`update messages set send_after = now() where state = 'queued'`.execute(test.db)
    await until(async () => (await ledger(test.db)).every(row => row.state === 'sent'))
    await kill(second.child)
    expect(new Set(acceptedIds()).size).toBe(500)
  })

  it('of the mail server: what it had accepted is never sent again, the rest waits and is sent', async () => {
    await queue('journey', 700)
    const sink = await startSink(5)
    const sender = await startSender(sink.port)
    await until(() => acceptedIds().length >= 150)
    await kill(sink.child)
    await until(async () => (await ledger(test.db)).every(row => row.state !== 'sending'))
    const middle = await ledger(test.db)
    const unknown = new Set(middle.filter(row => row.state === 'unknown').map(row => `${row.contact_id}.${row.id}`))
    expect(middle.filter(row => row.state === 'queued').length).toBeGreaterThan(0)
    await startSink(0, sink.port)
    await sql`update messages set send_after = now() where state = 'queued'`.execute(test.db)
    await until(async () => {
      await sql`update messages set send_after = now() where state = 'queued' and send_after > now()`.execute(test.db)
      return (await ledger(test.db)).every(row => row.state === 'sent' || row.state === 'unknown')
    })
    await kill(sender.child)
    const all = acceptedIds()
    expect(new Set(all).size).toBe(all.length)
    const sent = (await ledger(test.db)).filter(row => row.state === 'sent').map(row => `${row.contact_id}.${row.id}`)
    const acceptedSet = new Set(all)
    expect(sent.filter(id => !acceptedSet.has(id))).toEqual([])
    expect(all.filter(id => !sent.includes(id) && !unknown.has(id))).toEqual([])
  })
})
