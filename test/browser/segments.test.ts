import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../server/base/db.ts'
import { saveContactsAndFollow } from '../../server/flows/save-contacts.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp } from '../database.ts'
import type { TestApp } from '../database.ts'
import { me, setUpTeaShop } from '../tea-shop.ts'

let app: TestApp
let browser: Browser

beforeAll(async () => {
  app = await testApp()
  browser = await openBrowser()
  await setUpTeaShop(app)
  await runUntilIdle(app, ['segments.recompute'])
  const people = ['Paris', 'Paris', 'Berlin', null].map((city, index) => ({ email: `person${index}@example.com`, first_name: `Person ${index}`, city }))
  await saveContactsAndFollow(app.app, app.db, people, { now: app.app.now(), by: 'api', mode: 'overwrite' })
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

const signedIn = async (options: Parameters<typeof openPage>[2] = {}) => {
  const opened = await openPage(browser, app.url, options)
  const answer = await opened.page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  expect(answer.status()).toBeLessThan(300)
  return opened
}

test('a segment is built with the keyboard, counted while typing, saved, and says why', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/segments')
  await page.getByRole('link', { name: 'New segment' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Parisians')
  await page.getByRole('button', { name: 'Add a condition' }).click()
  await page.getByPlaceholder('Search fields and events').fill('city')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  // The row just added has the keyboard.
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Value')
  await page.keyboard.type('paris')
  await expect.poll(() => page.getByTestId('preview-count').textContent(), { timeout: 20_000 }).toBe('2 people')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('rome')
  await expect.poll(() => page.getByTestId('preview-count').textContent(), { timeout: 20_000 }).toBe('0 people')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('paris')

  await page.getByRole('button', { name: 'Create the segment' }).click()
  await page.waitForURL(/\/segments\/\d+$/)
  await runUntilIdle(app, ['segments.recompute'])
  await page.getByRole('cell', { name: 'Person 0', exact: true }).waitFor()
  expect(await page.getByRole('button', { name: 'Why?' }).count()).toBe(2)

  // Somebody moves to Paris: the open page follows by itself.
  await saveContactsAndFollow(app.app, app.db, [{ email: 'person2@example.com', city: 'Paris' }], { now: app.app.now(), by: 'api', mode: 'overwrite' })
  await page.getByRole('cell', { name: 'Person 2', exact: true }).waitFor()

  await page.getByRole('row', { name: /Person 0/ }).getByRole('button', { name: 'Why?' }).click()
  await page.getByText('City is paris').waitFor()
  await page.getByText('now: Paris').waitFor()
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)

test('work that is not saved is kept, and somebody else\'s newer version is told of', async () => {
  const [segment] = (await sql<{ id: number, condition: object }>`select id, condition from segments where name = 'Parisians'`.execute(app.db)).rows
  const { page, problems } = await signedIn({ locale: 'en-GB', width: 390, height: 844, dark: true })
  await page.goto(`/segments/${segment?.id}`)
  await page.getByLabel('Name', { exact: true }).fill('Mine')
  await (await app.as('marketer')).put(`/api/v1/segments/${segment?.id}`, { name: 'Theirs', condition: segment?.condition, revision: 1 })
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: /newer/i }).click()
  await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('Theirs')
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)
