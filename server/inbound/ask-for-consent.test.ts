import { createHash } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { client, type Client, testApp, type TestApp } from '../../test/database.ts'
import { startTestImap, type TestImap } from '../../test/imap-server.ts'
import { rows, sql } from '../base/db.ts'
import { MailboxWatcher } from './watch-mailboxes.ts'

/** A small authorization server (RFC 6749, RFC 7636): gives a code to whoever asks, and tokens for a code with its verifier, once. */
type Authority = { url: string, asked: URLSearchParams[], answer: object | null, revoked: boolean, close: () => Promise<void> }
async function startAuthority(): Promise<Authority> {
  const codes = new Map<string, { challenge: string, redirect: string }>()
  const authority: Authority = { url: '', asked: [], answer: null, revoked: false, close: () => new Promise(resolve => server.close(() => resolve())) }
  const server = http.createServer((request, response) => {
    const url = new URL(request.url!, 'http://x')
    if (url.pathname === '/authorize') {
      const code = `code-${codes.size}`
      codes.set(code, { challenge: url.searchParams.get('code_challenge')!, redirect: url.searchParams.get('redirect_uri')! })
      response.writeHead(302, { location: `${url.searchParams.get('redirect_uri')}?code=${code}&state=${encodeURIComponent(url.searchParams.get('state')!)}` }).end()
      return
    }
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() })
    request.on('end', () => {
      const given = new URLSearchParams(body)
      authority.asked.push(given)
      const code = codes.get(given.get('code') ?? '')
      const good = given.get('grant_type') === 'refresh_token' ? !authority.revoked : code !== undefined && given.get('redirect_uri') === code.redirect && createHash('sha256').update(given.get('code_verifier') ?? '').digest('base64url') === code.challenge && given.get('client_secret') === 'hush'
      codes.delete(given.get('code') ?? '')
      response.writeHead(good ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(good ? authority.answer ?? { access_token: `access-${authority.asked.length}`, refresh_token: 'refresh', expires_in: 3600, refresh_token_expires_in: 604_800 } : { error: 'invalid_grant' }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  authority.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return authority
}

let t: TestApp
let ada: Client
let imap: TestImap
let authority: Authority
const start = new Date('2026-11-20T12:00:00Z')
beforeAll(async () => {
  t = await testApp()
  t.setNow(start)
  ;[imap, authority] = await Promise.all([startTestImap(), startAuthority()])
  const me = { email: 'ada@shop.example', password: 'correct horse' }
  await client(t.url, { origin: t.url }).post('/api/v1/setup', { language: 'en', company_name: 'Shop', time_zone: 'UTC', currency: 'EUR', sender_name: 'Shop', sender_email: 'news@shop.example', name: 'Ada', ...me })
  const signedIn = await client(t.url, { origin: t.url }).post('/api/v1/session', me)
  expect(signedIn.status).toBe(204)
  ada = client(t.url, { origin: t.url, cookie: signedIn.headers.getSetCookie().map(each => each.split(';')[0]).join('; ') })
})
afterAll(async () => {
  await t.close()
  await Promise.all([imap.close(), authority.close()])
})
let id: number
beforeEach(async () => {
  t.setNow(start)
  authority.answer = null
  authority.revoked = false
  await sql`truncate mailboxes cascade`.execute(t.db)
  expect((await ada.put('/api/v1/oauth-clients/oauth2', { client_id: 'us', client_secret: 'hush', authorize_url: `${authority.url}/authorize`, token_url: `${authority.url}/token`, scope: 'mail' })).status).toBe(200)
  const made = await ada.post('/api/v1/mailboxes', { name: 'Answers', host: '127.0.0.1', port: imap.port, security: 'none', username: 'news@shop.example', sign_in: 'oauth2' })
  expect(made.status, made.text).toBe(201)
  id = made.body.id
  expect(made.body.oauth).toEqual({ signed_in: false, signed_in_at: null, ends_at: null, refused: false })
})
const shown = async () => (await ada.get('/api/v1/mailboxes')).body.data[0]
const begin = async (): Promise<URL> => new URL((await ada.post(`/api/v1/mailboxes/${id}/sign-in`)).body.url)
/** What the browser does: to the provider, and to where it sends us back. */
async function goThere(url: URL): Promise<string> {
  const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location')!)
  expect(back.origin + back.pathname).toBe(`${t.url}/api/v1/mailboxes/sign-in`)
  return back.pathname + back.search
}
async function look(): Promise<void> {
  const watcher = new MailboxWatcher(t.app)
  await sql`update mailboxes set check_after = ${t.app.now()}`.execute(t.db)
  while (await watcher.run());
  await watcher.stop()
}

test('somebody agrees with a button, and the mailbox is read; it says since when, until when and when it was revoked', async () => {
  const url = await begin()
  expect(Object.fromEntries(url.searchParams)).toMatchObject({ response_type: 'code', client_id: 'us', scope: 'mail', code_challenge_method: 'S256', login_hint: 'news@shop.example' })
  expect(url.href).not.toContain('hush')
  const back = await ada.get(await goThere(url))
  expect([back.status, back.headers.get('location')]).toEqual([303, '/settings/incoming?signed_in=Answers'])
  expect((await shown()).oauth).toEqual({ signed_in: true, signed_in_at: start.toISOString(), ends_at: '2026-11-27T12:00:00.000Z', refused: false })
  await look()
  expect(imap.signIns.at(-1)).toMatch(/^XOAUTH2 access-/)
  expect((await shown()).state).toBe('good')
  const kept = JSON.stringify(await rows(t.db, sql`select secret from mailboxes union all select value::text from settings`))
  expect(kept).not.toMatch(/hush|refresh"|access-/)
  expect(JSON.stringify((await ada.get('/api/v1/oauth-clients')).body)).not.toContain('hush')
  authority.revoked = true
  t.setNow(new Date('2026-11-20T14:00:00Z'))
  await look()
  expect(await shown()).toMatchObject({ state: 'failing', oauth: { signed_in: true, refused: true } })
  authority.revoked = false
  await ada.get(await goThere(await begin()))
  expect(await shown()).toMatchObject({ error: null, oauth: { refused: false } })
})

test('a state that is forged, old, or of somebody else signs nobody in; a code is good once', async () => {
  const faultOf = async (path: string, who = ada) => new URL((await who.get(path)).headers.get('location')!, t.url).searchParams.get('sign_in_fault')
  const path = await goThere(await begin())
  expect(await faultOf(path.replace(/state=[^&]*/, 'state=v1.a.b.c'))).toBe('state')
  expect(await faultOf(path, await t.as('administrator'))).toBe('state')
  expect((await client(t.url).get(path)).status).toBe(401)
  t.setNow(new Date(start.getTime() + 16 * 60_000))
  expect(await faultOf(path)).toBe('state')
  t.setNow(start)
  expect((await shown()).oauth.signed_in).toBe(false)
  expect(await faultOf(path)).toBeNull()
  expect(await faultOf(path)).toBe('refused')
  const denied = path.replace(/code=[^&]*/, 'error=access_denied')
  expect(await faultOf(denied)).toBe('denied')
  expect((await (await t.as('administrator')).post(`/api/v1/mailboxes/${id}/sign-in`)).body.code).toBe('only_people')
})

test('an answer without a refresh token is told, and nothing is kept', async () => {
  authority.answer = { access_token: 'short', expires_in: 3600 }
  const back = await ada.get(await goThere(await begin()))
  expect(back.headers.get('location')).toContain('sign_in_fault=no_refresh_token')
  expect((await shown()).oauth.signed_in).toBe(false)
  await look()
  expect((await shown()).error).toBe('nobody has signed in to the mailbox yet')
})

test('a secret that is left out stays with its client, and goes with another; without an application there is no button', async () => {
  const put = async (body: object) => (await ada.put('/api/v1/oauth-clients/google', body)).body.data.find((each: { provider: string }) => each.provider === 'google')
  expect(await put({ client_id: 'a', client_secret: 'x' })).toMatchObject({ client_id: 'a', has_secret: true, authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth' })
  expect(await put({ client_id: 'a' })).toMatchObject({ has_secret: true })
  expect(await put({ client_id: 'b' })).toMatchObject({ has_secret: false })
  expect((await ada.put('/api/v1/oauth-clients/oauth2', { client_id: 'b', authorize_url: 'javascript:x', token_url: 'x' })).body.errors[0].field).toBe('authorize_url')
  await ada.delete('/api/v1/oauth-clients/oauth2')
  expect((await ada.post(`/api/v1/mailboxes/${id}/sign-in`)).body.code).toBe('no_oauth_client')
  expect((await (await t.as('marketer')).get('/api/v1/oauth-clients')).status).toBe(403)
})
