import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp, type Client, type TestApp } from '../../test/database.ts'
import { followState, recordConsents, type NewConsent } from './record-consents.sql.ts'
import { seedTopics } from './seed-topics.ts'
import { suppress } from './suppressions.sql.ts'

let server: TestApp
let admin: Client
const now = new Date('2026-11-24T10:00:00Z')
const day = 86_400_000

beforeAll(async () => {
  server = await testApp()
  await seedTopics(server.db, now)
  await seedTopics(server.db, now)
  admin = await server.as('administrator')
})
afterAll(() => server?.close())

const contact = async (email: string): Promise<number> => (await admin.put('/api/v1/contacts', { email })).body.id
const consent = (contact_id: number, action: NewConsent['action'], daysAgo: number, topic_id = 1): NewConsent =>
  ({ contact_id, topic_id, action, wording: 'yes', source: 'api', occurred_at: new Date(now.getTime() - daysAgo * day) })

describe('the state that follows from the ledger', () => {
  const entry = (action: NewConsent['action'], daysAgo: number) => consent(1, action, daysAgo)
  const follow = (...entries: NewConsent[]) => entries.reduce<ReturnType<typeof followState>>((state, one) => followState(state, one) ?? state, null)?.status
  test('the last word counts', () => {
    expect(follow(entry('requested', 3), entry('granted', 2), entry('withdrawn', 1))).toBe('withdrawn')
    expect(follow(entry('withdrawn', 3), entry('granted', 2))).toBe('granted')
  })
  test('asking again does not undo a consent', () => expect(follow(entry('granted', 3), entry('requested', 1))).toBe('granted'))
  test('older news does not overturn what came later', () => expect(follow(entry('withdrawn', 1), entry('granted', 5))).toBe('withdrawn'))
})

describe('recording', () => {
  test('none, one and many; each is kept and only changes are told', async () => {
    const ids = [await contact('a@example.com'), await contact('b@example.com')] as [number, number]
    expect(await recordConsents(server.db, [])).toEqual([])
    expect(await recordConsents(server.db, [consent(ids[0], 'granted', 3)])).toEqual([{ contact_id: ids[0], topic_id: 1, action: 'granted', before: null }])
    const changed = await recordConsents(server.db, [consent(ids[0], 'granted', 2), consent(ids[0], 'requested', 2, 2), consent(ids[0], 'granted', 1, 2), consent(ids[1], 'withdrawn', 1)])
    expect(changed).toEqual([{ contact_id: ids[0], topic_id: 2, action: 'granted', before: null }, { contact_id: ids[1], topic_id: 1, action: 'withdrawn', before: null }])
    expect((await admin.get(`/api/v1/contacts/${ids[0]}/consents`)).body.data).toHaveLength(4)
  })
  test('the ledger cannot be rewritten', async () => {
    await expect(server.app.pool.query(`update consents set action = 'withdrawn'`)).rejects.toThrow(/append-only/)
  })
})

describe('by the API', () => {
  test('staff record a withdrawal with its reason; timeline and state follow', async () => {
    const id = await contact('c@example.com')
    expect((await admin.post(`/api/v1/contacts/${id}/consents`, { topic_id: 1, action: 'granted', wording: 'Signed the paper form in our shop' })).body.status).toBe('granted')
    expect((await admin.post(`/api/v1/contacts/${id}/consents`, { topic_id: 1, action: 'withdrawn', wording: 'Asked by phone' })).body.status).toBe('withdrawn')
    await runUntilIdle(server)
    const types = (await server.app.pool.query(`select type from events where contact_id = $1 and type like 'subscription.%' order by id`, [id])).rows.map(row => row.type)
    expect(types).toEqual(['subscription.confirmed', 'subscription.withdrawn'])
    const first = await admin.get(`/api/v1/contacts/${id}/consents?limit=1`)
    expect(first.body.data[0]).toMatchObject({ action: 'withdrawn', wording: 'Asked by phone' })
    const second = await admin.get(`/api/v1/contacts/${id}/consents?limit=1&cursor=${first.body.next_cursor}`)
    expect(second.body.data[0].action).toBe('granted')
    expect(second.body.next_cursor).toBeNull()
  })
  test('no wording, no topic, no contact and the future are refused', async () => {
    const id = await contact('d@example.com')
    expect((await admin.post(`/api/v1/contacts/${id}/consents`, { topic_id: 1, action: 'granted', wording: '' })).status).toBe(422)
    expect((await admin.post(`/api/v1/contacts/${id}/consents`, { topic_id: 99, action: 'granted', wording: 'reason' })).body.errors[0].field).toBe('topic_id')
    expect((await admin.post('/api/v1/contacts/999999/consents', { topic_id: 1, action: 'granted', wording: 'reason' })).status).toBe(404)
    expect((await admin.post(`/api/v1/contacts/${id}/consents`, { topic_id: 1, action: 'granted', wording: 'reason', occurred_at: '2999-01-01T00:00:00Z' })).body.errors[0].field).toBe('occurred_at')
    expect((await (await server.as('observer')).post(`/api/v1/contacts/${id}/consents`, { topic_id: 1, action: 'granted', wording: 'reason' })).status).toBe(403)
  })
  test('topics are made, changed and archived; a form in use keeps its topic', async () => {
    const made = await admin.post('/api/v1/topics', { name_en: 'Spring offers!', name_ru: 'Весна' })
    expect(made.body).toMatchObject({ key: 'spring-offers', position: 3, granted_count: 0 })
    expect((await admin.post('/api/v1/topics', { name_en: 'Spring offers', name_ru: 'Весна' })).status).toBe(422)
    expect((await admin.patch(`/api/v1/topics/${made.body.id}`, { name_ru: 'Весной' })).body.name_ru).toBe('Весной')
    const form = await admin.post('/api/v1/forms', { name: 'Spring' })
    expect((await admin.patch(`/api/v1/topics/${made.body.id}`, { archived: true })).body.code).toBe('in_use')
    await admin.delete(`/api/v1/forms/${form.body.id}`)
    expect((await admin.patch(`/api/v1/topics/${made.body.id}`, { archived: true })).body.archived_at).not.toBeNull()
    expect((await admin.patch('/api/v1/topics/999', { archived: true })).status).toBe(404)
  })
  test('addresses are suppressed once, found, paged and allowed again', async () => {
    const added = await admin.post('/api/v1/suppressions', { emails: ['X@Example.com', 'y@example.com', 'x@example.com', 'nonsense'], detail: 'asked' })
    expect(added.body).toEqual({ added: 2, known: 0, invalid: ['nonsense'] })
    expect((await admin.post('/api/v1/suppressions', { emails: ['x@example.com'] })).body).toEqual({ added: 0, known: 1, invalid: [] })
    expect((await admin.post('/api/v1/suppressions', { emails: ['nonsense'] })).status).toBe(422)
    const first = (await admin.get('/api/v1/suppressions?limit=1')).body
    const second = (await admin.get(`/api/v1/suppressions?limit=1&cursor=${first.next_cursor}`)).body
    expect([first.data[0].email, second.data[0].email]).toEqual(['y@example.com', 'x@example.com'])
    expect(second.data[0]).toMatchObject({ reason: 'manual', detail: 'asked', contact_id: null })
    expect((await admin.get('/api/v1/suppressions?search=X@ex')).body.data).toHaveLength(1)
    expect((await admin.delete('/api/v1/suppressions/x%40example.com')).status).toBe(204)
    expect((await admin.delete('/api/v1/suppressions/x%40example.com')).status).toBe(404)
  })
  test('a complaint is not hidden behind another reason', async () => {
    await suppress(server.db, [{ email: 'z@example.com', reason: 'manual' }], now)
    expect(await suppress(server.db, [{ email: 'z@example.com', reason: 'complaint' }], now)).toEqual([])
    await suppress(server.db, [{ email: 'z@example.com', reason: 'hard_bounce' }], now)
    expect((await admin.get('/api/v1/suppressions?search=z@')).body.data[0].reason).toBe('complaint')
  })
})
