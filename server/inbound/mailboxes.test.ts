import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Client, testApp, type TestApp } from '../../test/database.ts'
import { startTestImap, type TestImap } from '../../test/imap-server.ts'
import { rows, sql } from '../base/db.ts'
import { MailboxWatcher } from './watch-mailboxes.ts'

let world: TestApp
let admin: Client
let imap: TestImap
let watcher: MailboxWatcher
beforeAll(async () => {
  world = await testApp()
  admin = await world.as('administrator')
})
afterAll(() => world.close())
beforeEach(async () => {
  await sql`truncate inbound_mails, mailboxes cascade`.execute(world.db)
  imap = await startTestImap()
  watcher = new MailboxWatcher(world.app)
})
afterEach(async () => {
  await watcher.stop()
  await imap.close()
})

const mail = (number: number, more = '') => `From: Anna <anna@example.org>\r\nTo: news@shop.example\r\nSubject: Mail ${number}\r\nMessage-ID: <${number}@example.org>\r\n${more}\r\nText ${number}\r\n`
const kept = () => rows<{ source: string, raw: Buffer, cut: boolean, size: number }>(world.db, sql`select source, raw, cut, size from inbound_mails order by id`)
const look = async (who = watcher) => { while (await who.run()); }
const again = async (id: number, who = watcher) => {
  await admin.post(`/api/v1/mailboxes/${id}/check`)
  await look(who)
}
async function make(values: Record<string, unknown> = {}): Promise<number> {
  const made = await admin.post('/api/v1/mailboxes', { name: 'Answers', host: '127.0.0.1', port: imap.port, security: 'none', username: 'news@shop.example', password: 'open sesame', ...values })
  expect(made.status, made.text).toBe(201)
  return made.body.id
}
const shown = async (id: number) => (await admin.get('/api/v1/mailboxes')).body.data.find((each: { id: number }) => each.id === id)

test('what is new in each folder is taken once, marked as read, and the place is kept', async () => {
  imap.deliver(mail(1))
  imap.deliver(mail(2), 'Spam')
  const id = await make({ folders: ['INBOX', 'Spam'] })
  await look()
  expect(await kept()).toHaveLength(2)
  await again(id)
  expect(await kept()).toHaveLength(2)
  imap.deliver(mail(3))
  await again(id)
  expect((await kept()).map(each => each.raw.toString().match(/Text (\d)/)![1]).toSorted()).toEqual(['1', '2', '3'])
  expect([...imap.folders.values()].flatMap(folder => folder.mails).every(each => each.seen)).toBe(true)
  expect(await shown(id)).toMatchObject({ state: 'good', taken: 3, folders: [{ folder: 'INBOX', last_uid: 2, uid_validity: 1000 }, { folder: 'Spam', last_uid: 1 }] })
  expect(imap.signIns).toEqual(['LOGIN news@shop.example open sesame'])
})

test('the password is encrypted in the database and never given out', async () => {
  const id = await make()
  expect(JSON.stringify(await rows(world.db, sql`select * from mailboxes`))).not.toContain('sesame')
  expect(JSON.stringify(await shown(id))).not.toMatch(/sesame|"secret/)
  const changed = await admin.put(`/api/v1/mailboxes/${id}`, { name: 'Other', host: 'elsewhere.example', port: imap.port, security: 'none', username: 'news@shop.example' })
  expect(changed.body.errors).toEqual([{ field: 'password', message: 'give the password of the mailbox' }])
  expect((await admin.put(`/api/v1/mailboxes/${id}`, { name: 'Other', host: '127.0.0.1', port: imap.port, security: 'none', username: 'news@shop.example' })).body.name).toBe('Other')
  const marketer = await world.as('marketer')
  expect((await marketer.put(`/api/v1/mailboxes/${id}`, {})).status).toBe(403)
})

test('the server tells of new mail, and it is taken without being asked for', async () => {
  await make()
  await look()
  await expect.poll(() => imap.commands.at(-1)).toBe('IDLE')
  imap.deliver(mail(1))
  await expect.poll(async () => { await look(); return (await kept()).length }).toBe(1)
})

test('a connection cut anywhere loses nothing and takes nothing twice', async () => {
  const id = await make()
  for (const where of ['UID SEARCH', 'UID FETCH', 'UID STORE', 'SELECT', 'LOGIN']) {
    imap.deliver(mail(imap.folders.get('INBOX')!.next))
    imap.cut = command => command === where
    // A connection that is open is used again: here each sign-in is to be met.
    await watcher.stop()
    await again(id)
    if (where !== 'UID STORE') expect((await shown(id)).state, where).toBe('failing')
    // What is not committed is not marked.
    const unseen = imap.folders.get('INBOX')!.mails.filter(each => !each.seen).length
    if (where !== 'UID STORE') expect(unseen, where).toBeGreaterThan(0)
    imap.cut = () => false
    await again(id)
    expect((await shown(id)).state).toBe('good')
  }
  const numbers = (await kept()).map(each => each.raw.toString().match(/Text (\d)/)![1])
  expect(numbers.toSorted()).toEqual(['1', '2', '3', '4', '5'])
})

test('a mailbox made anew, a second one with the same mails, and one process more take nothing twice', async () => {
  imap.deliver(mail(1))
  imap.deliver(mail(1, 'Received: from another way\r\n'), 'Spam')
  const id = await make({ folders: ['INBOX', 'Spam'] })
  await make({ name: 'The same again' })
  const other = new MailboxWatcher(world.app)
  await Promise.all([look(), look(other)])
  await other.stop()
  expect(await kept()).toHaveLength(1)
  imap.folders.get('INBOX')!.validity = 2000
  await watcher.stop()
  await again(id)
  expect(await kept()).toHaveLength(1)
  expect(await shown(id)).toMatchObject({ state: 'good', folders: [{ folder: 'INBOX', uid_validity: 2000, last_uid: 1 }, {}] })
})

test('of a huge mail the beginning is kept, and others are not held up', async () => {
  imap.deliver(Buffer.concat([Buffer.from(mail(1)), Buffer.alloc(30 * 1024 * 1024, 'x')]))
  imap.deliver(mail(2))
  await make()
  await look()
  const [huge, small] = await kept()
  expect(huge).toMatchObject({ cut: true, size: 30 * 1024 * 1024 + Buffer.byteLength(mail(1)) })
  expect(huge!.raw.length).toBe(256 * 1024)
  expect(small).toMatchObject({ cut: false })
})

test('a wrong password is shown with the words of the server, and tried less and less often', async () => {
  imap.refuse = () => '[AUTHENTICATIONFAILED] Invalid credentials'
  const id = await make()
  await look()
  expect(await shown(id)).toMatchObject({ state: 'failing', error: expect.stringContaining('Invalid credentials') })
  const [{ wait }] = await rows<{ wait: number }>(world.db, sql`select extract(epoch from check_after - now())::integer as wait from mailboxes`) as [{ wait: number }]
  expect(wait).toBeGreaterThan(5)
  expect((await admin.get(`/api/v1/mailboxes/${id}/folders`)).body).toMatchObject({ ok: false, message: expect.stringContaining('Invalid credentials') })
  imap.refuse = () => undefined
  expect((await admin.get(`/api/v1/mailboxes/${id}/folders`)).body).toEqual({ ok: true, message: '', folders: ['INBOX', 'Spam'] })
  await again(id)
  expect((await shown(id)).state).toBe('good')
})

test('a paused mailbox is left alone', async () => {
  const id = await make()
  await admin.put(`/api/v1/mailboxes/${id}/pause`)
  imap.deliver(mail(1))
  await look()
  expect(await kept()).toHaveLength(0)
  expect((await admin.post(`/api/v1/mailboxes/${id}/check`)).status).toBe(409)
  await admin.delete(`/api/v1/mailboxes/${id}/pause`)
  await look()
  expect(await kept()).toHaveLength(1)
})

test('with OAuth 2.0 a refresh token buys access tokens, which are used until they run out', async () => {
  const asked: string[] = []
  let status = 200
  const tokens = http.createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() })
    request.on('end', () => {
      asked.push(body)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(status === 200 ? { access_token: `token-${asked.length}`, expires_in: 3600, refresh_token: `refresh-${asked.length}` } : { error: 'invalid_grant', error_description: 'Token has been revoked.' }))
    })
  })
  await new Promise<void>(resolve => tokens.listen(0, '127.0.0.1', resolve))
  try {
    const id = await make({ sign_in: 'oauth2', client_id: 'me', client_secret: 'mine', refresh_token: 'refresh-0', token_url: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token` })
    await look()
    expect(imap.signIns).toEqual(['XOAUTH2 token-1'])
    expect(asked[0]).toContain('grant_type=refresh_token&client_id=me&client_secret=mine&refresh_token=refresh-0')
    await watcher.stop()
    await again(id, watcher)
    expect(imap.signIns).toEqual(['XOAUTH2 token-1', 'XOAUTH2 token-1'])
    world.setNow(new Date(Date.now() + 3_600_000))
    await watcher.stop()
    await again(id, watcher)
    expect(imap.signIns.at(-1)).toBe('XOAUTH2 token-2')
    // The renewed refresh token is the one used next.
    expect(asked[1]).toContain('refresh_token=refresh-1')
    status = 400
    world.setNow(new Date(Date.now() + 3 * 3_600_000))
    await watcher.stop()
    await again(id, watcher)
    expect((await shown(id)).error).toBe('the access token was refused: 400 invalid_grant Token has been revoked.')
    await watcher.stop()
  } finally {
    world.setNow(new Date())
    tokens.close()
  }
})
