import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, sql } from '../../server/base/db.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'

let server: TestApp
let admin: Client
const children = new Set<ChildProcess>()
beforeAll(async () => {
  server = await testApp()
  admin = await server.as('administrator')
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await server.close()
})

async function importer(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'crash.imports.ts')], {
    env: { ...process.env, DATABASE_URL: server.databaseUrl, DATABASE_CONNECTIONS: '4', SECRET_KEY: 'a key for tests', PORT: '0', DATA_DIR: '/tmp' }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => { throw new Error('it ended at once') })])
  return child
}

async function start(name: string, text: string, options: Record<string, unknown> = {}): Promise<number> {
  const form = new FormData()
  form.append('file', new Blob([text]), name)
  const { id, options: recognised } = (await admin.post('/api/v1/imports', form)).body
  expect((await admin.put(`/api/v1/imports/${id}`, { options: { ...recognised, ...options } })).status).toBe(200)
  expect((await admin.post(`/api/v1/imports/${id}/run`)).status).toBe(202)
  return id
}
const view = async (id: number) => (await admin.get(`/api/v1/imports/${id}`)).body

/** Kills whoever imports as soon as something has been done, several times; another one takes over each time. */
async function killWhileRunning(id: number): Promise<number> {
  let killed = 0
  for (let round = 0; round < 2 && (await view(id)).state !== 'done'; round++) {
    const before = (await view(id)).rows_done
    const both = await Promise.all([importer(), importer()])
    for (let waited = 0; waited < 400; waited++) {
      const now = await view(id)
      if (now.state === 'done' || now.rows_done > before) break
      await pause(10)
    }
    for (const child of both) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      killed++
    }
  }
  await runUntilIdle(server)
  return killed
}

const people = 6500
const deals = 5000
const kinds = [
  {
    what: 'people', file: 'people.csv', lines: ['email,first name', ...Array.from({ length: people }, (_, index) => `p${index}@example.com,N${index}`)],
    report: { contacts_created: people, contacts_updated: 0 },
    there: sql`select count(*) as cards, count(distinct email) as different, (select count(*) from events where type = 'contact.created') as told from contacts`, is: { cards: people, different: people, told: people },
  },
  {
    // Rows without a number: each gets the one it had before the break.
    what: 'deals', file: 'deals.csv', lines: ['email,deal name,stage,amount', ...Array.from({ length: deals }, (_, index) => `d${index % 700}@example.com,Deal ${index % 900},,${index}`)],
    report: { contacts_created: 700, events_created: deals, records_updated: 0 },
    there: sql`select count(*) as deals, count(distinct source_key) as different, sum(amount)::bigint as sum, (select count(*) from events where type = 'deal.created') as told, (select count(*) from import_records) as noted from deals`,
    is: { deals, different: deals, sum: deals * (deals - 1) / 2 * 100, told: deals, noted: deals },
  },
]

test.each(kinds)('whatever is killed while $what are imported, each row is done once', async ({ file, lines, report, there, is }) => {
  const rows = lines.length - 1
  const id = await start(file, lines.join('\n'))
  expect(await killWhileRunning(id)).toBeGreaterThan(1)
  expect(await view(id)).toMatchObject({ state: 'done', rows_total: rows, rows_done: rows, ...report, rows_rejected: 0, rows_unchanged: 0 })
  expect(await one(server.db, there)).toEqual(is)
}, 300_000)

test('whatever is killed while purchases are imported, each order is there once, with the lines that stood far apart', async () => {
  const orders = 3000
  const line = (index: number, part: number): string => `C${index % 500},2026-10-01,O${index},${index + part},S${part}`
  const lines = [0, 1].flatMap(part => Array.from({ length: orders }, (_, index) => line(index, part)))
  const id = await start('orders.csv', ['customer_id,date,order_id,amount,sku', ...lines].join('\n'), { amount_of: 'line' })
  expect(await killWhileRunning(id)).toBeGreaterThan(1)
  expect(await view(id)).toMatchObject({ state: 'done', rows_total: 2 * orders, rows_done: 2 * orders, contacts_created: 500, events_created: orders })
  expect(await one(server.db, sql`select count(*) as orders, count(distinct order_id) as different, sum(amount)::bigint as sum from orders`))
    .toEqual({ orders, different: orders, sum: Array.from({ length: orders }, (_, index) => 2 * index + 1).reduce((total, amount) => total + amount, 0) * 100 })
  expect(await one(server.db, sql`select count(*) as lines from order_lines`)).toEqual({ lines: 2 * orders })
}, 300_000)
