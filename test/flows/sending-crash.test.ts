import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { App } from '../../server/base/app.ts'
import { createApp } from '../../server/base/create-app.ts'
import { sql } from '../../server/base/db.ts'
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from '../../server/base/embedded-postgres.ts'
import { createLog } from '../../server/base/log.ts'
import { migrate } from '../../server/base/migrate.ts'
import { readSettings } from '../../server/base/settings.ts'
import { MessageSender } from '../../server/delivery/send-messages.ts'
import { queueMessages } from '../../server/messages/queue-messages.sql.ts'
import { stopApp } from '../../server/start.ts'
import { makeAudience } from '../mailing.ts'

/**
 * Senders, the mail server and PostgreSQL are killed (-9) in random order while mails leave. Afterwards the ledger and
 * what the mail server took are held against each other, message by message. CRASHES=100: as often as that; SEED: the
 * same order again.
 */
const crashes = Number(process.env['CRASHES'] ?? 4)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const [senders, batch] = [2, { marketing: 120, transactional: 40 }]

let random = seed
/** Park and Miller's generator: the same order for the same seed. */
const chance = (): number => (random = random * 48_271 % 2_147_483_647) / 2_147_483_647
const oneOf = <T>(values: readonly T[]): T => values[Math.floor(chance() * values.length)]!

const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-crashes-'))
chmodSync(folder, 0o755)
const accepted = path.join(folder, 'accepted')
writeFileSync(accepted, '')
const children = new Set<ChildProcess>()
let postgres: EmbeddedPostgres | null = null
let app: App | null = null
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  if (app) await stopApp(app)
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

async function start(file: string, args: string[], env: Record<string, string> = {}): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, file), ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  await once(child.stdout!, 'data')
  return child
}
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
async function until(what: () => Promise<boolean>, milliseconds: number): Promise<void> {
  const end = Date.now() + milliseconds
  for (;;) {
    // The database may be away for a moment.
    if (await what().catch(() => false)) return
    if (Date.now() > end) throw new Error('it did not come to that')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const startPostgres = (port: number) => startEmbeddedPostgres(folder, createLog('fatal'), { flags: ['-c', 'fsync=off'], port })
async function killPostgres(port: number): Promise<void> {
  const files = path.join(folder, 'postgres')
  const pid = Number(readFileSync(path.join(files, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(pid, 'SIGKILL')
  await until(async () => {
    postgres = await startPostgres(port)
    return true
  }, 30_000)
}

it(`after ${crashes} kills (seed ${seed}) ledger and mail server agree on every message`, { timeout: 120_000 + crashes * 15_000 }, async () => {
  const postgresPort = await freePort()
  postgres = await startPostgres(postgresPort)
  const settings = readSettings({ DATA_DIR: folder, SECRET_KEY: 'a key for tests', DATABASE_URL: postgres.url, DATABASE_CONNECTIONS: '4', SENDER_THREADS: '0', PORT: '0' })
  let ahead = 0
  app = createApp(settings, postgres.url, createLog('fatal'), () => new Date(Date.now() + ahead))
  const db = app.db
  await migrate(app.pool)
  const people = await makeAudience(db, batch.marketing)
  const smtpPort = await freePort()
  const env = { DATABASE_URL: postgres.url, DATABASE_CONNECTIONS: '5', SMTP_URL: `smtp://127.0.0.1:${smtpPort}?tls=none&connections=6`, DATA_DIR: folder, SECRET_KEY: 'a key for tests', PORT: '0', SENDER_THREADS: '0' }
  const startSender = () => start('crash.sender.ts', [], env)
  const startSink = (...dying: string[]) => start('crash.sink.ts', [String(smtpPort), accepted, '3', ...dying])
  const accepts = () => readFileSync(accepted, 'utf8').split('\n').filter(Boolean).map(line => line.split(' ')[0]!)

  let visit = 0
  const queue = async () => {
    visit++
    await queueMessages(db, [
      ...people.contacts.slice(0, batch.transactional).map(contact_id => ({ contact_id, kind: 'transactional' as const, dedup_key: `receipt ${visit}`, template_version_id: people.receiptVersion })),
      ...people.contacts.map(contact_id => ({ contact_id, kind: 'journey' as const, enrolment_id: 1, step_key: 'mail', visit, template_version_id: people.version, topic_id: people.topic })),
    ])
  }
  const retryNow = () => sql`update messages set send_after = now() where state = 'queued' and send_after > now()`.execute(db)

  let sink = await startSink()
  const running = await Promise.all(Array.from({ length: senders }, startSender))
  for (let crash = 0; crash < crashes; crash++) {
    const before = accepts().length
    await until(async () => { await queue(); return true }, 30_000)
    const victim = oneOf(['sender', 'sink', 'postgres', 'rcpt', 'content', 'accepted', 'answered'])
    if (victim === 'sender' || victim === 'sink' || victim === 'postgres') {
      const after = before + Math.floor(chance() * batch.marketing)
      await until(async () => accepts().length >= after || await retryNow().then(() => false), 30_000).catch(() => undefined)
      if (victim === 'postgres') await killPostgres(postgresPort)
      else if (victim === 'sink') {
        await kill(sink)
        sink = await startSink()
      } else {
        const which = Math.floor(chance() * senders)
        await kill(running[which]!)
        running[which] = await startSender()
      }
    } else {
      // This one dies by itself, at that step.
      await kill(sink)
      sink = await startSink(victim, String(1 + Math.floor(chance() * 60)))
      await until(async () => (sink.signalCode !== null || await retryNow().then(() => false)), 15_000).catch(() => undefined)
      await kill(sink)
      sink = await startSink()
    }
  }

  // Everything is up again: what can be sent is sent, and what dead senders left is settled.
  const other = new MessageSender(app)
  await until(async () => {
    await retryNow()
    ahead = 60_000
    await other.recover(15_000)
    ahead = 0
    return (await sql`select from messages where state in ('queued', 'sending') limit 1`.execute(db)).rows.length === 0
  }, 90_000)
  for (const sender of running) await kill(sender)
  await other.stop()

  const times = new Map<string, number>()
  for (const id of accepts()) times.set(id, (times.get(id) ?? 0) + 1)
  const ledger = (await sql<{ id: string, kind: string, state: string }>`select contact_id || '.' || id as id, kind, state from messages`.execute(db)).rows
  expect(ledger).toHaveLength(visit * (batch.marketing + batch.transactional))
  const wrong = ledger.filter(({ id, kind, state }) => {
    const got = times.get(id) ?? 0
    return kind === 'transactional' ? state !== 'sent' || got < 1 : state === 'sent' ? got !== 1 : state === 'unknown' ? got > 1 : true
  }).map(row => ({ ...row, got: times.get(row.id) ?? 0 }))
  expect(wrong).toEqual([])
  const sentEvents = (await sql<{ message: string }>`select contact_id || '.' || message_id as message from incoming_events where type = 'email.sent'`.execute(db)).rows.map(row => row.message)
  expect(sentEvents.toSorted()).toEqual(ledger.filter(row => row.state === 'sent').map(row => row.id).toSorted())
  console.log(`${crashes} kills: ${ledger.length} messages, ${ledger.filter(row => row.state === 'unknown').length} unknown, ${[...times.values()].filter(count => count > 1).length} of those somebody waits for came twice`)
})
