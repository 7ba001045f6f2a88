import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, sql, withTransaction } from '../../server/base/db.ts'
import { appendEvents } from '../../server/events/append-events.sql.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp } from '../database.ts'
import type { TestApp } from '../database.ts'

/** Computed features as people see them: first too few customers, then enough; the weights of acts and the reasons. */
let program: TestApp
let browser: Browser
let page: Page
let problems: string[]
const day = 86_400_000

beforeAll(async () => {
  program = await testApp()
  browser = await openBrowser()
  const opened = await openPage(browser, program.url, { locale: 'ru-RU' })
  page = opened.page
  problems = opened.problems
  const signedIn = await page.request.post('/api/v1/setup', {
    headers: { origin: program.url },
    data: { language: 'ru', company_name: 'Лавка', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Лавка', sender_email: 'hello@example.org', name: 'Анна', email: 'anna@example.org', password: 'correct horse battery' },
  })
  expect(signedIn.ok()).toBe(true)
})
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

async function buy(from: number, to: number): Promise<void> {
  const now = program.app.now()
  const orders = Array.from({ length: to - from }, (_, index) => from + index).flatMap(customer => Array.from({ length: customer % 4 + 1 }, (_, number) => ({
    key: `${customer}:${number}`, type: 'order.placed', contact: { email: `c${customer}@example.org` }, source: 'api', occurred_at: new Date(now.getTime() - (customer + number * 30 + 1) * day),
    properties: { order_id: `${customer}-${number}`, amount: 1000 + customer, currency: 'RUB' },
  })))
  await withTransaction(program.db, tx => appendEvents(tx, orders, now))
  await runUntilIdle(program, ['process-events'])
}
const card = async (customer: number): Promise<string> => `/contacts/${(await one<{ id: number }>(program.db, sql`select id from contacts where email = ${`c${customer}@example.org`}`)).id}`

test('with few customers the page and the card say how many are needed', async () => {
  await buy(0, 10)
  await page.goto('/settings/features')
  await page.getByText('Ещё не вычислялись.').waitFor()
  await page.getByRole('button', { name: 'Вычислить заново' }).click()
  await page.getByText('Ждёт своей очереди.').waitFor()
  await runUntilIdle(program)
  await page.getByText('Покупателей пока мало: нужно не меньше 50.').waitFor()
  await page.getByText('Покупателей пока мало: нужно не меньше 100.').waitFor()
  await page.goto(await card(3))
  const panel = page.getByRole('region', { name: 'Вычисляемые показатели' })
  await panel.getByText('нужно не меньше 100').waitFor()
})

test('with enough of them classes lead to people and the card says why', async () => {
  await buy(10, 160)
  await page.goto('/settings/features')
  await page.getByRole('button', { name: 'Вычислить заново' }).click()
  await page.getByText('Ждёт своей очереди.').waitFor()
  await runUntilIdle(program)
  await page.getByText('Просмотрено покупателей: 160').waitFor()
  await page.getByRole('heading', { name: 'Сбылись ли прогнозы?' }).waitFor()
  const { body: { result } } = await (await program.as('observer')).get('/api/v1/features')
  await page.getByRole('region', { name: 'Классы RFM' }).getByRole('link', { name: String(result.rfm.classes.champions), exact: true }).first().click()
  await page.waitForURL(/\/contacts\?filter=/)

  await page.goto(await card(3))
  const panel = page.getByRole('region', { name: 'Вычисляемые показатели' })
  await panel.getByText('Ожидаемая выручка за 12 месяцев').waitFor()
  await panel.getByRole('button', { name: 'Вовлечённость: как она считается' }).click()
  const why = page.getByRole('dialog')
  await why.getByText('каждые 30 дней от них остаётся половина').waitFor()
  await why.getByText('3-0').waitFor()
  await page.keyboard.press('Escape')
  await panel.getByRole('button', { name: 'Класс RFM: как он определяется' }).click()
  await page.getByRole('dialog').getByRole('cell', { name: 'Как давно' }).waitFor()
  await page.keyboard.press('Escape')
})

test('another weight is saved and the score on the card follows', async () => {
  await page.goto('/settings/features')
  await page.getByLabel('Баллы за «Заказ оформлен»').fill('40')
  await page.getByRole('button', { name: 'Сохранить' }).click()
  await page.getByText('Значения пересчитываются по этим баллам.').waitFor()
  await runUntilIdle(program)
  await page.getByText('Значения пересчитываются по этим баллам.').waitFor({ state: 'detached' })
  await page.goto(await card(3))
  await page.getByRole('region', { name: 'Вычисляемые показатели' }).getByRole('button', { name: 'Вовлечённость: как она считается' }).click()
  await page.getByRole('dialog').getByRole('row', { name: /^Заказ оформлен 4 40/ }).waitFor()
  expect(problems).toEqual([])
})
