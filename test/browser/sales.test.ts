import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from '../browser.ts'
import { testApp, type Client, type TestApp } from '../database.ts'

let program: TestApp
let browser: Browser
let api: Client
let page: Page
let problems: string[]
let contact: number

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
  contact = (await api.put('/api/v1/contacts', { email: 'olga@example.org', first_name: 'Ольга' })).body.id
})
afterAll(async () => {
  await browser?.close()
  await program?.close()
})

test('a deal is made on the card, moved there, and lost with a reason; the timeline tells it', async () => {
  await page.goto(`/contacts/${contact}`)
  await page.getByRole('button', { name: 'Добавить сделку' }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('Название').fill('Кухня на заказ')
  await form.getByLabel('Сумма, RUB').fill('120000')
  await form.getByRole('button', { name: 'Создать сделку' }).click()
  const panel = page.getByRole('region', { name: 'Сделки' })
  await panel.getByText('Кухня на заказ').waitFor()
  await panel.getByText('120 000 ₽').waitFor()

  await panel.getByRole('combobox', { name: 'Этап сделки «Кухня на заказ»' }).click()
  await page.getByRole('option', { name: 'Предложение' }).click()
  await page.getByText('Сделка «Кухня на заказ»: Новая → Предложение').waitFor()

  await panel.getByRole('combobox', { name: 'Этап сделки «Кухня на заказ»' }).click()
  await page.getByRole('option', { name: 'Проиграна' }).click()
  await form.getByLabel('Почему проиграна').fill('Выбрали другого')
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await page.getByText('Сделка «Кухня на заказ» проиграна').waitFor()
  expect((await api.get(`/api/v1/deals?contact=${contact}`)).body.data).toMatchObject([{ state: 'lost', lost_reason: 'Выбрали другого', stage: { name: 'Проиграна' }, amount: 120_000 }])
})

test('the list shows deals by stage, and a stage narrows it', async () => {
  await api.post('/api/v1/deals', { contact_id: contact, title: 'Стол', amount: 9000 })
  await page.goto('/deals')
  await page.getByText('Стол').waitFor()
  const first = page.getByRole('button', { name: /Новая.*1 сделка.*9 000 ₽/s })
  await first.click()
  await page.waitForURL(/stage=\d+/)
  await page.getByText('Стол').click()
  await page.waitForURL(/\/deals\/\d+$/)
  await page.getByRole('button', { name: 'Изменить: Название Стол' }).click()
  await page.getByRole('textbox', { name: 'Название' }).fill('Дубовый стол')
  await page.getByRole('textbox', { name: 'Название' }).press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Дубовый стол' }).waitFor()
  await page.goto('/deals?state=lost')
  await page.getByText('Кухня на заказ').waitFor()
})

test('the page of a deal moves it, says who was quicker, asks why it was lost, and deletes it', async () => {
  const { body: { data: [pipeline] } } = await api.get('/api/v1/pipelines')
  const at = (name: string): number => pipeline.stages.find((stage: { name: string }) => stage.name === name).id
  expect((await page.request.post('/api/v1/users', { headers: { origin: program.url }, data: { name: 'Пётр', email: 'petr@shop.example', role: 'manager', password: 'correct horse battery' } })).status()).toBe(201)
  const other = await openPage(browser, program.url)
  expect((await other.page.request.post('/api/v1/session', { headers: { origin: program.url }, data: { email: 'petr@shop.example', password: 'correct horse battery' } })).status()).toBeLessThan(300)
  const { body: deal } = await api.post('/api/v1/deals', { contact_id: contact, title: 'Буфет', amount: 7000 })
  const patch = async (body: object) => expect((await other.page.request.patch(`/api/v1/deals/${deal.id}`, { headers: { origin: program.url }, data: body })).status()).toBe(200)

  await page.goto(`/deals/${deal.id}`)
  const stage = (name: string) => page.getByRole('list', { name: 'Этап' }).getByRole('button', { name, exact: true })
  await page.getByText('Нет следующего шага').waitFor()
  // Between the click here and its arrival a colleague moves the deal; nothing is overwritten, and both know.
  let isFirst = true
  await page.route(`**/api/v1/deals/${deal.id}`, async (route) => {
    if (route.request().method() === 'PATCH' && isFirst) {
      isFirst = false
      await patch({ revision: 1, stage_id: at('В работе') })
    }
    await route.fallback()
  })
  await stage('Предложение').click()
  await page.getByText('Сделку тем временем перенесли на этап «В работе»: Пётр.').waitFor()
  expect((await api.get(`/api/v1/deals/${deal.id}`)).body).toMatchObject({ stage: { name: 'В работе' }, revision: 2 })
  await page.getByRole('button', { name: 'Всё равно перенести на «Предложение»' }).click()
  await page.locator('[aria-current="step"]').getByText('Предложение').waitFor()
  // What a colleague does is seen at once.
  await patch({ revision: 3, amount: 8500 })
  await page.getByText('8 500 ₽').first().waitFor()

  await stage('Проиграна').click()
  await page.getByRole('dialog').getByLabel('Почему проиграна').fill('Передумали')
  await page.getByRole('dialog').getByRole('button', { name: 'Сохранить' }).click()
  await page.getByText('Сделка «Буфет» проиграна').waitFor()
  await page.locator('[aria-current="step"]').getByText('Проиграна').waitFor()
  await page.getByRole('button', { name: 'Ещё' }).first().click()
  await page.getByRole('menuitem', { name: 'Удалить сделку' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Удалить' }).click()
  await page.waitForURL(/\/deals$/)
  expect((await api.get(`/api/v1/deals/${deal.id}`)).status).toBe(404)
  expect(other.problems).toEqual([])
  await other.page.context().close()
})

test('a stage with deals asks where they go before it is taken away', async () => {
  await page.goto('/settings/pipelines')
  await page.getByRole('button', { name: 'Изменить воронку «Продажи»' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('button', { name: 'Убрать этап «Новая»' }).click()
  expect(await form.getByRole('button', { name: 'Сохранить' }).isDisabled()).toBe(true)
  await form.getByRole('combobox', { name: /На этапе «Новая» стоит 1 сделка/ }).click()
  await page.getByRole('option', { name: 'В работе' }).click()
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await page.getByText('В работе · 30 % · 1').waitFor()
  expect((await api.get(`/api/v1/deals?contact=${contact}&state=open`)).body.data).toMatchObject([{ title: 'Дубовый стол', stage: { name: 'В работе' } }])
})

test('on the board a card is dragged and moved by keys; a stage asks for what is missing, and a move made elsewhere appears', async () => {
  const { body: { data: [pipeline] } } = await api.get('/api/v1/pipelines')
  const stages = pipeline.stages.map(({ deals: _, ...stage }: { deals: number, name: string }) => stage.name === 'Предложение' ? { ...stage, required_fields: ['amount'] } : stage)
  expect((await api.put(`/api/v1/pipelines/${pipeline.id}`, { name: pipeline.name, stages })).status).toBe(200)
  const { body: deal } = await api.post('/api/v1/deals', { contact_id: contact, title: 'Шкаф' })
  await page.goto('/deals?view=board')
  const column = (name: string) => page.getByRole('region', { name, exact: true })
  await column('В работе').getByRole('button', { name: 'Шкаф' }).dragTo(column('Предложение'))
  const form = page.getByRole('dialog')
  await form.getByLabel('Сумма, RUB').fill('50000')
  await form.getByRole('textbox', { name: 'Следующий шаг' }).fill('Отправить договор')
  await form.getByRole('button', { name: 'Сохранить' }).click()
  await column('Предложение').getByText('50 000 ₽', { exact: true }).first().waitFor()
  await column('Предложение').getByText('Отправить договор').waitFor()
  expect((await api.get(`/api/v1/deals/${deal.id}`)).body).toMatchObject({ stage: { name: 'Предложение' }, amount: 50_000, next_step: { title: 'Отправить договор' }, revision: 2 })

  await column('Предложение').getByRole('button', { name: 'Шкаф' }).press('Alt+ArrowLeft')
  await column('В работе').getByRole('button', { name: 'Шкаф' }).waitFor()
  // Shown at once, said when the server has it.
  await page.getByText('Сделка «Шкаф» теперь на этапе «В работе»').first().waitFor({ state: 'attached' })

  const { body: moved } = await api.get(`/api/v1/deals/${deal.id}`)
  await api.patch(`/api/v1/deals/${deal.id}`, { revision: moved.revision, stage_id: stages.find((stage: { name: string }) => stage.name === 'Предложение').id })
  await column('Предложение').getByRole('button', { name: 'Шкаф' }).waitFor()
  await column('Предложение').getByRole('button', { name: 'Шкаф' }).press('Alt+ArrowRight')
  await page.getByText('Сделка «Шкаф» теперь на этапе «Выиграна»').first().waitFor({ state: 'attached' })
  expect((await api.get(`/api/v1/deals/${deal.id}`)).body).toMatchObject({ state: 'won' })
})

test('a deal is added in its column for somebody new, and the line stays open for the next one', async () => {
  await page.goto('/deals?view=board')
  await page.getByRole('button', { name: 'Добавить сделку на этап «В работе»' }).click()
  const line = page.getByRole('form', { name: 'Новая сделка на этапе «В работе»' })
  for (const [title, amount, person, option] of [['Полка', '7000', 'Пётр Орлов +7 916 555-01-02', 'Новый контакт: Пётр Орлов +7 916 555-01-02'], ['Лампа', '3000', 'Ольга', 'Ольга · olga@example.org']] as const) {
    await line.getByRole('textbox', { name: 'Название' }).fill(title)
    await line.getByRole('textbox', { name: 'Сумма, RUB' }).fill(amount)
    await line.getByRole('combobox', { name: 'Контакт' }).fill(person)
    await page.getByRole('option', { name: option }).click()
    await line.getByRole('textbox', { name: 'Название' }).press('Enter')
    await page.getByRole('region', { name: 'В работе', exact: true }).getByRole('button', { name: title }).waitFor()
  }
  expect((await api.get('/api/v1/deals?state=open&limit=2')).body.data).toMatchObject([
    { title: 'Лампа', amount: 3000, contact: { id: contact }, stage: { name: 'В работе' } }, { title: 'Полка', amount: 7000, contact: { name: 'Пётр Орлов' }, stage: { name: 'В работе' } },
  ])
})

test('a finger scrolls a column, and carries a card it rested on to another one beyond the edge of a phone', async () => {
  const { body: { data: [pipeline] } } = await api.get('/api/v1/pipelines')
  const at = (name: string): number => pipeline.stages.find((stage: { name: string }) => stage.name === name).id
  const made = await api.post('/api/v1/deals/batch', { source: 'touch', deals: Array.from({ length: 300 }, (_, index) => ({ external_id: String(index), title: `Стул ${index}`, amount: 900, stage: at('В работе'), contact: { email: 'olga@example.org' } })) })
  expect(made.body.created).toBe(300)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/deals?view=board')
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Emulation.setTouchEmulationEnabled', { enabled: true })
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x = 0, y = 0) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
  const column = page.getByRole('region', { name: 'В работе', exact: true })
  const middle = async (name: string) => {
    const box = (await column.getByRole('button', { name, exact: true }).boundingBox())!
    return { x: box.x + 30, y: box.y + box.height / 2 }
  }
  const last = await middle('Стул 299')
  await touch('touchStart', last.x, last.y + 200)
  for (let step = 1; step <= 12; step++) await touch('touchMove', last.x, last.y + 200 - step * 25)
  await touch('touchEnd')
  await expect.poll(() => column.locator('[tabindex="-1"]').evaluate(cards => cards.scrollTop)).toBeGreaterThan(100)

  // Only what is in sight is drawn, and the end of a long column is reached.
  await expect.poll(async () => {
    await column.locator('[tabindex="-1"]').evaluate((cards) => { cards.scrollTop = cards.scrollHeight })
    return column.getByRole('button', { name: 'Стул 0', exact: true }).count()
  }, { timeout: 20_000 }).toBe(1)
  expect(await column.getByRole('button', { name: /^Стул/ }).count()).toBeLessThan(60)

  const card = await middle('Стул 0')
  await touch('touchStart', card.x, card.y)
  await page.locator('body > *').getByText('Стул 0', { exact: true }).nth(1).waitFor()
  // Held at the edge, the board follows until the last columns are in sight.
  for (let step = 1; step <= 10; step++) await touch('touchMove', card.x + (386 - card.x) * step / 10, card.y - step)
  const target = page.getByRole('region', { name: 'Предложение', exact: true })
  await expect.poll(async () => (await target.boundingBox())!.x).toBeLessThan(60)
  await touch('touchMove', 150, card.y)
  await page.locator(`[data-stage="${at('Предложение')}"][data-over]`).waitFor()
  await touch('touchEnd')
  await page.getByText('Сделка «Стул 0» теперь на этапе «Предложение»').first().waitFor({ state: 'attached' })
  expect((await api.get('/api/v1/deals?search=Стул 0')).body.data).toMatchObject([{ stage: { name: 'Предложение' } }])
  await cdp.send('Emulation.setTouchEmulationEnabled', { enabled: false })
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('a pool is made, filled with codes, and says what it left out; its numbers lead to people', async () => {
  await page.goto('/coupons')
  await page.getByRole('heading', { name: 'Промокодов пока нет' }).waitFor()
  await page.getByRole('button', { name: 'Новый набор промокодов' }).first().click()
  const form = page.getByRole('dialog')
  await form.getByText('Список кодов').click()
  await form.getByLabel('Название').fill('Коды магазина')
  await form.getByRole('button', { name: 'Создать' }).click()
  await page.getByRole('heading', { name: 'Коды магазина' }).waitFor()
  await page.getByText('Коды закончились').waitFor()
  await page.getByLabel('Коды', { exact: true }).fill('SHOP-1\nSHOP-2\nshop-1\nx')
  await page.getByRole('button', { name: 'Добавить коды' }).click()
  await page.getByText('Добавлено 2 кода.').waitFor()
  await page.getByText('1 код уже есть здесь или в другом наборе').waitFor()
  await page.getByText('строка 4: x').waitFor()

  const pool = Number(new URL(page.url()).pathname.split('/').at(-1))
  expect((await api.post('/api/v1/coupons', { pool_id: pool, contact: { id: contact } })).body).toMatchObject({ code: 'SHOP-1' })
  await page.getByRole('button', { name: /Выдано.*1/s }).click()
  await page.getByRole('dialog').getByText('SHOP-1').waitFor()
  await page.getByRole('dialog').getByRole('link', { name: /Ольга/ }).click()
  await page.getByText('Получен промокод SHOP-1').waitFor()
})

test('the secret of webhooks is shown when asked for', async () => {
  await page.goto('/settings/webhooks')
  await page.getByRole('heading', { name: 'Вызовов пока не было' }).waitFor()
  await page.getByRole('button', { name: 'Показать секрет' }).click()
  await page.getByText(/^whsec_/).waitFor()
})

test('nothing went wrong in the browser meanwhile', () => {
  expect(problems).toEqual([])
})
