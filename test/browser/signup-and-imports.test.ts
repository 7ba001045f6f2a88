import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, sql } from '../../server/base/db.ts'
import { confirmUrl } from '../../server/tracking/links.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp } from '../database.ts'
import type { TestApp } from '../database.ts'
import { me, setUpTeaShop } from '../tea-shop.ts'

let app: TestApp
let browser: Browser
let shop: Server

beforeAll(async () => {
  app = await testApp()
  browser = await openBrowser()
  await setUpTeaShop(app)
  await runUntilIdle(app, ['segments.recompute'])
}, 300_000)
afterAll(async () => {
  shop?.close()
  await browser?.close()
  await app?.close()
})

const signedIn = async (options: Parameters<typeof openPage>[2] = {}) => {
  const opened = await openPage(browser, app.url, options)
  const answer = await opened.page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  expect(answer.status()).toBeLessThan(300)
  return opened
}
/** As long as a person needs to fill in a form. */
const aWhileLater = () => app.setNow(new Date(app.app.now().getTime() + 5000))

test('a form is made, seen while it changes, sent in from another site on a phone, confirmed, and its numbers lead to the people', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/forms')
  await page.getByRole('button', { name: 'New form' }).first().click()
  await page.getByLabel('Name of the form').fill('Autumn')
  await page.getByRole('button', { name: 'Make the form' }).click()
  await page.waitForURL(/\/forms\/\d+$/)
  await page.getByLabel('Title (en)', { exact: true }).fill('Tea by the fire')
  await page.frameLocator('iframe').getByRole('heading', { name: 'Tea by the fire' }).waitFor()
  await page.keyboard.press('Control+S')
  await page.getByText('The form is saved.').waitFor()
  await page.getByRole('tab', { name: 'Publish' }).click()
  const script = await page.getByText(/<script async src=/).textContent()
  expect(script).toContain(`${app.url}/f/autumn/embed.js`)

  // Another site with nothing on it but the snippet.
  shop = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Shop</title><h1>Shop</h1>${script}`))
  await new Promise<void>(resolve => shop.listen(0, '127.0.0.1', () => resolve()))
  const visitor = await openPage(browser, `http://127.0.0.1:${(shop.address() as AddressInfo).port}`, { width: 390, height: 844, locale: 'en-GB' })
  await visitor.page.goto('/?utm_source=vk&utm_campaign=autumn')
  const form = visitor.page.frameLocator('iframe')
  await form.getByLabel('Email').fill('olga@example.com')
  await form.getByLabel(/Your name/).fill('Olga')
  await expect.poll(() => visitor.page.locator('iframe').evaluate(frame => frame.clientHeight), { timeout: 60_000 }).toBeGreaterThan(560)
  aWhileLater()
  await form.getByRole('button', { name: 'Subscribe' }).click()
  await form.getByText('We cannot write to you without your consent.').waitFor()
  await form.getByLabel(/News/).check()
  await form.getByLabel(/I agree/).check()
  await form.getByRole('button', { name: 'Subscribe' }).click()
  await form.getByRole('heading', { name: 'Check your mailbox' }).waitFor()
  expect(visitor.problems).toEqual([])

  await runUntilIdle(app)
  const mail = await one<{ contact_id: number, id: number, state: string }>(app.db, sql`select contact_id, id, state from messages where kind = 'transactional'`)
  expect(mail.state).toBe('sent')
  await visitor.page.goto(confirmUrl(app.app, { contact_id: mail.contact_id, message_id: mail.id }, app.app.now()))
  await visitor.page.getByRole('button').click()
  await visitor.page.getByRole('heading', { name: 'Your subscription is confirmed' }).waitFor()
  await runUntilIdle(app)

  // The open page has followed by itself.
  await page.getByRole('button', { name: /Confirmed 1/ }).click()
  await page.getByRole('dialog').getByText('Olga', { exact: true }).click()
  await page.waitForURL(/\/contacts\/\d+$/)
  await page.getByText('olga@example.com').first().waitFor()
  expect(await one(app.db, sql`select source_label, utm from leads`)).toEqual({ source_label: 'Autumn · vk / autumn', utm: { utm_source: 'vk', utm_campaign: 'autumn' } })
  expect(problems).toEqual([])
  await page.context().close()
  await visitor.page.context().close()
}, 300_000)

test('a file goes through the wizard: recognised, mapped otherwise, counted, run, reported, undone', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/imports')
  await page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('E-Mail;Vorname;Remark\nina@example.com;Ina;likes green tea\nbad address;Bo;\nuwe@example.com;Uwe;\n') })
  await page.waitForURL(/\/imports\/\d+$/)
  await page.getByRole('cell', { name: 'ina@example.com' }).waitFor()
  await page.getByText('This is not an email address').waitFor()
  // Nobody wants the remarks as a field.
  await page.getByRole('combobox', { name: 'Where the column Remark goes' }).click()
  await page.getByRole('option', { name: 'Do not import' }).click()
  await page.getByRole('cell', { name: 'likes green tea' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('switch', { name: 'These people have agreed to receive mails' }).check()
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('Say on what the change rests: it is kept as the proof.').first().waitFor()
  await page.getByLabel(/To what they agreed/).fill('Ticked the box in the old shop')
  await page.getByRole('button', { name: 'Check', exact: true }).click()
  await page.getByText('What will happen').waitFor()
  await page.getByRole('button', { name: 'Run the import' }).click()
  await page.getByText('You can leave this page').waitFor()
  await runUntilIdle(app)
  await page.getByRole('button', { name: /New contacts 2/ }).click()
  await page.getByRole('dialog').getByText('ina@example.com').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('cell', { name: /bad address/ }).waitFor()
  expect(await one(app.db, sql`select count(*) as given from consent_states join contacts on contacts.id = contact_id where email in ('ina@example.com', 'uwe@example.com') and status = 'granted'`)).toEqual({ given: 2 })

  await page.getByRole('button', { name: 'Undo the import' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the import' }).click()
  await expect.poll(async () => (await one<{ state: string }>(app.db, sql`select state from imports order by id desc limit 1`)).state, { timeout: 60_000 }).toBe('undoing')
  await runUntilIdle(app)
  await page.getByText('undone', { exact: true }).waitFor()
  expect(await one(app.db, sql`select count(*) as people from contacts where email in ('ina@example.com', 'uwe@example.com')`)).toEqual({ people: 0 })
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)

test('a broken file is told on its page and cannot be run', async () => {
  const { page } = await signedIn({ width: 390, height: 844, dark: true })
  await page.goto('/imports')
  await page.locator('input[type=file]').setInputFiles({ name: 'broken.csv', mimeType: 'text/csv', buffer: Buffer.from('email,name\na@example.com,"open\n') })
  await page.waitForURL(/\/imports\/\d+$/)
  await page.getByText('Line 2: a quotation mark opens here and is never closed.').waitFor()
  expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await page.context().close()
}, 300_000)
