import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepMails } from '../../server/inbound/inbound-mails.sql.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type TestApp } from '../database.ts'
import { reply } from '../mails-that-come-back.ts'
import { me, setUpTeaShop } from '../tea-shop.ts'

let app: TestApp
let browser: Browser
/** every page of the program, with something on it */
let pages: string[]

beforeAll(async () => {
  app = await testApp()
  browser = await openBrowser()
  await setUpTeaShop(app)
  const admin = await app.as('administrator')
  const make = async (path: string, body: unknown): Promise<number> => {
    const made = await admin.post(`/api/v1${path}`, body)
    if (made.status >= 300) throw new Error(`${path}: ${made.text}`)
    return made.body.id
  }
  await admin.post('/api/v1/contacts/batch', { contacts: ['Anna', 'Boris', 'Clara', 'David', 'Emma', 'Fred', 'Gina', 'Hans'].map(first_name => ({ email: `${first_name.toLowerCase()}@mail.example`, first_name, city: 'Tver', company: 'Tea house' })) })
  const segment = await make('/segments', { name: 'People of Tver', condition: { all: [{ field: 'city', operator: 'is', value: 'Tver' }] } })
  const [topic] = (await admin.get('/api/v1/topics')).body.data
  const [template] = (await admin.get('/api/v1/templates')).body.data.filter((each: { kind: string }) => each.kind === 'marketing')
  const campaign = await make('/campaigns', { name: 'Tea for Tver', template_id: template.id, segment_id: segment, topic_id: topic.id })
  const journey = await make('/ready-made-journeys/welcome', { topic_id: topic.id })
  const lead = await make('/leads', { contact_id: 1, source_label: 'Fair' })
  const deal = await make('/deals', { contact_id: 1, title: 'A box of tea', amount: 100 })
  const pool = await make('/coupon-pools', { name: 'Spring', kind: 'pattern', pattern: 'TEA-********' })
  const domain = await make('/sending-domains', { domain: 'example.com' })
  await make('/senders', { name: 'Post office', account: { kind: 'postmark', server_token: 'secret' } })
  await make('/provider-hooks', { name: 'Postmark', provider: 'postmark' })
  await make('/leads', { contact_id: 1, source_label: 'Called', labels: ['tea'] })
  await make('/tasks', { contact_id: 1, title: 'Call Anna' })
  await keepMails(app.db, [{ source: 'smtp', envelope_from: 'anna@mail.example', envelope_to: ['shop@example.com'], raw: Buffer.from(reply({ from: 'Anna <anna@mail.example>', to: 'shop@example.com', text: 'Do you have green tea?' })), size: 300 }], app.app.now())
  await runUntilIdle(app)
  pages = [
    '/', '/contacts', '/duplicates?level=likely', '/bulk-actions', '/contacts/1', '/companies/1', '/duplicates?of=companies', '/leads', '/reactions', '/calendar?view=week', `/leads?status=all&open=${lead}`, '/day', '/calendar?view=month', '/tasks', '/deals', '/coupons', '/deals?view=board', `/deals/${deal}`, `/coupons/${pool}`, '/segments', '/segments/new', `/segments/${segment}`, '/imports', '/journeys', '/imports/mappings', `/journeys/${journey}`, `/journeys/${journey}/ledger`,
    '/campaigns', `/campaigns/${campaign}`, `/campaigns/${campaign}/ledger`, '/templates', `/templates/${template.id}`, '/inbound', '/mailbox', '/inbound?tab=complaints', '/forms', '/reports', '/sales', '/deliverability', '/deliverability/hygiene', '/deliverability/placement', '/deliverability/dmarc',
    '/settings', ...['people', 'routing', 'rights', 'sending', `sending/domains/${domain}`, 'senders', 'sending-rules', 'alerts', 'incoming', 'topics', 'suppressions', 'fields', 'data-map', 'data-quality', 'features', 'snippets', 'exports', 'tags', 'pipelines', 'webhooks', 'api-keys', 'profile'].map(name => `/settings/${name}`),
  ]
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
type Finding = { id: string, impact: string, nodes: { target: string[], html: string, failureSummary: string }[] }

/** What stands in the way of somebody who does not see well, or has no mouse (WCAG 2.1 A and AA), as a line each. */
async function findings(page: Page, rules?: string[]): Promise<string[]> {
  const found = await page.evaluate(`axe.run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(rules ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])} })`) as { violations: Finding[] }
  return found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(node => `${id}: ${node.target.join(' ')}: ${node.html.slice(0, 160)}: ${node.failureSummary.slice(0, 200)}`))
}

test('every page can be used by people who see badly, in the light and in the dark', async () => {
  const { page, problems } = await openPage(browser, app.url)
  await page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  await page.goto('/settings/profile')
  await page.evaluate(axe)
  const all: string[] = []
  for (const path of pages) {
    await page.evaluate((to) => {
      document.title = ''
      history.pushState(null, '', to)
      dispatchEvent(new PopStateEvent('popstate', { state: null }))
    }, path)
    // A page names the tab when it is drawn, and shows bones until its data are there.
    await page.waitForFunction(() => document.title !== '' && document.querySelector('h1') !== null && document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root, [aria-busy="true"]') === null).catch((error: Error) => { throw new Error(`${path} is never drawn: ${error.message}`) })
    const light = await findings(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForFunction(() => document.documentElement.dataset['mantineColorScheme'] === 'dark')
    // Colours that are on their way to others are not judged.
    await page.evaluate(() => document.getAnimations().forEach(animation => animation instanceof CSSTransition && animation.finish()))
    const dark = await findings(page, ['color-contrast', 'link-in-text-block'])
    await page.emulateMedia({ colorScheme: 'light' })
    await page.waitForFunction(() => document.documentElement.dataset['mantineColorScheme'] === 'light')
    all.push(...light.map(line => `${path} light: ${line}`), ...dark.map(line => `${path} dark: ${line}`))
  }
  expect([...new Set(all)].join('\n')).toBe('')
  expect(problems).toEqual([])
}, 240_000)
