import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from '../browser.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'

/** One company from its first minute on: the tests follow each other, as its people do. */
let program: TestApp
let browser: Browser
let api: Client
let page: Page
let problems: string[]
const password = 'correct horse battery'

beforeAll(async () => {
  program = await testApp()
  browser = await openBrowser()
  const opened = await openPage(browser, program.url, { locale: 'ru-RU' })
  page = opened.page
  problems = opened.problems
})
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

test('the first administrator sets the company up in Russian and lands on the start page', async () => {
  await page.goto('/')
  await page.getByRole('heading', { name: 'Добро пожаловать в Отклик' }).waitFor()
  // The browser says Moscow and Russian, so that is what stands there.
  expect(await page.getByLabel('Часовой пояс').first().inputValue()).toMatch(/^Europe\/Moscow/)
  expect(await page.getByLabel('Валюта').first().inputValue()).toMatch(/^RUB/)

  await page.getByRole('button', { name: 'Создать и открыть' }).click()
  await page.getByText('Укажите название компании.').waitFor()

  await page.getByLabel('Название компании').fill('Виниловая лавка')
  await page.getByRole('textbox', { name: 'Имя', exact: true }).fill('Анна Петрова')
  await page.getByRole('textbox', { name: 'Почта', exact: true }).fill('anna@shop.example')
  await page.locator('input[type=password]').fill(password)
  await page.getByRole('button', { name: 'Создать и открыть' }).click()

  await page.getByRole('heading', { name: 'Здравствуйте, Анна' }).waitFor()
  await page.getByRole('heading', { name: 'На пути к запуску' }).waitFor()
  const company = (await (await program.as('administrator')).get('/api/v1/company')).body
  expect(company).toMatchObject({ name: 'Виниловая лавка', language: 'ru', currency: 'RUB', time_zone: 'Europe/Moscow', sender_name: 'Виниловая лавка', sender_email: 'anna@shop.example' })
  api = await program.as('administrator')
  // The ready-made segments have found their first members (nobody) before the day begins.
  await runUntilIdle(program)
})

test('a wrong password is refused, the right one lets in, signing out closes the door', async () => {
  await page.getByRole('button', { name: 'Учётная запись: Анна Петрова' }).click()
  await page.getByRole('menuitem', { name: 'Выйти' }).click()
  await page.getByRole('heading', { name: 'Вход' }).waitFor()
  expect((await page.request.get('/api/v1/contacts')).status()).toBe(401)

  await page.getByLabel('Почта').fill('anna@shop.example')
  await page.locator('input[type=password]').fill('not the password')
  await page.getByRole('button', { name: 'Войти' }).click()
  await page.getByText('Неверная почта или пароль.').waitFor()

  await page.locator('input[type=password]').fill(password)
  await page.getByRole('button', { name: 'Войти' }).click()
  await page.getByRole('heading', { name: 'Здравствуйте, Анна' }).waitFor()
})

test('a contact is added, its card opens, a field is edited in place and a wrong one is explained', async () => {
  await page.getByRole('link', { name: 'Контакты' }).click()
  await page.getByRole('heading', { name: 'Контактов пока нет' }).waitFor()
  await page.getByRole('button', { name: 'Добавить контакт' }).first().click()
  await page.getByRole('dialog').getByLabel('Имя').fill('Борис')
  await page.getByRole('dialog').getByLabel('Почта').fill('boris@mail.example')
  await page.getByRole('dialog').getByRole('button', { name: 'Добавить', exact: true }).click()
  await page.getByRole('heading', { name: 'Борис', exact: true }).waitFor()

  await page.getByRole('button', { name: 'Изменить: Город' }).click()
  await page.keyboard.type('Казань')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Изменить: Город' }).getByText('Казань').waitFor()

  await page.getByRole('button', { name: 'Изменить: Почта' }).click()
  await page.keyboard.type('boris at mail')
  await page.keyboard.press('Enter')
  await page.getByText('Это не адрес почты.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Изменить: Почта' }).getByText('boris@mail.example').waitFor()

  const id = Number(new URL(page.url()).pathname.split('/').at(-1))
  expect((await api.get(`/api/v1/contacts/${id}`)).body).toMatchObject({ city: 'Казань', email: 'boris@mail.example' })
})

test('what a colleague changed in another field stays; in the same field one is asked', async () => {
  const id = Number(new URL(page.url()).pathname.split('/').at(-1))
  const change = async (fields: object) => {
    const { revision } = (await api.get(`/api/v1/contacts/${id}`)).body as { revision: number }
    expect((await api.patch(`/api/v1/contacts/${id}`, { ...fields, revision })).status).toBe(200)
  }

  await page.getByRole('button', { name: 'Изменить: Фамилия' }).click()
  await page.keyboard.type('Волков')
  await change({ city: 'Самара' })
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Борис Волков' }).waitFor()
  expect((await api.get(`/api/v1/contacts/${id}`)).body).toMatchObject({ last_name: 'Волков', city: 'Самара' })

  await page.getByRole('button', { name: 'Изменить: Город' }).getByText('Самара').waitFor()
  await page.getByRole('button', { name: 'Изменить: Город' }).click()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('Пермь')
  await change({ city: 'Тверь' })
  await page.keyboard.press('Enter')
  await page.getByText('Пока вы правили, это поле изменил кто-то другой.').waitFor()
  await page.getByRole('button', { name: 'Оставить моё' }).click()
  await page.getByRole('button', { name: 'Изменить: Город' }).getByText('Пермь').waitFor()
  expect((await api.get(`/api/v1/contacts/${id}`)).body.city).toBe('Пермь')
})

test('an order sent by the shop appears on the open card without a reload', async () => {
  const id = Number(new URL(page.url()).pathname.split('/').at(-1))
  await api.post('/api/v1/events', { events: [{ id: 'order-1', type: 'order.placed', contact: { id }, properties: { order_id: 'A-17', amount: 1490, items: [{ sku: 'LP', name: 'Kind of Blue', price: 1490, quantity: 1 }] } }] })
  await runUntilIdle(program)
  await page.getByText(/Заказ A-17 на 1\s490\s₽/).waitFor()
  await page.getByText('Kind of Blue').first().waitFor()
  // The segment of buyers follows by itself, and says why.
  await page.getByRole('button', { name: /Почему в сегменте «Покупатели»/ }).click()
  await page.getByRole('dialog').getByText('Количество заказов не меньше 1').waitFor()
  await page.keyboard.press('Escape')
})

test('a consent is recorded by hand with what it rests on, and stands in the history', async () => {
  await page.getByRole('button', { name: 'Записать изменение' }).click()
  await page.getByRole('dialog').getByLabel('Тема').first().click()
  await page.getByRole('option', { name: 'Новости' }).click()
  await page.getByRole('dialog').getByLabel('На чём оно основано?').fill('12 мая по телефону попросил присылать новости')
  await page.getByRole('dialog').getByRole('button', { name: 'Записать', exact: true }).click()
  await page.getByRole('region', { name: 'Согласия' }).getByText('Дано').waitFor()
  await page.getByRole('button', { name: 'История и подтверждения' }).click()
  await page.getByRole('dialog').getByText('12 мая по телефону попросил присылать новости').waitFor()
  await page.keyboard.press('Escape')
})

test('the list is searched, filtered and tagged; Ctrl-K finds the same person', async () => {
  await api.post('/api/v1/contacts/batch', { contacts: Array.from({ length: 60 }, (_, index) => ({ email: `person${index}@mail.example`, first_name: `Человек ${index}`, tags: index % 2 === 0 ? ['опт'] : [] })) })
  await runUntilIdle(program)
  await page.goto('/contacts')
  await page.getByPlaceholder('Имя, почта, телефон, город').fill('волков')
  await page.getByRole('row', { name: /Борис Волков/ }).waitFor()
  await expect.poll(() => page.locator('tbody tr').count(), { timeout: 60_000 }).toBe(1)

  await page.getByPlaceholder('Имя, почта, телефон, город').fill('')
  await page.getByRole('button', { name: 'Фильтр' }).click()
  await page.getByRole('menuitem', { name: 'Метка' }).click()
  await page.getByRole('option', { name: 'опт' }).click()
  await page.getByText('Метка: опт').waitFor()
  await expect.poll(() => page.locator('tbody tr').count(), { timeout: 60_000 }).toBe(30)
  // What is asked for is in the address: a reload shows the same.
  await page.reload()
  await expect.poll(() => page.locator('tbody tr').count(), { timeout: 60_000 }).toBe(30)

  await page.getByLabel('Выбрать строку').first().check()
  await page.getByRole('button', { name: 'Поставить метку' }).click()
  await page.getByRole('dialog').getByLabel('Метка').fill('важные')
  await page.getByRole('dialog').getByRole('button', { name: 'Поставить метку' }).click()
  await page.getByText('Выполняется: ход виден над списком.').waitFor()
  await runUntilIdle(program, ['bulk-actions'])
  await expect.poll(async () => (await api.get('/api/v1/tags')).body.data.find((tag: { name: string }) => tag.name === 'важные')?.contacts_count).toBe(1)

  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Люди, сегменты, рассылки, страницы …').fill('Борис')
  await page.getByRole('button', { name: /Борис Волков/ }).first().waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Борис Волков' }).waitFor()
})

test('English, dark and narrow: the same pages, nothing sticks out', async () => {
  const { page: narrow, problems: own } = await openPage(browser, program.url, { width: 390, height: 844, locale: 'en-GB', dark: true })
  await narrow.goto('/')
  await narrow.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await narrow.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark')
  await narrow.getByLabel('Email').fill('anna@shop.example')
  await narrow.locator('input[type=password]').fill(password)
  await narrow.getByRole('button', { name: 'Sign in' }).click()
  // The account's language wins over the browser's.
  await narrow.getByRole('heading', { name: 'Здравствуйте, Анна' }).waitFor()
  await narrow.getByRole('button', { name: 'Учётная запись: Анна Петрова' }).click()
  await narrow.getByText('English', { exact: true }).click()
  await narrow.getByRole('heading', { name: 'Hello, Анна' }).waitFor()
  await narrow.keyboard.press('Escape')
  for (const path of ['/', '/contacts', '/leads', '/tasks', '/settings', '/settings/people', '/settings/api-keys', '/settings/fields', '/settings/tags', '/settings/profile']) {
    await narrow.goto(path)
    await narrow.locator('h1').first().waitFor().catch(async () => { throw new Error(`${path} shows: ${(await narrow.locator('body').innerText()).slice(0, 300)}`) })
    const overflow = await narrow.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0)
  }
  expect(own).toEqual([])
})

test('nothing broke on the way: no script error, no breach of the content policy', () => {
  expect(problems).toEqual([])
})
