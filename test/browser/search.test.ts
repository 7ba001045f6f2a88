import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type TestApp } from '../database.ts'

let program: TestApp
let browser: Browser
let page: Page
let problems: string[]
const box = 'Люди, сегменты, рассылки, страницы …'

beforeAll(async () => {
  program = await testApp()
  const api = await program.as('administrator')
  await api.put('/api/v1/contacts', { email: 'boris@mail.example', first_name: 'Борис', last_name: 'Волков' })
  await api.put('/api/v1/contacts', { email: 'vera@mail.example', first_name: 'Vera', last_name: 'Shcherbakova' })
  browser = await openBrowser()
  const opened = await openPage(browser, program.url, { locale: 'ru-RU' })
  page = opened.page
  problems = opened.problems
  const me = { email: 'anna@shop.example', password: 'correct horse battery' }
  await (await program.as(null)).post('/api/v1/setup', { ...me, language: 'ru', company_name: 'Лавка', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Лавка', sender_email: 'shop@example.com', name: 'Анна' })
  await page.request.post('/api/v1/session', { data: me, headers: { origin: program.url } })
  await page.goto('/')
  await page.getByRole('button', { name: 'Поиск' }).waitFor()
})
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

test('a person typed in the other layout is found, marked, opened by Enter and stands among the recent', async () => {
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder(box).fill('djkrjd')
  await page.getByRole('button', { name: /Борис Волков/ }).first().waitFor()
  expect(await page.locator('mark').first().textContent()).toBe('Волков')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Борис Волков' }).waitFor()
  await page.getByPlaceholder(box).waitFor({ state: 'hidden' })

  await page.keyboard.press('Control+k')
  // Nothing is typed yet.
  await page.getByRole('dialog').getByRole('button', { name: /^Борис Волков/ }).waitFor()
  await page.getByPlaceholder(box).fill('щербак')
  await page.getByRole('button', { name: /Vera Shcherbakova/ }).first().waitFor()
  await expect.poll(() => page.locator('mark').first().textContent()).toBe('Shcherbak')
  await page.keyboard.press('Escape')
  await page.getByPlaceholder(box).waitFor({ state: 'hidden' })
})

test('a mistyped name shows for which name people are found, and marks it', async () => {
  await runUntilIdle(program, ['search.keys'])
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder(box).fill('щербокова')
  await page.getByText('Показано для: Shcherbakova').waitFor()
  await page.getByRole('button', { name: /Vera Shcherbakova/ }).waitFor()
  expect(await page.locator('mark').first().textContent()).toBe('Shcherbakova')
  await page.keyboard.press('Escape')
  await page.getByPlaceholder(box).waitFor({ state: 'hidden' })
})

test('pages, settings and actions are opened by their names in either language', async () => {
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder(box).fill('custom fi')
  await page.getByRole('button', { name: 'Свои поля' }).click()
  await expect.poll(() => new URL(page.url()).pathname).toBe('/settings/fields')
  await page.getByPlaceholder(box).waitFor({ state: 'hidden' })

  await page.keyboard.press('Control+k')
  await page.getByPlaceholder(box).fill('новый конт')
  await page.getByRole('button', { name: 'Новый контакт' }).click()
  await page.getByRole('dialog').getByLabel('Почта').waitFor()
  expect(problems).toEqual([])
})
