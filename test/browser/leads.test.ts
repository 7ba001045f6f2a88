import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from '../browser.ts'
import { testApp, type Client, type TestApp } from '../database.ts'

let program: TestApp
let browser: Browser
let api: Client
let page: Page
let problems: string[]
const lead = async (email: string, first_name: string): Promise<number> => (await api.post('/api/v1/leads', { contact: { email, first_name }, source_label: 'Выставка' })).body.id

beforeAll(async () => {
  program = await testApp()
  browser = await openBrowser()
  const opened = await openPage(browser, program.url, { locale: 'ru-RU' })
  page = opened.page
  problems = opened.problems
  const setUp = await page.request.post('/api/v1/setup', {
    headers: { origin: program.url },
    data: { name: 'Анна', email: 'anna@shop.example', password: 'correct horse battery', company_name: 'Лавка', language: 'ru', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Лавка', sender_email: 'hello@shop.example' },
  })
  expect(setUp.status()).toBeLessThan(300)
  api = await program.as('administrator')
})
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

test('leads come in while one looks, are opened, put right, taken, refused and brought back with the keyboard', async () => {
  await page.goto('/leads')
  await page.getByText('Новых лидов нет').waitFor()
  await lead('olga@gmial.com', 'Ольга')
  await page.getByText('olga@gmial.com').waitFor()
  await lead('petr@mail.ru', 'Пётр')
  await page.getByText('petr@mail.ru').waitFor()

  await page.keyboard.press('j')
  const panel = page.getByRole('dialog', { name: 'Лид', exact: true })
  await panel.getByRole('link', { name: 'Пётр' }).waitFor()
  await page.keyboard.press('j')
  await panel.getByText('Похоже на опечатку. Может быть, olga@gmail.com?').waitFor()
  await panel.getByRole('button', { name: 'Исправить' }).click()
  await panel.getByText('Домен принимает почту.').waitFor()

  await page.keyboard.press('e')
  await page.getByText('Взят 1 лид.').waitFor()
  await panel.getByText('В работе').first().waitFor()
  expect((await api.get('/api/v1/leads?status=in_work')).body.data).toMatchObject([{ contact: { email: 'olga@gmail.com' }, owner: { name: 'Анна' }, assigned_because: 'Назначено вручную: Анна.' }])

  await page.keyboard.press('r')
  const dialog = page.getByRole('dialog', { name: 'Отказать: 1 лид' })
  await dialog.getByRole('combobox', { name: 'Почему' }).fill('Далеко живёт')
  await dialog.getByRole('button', { name: 'Отказать' }).click()
  await panel.getByText('Далеко живёт').first().waitFor()
  await page.getByText('Отказано: 1 лид.').locator('..').getByRole('button', { name: 'Вернуть' }).click()
  await page.getByText('Возвращено как было.').waitFor()
  expect((await api.get('/api/v1/leads?status=in_work')).body.data).toMatchObject([{ contact: { email: 'olga@gmail.com' }, refused_because: null }])
  expect(problems).toEqual([])
})

test('one becomes a contact and a deal in one dialog, and a lead again', async () => {
  const id = await lead('vera@mail.ru', 'Вера')
  await page.goto(`/leads?open=${id}`)
  const panel = page.getByRole('dialog', { name: 'Лид', exact: true })
  await panel.getByRole('button', { name: 'Конвертировать' }).click()
  const form = page.getByRole('dialog', { name: 'Конвертировать лид' })
  await form.getByLabel('Фамилия').fill('Белова')
  await form.getByLabel('Компания').fill('Ромашка')
  await form.getByLabel('Сумма, RUB').fill('5000')
  await form.getByRole('button', { name: 'Конвертировать' }).click()
  await panel.getByRole('link', { name: 'Выставка: Вера' }).waitFor()
  await panel.getByRole('link', { name: 'Вера Белова' }).waitFor()
  expect((await api.get('/api/v1/deals')).body.data).toMatchObject([{ title: 'Выставка: Вера', amount: 5000, contact: { name: 'Вера Белова' } }])
  await panel.getByRole('button', { name: 'Отменить конверсию' }).click()
  await panel.getByRole('button', { name: 'Конвертировать' }).waitFor()
  expect((await api.get('/api/v1/deals')).body.data).toEqual([])
  expect(problems).toEqual([])
})

test('one is written down by hand, and belongs to whoever did it', async () => {
  await page.goto('/leads')
  await page.getByRole('button', { name: 'Добавить лид' }).click()
  const form = page.getByRole('dialog', { name: 'Добавить лид' })
  await form.getByLabel('Имя').fill('Борис')
  await form.getByLabel('Телефон').fill('+7 916 123-45-67')
  await form.getByLabel('Откуда').fill('Позвонил')
  await form.getByRole('button', { name: 'Добавить', exact: true }).click()
  const panel = page.getByRole('dialog', { name: 'Лид', exact: true })
  await panel.getByText('Адреса почты нет.').waitFor()
  expect((await api.get('/api/v1/leads?source=staff')).body.data).toMatchObject([{ source_label: 'Позвонил', owner: { name: 'Анна' }, contact: { name: 'Борис', phone: '+79161234567' } }])
  expect(problems).toEqual([])
})
