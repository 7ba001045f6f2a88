import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../../test/database.ts'
import { sql } from '../base/db.ts'
import { makeAudience } from '../../test/mailing.ts'
import { insertTemplate } from '../templates/templates.sql.ts'
import { checkContent, findUnsupported } from './check-content.ts'
import { findCampaign, insertCampaign } from './campaigns.sql.ts'
import { htmlFeatures, imageKinds } from './html-support.ts'
import { lookBehind, reasonOf } from './look-behind.ts'
import { readReport } from './spam-score.ts'

let t: TestApp
let shop: http.Server
let site: string
const asked: string[] = []
let audience: Awaited<ReturnType<typeof makeAudience>> | undefined
beforeAll(async () => {
  t = await testApp()
  shop = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.url === '/ok') response.end('fine')
    else if (request.url === '/moved') response.writeHead(302, { location: '/ok' }).end()
    else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end()
    else if (request.url === '/no-head') response.writeHead(request.method === 'HEAD' ? 405 : 200).end()
    else if (request.url === '/closed') response.writeHead(403).end()
    else if (request.url === '/trouble') response.writeHead(503).end()
    else if (request.url === '/photo.jpg') response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': '700000' }).end()
    else if (request.url === '/page.png') response.writeHead(200, { 'content-type': 'text/html' }).end()
    else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => shop.listen(0, '127.0.0.1', resolve))
  site = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
})
afterAll(async () => {
  shop.close()
  await t.close()
})
const look = (url: string) => lookBehind(url, { allowPrivate: true })

async function campaignWith(html: string) {
  audience ??= await makeAudience(t.db, 1)
  const document = { format: 1 as const, theme: { accent: '#1c7ed6', background: '#ffffff', font: 'sans' as const }, locales: { en: { subject: 'Sale', preheader: '', html } } }
  const template = await insertTemplate(t.db, { name: 'News', kind: 'marketing', document, created_by: null }, new Date())
  const id = await insertCampaign(t.db, { name: 'Sale', template_id: template, segment_id: audience.segment, topic_id: audience.topic, created_by: null }, new Date())
  return (await findCampaign(t.db, id))!
}

test('links are followed to their end, pictures are weighed, each fault is named once', async () => {
  const campaign = await campaignWith(`<html><head><style>p{color:var(--x)}</style></head><body>
    <a href="${site}/ok">a</a><a href="${site}/moved">b</a><a href="${site}/no-head">c</a><a href="${site}/closed">d</a><a href="${site}/gone">e</a><a href="${site}/gone">e</a><a href="${site}/round">f</a><a href="${site}/trouble">g</a><a href="http://127.0.0.1:1/">h</a>
    <img src="${site}/photo.jpg" alt="Photo"><img src="${site}/page.png" alt=""><img src="${site}/lost.png"><img src="data:image/png;base64,AAAA" alt="x"><img src="picture.png" alt="y">
    <p style="display:flex">${'x'.repeat(110_000)}</p></body></html>`)
  const found = await checkContent(t.app, campaign, look, async () => null)
  const codes = found.problems.filter(problem => problem.code !== 'link_plain').map(problem => `${problem.code} ${problem.subject.replace(site, '')}`)
  expect(codes).toEqual([
    'clipped 109', 'html_variables Gmail, Outlook, Yahoo', 'html_flex Outlook', 'no_alt /lost.png',
    'image_address picture.png', 'image_heavy /photo.jpg', 'image_inside data:image/png;base64,AAAA', 'image_is_no_image /page.png', 'image_missing /lost.png',
    'link_gone /gone', 'link_loop /round', 'link_refused http://127.0.0.1:1/', 'link_trouble /trouble',
  ])
  expect(found.problems.find(problem => problem.code === 'link_gone')?.places).toEqual([{ locale: 'en', part: 'html', block_id: null, number: null, kind: null }])
  expect(found.images).toBe(5)
  expect(asked.filter(each => / \/[upt]\//.test(each))).toEqual([])
  expect(found.problems.filter(problem => problem.subject.startsWith(t.app.settings.publicUrl))).toEqual([])
  const times = asked.length
  await checkContent(t.app, campaign, look, async () => null)
  expect(asked.length).toBe(times)
})

test('why an address does not answer is told apart', () => {
  expect(['getaddrinfo ENOTFOUND shop.exampel', 'certificate has expired', "Hostname/IP does not match certificate's altnames: Host: a.", 'self-signed certificate', 'connect ECONNREFUSED 1.1.1.1:443', 'socket hang up'].map(reasonOf)).toEqual(['domain', 'certificate_expired', 'certificate', 'certificate', 'refused', 'other'])
})

test('a faulty link is found in its block, also one made for each person', async () => {
  const campaign = await campaignWith('')
  const block = { kind: 'button' as const, label: 'x' }
  const document = { format: 1 as const, theme: { accent: '#1c7ed6', background: '#ffffff', font: 'sans' as const }, locales: { en: { subject: 'Sale', preheader: '', blocks: [
    { id: 'a', ...block, url: `${site}/lost?a=1&b=2` },
    { id: 'cols', kind: 'columns' as const, columns: [[{ id: 'b', ...block, url: `${site}/person/{{ contact.id }}` }], [{ id: 'c', kind: 'image' as const, src: `${site}/lost.png`, alt: 'x' }]] },
  ] } } }
  const template = await insertTemplate(t.db, { name: 'News', kind: 'marketing', document, created_by: null }, new Date())
  await sql`update campaigns set template_id = ${template} where id = ${campaign.id}`.execute(t.db)
  const found = await checkContent(t.app, (await findCampaign(t.db, campaign.id))!, look, async () => null)
  expect(found.problems.filter(problem => problem.level === 'error').map(problem => [problem.code, problem.places.map(place => `${place.block_id} ${place.number} ${place.kind}`)])).toEqual([
    ['image_missing', ['c 2 image']], ['link_gone', ['a 1 button']], ['link_gone', ['b 2 button']],
  ])
})

test('addresses inside the own network are not called', async () => {
  const times = asked.length
  expect(await lookBehind(`${site}/private-${Date.now()}`)).toEqual({ kind: 'private' })
  expect((await lookBehind('ftp://shop.example/')).kind).toBe('unreachable')
  expect(asked.length).toBe(times)
})

test('a campaign without a mail or people, and over the API', async () => {
  const marketer = await t.as('marketer')
  const made = (await marketer.post('/api/v1/campaigns', { name: 'Empty' })).body
  expect((await marketer.post(`/api/v1/campaigns/${made.id}/content-check`)).body).toEqual({ mails: [], problems: [], links: 0, images: 0, spam: null })
  expect((await (await t.as('observer')).post(`/api/v1/campaigns/${made.id}/content-check`)).status).toBe(403)
})

test('what Outlook alone is given is not held against a mail', () => {
  expect(findUnsupported('<!--[if mso]><style>p{display:flex}</style><![endif]--><p style="border-radius:3px">x</p>', 'en')).toEqual([])
  expect(findUnsupported('<p style="max-width:100%">x</p><form><input></form>', 'en').map(problem => problem.code)).toEqual(['html_form'])
})

const features = path.resolve(import.meta.dirname, '../../../shared/corpora/html-support-caniemail/features.json')
test('the table agrees with what caniemail has measured: each is missing in Outlook or Gmail', () => {
  if (!existsSync(features)) return console.log('skipped: corpora not present')
  const { features: known } = JSON.parse(readFileSync(features, 'utf8')) as { features: Record<string, { stats: Record<string, Record<string, Record<string, string>>> }> }
  const named = [...htmlFeatures, ...imageKinds].flatMap(({ feature }) => feature === null ? [] : [feature])
  expect(named.filter(feature => known[feature] === undefined)).toEqual([])
  const supported = (feature: string, client: string) => Object.values(known[feature]!.stats[client] ?? {}).map(versions => Object.entries(versions).toSorted(([one], [other]) => one < other ? -1 : 1).at(-1)?.[1] ?? 'u')
  expect(named.filter(feature => [...supported(feature, 'outlook'), ...supported(feature, 'gmail')].every(answer => answer.startsWith('y')))).toEqual([])
})

test('a report of SpamAssassin is read', () => {
  const report = ['Content analysis details:   (5.9 points, 5.0 required)', '', ' pts rule name              description', '---- ---------------------- --------------------------------------------------', ' 0.0 NO_RELAYS              Informational: message was not relayed via SMTP', ' 3.4 GTUBE_LIKE             BODY: Generic test', '                            of unsolicited mail', '-0.2 GOOD_THING             Something good', ''].join('\n')
  expect(readReport(report)).toEqual({ score: 5.9, threshold: 5, rules: [{ score: 3.4, name: 'GTUBE_LIKE', words: 'BODY: Generic test of unsolicited mail' }, { score: -0.2, name: 'GOOD_THING', words: 'Something good' }] })
  expect(readReport('spamc: connection refused')).toBeNull()
})

test('SpamAssassin itself, where it is installed', async () => {
  if (!(process.env['PATH'] ?? '').split(path.delimiter).some(folder => existsSync(path.join(folder, 'spamassassin')))) return console.log('skipped: SpamAssassin is not installed')
  const found = await checkContent(t.app, await campaignWith('<html><body><p>Hello {{ contact.first_name }}</p></body></html>'), look)
  expect(found.spam?.threshold).toBeGreaterThan(0)
}, 120_000)
