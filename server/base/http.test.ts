import { afterAll, beforeAll, expect, test } from 'vitest'
import pg from 'pg'
import { testApp, type TestApp } from '../../test/database.ts'

let t: TestApp
beforeAll(async () => { t = await testApp() })
afterAll(() => t.close())

const send = (path: string, init: RequestInit) => fetch(t.url + path, init)

test('broken JSON, a wrong type of content and too much of it are answered with problem details', async () => {
  const { key } = (await (await t.as('administrator')).post('/api/v1/api-keys', { name: 'http' })).body as { key: string }
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const broken = await send('/api/v1/company', { method: 'PATCH', headers, body: '{"name": ' })
  expect(broken.status).toBe(400)
  expect(broken.headers.get('content-type')).toContain('application/problem+json')
  expect(await broken.json()).toMatchObject({ status: 400, errors: [] })
  expect((await send('/api/v1/company', { method: 'PATCH', headers: { ...headers, 'content-type': 'text/csv' }, body: 'a;b' })).status).toBe(415)
  const large = await send('/api/v1/company', { method: 'PATCH', headers, body: JSON.stringify({ name: 'x'.repeat(5 * 1024 * 1024) }) })
  expect(large.status).toBe(413)
  expect((await large.json() as { code: string }).code).toBe('too_large')
  const zero = await send('/api/v1/company', { method: 'PATCH', headers, body: JSON.stringify({ name: 'a\u0000b' }) })
  expect(zero.status).toBe(422)
})

test('unknown paths of the API are 404 problems; pages are answered by the interface only', async () => {
  const visitor = await t.as(null)
  const unknown = await visitor.get('/api/v1/nothing')
  expect(unknown.status).toBe(404)
  expect(unknown.body.code).toBe('not_found')
  expect((await visitor.get('/assets/nothing.js')).status).toBe(404)
  expect((await visitor.post('/contacts', {})).status).toBe(404)
})

test('an id that is no number is named, not thrown', async () => {
  const admin = await t.as('administrator')
  for (const id of ['abc', '0', '-1', '1.5', '99999999999999999999', '9007199254740993', '%27%3B', 'NaN']) {
    const answer = await admin.patch(`/api/v1/users/${id}`, { name: 'x' })
    expect([404, 422]).toContain(answer.status)
  }
})

test('the API describes itself in OpenAPI 3.1, each operation with a summary', async () => {
  const description = (await (await t.as(null)).get('/api/v1/openapi.json')).body as { openapi: string, paths: Record<string, Record<string, { summary?: string }>> }
  expect(description.openapi).toBe('3.1.0')
  expect(Object.keys(description.paths).length).toBeGreaterThan(20)
  const silent = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods).filter(([, operation]) => !operation.summary).map(([method]) => `${method} ${path}`))
  expect(silent).toEqual([])
})

test('scripts come from this server only, and nothing is guessed from content', async () => {
  const { headers } = await send('/healthz', {})
  expect(headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect((await (await send('/metrics', {})).text())).toContain('otklik_http_request_seconds')
})

test('touched things are heard by open pages', async () => {
  const { touch } = await import('./live.ts')
  const { key } = (await (await t.as('administrator')).post('/api/v1/api-keys', { name: 'live' })).body as { key: string }
  const stop = new AbortController()
  const response = await send('/api/v1/live?topics=contact:1,import:2', { headers: { authorization: `Bearer ${key}` }, signal: stop.signal })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  await touch(t.db, 'contact:7')
  await touch(t.db, 'import:2')
  let heard = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    heard += chunk
    if (heard.includes('data:')) break
  }
  stop.abort()
  expect(heard).toContain('data: {"topic":"import:2"}')
  expect(heard).not.toContain('contact:7')
})

test('while the database is away requests get 503, and work again by themselves when it is back', async () => {
  const admin = await t.as('administrator')
  const name = new URL(t.databaseUrl).pathname.slice(1)
  const other = new pg.Client({ connectionString: t.databaseUrl.replace(/\/[^/]*$/, '/postgres') })
  await other.connect()
  await other.query(`alter database ${name} allow_connections false`)
  await other.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  await expect.poll(async () => (await admin.get('/api/v1/company')).status, { timeout: 60_000 }).toBe(503)
  expect((await admin.get('/readyz')).status).toBe(503)
  expect((await admin.get('/healthz')).status).toBe(200)
  await other.query(`alter database ${name} allow_connections true`)
  await other.end()
  await expect.poll(async () => (await admin.get('/api/v1/company')).status, { timeout: 60_000 }).toBe(200)
  expect((await admin.get('/readyz')).status).toBe(200)
})

test('an empty body named JSON is no body', async () => {
  const admin = await t.as('administrator')
  const made = await admin.post('/api/v1/api-keys', { name: 'empty' })
  const answer = await fetch(`${t.url}/api/v1/api-keys/${made.body.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${made.body.key}`, 'content-type': 'application/json' } })
  expect(answer.status).toBe(204)
})
