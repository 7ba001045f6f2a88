import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepMails } from '../../server/inbound/inbound-mails.sql.ts'
import { localDay, nextDay } from '../../shared/local-time.ts'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'
import { reply } from '../mails-that-come-back.ts'

let program: TestApp
let browser: Browser
let api: Client
let page: Page
let problems: string[]
const today = localDay(new Date(), 'Europe/Moscow')
const tasks = async (query: string) => (await api.get(`/api/v1/tasks?owner=all&${query}`)).body.data

beforeAll(async () => {
  program = await testApp()
  browser = await openBrowser()
  const opened = await openPage(browser, program.url, { locale: 'ru-RU' })
  page = opened.page
  problems = opened.problems
  const setUp = await page.request.post('/api/v1/setup', {
    headers: { origin: program.url },
    data: { name: 'Ирина', email: 'irina@shop.example', password: 'correct horse battery', company_name: 'Лавка', language: 'ru', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Лавка', sender_email: 'hello@shop.example' },
  })
  expect(setUp.status(), await setUp.text()).toBeLessThan(300)
  api = await program.as('administrator')
  await api.put('/api/v1/contacts', { email: 'petr@mail.example', first_name: 'Пётр', last_name: 'Вольф' })
})
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

test('a line is understood before it is saved; a key finishes it with what came of it and the next step; another undoes a move', async () => {
  await page.goto('/day')
  await page.getByText('Дел пока нет.').waitFor()
  await page.keyboard.press('n')
  await page.keyboard.type('позвонить Петру сегодня в 23:59')
  const line = page.getByRole('form', { name: 'Записать дело' })
  await line.getByText('позвонить Петру', { exact: true }).waitFor()
  await line.getByText('сегодня, 23:59').waitFor()
  expect(await line.getByRole('combobox', { name: 'Контакт' }).inputValue()).toBe('Пётр Вольф')
  await page.keyboard.press('Enter')
  await page.getByText('Добавлено: позвонить Петру').waitFor()
  await page.getByRole('region', { name: 'Сегодня' }).getByRole('link', { name: 'Пётр Вольф' }).waitFor()
  expect(await tasks('state=open')).toMatchObject([{ kind: 'call', title: 'позвонить Петру', contact: { name: 'Пётр Вольф' }, owner: { name: 'Ирина' } }])

  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.keyboard.press('t')
  await page.getByRole('region', { name: 'Дальше' }).getByText('завтра, 23:59').waitFor()
  await page.getByText('Перенесено').locator('..').getByRole('button', { name: 'Отменить' }).click()
  await page.getByRole('region', { name: 'Сегодня' }).getByText('сегодня, 23:59').waitFor()

  await page.keyboard.press('d')
  const dialog = page.getByRole('dialog', { name: 'Готово' })
  await dialog.getByLabel('Следующий шаг').fill('Отправить предложение')
  await dialog.getByRole('textbox', { name: 'Чем кончилось' }).fill('Думает до пятницы')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Дальше' }).getByText('Отправить предложение').waitFor()
  expect(await tasks('state=done')).toMatchObject([{ outcome: 'Думает до пятницы' }])
  expect(await tasks('state=open')).toMatchObject([{ title: 'Отправить предложение', due_on: nextDay(today), contact: { name: 'Пётр Вольф' } }])
  expect(problems).toEqual([])
})

test('selected tasks move together; in the calendar a meeting is dragged to another day and keeps its hour', async () => {
  for (const title of ['Счёт', 'Накладная']) await api.post('/api/v1/tasks', { title, due_on: today })
  await page.goto('/tasks?owner=all')
  for (const title of ['Счёт', 'Накладная']) await page.getByRole('row', { name: title }).getByRole('checkbox', { name: 'Выбрать строку' }).click()
  await page.getByRole('button', { name: 'Перенести', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Завтра' }).click()
  await page.getByText('Перенесены 2 задачи').waitFor()
  expect((await tasks('state=open')).filter((task: { due_on: string }) => task.due_on === nextDay(today)).length).toBe(3)

  const meeting = (await api.post('/api/v1/tasks', { kind: 'meeting', title: 'Дегустация', due_at: '2027-03-09T07:00:00Z', minutes: 60 })).body
  await page.goto('/calendar?owner=all&view=month&date=2027-03-09')
  await page.getByRole('button', { name: /Дегустация/ }).dragTo(page.getByText('11', { exact: true }).first())
  await page.getByText('Перенесено, новый срок 11 марта: Дегустация').waitFor()
  expect((await api.get(`/api/v1/tasks/${meeting.id}`)).body.due_at).toBe('2027-03-11T07:00:00.000Z')
  expect(problems).toEqual([])
})

test('a snippet comes into an answer by a slash, filled in for whoever is answered', async () => {
  await api.post('/api/v1/snippets', { name: 'Приветствие', text: 'Здравствуйте, {{ contact.first_name }}!', shared: true })
  await keepMails(program.db, [{ source: 'smtp', envelope_from: 'petr@mail.example', envelope_to: ['hello@shop.example'], raw: Buffer.from(reply({ from: 'Пётр <petr@mail.example>', to: 'hello@shop.example', text: 'Есть зелёный чай?' })), size: 300 }], program.app.now())
  await runUntilIdle(program)
  const { id } = (await api.get('/api/v1/contacts?search=petr@mail.example')).body.data[0]
  await page.goto(`/contacts/${id}`)
  const answer = page.getByRole('textbox', { name: /petr@mail.example/ })
  await answer.click()
  await page.keyboard.type('/прив')
  await page.getByRole('button', { name: /Приветствие/ }).waitFor()
  await page.keyboard.press('Enter')
  await expect.poll(() => answer.inputValue()).toBe('Здравствуйте, Пётр!')
  await page.goto('/settings/snippets')
  await page.getByRole('button', { name: 'Изменить «Приветствие»' }).waitFor()
  expect(problems).toEqual([])
})
