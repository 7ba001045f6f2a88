import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, sql } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { tellStaleDeals } from './tell-stale-deals.ts'

type Stage = { id: number, name: string, kind: string }
let t: TestApp
let api: Client
let pipeline: { id: number, name: string, stages: Stage[] }
const began = new Date('2026-11-20T12:00:00Z')
const later = (days: number) => new Date(began.getTime() + days * 86_400_000)
const stage = (name: string): number => pipeline.stages.find(each => each.name === name)!.id
const person = async (email: string): Promise<number> => (await api.put('/api/v1/contacts', { email })).body.id
const deal = async (email: string, body: object = {}) => (await api.post('/api/v1/deals', { contact_id: await person(email), title: email, ...body })).body
const told = async (contactId: number, type: string) => rows<{ properties: Record<string, unknown> }>(t.db, sql`select properties from events where contact_id = ${contactId} and type = ${type} order by id`)
const stages = (changes: Record<string, object> = {}) => pipeline.stages.map(({ id, name, kind }) => ({ id, name, kind, ...changes[name] }))

beforeAll(async () => {
  t = await testApp()
  t.setNow(began)
  await writeCompany(t.db, { currency: 'RUB', language: 'en' })
  api = await t.as('administrator')
  pipeline = (await api.get('/api/v1/pipelines')).body.data[0]
}, 300_000)
beforeEach(() => t.setNow(began))
afterAll(() => t?.close())

test('a stage keeps how likely it is, what it asks for and when it is stale; what is left out stays', async () => {
  const saved = await api.put(`/api/v1/pipelines/${pipeline.id}`, { name: 'Sales', stages: stages({ Offer: { probability: 70, required_fields: ['amount', 'next_step', 'expected_on'], stale_days: 3 }, Lost: { required_fields: ['lost_reason'] } }) })
  const expected = [{ name: 'New', probability: 10, required_fields: [], stale_days: null }, { name: 'In work', probability: 30 }, { name: 'Offer', probability: 70, required_fields: ['amount', 'next_step', 'expected_on'], stale_days: 3 }, { name: 'Won', probability: 100 }, { name: 'Lost', probability: 0, required_fields: ['lost_reason'] }]
  expect(saved).toMatchObject({ status: 200, body: { stages: expected } })
  expect((await api.put(`/api/v1/pipelines/${pipeline.id}`, { name: 'Sales', stages: stages() })).body.stages).toMatchObject(expected)
  expect(await api.put(`/api/v1/pipelines/${pipeline.id}`, { name: 'Sales', stages: stages({ Offer: { required_fields: ['lost_reason'] } }) })).toMatchObject({ status: 422, body: { errors: [{ field: 'stages.2.required_fields' }] } })
  expect((await api.put(`/api/v1/pipelines/${pipeline.id}`, { name: 'Sales', stages: stages({ Offer: { probability: 101 } }) })).status).toBe(422)
})

test('a stage asks for what is missing, all at once, and takes it in the same request', async () => {
  const made = await deal('asks@example.org')
  const refused = await api.patch(`/api/v1/deals/${made.id}`, { revision: 1, stage_id: stage('Offer') })
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'amount', message: 'the stage "Offer" asks for this' }, { field: 'next_step' }, { field: 'expected_on' }] } })
  expect((await api.get(`/api/v1/deals/${made.id}`)).body).toMatchObject({ revision: 1, stage: { name: 'New' } })
  const moved = await api.patch(`/api/v1/deals/${made.id}`, { revision: 1, stage_id: stage('Offer'), amount: 100, expected_on: '2026-12-24', next_step: { title: 'Call', due_at: '2026-11-21T09:00:00Z' } })
  expect(moved.body).toMatchObject({ revision: 2, amount: 100, expected_on: '2026-12-24', next_step: { title: 'Call', due_at: '2026-11-21T09:00:00.000Z' }, stale: false })
  expect((await api.patch(`/api/v1/deals/${made.id}`, { revision: 2, title: 'Renamed', amount: null })).status).toBe(200)
  expect(await api.post(`/api/v1/deals/${made.id}/loss`, { revision: 3 })).toMatchObject({ status: 422, body: { errors: [{ field: 'lost_reason' }] } })
  expect((await api.post(`/api/v1/deals/${made.id}/loss`, { revision: 3, reason: 'Too expensive' })).body).toMatchObject({ state: 'lost', lost_reason: 'Too expensive' })
})

test('the next step is the open task that is due first; a deal without one is found', async () => {
  const made = await deal('step@example.org', { next_step: { title: 'Later', due_at: '2026-11-30T09:00:00Z' } })
  const task = { contact_id: made.contact.id, title: 'Sooner', due_at: '2026-11-19T09:00:00Z', deal_id: made.id }
  expect(await api.post('/api/v1/tasks', { ...task, contact_id: await person('other@example.org') })).toMatchObject({ status: 422, body: { errors: [{ field: 'deal_id' }] } })
  const { body: sooner } = await api.post('/api/v1/tasks', task)
  expect((await api.get(`/api/v1/deals/${made.id}`)).body.next_step).toMatchObject({ id: sooner.id, title: 'Sooner' })
  const found = async (query: string) => (await api.get(`/api/v1/deals?contact=${made.contact.id}&${query}`)).body.data.length
  expect(await found('next_step=overdue')).toBe(1)
  expect(await found('next_step=none')).toBe(0)
  await api.post(`/api/v1/tasks/${sooner.id}/completion`, {})
  const { body: seen } = await api.get(`/api/v1/deals/${made.id}`)
  expect(seen.next_step).toMatchObject({ title: 'Later' })
  expect(await found('next_step=overdue')).toBe(0)
  await api.post(`/api/v1/tasks/${seen.next_step.id}/completion`, {})
  expect(await found('next_step=none')).toBe(1)
  await api.post('/api/v1/tasks', { ...task, title: 'Stays' })
  await api.delete(`/api/v1/deals/${made.id}`)
  expect(await rows(t.db, sql`select title, deal_id from tasks where contact_id = ${made.contact.id} and done_at is null`)).toEqual([{ title: 'Stays', deal_id: null }])
})

test('a deal that stands too long is stale, told once however many workers look, and a journey and a segment hear it', async () => {
  const { body: tag } = await api.post('/api/v1/tags', { name: 'stale' })
  const { body: journey } = await api.post('/api/v1/journeys', { name: 'Stale', draft: { format: 1, trigger: { kind: 'event', event: 'deal.stale' }, entry_condition: null, reentry: 'once', first: 'tag', steps: { tag: { kind: 'add_tag', tag_id: tag.id, next: null } } } })
  expect((await api.post(`/api/v1/journeys/${journey.id}/activation`, {})).status).toBe(200)
  const { body: segment } = await api.post('/api/v1/segments', { name: 'Stale', condition: { event: 'deal.stale' } })
  await runUntilIdle(t)
  const offer = { stage_id: stage('Offer'), amount: 5, expected_on: '2026-12-01', next_step: { title: 'Call' } }
  const made = await deal('stale@example.org', offer)
  const moved = await deal('moved@example.org', offer)
  t.setNow(later(2.9))
  await tellStaleDeals(t.app)
  expect(await told(made.contact.id, 'deal.stale')).toEqual([])
  t.setNow(later(3.1))
  await api.patch(`/api/v1/deals/${moved.id}`, { revision: 1, stage_id: stage('In work') })
  expect((await api.get('/api/v1/deals?stale=yes')).body.data).toMatchObject([{ id: made.id, stale: true }])
  await Promise.all([tellStaleDeals(t.app), tellStaleDeals(t.app), tellStaleDeals(t.app)])
  await tellStaleDeals(t.app)
  expect(await told(made.contact.id, 'deal.stale')).toMatchObject([{ properties: { deal_id: made.id, stage: 'Offer', days: 3, amount: 5 } }])
  expect(await told(moved.contact.id, 'deal.stale')).toEqual([])
  expect((await api.get(`/api/v1/contacts/${made.contact.id}`)).body).toMatchObject({ tags: [{ id: tag.id }], segments: [{ id: segment.id }] })
  const { body: away } = await api.patch(`/api/v1/deals/${made.id}`, { revision: 1, stage_id: stage('In work') })
  expect(away.stale).toBe(false)
  await api.patch(`/api/v1/deals/${made.id}`, { revision: 2, stage_id: stage('Offer') })
  t.setNow(later(7))
  await tellStaleDeals(t.app)
  expect(await told(made.contact.id, 'deal.stale')).toHaveLength(2)
})

test('the way of a deal says where it was, for how long, and who moved it', async () => {
  const made = await deal('way@example.org')
  t.setNow(later(1))
  await api.patch(`/api/v1/deals/${made.id}`, { revision: 1, stage_id: stage('In work') })
  await api.patch(`/api/v1/deals/${made.id}`, { revision: 2, title: 'No move' })
  await api.post('/api/v1/deals', { contact_id: made.contact.id, title: 'Another of the same contact' })
  expect((await api.get(`/api/v1/deals/${made.id}/stages`)).body.data).toEqual([
    { stage: 'In work', pipeline: 'Sales', from: later(1).toISOString(), until: null, by: null, source: 'api' },
    { stage: 'New', pipeline: 'Sales', from: began.toISOString(), until: later(1).toISOString(), by: null, source: 'api' },
  ])
  expect((await api.get('/api/v1/deals/99999999/stages')).status).toBe(404)
})

test('sums are weighted by the probability of the stage, and every filter narrows list and sums alike', async () => {
  const contactId = await person('sums@example.org')
  const make = (title: string, amount: number | null, expected_on: string | null, currency = 'RUB') => api.post('/api/v1/deals', { contact_id: contactId, title, amount, expected_on, currency })
  await make('A', 100.01, '2026-12-01')
  await make('B', 300, '2026-12-31')
  await make('C', 5000, null, 'JPY')
  await make('D', null, null)
  const sums = async (query: string) => (await api.get(`/api/v1/deals/sums?contact=${contactId}&${query}`)).body.data
  expect(await sums('')).toEqual([{ stage_id: stage('New'), deals: 4, amounts: [{ currency: 'JPY', amount: 5000, weighted: 500 }, { currency: 'RUB', amount: 400.01, weighted: 40 }] }])
  for (const [query, titles] of [['expected_from=2026-12-02', ['B']], ['expected_to=2026-12-31', ['B', 'A']], ['amount_from=200', ['C', 'B']], ['amount_to=300', ['B', 'A']], ['amount_from=100.01&amount_to=100.01', ['A']], ['stale=yes', []]] as const) {
    expect((await api.get(`/api/v1/deals?contact=${contactId}&${query}`)).body.data.map((one: { title: string }) => one.title)).toEqual(titles)
    expect((await sums(query)).reduce((sum: number, one: { deals: number }) => sum + one.deals, 0)).toBe(titles.length)
  }
  for (const query of ['amount_from=x', 'expected_to=2026-13-01', 'stale=no', 'next_step=some']) expect((await api.get(`/api/v1/deals?${query}`)).status).toBe(422)
})

test('the reasons of a loss are a list in an order that administrators change', async () => {
  expect((await api.get('/api/v1/lost-reasons')).body.reasons[0]).toBe('Too expensive')
  expect((await api.put('/api/v1/lost-reasons', { reasons: ['Price', ' No answer ', 'Price'] })).body).toEqual({ reasons: ['Price', 'No answer'] })
  expect((await (await t.as('manager')).get('/api/v1/lost-reasons')).body.reasons).toEqual(['Price', 'No answer'])
  expect((await (await t.as('manager')).put('/api/v1/lost-reasons', { reasons: [] })).status).toBe(403)
  expect((await api.put('/api/v1/lost-reasons', { reasons: ['  '] })).status).toBe(422)
})
