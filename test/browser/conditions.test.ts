import type { Browser, Page } from 'playwright-core'
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
  const people = ['Paris', 'Paris', 'Berlin', 'Rome'].map((city, index) => ({ email: `person${index}@example.com`, first_name: `Person ${index}`, city }))
  await saveContactsAndFollow(app.app, app.db, people, { now: app.app.now(), by: 'api', mode: 'overwrite' })
  const order = (person: number, amount: number) => ({ type: 'order.placed', contact: { email: `person${person}@example.com` }, properties: { order_id: `n${person}-${amount}`, amount } })
  const taken = await (await app.as('administrator')).post('/api/v1/events', { events: [order(0, 120), order(1, 15), order(2, 200)] })
  expect(taken.status).toBeLessThan(300)
  await runUntilIdle(app)
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

async function signedIn(options: Parameters<typeof openPage>[2] = {}) {
  const opened = await openPage(browser, app.url, options)
  const answer = await opened.page.request.post('/api/v1/session', { data: me, headers: { origin: app.url } })
  expect(answer.status()).toBeLessThan(300)
  return opened
}

/** Chooses what a new line of the group is about, as somebody typing does. */
async function add(page: Page, words: string, nth = 0) {
  await page.getByRole('button', { name: 'Add a condition' }).nth(nth).click()
  await page.getByRole('textbox', { name: 'Search fields and events' }).fill(words)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}
/** Counting waits for the hand to rest, and for its turn. */
const soon = { timeout: 20_000 }
/** Opens a list until it stays open: the first press may only close one that was just left. */
async function choose(page: Page, list: string, words: string) {
  const option = page.getByRole('option', { name: words, exact: true })
  await expect.poll(async () => {
    if (!await option.isVisible()) await page.getByRole('combobox', { name: list }).click()
    return await option.isVisible()
  }, { ...soon, interval: 500 }).toBe(true)
  await option.click()
}
const count = (page: Page) => page.getByTestId('preview-count').textContent()
const number = (page: Page, path: string) => page.getByTestId(`number-condition.${path}`).textContent()
const rows = (page: Page) => page.locator('[data-place]:not([role=group])').count()

const saved = async (name: string, condition: object): Promise<number> => (await (await app.as('administrator')).post('/api/v1/segments', { name, condition })).body.id

test('a nested condition with an order and a mail is built, each line says what it leaves or adds, and it is saved as shown', async () => {
  const { page, problems } = await signedIn()
  await page.goto('/segments/new')
  await page.getByLabel('Name', { exact: true }).fill('Big or silent')
  await add(page, 'Orders')
  await expect.poll(() => count(page), soon).toBe('3 people')
  await page.getByRole('button', { name: 'Only those where …' }).click()
  await choose(page, 'Field', 'amount')
  await page.getByLabel('Value').fill('100')
  await expect.poll(() => number(page, 'all[0]'), soon).toBe('2')

  await page.getByRole('button', { name: 'Add a group' }).click()
  await add(page, 'a mail of a campaign', 0)
  await choose(page, 'What happened with the mail', 'was never opened')
  await expect.poll(() => number(page, 'all[1].any[0]'), soon).toBe('+2')
  await expect.poll(() => number(page, 'all[1]'), soon).toBe('2')
  await add(page, 'city', 1)
  await page.getByRole('combobox', { name: 'Value' }).fill('Paris')
  await expect.poll(() => number(page, 'all[2]'), soon).toBe('1')
  expect(await count(page)).toBe('1 person')

  // Moved with the keyboard to the top, taken back, and done again.
  await page.locator('[data-grip="2"]').focus()
  await page.keyboard.press('Alt+ArrowUp')
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(() => number(page, 'all[0]'), soon).toBe('2')
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-grip')), soon).toBe('0')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Redo' }).click()

  await page.getByRole('button', { name: 'Create the segment' }).click()
  await page.waitForURL(/\/segments\/\d+$/)
  const { rows: [segment] } = await sql<{ condition: object }>`select condition from segments where name = 'Big or silent'`.execute(app.db)
  expect(segment?.condition).toEqual({ all: [
    { field: 'city', operator: 'is', value: 'Paris' },
    { related: 'order', where: [{ field: 'amount', operator: 'at_least', value: 100 }] },
    { any: [{ mail: 'opened', of: null, happened: false }] },
  ] })
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)

test('a group is copied in one segment and pasted into another, with the menu, the keys and as text', async () => {
  const from = await saved('From', { all: [{ field: 'city', operator: 'is', value: 'Rome' }, { any: [{ field: 'city', operator: 'is', value: 'Paris' }, { field: 'city', operator: 'is', value: 'Berlin' }] }] })
  const to = await saved('To', { all: [{ field: 'orders_count', operator: 'at_least', value: 1 }] })
  const { page, problems } = await signedIn()
  await page.goto(`/segments/${from}`)
  await page.getByRole('button', { name: 'More: At least one of these is true' }).click()
  await page.getByRole('menuitem', { name: 'Copy' }).click()
  await page.getByText('Copied.').waitFor()

  await page.goto(`/segments/${to}`)
  await page.getByRole('button', { name: 'Paste' }).click()
  await expect.poll(() => rows(page), soon).toBe(3)
  await expect.poll(() => number(page, 'all[1]'), soon).toBe('3')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => rows(page), soon).toBe(1)

  // With the keys of the system, where the browser lets them through without asking.
  await page.locator('[data-grip="0"]').focus()
  await page.evaluate(() => {
    const clipboardData = new DataTransfer()
    document.activeElement?.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
    document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  await expect.poll(() => rows(page), soon).toBe(2)

  // Nothing copied: the text of a condition can be put in by hand.
  await page.evaluate(() => localStorage.clear())
  await page.getByRole('button', { name: 'Paste' }).click()
  await page.getByLabel('The condition as text (JSON)').fill('city is Rome')
  await page.getByText('This text is not a condition.').waitFor()
  await page.getByLabel('The condition as text (JSON)').fill('{"tag": 987654, "has": true}')
  await page.getByRole('button', { name: 'Insert' }).click()
  await expect.poll(() => rows(page), soon).toBe(3)
  // What is wrong with it here is said at its line.
  await page.getByRole('alert').filter({ hasText: 'This tag does not exist' }).first().waitFor()
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)

test('the JSON view says on which line and why, and keeps the last valid version', async () => {
  const id = await saved('As JSON', { all: [{ field: 'city', operator: 'is', value: 'Paris' }] })
  const { page, problems } = await signedIn()
  await page.goto(`/segments/${id}`)
  await page.getByRole('button', { name: 'As JSON' }).click()
  const text = page.getByLabel('The condition as the API takes it')
  await text.fill('{"all": [\n  {"field": "city" "operator": "is"}\n]}')
  await page.getByText('Line 2, column 20: this is not JSON.').waitFor()
  await text.fill('{"all": [\n  {"field": "city", "operator": "is", "value": "Rome"},\n  {"field": "citty", "operator": "is", "value": "x"}\n]}')
  await page.getByText(/Line 3 \(all\[1\]\.field\)/).waitFor()
  await text.fill('{"all": [\n  {"field": "city", "operator": "is", "value": "Rome"}\n]}')
  await page.getByText('The condition is valid.').waitFor()
  await page.getByRole('button', { name: 'As a form' }).click()
  await expect.poll(() => page.getByRole('combobox', { name: 'Value' }).inputValue(), soon).toBe('Rome')
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)

test('the card says why somebody is in a segment, and why not in another', async () => {
  const inside = await saved('Parisians who bought', { all: [{ field: 'city', operator: 'is', value: 'Paris' }, { event: 'order.placed', measure: { of: 'sum', property: 'amount', operator: 'at_least', value: 100 } }] })
  await saved('Romans', { any: [{ field: 'city', operator: 'is', value: 'Rome' }, { field: 'orders_count', operator: 'at_least', value: 5 }] })
  await runUntilIdle(app, ['segments.recompute'])
  const { rows: [person] } = await sql<{ id: number }>`select id from contacts where email = 'person0@example.com'`.execute(app.db)
  const { page, problems } = await signedIn()
  await page.goto(`/contacts/${person?.id}`)
  await page.getByRole('button', { name: 'Why in “Parisians who bought”?' }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('City is Paris').waitFor()
  await drawer.getByRole('treeitem').filter({ hasText: 'Order placed: the sum of “amount” is at least €100' }).getByText(/now: 1 time/).waitFor()
  expect(await drawer.getByRole('link', { name: 'See in the timeline' }).getAttribute('href')).toBe(`/contacts/${person?.id}?timeline=order`)
  await page.keyboard.press('Escape')

  await choose(page, 'Why not in another segment?', 'Romans')
  await drawer.getByText(/is not in the segment/).waitFor()
  await drawer.getByText('now: Paris').waitFor()

  // On the page of the segment also for what is not saved yet.
  await page.goto(`/segments/${inside}?why=${person?.id}`)
  await page.getByText('now: Paris').waitFor()
  await page.getByRole('combobox', { name: 'Value' }).fill('Rome')
  await page.getByText('With the changes that are not saved yet:').waitFor()
  await page.getByText('City is Rome', { exact: true }).waitFor()
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)

test('the list of contacts is narrowed down with the builder, on a phone too, and kept as a segment', async () => {
  const { page, problems } = await signedIn({ width: 390, height: 844 })
  await page.goto('/contacts')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('menuitem', { name: 'Any condition …' }).click()
  await add(page, 'Order placed')
  await choose(page, 'How often', 'the sum of')
  await page.getByLabel('Number', { exact: true }).fill('100')
  await expect.poll(() => count(page), soon).toBe('2 people')
  // Nothing hangs over the edge of the screen.
  expect(await page.getByRole('dialog').evaluate(element => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await page.getByRole('button', { name: /Change the condition: Order placed: the sum of/ }).waitFor()
  await page.getByRole('button', { name: 'Save as a segment' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('Spent a hundred')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.waitForURL(/\/segments\/\d+$/)
  const { rows: [segment] } = await sql<{ condition: object }>`select condition from segments where name = 'Spent a hundred'`.execute(app.db)
  expect(segment?.condition).toEqual({ all: [{ event: 'order.placed', measure: { of: 'sum', property: 'amount', operator: 'at_least', value: 100 } }] })
  expect(problems).toEqual([])
  await page.context().close()
}, 300_000)
