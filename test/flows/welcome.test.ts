import { afterAll, beforeAll, expect, test } from 'vitest'
import { client, runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'
import { setUpCompany } from '../../server/flows/set-up-company.ts'

const person = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'
let server: TestApp
let admin: Client
let now = new Date('2026-11-24T10:00:00Z')
const later = (milliseconds: number): void => {
  now = new Date(now.getTime() + milliseconds)
  server.setNow(now)
}

beforeAll(async () => {
  server = await testApp()
  server.setNow(now)
  await setUpCompany(server.app, {
    language: 'ru', company_name: 'Лавка', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Лавка', sender_email: 'hello@lavka.example',
    name: 'Анна', email: 'anna@lavka.example', password: 'correct horse battery',
  })
  admin = await server.as('administrator')
})
afterAll(() => server?.close())

const mailsTo = async (email: string) => {
  const { data } = (await admin.get(`/api/v1/test-mails`)).body as { data: { id: number, to: string, subject: string }[] }
  return data.filter(mail => mail.to === email).toReversed()
}

async function signUpAndConfirm(slug: string, email: string, name: string): Promise<number> {
  const visitor = client(server.url, { 'accept-language': 'ru', 'user-agent': person })
  const page = await visitor.get(`/f/${slug}`)
  const hidden = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(match => [match[1]!, match[2]!]))
  later(5000)
  expect((await visitor.post(`/f/${slug}?lang=ru`, new URLSearchParams({ ...hidden, consent: 'yes', topic: '1', email, first_name: name }))).status).toBe(200)
  await runUntilIdle(server)
  const [confirmation] = await mailsTo(email)
  const mail = (await admin.get(`/api/v1/test-mails/${confirmation!.id}`)).body
  const link = /href="(http[^"]+\/c\/[^"]+)"/.exec(mail.html)![1]!
  later(60_000)
  await fetch(link, { method: 'POST', headers: { 'user-agent': person } })
  await runUntilIdle(server)
  return (await server.app.pool.query<{ id: number }>('select id from contacts where email = $1', [email])).rows[0]!.id
}

test('who confirms a subscription is welcomed; a click ends it, without one a reminder comes after two days; the report leads to the people', async () => {
  expect((await admin.get('/api/v1/journeys')).body.data).toEqual([])
  const journey = (await admin.post('/api/v1/ready-made-journeys/welcome', { topic_id: 1 })).body
  expect((await admin.post(`/api/v1/journeys/${journey.id}/activation`)).body).toMatchObject({ state: 'active', problems: [] })
  const form = (await admin.post('/api/v1/forms', { name: 'Подписка' })).body

  const olga = await signUpAndConfirm(form.slug, 'olga@example.com', 'Ольга')
  const petr = await signUpAndConfirm(form.slug, 'petr@example.com', 'Пётр')
  const welcome = (await mailsTo('olga@example.com'))[1]!
  const html = (await admin.get(`/api/v1/test-mails/${welcome.id}`)).body.html as string
  expect(html).toContain('Ольга')
  later(3_600_000)
  const link = /href="(http[^"]+\/t\/c\/[^"]+)"/.exec(html)![1]!
  expect((await fetch(link, { redirect: 'manual', headers: { 'user-agent': person } })).status).toBe(302)
  await runUntilIdle(server)
  const way = async (contact: number) => (await admin.get(`/api/v1/journeys/${journey.id}/enrolments?contact_id=${contact}`)).body.data[0]
  expect((await way(olga)).steps.map((step: { step: string, outcome: string }) => `${step.step}: ${step.outcome}`)).toEqual(['hello: next', 'reaction: happened'])
  expect(await way(petr)).toMatchObject({ state: 'waiting', step: 'reaction' })

  later(2 * 86_400_000)
  await runUntilIdle(server)
  expect((await way(petr)).steps.map((step: { step: string, outcome: string }) => `${step.step}: ${step.outcome}`)).toEqual(['hello: next', 'reaction: timeout', 'reminder: next'])
  expect((await mailsTo('petr@example.com')).length).toBe(3)
  expect((await mailsTo('olga@example.com')).length).toBe(2)

  const order = await admin.post('/api/v1/events', { events: [{ type: 'order.placed', contact: { email: 'olga@example.com' }, properties: { order_id: '7', amount: 1490.5, items: [] } }] })
  expect(order.status).toBe(202)
  await runUntilIdle(server)
  const report = (await admin.get(`/api/v1/journeys/${journey.id}/report`)).body
  expect(report.totals).toMatchObject({ entered: 2, done: 1, here: 1, sent: 3, clicked: 1, orders: 1, revenue: 1490.5 })
  expect((await admin.get(`/api/v1/journeys/${journey.id}/people?what=orders`)).body.data).toMatchObject([{ contact_id: olga, name: 'Ольга' }])
  expect((await admin.get(`/api/v1/contacts/${petr}/timeline?kind=journey`)).body.data.map((entry: { type: string }) => entry.type)).toEqual(['journey.entered'])
})
