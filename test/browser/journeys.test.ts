import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
  await saveContactsAndFollow(app.app, app.db, [{ email: 'boris@example.com', first_name: 'Boris' }], { now: app.app.now(), by: 'api', mode: 'overwrite' })
  await (await app.as('administrator')).post('/api/v1/tags', { name: 'met' })
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

test('the ready-made welcome is activated, somebody goes through it in a test run, and their way is shown', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/journeys')
  await page.getByText('No journeys yet').waitFor()
  await page.getByRole('button', { name: 'Have a look at “Welcome series”' }).click()
  await page.getByRole('combobox', { name: 'Topic of the mails' }).click()
  await page.getByRole('option').first().click()
  await page.getByRole('button', { name: 'Make this journey' }).click()
  await page.waitForURL(/\/journeys\/\d+$/)
  await expect.poll(() => page.locator('.react-flow__node-step').count(), { timeout: 60_000 }).toBeGreaterThan(3)

  await page.getByRole('button', { name: 'Test run' }).click()
  await page.getByRole('combobox', { name: 'Who goes through' }).fill('boris')
  await page.getByRole('option', { name: /Boris/ }).click()
  await page.getByLabel(/Every wait lasts/).fill('1')
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByText('Waits until').waitFor()
  // The dialog follows by itself, as one wait after the other is over.
  await expect.poll(async () => {
    await runUntilIdle(app)
    return await page.getByText('Went through').count()
  }, { timeout: 60_000 }).toBe(1)
  await page.getByText(/Time ran out/).first().waitFor()
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Activate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
  await page.getByText('Active', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  expect(problems).toEqual([])
}, 300_000)

test('a journey is built on the canvas: problems are shown until mended, undone and done again, saved and published', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/journeys')
  await page.getByRole('button', { name: 'New journey' }).click()
  await page.getByLabel('Name').fill('Thanks')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.waitForURL(/\/journeys\/\d+$/)
  await page.locator('.react-flow__node').first().click()
  await page.getByRole('combobox', { name: 'The journey begins' }).click()
  await page.getByRole('option', { name: 'with an event' }).click()

  await page.getByRole('button', { name: 'Add a step' }).click()
  await page.getByRole('combobox', { name: 'Find a step to add' }).fill('tag on')
  await page.getByRole('option', { name: 'Add a tag' }).click()
  expect(await page.getByRole('button', { name: 'Activate' }).isDisabled()).toBe(true)
  await page.getByText('Choose the tag.').waitFor()
  await page.getByRole('combobox', { name: 'Tag' }).click()
  await page.getByRole('option', { name: 'met' }).click()
  await page.getByText('Choose the tag.').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Choose the tag.').waitFor()
  await page.getByRole('button', { name: 'Redo' }).click()
  await page.getByText('Choose the tag.').waitFor({ state: 'detached' })

  await page.getByText('Saved', { exact: true }).waitFor()
  // Back to what the server has already, before a save was due: that is saved too.
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Redo' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Activate' }).click()
  await page.getByRole('dialog').getByText('Event: Order placed').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
  await page.getByText('Active', { exact: true }).waitFor()

  const api = await app.as('administrator')
  await api.post('/api/v1/events', { events: [{ type: 'order.placed', contact: { email: 'boris@example.com' }, properties: { order_id: 'A-1', amount: 10 } }] })
  await runUntilIdle(app)
  // The number on the step follows by itself and opens the people behind it.
  await page.getByRole('button', { name: '1 person went on' }).first().click()
  await page.getByRole('dialog').getByText('Boris', { exact: true }).waitFor()
  expect(problems).toEqual([])
}, 300_000)

test('the list does the same by keyboard, on a narrow screen too; the second of two editors is told', async () => {
  const { page, problems } = await signedIn({ width: 390, height: 844 })
  const api = await app.as('marketer')
  const made = (await api.post('/api/v1/journeys', { name: 'Small' })).body
  await page.goto(`/journeys/${made.id}`)
  // A page that is still settling closes what was opened: pressed until the choice stays.
  const wait = page.getByRole('option', { name: 'Wait', exact: true })
  do {
    await page.getByRole('button', { name: 'Add a step' }).first().focus()
    await page.keyboard.press('Enter')
  } while (!await wait.waitFor({ timeout: 3000 }).then(() => true, () => false))
  await page.keyboard.type('hours, days')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Wait' }).waitFor()
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await page.getByText('1. Wait').waitFor()
  await page.getByText('Saved', { exact: true }).waitFor()
  // Somebody else saves while a change is made here: neither is lost.
  let first = true
  await page.route(`**/api/v1/journeys/${made.id}`, async (route) => {
    if (route.request().method() === 'PUT' && first) {
      first = false
      await api.put(`/api/v1/journeys/${made.id}`, { revision: route.request().postDataJSON().revision, description: 'Changed by another' })
    }
    await route.continue()
  })
  await page.getByRole('button', { name: 'Add a step' }).last().click()
  await page.getByRole('option', { name: 'End', exact: true }).click()
  await page.getByText('Somebody else changed this journey meanwhile').waitFor()
  await page.getByRole('button', { name: 'Keep mine as a copy' }).click()
  await page.getByRole('heading', { name: 'Small (copy)' }).waitFor()
  await page.getByText('2. End').waitFor()
  await page.goto(`/journeys/${made.id}`)
  await page.getByText('Changed by another').waitFor()
  expect(await page.getByText('2. End').count()).toBe(0)
  expect(problems).toEqual([])
}, 300_000)
