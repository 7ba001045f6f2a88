import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'
import { me, setUpTeaShop } from '../tea-shop.ts'

let program: TestApp
let browser: Browser
let api: Client
let page: Page
let problems: string[]
let anna: number
let other: number

beforeAll(async () => {
  program = await testApp()
  browser = await openBrowser()
  await setUpTeaShop(program)
  api = await program.as('administrator')
  const { body } = await api.post('/api/v1/contacts/batch', { contacts: [
    { email: 'anna@mail.example', first_name: 'Anna', city: 'Tver' },
    { email: 'anna.b@mail.example', phone: '+79161234567', first_name: 'Anna', last_name: 'Berg', city: 'Kazan' },
  ] })
  ;[anna, other] = body.data.map((row: { id: number }) => row.id)
  const order = (order_id: string, contact: number) => ({ type: 'order.placed', contact: { id: contact }, properties: { order_id, amount: 10, currency: 'EUR' } })
  await api.post('/api/v1/events', { events: [order('1', anna), order('2', other)] })
  await runUntilIdle(program)
  const opened = await openPage(browser, program.url, { width: 1280 })
  page = opened.page
  problems = opened.problems
  await page.request.post('/api/v1/session', { data: me, headers: { origin: program.url } })
})
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

test('two cards of one person become one with what was chosen, and are two again', async () => {
  await page.goto(`/contacts/${anna}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Merge with another card…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Merge 2 cards' })
  await dialog.getByLabel('The other card of this person').first().fill('Berg')
  await page.getByRole('option', { name: 'Anna Berg · anna.b@mail.example' }).click()
  await dialog.getByText('1 order').waitFor()
  expect(await dialog.getByRole('radiogroup', { name: 'First name' }).count()).toBe(0)
  expect(await dialog.getByRole('radio', { name: 'anna@mail.example' }).isChecked()).toBe(true)
  await dialog.getByRole('radio', { name: 'Kazan' }).check()
  await dialog.getByRole('button', { name: 'Merge', exact: true }).click()

  await page.getByRole('heading', { name: 'Anna Berg', level: 1 }).waitFor()
  const panel = page.getByRole('region', { name: 'Merged cards' })
  await panel.getByText(/^Merged with “Anna Berg” on .+ by Anna\.$/).waitFor()
  expect((await api.get(`/api/v1/contacts/${anna}`)).body).toMatchObject({ email: 'anna@mail.example', phone: '+79161234567', last_name: 'Berg', city: 'Kazan', rollups: { orders_count: 2 } })
  await page.goto(`/contacts/${other}`)
  await page.waitForURL(`**/contacts/${anna}`)

  await panel.getByRole('button', { name: 'Undo the merge with Anna Berg' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the merge' }).click()
  await page.getByText('There are 2 cards again.').waitFor()
  await panel.waitFor({ state: 'detached' })
  expect((await api.get(`/api/v1/contacts/${anna}`)).body).toMatchObject({ last_name: null, phone: null, city: 'Tver', rollups: { orders_count: 1 } })
  await page.getByRole('link', { name: 'The other card' }).click()
  await page.getByRole('heading', { name: 'Anna Berg', level: 1 }).waitFor()
  expect((await api.get(`/api/v1/contacts/${other}`)).body).toMatchObject({ id: other, email: 'anna.b@mail.example', city: 'Kazan', rollups: { orders_count: 1 } })
  expect(problems).toEqual([])
})

test('two people selected in the list are merged into the older card', async () => {
  await page.goto('/contacts')
  await page.getByText('anna.b@mail.example').first().waitFor()
  const boxes = page.locator('tbody input[type=checkbox]')
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await page.getByRole('button', { name: 'Merge', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Merge 2 cards' })
  await dialog.getByRole('button', { name: 'Merge', exact: true }).click()
  await page.waitForURL(`**/contacts/${anna}`)
  await page.getByRole('region', { name: 'Merged cards' }).waitFor()
  expect((await api.get('/api/v1/contacts')).body.data).toMatchObject([{ id: anna, orders_count: 2 }])
  expect(problems).toEqual([])
})

test('duplicates are named while somebody is typed in, merged and told apart by the keyboard, and merged and undone together', async () => {
  await api.post('/api/v1/contacts/batch', { contacts: [
    { email: 'ida.holm@gmail.com', first_name: 'Ida', last_name: 'Holm', city: 'Oslo' }, { email: 'idaholm+tea@googlemail.com', first_name: 'Ida', last_name: 'Holm', city: 'Bergen' },
    { email: 'max.vogt@ya.ru', first_name: 'Max', last_name: 'Vogt' }, { email: 'max-vogt@yandex.ru', first_name: 'Max', last_name: 'Vogt' },
  ] })
  await runUntilIdle(program)
  await page.goto('/contacts')
  await page.getByRole('button', { name: 'Add a contact' }).click()
  const form = page.getByRole('dialog', { name: 'Add a contact' })
  await form.getByLabel('Last name').fill('Holm')
  await form.getByLabel('Email').fill('i.daholm@gmail.com')
  await form.getByText('Maybe the same person').waitFor()
  await form.getByRole('link', { name: 'Ida Holm' }).first().click()
  await page.getByRole('region', { name: 'Probably the same person' }).getByText('the same mailbox').waitFor()

  await page.goto('/duplicates')
  await page.getByText('2 certain pairs can be merged at once.').waitFor()
  const current = page.locator('section[aria-current=true]')
  await current.getByText('the same mailbox').waitFor()
  await page.keyboard.press('j')
  const second = await current.getAttribute('aria-label')
  await page.keyboard.press('n')
  await page.getByText('These are different people now: they are offered no more.').waitFor()
  await page.getByText('1 certain pair can be merged at once.').waitFor()
  await expect.poll(() => current.getAttribute('aria-label')).not.toBe(second)
  await page.keyboard.press('m')
  const dialog = page.getByRole('dialog', { name: 'Merge 2 cards' })
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Different people 1').click()
  await page.getByRole('button', { name: 'Compare again' }).click()
  await page.getByText('They are compared again.').waitFor()
  await runUntilIdle(program)
  await page.getByRole('button', { name: 'Merge 2 pairs' }).click()
  await page.getByRole('dialog', { name: 'Merge 2 certain pairs?' }).getByRole('button', { name: 'Merge 2 pairs' }).click()
  await page.getByText('Merging, 0 pairs so far').waitFor()
  await runUntilIdle(program)
  await page.getByRole('button', { name: '2 pairs merged' }).click()
  const drawer = page.getByRole('dialog', { name: 'Who was merged' })
  await drawer.getByText('the same mailbox').first().waitFor()
  await drawer.getByRole('button', { name: 'Undo the merge of Ida Holm' }).click()
  await drawer.getByText('undone', { exact: true }).waitFor()
  expect(problems).toEqual([])
})

test('three cards of one person are one group: somebody else is taken out, the others are merged in one act and undone in one', async () => {
  const iris = { first_name: 'Iris', last_name: 'Falk', company: 'Falk & Sons' }
  await api.post('/api/v1/contacts/batch', { contacts: ['iris.falk@gmail.com', 'irisfalk@googlemail.com', 'i.risfalk+1@gmail.com', 'irisf.alk@gmail.com'].map((email, index) => ({ ...iris, email, city: ['Oslo', 'Bergen', 'Tromso', 'Moss'][index] })) })
  await runUntilIdle(program)
  await page.goto('/')
  await page.getByRole('region', { name: 'Duplicates' }).getByRole('link', { name: /certain$/ }).click()
  const group = page.getByRole('region', { name: /^Iris Falk/ })
  await group.getByText('4 cards that may be one person').waitFor()
  await group.getByRole('button', { name: 'Iris Falk is somebody else than the others' }).nth(3).click()
  await group.getByText('3 cards that may be one person').waitFor()
  await group.getByRole('button', { name: /^Merge/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Merge 3 cards' })
  await dialog.getByRole('radio', { name: 'Tromso' }).check()
  await dialog.getByRole('button', { name: 'Merge', exact: true }).click()
  await page.getByText('The 3 cards are one now.').waitFor()
  const [left] = (await api.get('/api/v1/contacts?search=Tromso')).body.data
  expect(left).toMatchObject({ email: 'iris.falk@gmail.com', city: 'Tromso' })
  await page.goto(`/contacts/${left.id}`)
  await page.getByRole('region', { name: 'Merged cards' }).getByRole('button', { name: 'Undo all 2' }).click()
  await page.getByRole('dialog', { name: 'Undo all 2 merges made together?' }).getByRole('button', { name: 'Undo the merge' }).click()
  await page.getByText('There are 3 cards again.').waitFor()
  expect((await api.get(`/api/v1/contacts/${left.id}`)).body).toMatchObject({ city: 'Oslo' })
  expect(problems).toEqual([])
})

test('two companies are named on the card of one and under duplicates, merged with what was chosen, and are two again', async () => {
  await api.post('/api/v1/companies', { name: 'Oak GmbH', domain: 'oak.example', phone: '+4930123456789' })
  const { body: oak } = await api.post('/api/v1/companies', { name: 'OAK Ltd.', domain: 'oak.example', address: 'Oak street 1' })
  await runUntilIdle(program)
  await page.goto(`/companies/${oak.id}`)
  await page.getByRole('region', { name: 'Probably the same company' }).getByText('the same site').waitFor()
  await page.goto('/duplicates')
  await page.getByRole('tab', { name: 'Companies' }).click()
  await page.getByRole('region', { name: 'Oak GmbH · OAK Ltd.' }).getByRole('button', { name: /^Merge/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Merge two companies' })
  await dialog.getByRole('radio', { name: 'OAK Ltd.' }).check()
  await dialog.getByRole('button', { name: 'Merge', exact: true }).click()
  await page.getByText('The two companies are one now.').waitFor()
  await page.goto(`/companies/${oak.id}`)
  await page.getByRole('heading', { name: 'OAK Ltd.', level: 1 }).waitFor()
  await page.getByText('+4930123456789').first().waitFor()
  await page.getByRole('button', { name: 'Undo the merge with OAK Ltd.' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the merge' }).click()
  await page.getByText('There are two companies again.').waitFor()
  await page.goto('/duplicates?of=companies&level=different')
  await page.getByRole('region', { name: 'Oak GmbH · OAK Ltd.' }).getByRole('button', { name: 'Compare again' }).waitFor()
  expect(problems).toEqual([])
})
