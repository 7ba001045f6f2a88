import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { App } from '../server/base/app.ts'
import type { Db } from '../server/base/db.ts'
import { runDueJobs } from '../server/base/jobs.ts'
import { createLog } from '../server/base/log.ts'
import { readSettings } from '../server/base/settings.ts'
import type { StaffRole } from '../server/base/route.ts'
import { jobs } from '../server/jobs.ts'
import { loops } from '../server/loops.ts'
import { createApp } from '../server/base/create-app.ts'
import { createServer, stopApp } from '../server/start.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- a test looks into answers of many shapes
export type Answer = { status: number, body: any, headers: Headers, text: string }
export type Client = {
  get: (path: string) => Promise<Answer>
  post: (path: string, body?: unknown) => Promise<Answer>
  put: (path: string, body?: unknown) => Promise<Answer>
  patch: (path: string, body?: unknown) => Promise<Answer>
  delete: (path: string, body?: unknown) => Promise<Answer>
}

export type TestApp = {
  app: App
  db: Db
  url: string
  databaseUrl: string
  /** A client with an API key of that role; `null` is a visitor. */
  as: (role: StaffRole | null) => Promise<Client>
  /** A new member of staff of that name who has signed in. */
  asPerson: (name: string, role: StaffRole) => Promise<Client & { id: number }>
  setNow: (now: Date) => void
  close: () => Promise<void>
}

/** A fresh database cloned from the template; its address. */
export async function cloneDatabase(): Promise<{ url: string, drop: () => Promise<void> }> {
  const base = inject('databaseUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = async (query: string): Promise<void> => {
    const client = new pg.Client({ connectionString: base.replace(/\/[^/]*$/, '/postgres') })
    await client.connect()
    try {
      // Two files cloning at once: PostgreSQL lets one read the template at a time.
      await client.query('select pg_advisory_lock(814002)')
      await client.query(query)
    } finally {
      await client.end()
    }
  }
  await admin(`create database ${name} template template_otklik`)
  return { url: base.replace(/\/[^/]*$/, `/${name}`), drop: () => admin(`drop database if exists ${name} with (force)`) }
}

/**
 * The whole program on its own database, with HTTP on a free loopback port. Loops and jobs run only in `runUntilIdle`.
 * `now` starts at the real time and stands still once set.
 */
export async function testApp(options: { env?: Record<string, string>, logLevel?: string } = {}): Promise<TestApp> {
  const { url: databaseUrl, drop } = await cloneDatabase()
  const folder = mkdtempSync(path.join(os.tmpdir(), 'otklik-app-'))
  const settings = readSettings({ DATA_DIR: folder, SECRET_KEY: 'a key for tests', DATABASE_URL: databaseUrl, DATABASE_CONNECTIONS: '6', SENDER_THREADS: '0', PORT: '0', ...options.env })
  let fixed: Date | null = null
  const app = createApp(settings, databaseUrl, createLog(options.logLevel ?? 'fatal'), () => fixed ?? new Date())
  await app.live.start()
  const server = await createServer(app)
  await server.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  settings.publicUrl = url
  const as: TestApp['as'] = async role => client(url, role === null ? {} : { authorization: `Bearer ${(await insertApiKey(app.db, { name: `test ${role}`, role, createdBy: null })).key}` })
  return {
    app, db: app.db, url, databaseUrl,
    as,
    async asPerson(name, role) {
      const account = { email: `${randomBytes(6).toString('hex')}@staff.example`, password: 'correct horse' }
      const made = await (await as('administrator')).post('/api/v1/users', { name, role, ...account })
      const signedIn = await client(url).post('/api/v1/session', account)
      return { id: made.body.id as number, ...client(url, { cookie: signedIn.headers.getSetCookie().map(each => each.split(';')[0]).join('; ') }) }
    },
    setNow(now) { fixed = now },
    async close() {
      await server.close()
      await stopApp(app)
      await drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function client(url: string, headers: Record<string, string> = {}): Client {
  const call = (method: string) => async (where: string, body?: unknown): Promise<Answer> => {
    const raw = typeof body === 'string' || body instanceof FormData || body instanceof URLSearchParams
    const response = await fetch(url + where, {
      method, redirect: 'manual',
      headers: { ...headers, ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    let parsed: unknown = text
    if (/json/.test(response.headers.get('content-type') ?? '')) parsed = JSON.parse(text)
    return { status: response.status, body: parsed, headers: response.headers, text }
  }
  return { get: call('GET'), post: call('POST'), put: call('PUT'), patch: call('PATCH'), delete: call('DELETE') }
}

/** Runs every loop and every due job until none has anything left to do. */
export async function runUntilIdle({ app }: { app: App }, only?: string[]): Promise<void> {
  for (let round = 0; round < 500; round++) {
    let worked = false
    for (const loop of loops) {
      if (only && !only.includes(loop.name)) continue
      for (let batch = 0; batch < 1000 && await loop.run(app); batch++) worked = true
    }
    if (!only && await runDueJobs(app, jobs) > 0) worked = true
    const { rows } = await app.pool.query<{ left: string }>('select count(*) as left from incoming_events')
    if (!worked && (only || Number(rows[0]?.left) === 0)) return
  }
  throw new Error('the loops never came to rest')
}
export const runLoopsUntilIdle = runUntilIdle
