import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'

let t: TestApp
beforeAll(async () => { t = await testApp() })
afterAll(() => t.close())

const body = {
  language: 'ru', company_name: 'Чайная лавка', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Чайная лавка', sender_email: 'hello@tea.example',
  name: 'Анна', email: 'anna@tea.example', password: 'correct horse',
}

test('a wrong set-up names its fields and makes nothing', async () => {
  const visitor = await t.as(null)
  const answer = await visitor.post('/api/v1/setup', { ...body, currency: 'ROUBLE', email: 'anna' })
  expect(answer.status).toBe(422)
  expect(answer.body.errors.map((error: { field: string }) => error.field).toSorted()).toEqual(['currency', 'email'])
  const zone = await visitor.post('/api/v1/setup', { ...body, time_zone: 'Europe/Chaynaya' })
  expect(zone.body.errors[0].field).toBe('time_zone')
  expect((await visitor.get('/api/v1/session')).body).toEqual({ setup_required: true, user: null, company: null, sees: { part: false, fields: {} } })
})

test('of several set-ups at once one makes the administrator, and answers signed in', async () => {
  const visitor = await t.as(null)
  const answers = await Promise.all([1, 2, 3].map(each => visitor.post('/api/v1/setup', { ...body, email: `anna${each}@tea.example` })))
  expect(answers.map(answer => answer.status).toSorted()).toEqual([201, 409, 409])
  const made = answers.find(answer => answer.status === 201)!
  expect(made.body.user).toMatchObject({ name: 'Анна', role: 'administrator', locale: 'ru' })
  expect(made.body.company).toMatchObject({ name: 'Чайная лавка', currency: 'RUB', phone_country: 'RU' })
  const cookie = made.headers.getSetCookie().map(each => each.split(';')[0]).join('; ')
  const session = await (await fetch(`${t.url}/api/v1/session`, { headers: { cookie } })).json() as { user: { name: string } }
  expect(session.user.name).toBe('Анна')
})

test('the company begins with topics, templates and segments in its language', async () => {
  const admin = await t.as('administrator')
  expect((await admin.get('/api/v1/topics')).body.data.length).toBeGreaterThan(0)
  const segments = (await admin.get('/api/v1/segments')).body.data as { name: string }[]
  expect(segments.map(each => each.name)).toContain('Покупатели')
  expect((await admin.get('/api/v1/templates')).body.data.length).toBeGreaterThan(0)
})
