import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'
import { datacentreOf, readRanges } from './datacentres.ts'
import { judgeClicks } from './judge-clicks.ts'
import { clickUrl, confirmUrl, linkToken, type MailIds, mailToken, openUrl, preferencesUrl, readToken, type SentMail, trapUrl, unsubscribeUrl } from './links.ts'

const person = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'
const googleProxy = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)'
let server: TestApp
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

let numbers = 0
async function sentMail(kind = 'transactional', sentAgo = '1 hour', topic = false): Promise<SentMail> {
  const query = async <T>(text: string, values: unknown[] = []) => (await server.app.pool.query(text, values)).rows[0] as T
  const contact = await query<{ id: number }>(`insert into contacts (email, locale) values ($1, 'en') returning id`, [`reader${++numbers}@example.com`])
  const template = await query<{ id: number }>(`insert into templates (name) values ('t') returning id`)
  const version = await query<{ id: number }>(`insert into template_versions (template_id, number, document) values ($1, 1, '{}') returning id`, [template.id])
  const topicId = topic ? (await query<{ id: number }>(`insert into topics (key, name_en, name_ru) values ($1, 'News', 'Новости') returning id`, [`news${numbers}`])).id : null
  if (topicId) await query(`insert into consent_states (contact_id, topic_id, status, since) values ($1, $2, 'granted', now() - interval '1 day')`, [contact.id, topicId])
  const message = await query<{ id: number }>(
    `insert into messages (contact_id, lane, kind, template_version_id, topic_id, to_email, state, sent_at) values ($1, 0, $2, $3, $4, 'to@example.com', 'sent', now() - $5::interval) returning id`,
    [contact.id, kind, version.id, topicId, sentAgo])
  return { contact_id: contact.id, message_id: message.id, template_version_id: version.id }
}

const visit = (url: string, userAgent = person, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init, headers: { 'user-agent': userAgent, ...init.headers } })
type Kept = { type: string, properties: Record<string, unknown>, machine: string | null }
async function reactions(ids: MailIds): Promise<Kept[]> {
  const { rows } = await server.app.pool.query<{ type: string, properties: Record<string, unknown>, everything: Record<string, unknown> }>(
    'select type, properties, to_jsonb(i) as everything from incoming_events i where contact_id = $1 and message_id = $2 order by id', [ids.contact_id, ids.message_id])
  return rows.map(row => ({ type: row.type, properties: row.properties, machine: (row.everything['machine_reason'] ?? row.properties['machine_reason'] ?? null) as string | null }))
}

test('a token is read back as it was made, for small and large numbers', () => {
  const { app } = server
  const version = 130
  for (const ids of [{ contact_id: 1, message_id: 0 }, { contact_id: 127, message_id: 128 }, { contact_id: 2 ** 40 + 5, message_id: 2 ** 52 }]) {
    const tokenOf = (url: string) => url.split('/').at(-1)!
    expect(readToken(app, tokenOf(openUrl(app, { ...ids, template_version_id: version })))).toEqual({ kind: 'open', ...ids })
    expect(readToken(app, tokenOf(clickUrl(app, ids, 300, 'https://пример.рф/а?b=1#c')))).toEqual({ kind: 'click', ...ids, link: 300, url: 'https://пример.рф/а?b=1#c' })
    expect(readToken(app, tokenOf(trapUrl(app, { ...ids, template_version_id: version }, 'https://x.example')))).toEqual({ kind: 'trap', ...ids, url: 'https://x.example' })
    expect(readToken(app, `${linkToken(app, version, 2, 'https://x.example/a?b=1')}.${mailToken(app, { ...ids, template_version_id: version })}`)).toEqual({ kind: 'click', ...ids, link: 2, url: 'https://x.example/a?b=1' })
    expect(readToken(app, tokenOf(unsubscribeUrl(app, ids)))).toEqual({ kind: 'person', ...ids })
    expect(readToken(app, tokenOf(preferencesUrl(app, ids)))).toEqual({ kind: 'person', ...ids })
    const at = new Date('2026-03-01T10:05:00Z')
    expect(readToken(app, tokenOf(confirmUrl(app, ids, at)))).toEqual({ kind: 'confirm', ...ids, issued_at: at })
  }
})

test('a changed, cut, empty or invented token is not ours', () => {
  const token = clickUrl(server.app, { contact_id: 5, message_id: 6 }, 1, 'https://shop.example/').split('/').at(-1)!
  for (let position = 0; position < token.length; position += 3) {
    const changed = token.slice(0, position) + (token[position] === 'A' ? 'B' : 'A') + token.slice(position + 1)
    // The last character of base64url may hold spare bits, which decode to the same signature.
    if (position < token.length - 1) expect(readToken(server.app, changed)).toBeNull()
  }
  for (const bad of ['', '.', 'a.b', token.slice(0, -4), `${token}x`, token.replace('.', ''), '../../etc/passwd', 'я.я']) expect(readToken(server.app, bad)).toBeNull()
})

test('a link of one template does not fit a mail of another, and a half of an address is none', () => {
  const { app } = server
  const link = linkToken(app, 7, 1, 'https://shop.example/')
  const mail = mailToken(app, { contact_id: 5, message_id: 6, template_version_id: 7 })
  expect(readToken(app, `${link}.${mail}`)).toMatchObject({ kind: 'click', contact_id: 5, message_id: 6 })
  expect(readToken(app, `${link}.${mailToken(app, { contact_id: 5, message_id: 6, template_version_id: 8 })}`)).toBeNull()
  for (const bad of [link, `${mail}.${link}`, `${link}.${link}`, `${mail}.${mail}`, `${link}.${mail}.${mail}`]) expect(readToken(app, bad)).toBeNull()
})

test('an open by a person is kept, also through an image proxy, with the address shortened', async () => {
  const ids = await sentMail()
  for (const agent of [person, googleProxy]) {
    const answer = await visit(openUrl(server.app, ids), agent)
    expect(answer.headers.get('content-type')).toBe('image/gif')
    expect(answer.headers.get('cache-control')).toContain('no-store')
  }
  expect(await reactions(ids)).toMatchObject([{ type: 'email.opened', machine: null, properties: { ip: '127.0.0.0' } }, { type: 'email.opened', machine: null }])
})

test('a click is kept before the person is sent on, with the promo code of the address', async () => {
  const ids = await sentMail()
  const answer = await visit(clickUrl(server.app, ids, 3, 'https://shop.example/sale?coupon=BACK10&a=б'))
  expect(answer.status).toBe(302)
  expect(answer.headers.get('location')).toBe('https://shop.example/sale?coupon=BACK10&a=%D0%B1')
  expect(await reactions(ids)).toMatchObject([{ type: 'email.clicked', machine: null, properties: { url: 'https://shop.example/sale?coupon=BACK10&a=б', link: 3, coupon: 'BACK10' } }])
})

test('a link as long as a template allows is followed', async () => {
  const ids = await sentMail()
  const url = `https://shop.example/?q=${'%D0%B6'.repeat(600)}&r=${'я'.repeat(300)}`
  const answer = await visit(clickUrl(server.app, ids, 1, url))
  expect(answer.status).toBe(302)
  expect(decodeURIComponent(answer.headers.get('location')!)).toBe(decodeURIComponent(url))
})

test.each<[string, string, (ids: SentMail) => Promise<unknown>, string?]>([
  ['head_request', 'a HEAD request', ids => visit(openUrl(server.app, ids), person, { method: 'HEAD' })],
  ['prefetch', 'a prefetch', ids => visit(openUrl(server.app, ids), person, { headers: { 'sec-purpose': 'prefetch;prerender' } })],
  ['mail_privacy', 'Apple Mail Privacy Protection', ids => visit(openUrl(server.app, ids), 'Mozilla/5.0')],
  ['scanner', 'a scanner', ids => visit(clickUrl(server.app, ids, 1, 'https://a.example'), 'Barracuda Sentinel (EE)')],
  ['tool', 'a tool', ids => visit(clickUrl(server.app, ids, 1, 'https://a.example'), 'curl/8.5.0')],
  ['bot', 'a crawler', ids => visit(openUrl(server.app, ids), 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)')],
  ['trap_link', 'a link nobody sees', ids => visit(trapUrl(server.app, ids, 'https://a.example'))],
  ['too_soon', 'an open right after sending', ids => visit(openUrl(server.app, ids)), '0 seconds'],
])('%s: %s is kept as a machine with the reason', async (reason, _, act, sentAgo) => {
  const ids = await sentMail('transactional', sentAgo)
  await act(ids)
  expect((await reactions(ids)).map(event => event.machine)).toEqual([reason])
})

test('from a datacentre a click is a machine under whatever name, and so is an open, but not through a proxy that fetches pictures for people', async () => {
  const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } })
  const ids = await sentMail()
  await visit(clickUrl(server.app, ids, 1, 'https://a.example'), person, from('52.16.1.2'))
  await visit(clickUrl(server.app, ids, 1, 'https://a.example'), person, from('20.190.1.2'))
  await visit(openUrl(server.app, ids), person, from('::ffff:34.70.1.2'))
  await visit(openUrl(server.app, ids), googleProxy, from('34.70.1.2'))
  // Microsoft fetches pictures for readers of Outlook under the name of a browser.
  await visit(openUrl(server.app, ids), person, from('20.190.1.2'))
  await visit(clickUrl(server.app, ids, 1, 'https://a.example'), person, from('95.24.10.11'))
  expect((await reactions(ids)).map(event => event.machine)).toEqual(['datacentre', 'datacentre', 'datacentre', null, null, null])
})

test('ranges of datacentres do not overlap, and load balancers and image proxies are in none', () => {
  const ranges = readRanges(readFileSync(path.join(import.meta.dirname, 'datacentres.txt'), 'utf8'))
  for (const [index, range] of ranges.entries()) if (index > 0) expect(range.first, JSON.stringify(range)).toBeGreaterThan(ranges[index - 1]!.last)
  expect(['35.191.4.4', '130.211.0.9', '66.249.84.1', '74.125.1.1', '10.0.0.1', '127.0.0.1', '192.168.1.1', '2a00:1450::1', 'nonsense'].map(datacentreOf)).toEqual(Array(9).fill(null))
  expect(() => readRanges('amazon 3.8.0.1/13')).toThrow('line 1')
  expect(() => readRanges('amazon 3.8.0.0/99')).toThrow('line 1')
})

test('several links of one mail at once: from the second on it is a machine; the same link twice is not', async () => {
  const ids = await sentMail()
  for (const link of [1, 1, 2, 3]) await visit(clickUrl(server.app, ids, link, `https://a.example/${link}`))
  expect((await reactions(ids)).map(event => event.machine)).toEqual([null, null, 'many_links', 'many_links'])
})

test('a gate that follows every link as the mail arrives is a machine from the first link on', async () => {
  const ids = await sentMail('campaign', '1 minute')
  for (const link of [1, 2, 3]) await visit(clickUrl(server.app, ids, link, `https://a.example/${link}`))
  expect(await reactions(ids)).toEqual([])
  await judgeLater()
  expect((await reactions(ids)).map(event => event.machine)).toEqual(['many_links', 'many_links', 'many_links'])
  await judgeLater()
  expect(await reactions(ids)).toHaveLength(3)
})

test('a lone click in the first minutes is a person after a moment; at once when the mail has been open for a while', async () => {
  const lone = await sentMail('campaign', '1 minute')
  for (const link of [1, 1]) await visit(clickUrl(server.app, lone, link, 'https://a.example/'))
  expect(await reactions(lone)).toEqual([])
  await judgeLater()
  expect((await reactions(lone)).map(event => event.machine)).toEqual([null, null])
  const read = await sentMail('campaign', '1 minute')
  await server.app.pool.query(`update messages set opened_at = now() - interval '10 seconds' where id = $1`, [read.message_id])
  await visit(clickUrl(server.app, read, 1, 'https://a.example/'))
  expect((await reactions(read)).map(event => event.machine)).toEqual([null])
})

test('two workers judge each held click once', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => sentMail('campaign', '1 minute')))
  await Promise.all(all.map(ids => visit(clickUrl(server.app, ids, 1, 'https://a.example/'))))
  await Promise.all([judgeLater(), judgeLater(), judgeLater()])
  for (const ids of all) expect(await reactions(ids)).toHaveLength(1)
})

async function judgeLater(): Promise<void> {
  await judgeClicks({ ...server.app, now: () => new Date(Date.now() + 3000) })
}

test('a mail in the built-in test mailbox may be opened at once', async () => {
  const ids = await sentMail('transactional', '0 seconds')
  await server.app.pool.query(`insert into test_mails (to_email, from_email, subject, raw, message_id) values ('a', 'b', 'c', '', $1)`, [ids.message_id])
  await visit(openUrl(server.app, ids))
  expect((await reactions(ids)).map(event => event.machine)).toEqual([null])
})

test('test mails and erased contacts leave no trace, their links work', async () => {
  const ids = await sentMail('test')
  expect((await visit(clickUrl(server.app, ids, 1, 'https://a.example/'))).headers.get('location')).toBe('https://a.example/')
  const gone = { contact_id: 999_999, message_id: 1, template_version_id: 1 }
  expect((await visit(openUrl(server.app, gone))).status).toBe(200)
  expect(await reactions(ids)).toEqual([])
  expect(await reactions(gone)).toEqual([])
})

test('a forged click leads nowhere and says so; a forged pixel is a picture all the same', async () => {
  const forged = await visit(`${server.url}/t/c/AAAA.BBBB?url=https://evil.example`, person, { headers: { 'accept-language': 'ru' } })
  expect(forged.status).toBe(404)
  expect(forged.headers.get('location')).toBeNull()
  expect(await forged.text()).toContain('Ссылка не работает')
  expect((await visit(`${server.url}/t/o/AAAA.BBBB`)).headers.get('content-type')).toBe('image/gif')
})

test('with the database away the pixel answers and the click leads on', async () => {
  const away = await testApp()
  const ids = { contact_id: 1, message_id: 1, template_version_id: 1 }
  const [open, click] = [openUrl(away.app, ids), clickUrl(away.app, ids, 1, 'https://a.example/')]
  const connect = away.app.pool.connect.bind(away.app.pool)
  away.app.pool.connect = (() => Promise.reject(new Error('connect ECONNREFUSED'))) as never
  expect((await visit(open)).status).toBe(200)
  expect((await visit(click)).headers.get('location')).toBe('https://a.example/')
  away.app.pool.connect = connect
  await away.close()
})

async function states(ids: MailIds): Promise<string[]> {
  return (await server.app.pool.query<{ status: string }>('select status from consent_states where contact_id = $1 order by topic_id', [ids.contact_id])).rows.map(row => row.status)
}
const post = (url: string, form: Record<string, string> | [string, string][]) => visit(url, person, { method: 'POST', body: new URLSearchParams(form) })

test('opening the page to unsubscribe changes nothing; the button does, is kept with its proof, and can be undone', async () => {
  const ids = await sentMail('campaign', '1 hour', true)
  const url = unsubscribeUrl(server.app, ids)
  const page = await (await visit(url)).text()
  expect(page).toContain('Unsubscribe from “News”')
  expect(page).not.toContain('<script')
  await visit(url, person, { method: 'HEAD' })
  expect(await states(ids)).toEqual(['granted'])

  const done = await post(url, { scope: 'topic' })
  expect(await done.text()).toContain('Done, you are unsubscribed')
  expect(await states(ids)).toEqual(['withdrawn'])
  await post(url, { scope: 'topic' })
  const { rows } = await server.app.pool.query('select action, source, wording, message_id, ip_address, user_agent from consents where contact_id = $1', [ids.contact_id])
  expect(rows).toEqual([{ action: 'withdrawn', source: 'unsubscribe:page', wording: 'Stop these mails?', message_id: ids.message_id, ip_address: '127.0.0.1', user_agent: person }])

  const { rows: [topic] } = await server.app.pool.query('select topic_id from consent_states where contact_id = $1', [ids.contact_id])
  await post(url, { action: 'undo', topic: String(topic.topic_id) })
  expect(await states(ids)).toEqual(['granted'])
})

test.each(['application/x-www-form-urlencoded', 'multipart/form-data'])('one click in a mail program unsubscribes without cookies (RFC 8058, %s)', async encoding => {
  const ids = await sentMail('campaign', '1 hour', true)
  const body = encoding.startsWith('multipart') ? new FormData() : new URLSearchParams()
  body.append('List-Unsubscribe', 'One-Click')
  expect((await visit(unsubscribeUrl(server.app, ids), 'Gmail', { method: 'POST', body })).status).toBe(200)
  expect(await states(ids)).toEqual(['withdrawn'])
  const { rows } = await server.app.pool.query('select source from consents where contact_id = $1', [ids.contact_id])
  expect(rows).toEqual([{ source: 'unsubscribe:one-click' }])
})

test('on the preference page a person takes and leaves topics; everything can be left at once', async () => {
  const ids = await sentMail('campaign', '1 hour', true)
  const { rows: topics } = await server.app.pool.query<{ id: number }>('select id from topics where archived_at is null order by id')
  const url = preferencesUrl(server.app, ids)
  expect(await (await visit(url)).text()).toContain(`value="${topics.at(-1)!.id}" checked`)
  await post(url, [['topic', String(topics[0]!.id)]])
  const { rows } = await server.app.pool.query('select topic_id, status from consent_states where contact_id = $1 order by topic_id', [ids.contact_id])
  expect(rows).toEqual([{ topic_id: topics[0]!.id, status: 'granted' }, { topic_id: topics.at(-1)!.id, status: 'withdrawn' }])
  await post(unsubscribeUrl(server.app, ids), { scope: 'all' })
  expect(new Set(await states(ids))).toEqual(new Set(['withdrawn']))
})

test('no scanner changes what anybody agreed to: looking at a public page, however, changes nothing', async () => {
  const ids = await sentMail('campaign', '1 hour', true)
  const pending = await sentMail('transactional', '1 minute', true)
  await server.app.pool.query(`update consent_states set status = 'requested' where contact_id = $1`, [pending.contact_id])
  const pages = [unsubscribeUrl(server.app, ids), preferencesUrl(server.app, ids), confirmUrl(server.app, pending, server.app.now())]
  const names = [person, 'Barracuda Sentinel (EE)', 'Mozilla/5.0 (compatible; Proofpoint URL Defense)', 'Mimecast Targeted Threat Protection', 'Microsoft Office Existence Discovery', '']
  for (const page of pages) {
    for (const query of ['', '?List-Unsubscribe=One-Click', '?scope=all', '?action=undo', '?topic=']) {
      for (const method of ['GET', 'HEAD']) expect((await visit(page + query, person, { method })).status, `${method} ${page}${query}`).toBe(200)
      expect((await visit(page + query, person, { method: 'OPTIONS' })).status, page).toBeGreaterThanOrEqual(200)
    }
    for (const name of names) await visit(page, name)
    for (const header of ['purpose', 'sec-purpose', 'x-moz']) await visit(page, person, { headers: { [header]: 'prefetch' } })
  }
  // Following the link of the list header with the methods of a program that knows no better is no press of the button either.
  for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await visit(pages[0]!, person, { method })).status).toBeGreaterThanOrEqual(400)
  expect(await states(ids)).toEqual(['granted'])
  expect(await states(pending)).toEqual(['requested'])
  expect((await server.app.pool.query('select from consents where contact_id = any($1)', [[ids.contact_id, pending.contact_id]])).rowCount).toBe(0)
})

test('from a test mail nobody is unsubscribed', async () => {
  const ids = await sentMail('test', '1 hour', true)
  expect(await (await post(unsubscribeUrl(server.app, ids), { scope: 'all' })).text()).toContain('This was a test')
  expect(await states(ids)).toEqual(['granted'])
})

test('the page to unsubscribe cannot be framed, runs no script, loads nothing', async () => {
  const policy = (await visit(unsubscribeUrl(server.app, await sentMail()))).headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
})
