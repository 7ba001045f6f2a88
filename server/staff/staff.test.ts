import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp, type TestApp } from '../../test/database.ts'

let t: TestApp
beforeAll(async () => { t = await testApp({ logLevel: 'error' }) })
afterAll(() => t.close())

test('an API key is shown once, works, and stops working when revoked', async () => {
  const admin = await t.as('administrator')
  const made = await admin.post('/api/v1/api-keys', { name: 'shop' })
  expect(made.status).toBe(201)
  const withKey = await fetch(`${t.url}/api/v1/company`, { headers: { authorization: `Bearer ${made.body.key}` } })
  expect(withKey.status).toBe(200)
  const list = await admin.get('/api/v1/api-keys')
  expect(JSON.stringify(list.body)).not.toContain(made.body.key)
  expect((await admin.delete(`/api/v1/api-keys/${made.body.id}`)).status).toBe(204)
  expect((await fetch(`${t.url}/api/v1/company`, { headers: { authorization: `Bearer ${made.body.key}` } })).status).toBe(401)
})

test('a role does only what it may', async () => {
  const observer = await t.as('observer')
  expect((await observer.get('/api/v1/company')).status).toBe(200)
  expect((await observer.patch('/api/v1/company', { name: 'x' })).status).toBe(403)
  const visitor = await t.as(null)
  expect((await visitor.get('/api/v1/company')).status).toBe(401)
})

test('bad input names the field', async () => {
  const admin = await t.as('administrator')
  const answer = await admin.post('/api/v1/users', { name: '', email: 'nobody', role: 'king', password: 'short' })
  expect(answer.status).toBe(422)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.body.errors.map((error: { field: string }) => error.field).sort()).toEqual(['email', 'name', 'password', 'role'])
})

test('somebody signs in with a cookie, and signs out', async () => {
  const admin = await t.as('administrator')
  expect((await admin.post('/api/v1/users', { name: 'Anna', email: 'Anna@Example.com', role: 'administrator', password: 'correct horse' })).status).toBe(201)
  const visitor = await t.as(null)
  expect((await visitor.post('/api/v1/session', { email: 'anna@example.com', password: 'wrong horse' })).status).toBe(401)
  const signedIn = await visitor.post('/api/v1/session', { email: 'anna@example.com', password: 'correct horse' })
  expect(signedIn.status).toBe(204)
  const cookie = signedIn.headers.getSetCookie().map(each => each.split(';')[0]).join('; ')
  const session = async () => (await fetch(`${t.url}/api/v1/session`, { headers: { cookie } })).json() as Promise<{ user: { name: string } | null }>
  expect((await session()).user?.name).toBe('Anna')
  // A page of another site must not act with the cookie.
  expect((await fetch(`${t.url}/api/v1/company`, { method: 'PATCH', headers: { cookie, origin: 'https://evil.example', 'content-type': 'application/json' }, body: '{"name":"x"}' })).status).toBe(403)
  expect((await fetch(`${t.url}/api/v1/session`, { method: 'DELETE', headers: { cookie } })).status).toBe(204)
  expect((await session()).user).toBeNull()
})

test('the last administrator cannot be lost', async () => {
  const admin = await t.as('administrator')
  const people = (await admin.get('/api/v1/users')).body.data as { id: number, role: string }[]
  const last = people.find(each => each.role === 'administrator')!
  const answer = await admin.patch(`/api/v1/users/${last.id}`, { role: 'observer' })
  expect(answer.status).toBe(409)
  expect(answer.body.code).toBe('last_administrator')
})

test('guessing passwords is slowed down', async () => {
  const visitor = await t.as(null)
  const answers = []
  for (let i = 0; i < 7; i++) answers.push((await visitor.post('/api/v1/session', { email: 'guess@example.com', password: 'guess guess' })).status)
  expect(answers.slice(0, 5)).toEqual([401, 401, 401, 401, 401])
  expect(answers.at(-1)).toBe(429)
})

test('a team has members and at most one lead, who is one of them', async () => {
  const admin = await t.as('administrator')
  const make = async (name: string) => (await admin.post('/api/v1/users', { name, email: `${name}@team.example`, role: 'manager', password: 'correct horse' })).body.id as number
  const [boris, vera, gleb] = [await make('Boris'), await make('Vera'), await make('Gleb')]
  const made = await admin.post('/api/v1/teams', { name: 'Sales', member_ids: [boris, vera], lead_id: vera })
  expect(made.status).toBe(201)
  expect(made.body.members.map((each: { id: number, is_lead: boolean }) => [each.id, each.is_lead])).toEqual([[vera, true], [boris, false]])
  expect((await admin.post('/api/v1/teams', { name: 'sales' })).body.errors).toEqual([{ field: 'name', message: 'there is a team of this name already' }])
  expect((await admin.put(`/api/v1/teams/${made.body.id}`, { name: 'Sales', member_ids: [boris], lead_id: gleb })).body.errors[0].field).toBe('lead_id')
  expect((await admin.put(`/api/v1/teams/${made.body.id}`, { name: 'Sales', member_ids: [boris, 999_999], lead_id: null })).body.errors[0].field).toBe('member_ids')
  expect((await admin.put(`/api/v1/teams/${made.body.id}`, { name: 'Moscow', member_ids: [gleb, boris], lead_id: gleb })).body.members[0]).toMatchObject({ id: gleb, is_lead: true })
  expect((await (await t.as('observer')).get('/api/v1/teams')).body.data).toMatchObject([{ name: 'Moscow' }])
  expect((await admin.delete(`/api/v1/teams/${made.body.id}`)).status).toBe(204)
  expect((await admin.delete(`/api/v1/teams/${made.body.id}`)).status).toBe(404)
})
