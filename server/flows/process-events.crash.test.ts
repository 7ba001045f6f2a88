import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { client, cloneDatabase, runUntilIdle } from '../../test/database.ts'
import { createLog } from '../base/log.ts'
import { rows, sql } from '../base/db.ts'
import { freePort } from '../base/embedded-postgres.ts'
import { readSettings } from '../base/settings.ts'
import { insertApiKey } from '../staff/staff.sql.ts'
import { createApp } from '../base/create-app.ts'
import { stopApp } from '../start.ts'
import type { App } from '../base/app.ts'
import { rebuildRollups } from './rebuild-rollups.ts'

let app: App
let env: Record<string, string>
let folder: string
let drop: () => Promise<void>
let key: string
let running: ChildProcess | null = null

beforeAll(async () => {
  const database = await cloneDatabase()
  drop = database.drop
  folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-crash-'))
  env = { PORT: String(await freePort()), DATA_DIR: folder, DATABASE_URL: database.url, SECRET_KEY: 'a key for tests', LOG_LEVEL: 'error', ROLES: 'web,worker' }
  app = createApp(readSettings({ ...env, DATABASE_CONNECTIONS: '4' }), database.url, createLog('fatal'))
  key = (await insertApiKey(app.db, { name: 'crash', role: 'administrator', createdBy: null })).key
}, 300_000)
afterAll(async () => {
  running?.kill('SIGKILL')
  await stopApp(app)
  await drop()
  rmSync(folder, { recursive: true, force: true })
})

const url = (): string => `http://127.0.0.1:${env['PORT']}`

async function start(): Promise<void> {
  running = spawn(process.execPath, ['server/main.ts'], { cwd: path.resolve(import.meta.dirname, '../..'), env: { ...process.env, ...env }, stdio: 'ignore' })
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await fetch(`${url()}/readyz`).catch(() => null))?.ok) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('the program did not start')
}

async function kill(): Promise<void> {
  const exited = once(running!, 'exit')
  running!.kill('SIGKILL')
  await exited
}

test('whatever was acknowledged is processed once, though the program is killed again and again in the middle', async () => {
  const batches = Array.from({ length: 60 }, (_, batch) => Array.from({ length: 100 }, (_, index) => {
    const number = batch * 100 + index
    return { id: `e${number}`, type: 'order.placed', contact: { email: `person${number % 97}@example.org` }, properties: { order_id: `o${number}`, amount: 10, currency: 'USD', items: [] } }
  }))
  const api = client(url(), { authorization: `Bearer ${key}` })
  let sent = 0
  for (let life = 0; life < 3; life++) {
    await start()
    // Killed at a moment nobody chose: while some batches are being taken in and others processed.
    const killed = new Promise(resolve => setTimeout(resolve, 150 + Math.random() * 400)).then(kill)
    while (sent < batches.length) {
      const answer = await api.post('/api/v1/events', { events: batches[sent]! }).catch(() => null)
      if (answer === null) break
      expect(answer.status).toBe(202)
      sent++
    }
    await killed
  }
  // What got no answer is sent again, and so is what got one.
  await start()
  for (const batch of [...batches.slice(Math.max(0, sent - 3)), ...batches.slice(0, 2)]) expect((await api.post('/api/v1/events', { events: batch })).status).toBe(202)
  await kill()
  running = null
  // PostgreSQL may hold the lanes of a killed process a moment longer: they are passed over until it lets go.
  await expect.poll(async () => {
    await runUntilIdle({ app }, ['process-events'])
    return (await rows(app.db, sql`select from incoming_events`)).length
  }, { timeout: 60_000 }).toBe(0)

  const [sums] = await rows<{ contacts: number, orders: number, events: number }>(app.db, sql`
    select count(*) as contacts, sum(orders_count)::bigint as orders, (select count(*) from events where type = 'order.placed') as events from contact_rollups`)
  expect(sums).toEqual({ contacts: 97, orders: 6000, events: 6000 })
  expect(await rows(app.db, sql`select from incoming_events`)).toEqual([])
  expect(await rows(app.db, sql`select from rejected_events`)).toEqual([])
  expect((await rebuildRollups(app, { check: true })).differing).toBe(0)
}, 240_000)
