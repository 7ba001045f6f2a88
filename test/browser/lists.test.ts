import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'

/** The list of contacts as somebody works in it all day. */
let program: TestApp
let browser: Browser
let api: Client
let page: Page
let problems: string[]
const me = { email: 'anna@shop.example', password: 'correct horse battery' }

beforeAll(async () => {
  program = await testApp()
  browser = await openBrowser()
  api = await program.as('administrator')
  await api.post('/api/v1/users', { name: 'Anna Berg', role: 'administrator', locale: 'en', ...me })
  await api.post('/api/v1/contacts/batch', { contacts: Array.from({ length: 30 }, (_, index) => ({ email: `p${String(index).padStart(2, '0')}@list.example`, first_name: `Person ${String(index).padStart(2, '0')}`, city: index < 10 ? 'Tver' : 'Kazan' })) })
  await runUntilIdle(program)
  const opened = await openPage(browser, program.url)
  page = opened.page
  problems = opened.problems
  await page.request.post('/api/v1/session', { data: me, headers: { origin: program.url } })
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

const card = async (name: string) => (await api.get(`/api/v1/contacts?search=${name}@list.example`)).body.data[0]
const cell = (name: string, text: string) => page.locator('tbody tr', { hasText: `${name}@list.example` }).getByText(text, { exact: true })

test('a cell is edited by keys: a wrong value is shown in place, what others change appears by itself, and a conflict is told', async () => {
  // The page hears of what others change from then on.
  const listening = page.waitForResponse(answer => /live\?topics=.*contact/.test(answer.url()))
  await page.goto('/contacts?sort=name')
  await cell('p00', 'Tver').waitFor()
  await page.getByText('30 contacts').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('e')
  const city = page.getByRole('textbox', { name: 'City', exact: true })
  await city.fill('x'.repeat(201))
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText(/200/).waitFor()
  await city.fill('Omsk')
  await page.keyboard.press('Enter')
  await cell('p00', 'Omsk').waitFor()
  expect((await card('p00')).city).toBe('Omsk')

  await listening
  const other = await card('p01')
  await api.patch(`/api/v1/contacts/${other.id}`, { city: 'Perm', revision: other.revision })
  await cell('p01', 'Perm').waitFor()

  await page.keyboard.press('j')
  await page.keyboard.press('e')
  await city.fill('Mine')
  const now = await card('p01')
  await api.patch(`/api/v1/contacts/${now.id}`, { city: 'Theirs', revision: now.revision })
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('Theirs', { exact: true }).waitFor()
  expect((await card('p01')).city).toBe('Theirs')
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await cell('p01', 'Mine').waitFor()
  expect((await card('p01')).city).toBe('Mine')
  expect(problems).toEqual([])
})

test('a view keeps filter, columns and order; what differs is shown, saved or put back', async () => {
  await page.goto(`/contacts?filter=${encodeURIComponent(JSON.stringify([{ field: 'city', operator: 'is', value: 'Kazan' }]))}`)
  await page.getByText('20 contacts').waitFor()
  await page.getByRole('button', { name: 'Save as a view…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Kazan')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await page.waitForURL(/view=\d+$/)
  const views = page.getByRole('navigation', { name: 'Views' })

  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Source' }).click()
  const grip = page.getByRole('button', { name: 'Move Source' })
  await grip.focus()
  for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Escape')
  await page.getByRole('columnheader', { name: 'City' }).getByRole('button').click()
  await views.getByText('changed').waitFor()
  await views.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('The view is saved.').waitFor()
  expect((await page.request.get('/api/v1/views?list=contacts').then(answer => answer.json())).data).toMatchObject([{ name: 'Kazan', sort: '-city', filter: [{ value: 'Kazan' }], columns: expect.arrayContaining([{ key: 'source', width: null }]) }])
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
  await views.getByRole('button', { name: 'Reset' }).click()
  await views.getByText('changed').waitFor({ state: 'detached' })

  await views.getByRole('button', { name: 'View Kazan' }).click()
  const placed = page.waitForResponse(answer => answer.url().endsWith('/place'))
  await page.getByRole('menuitem', { name: 'Open the list with it' }).click()
  await placed
  await page.goto('/contacts')
  await page.waitForURL(/view=\d+$/)
  await page.getByText('20 contacts').waitFor()
  expect(problems).toEqual([])
})

test('everybody who fits is changed at once and put back, rows are chosen by keys', async () => {
  await page.keyboard.press('j')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByText('3 chosen').waitFor()
  await page.getByRole('button', { name: 'Choose all that fit' }).click()
  await page.getByRole('button', { name: 'Edit a field' }).click()
  await page.getByRole('combobox', { name: 'Field' }).click()
  await page.getByRole('option', { name: 'Source' }).click()
  await page.getByRole('textbox', { name: 'New value' }).fill('fair')
  await page.getByText('This changes 20 people').waitFor()
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByText('Source: fair').waitFor()
  await runUntilIdle(program)
  await page.getByText('20 people changed').waitFor()
  expect((await card('p20')).source).toBe('fair')
  expect((await card('p02')).source).toBeNull()
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click()
  await page.getByText('being undone').waitFor()
  await runUntilIdle(program)
  await page.getByText('20 put back').waitFor()
  expect((await card('p20')).source).toBeNull()
  expect(problems).toEqual([])
})
