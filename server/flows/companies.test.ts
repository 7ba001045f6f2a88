import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'

let t: TestApp
let api: Client
beforeAll(async () => {
  t = await testApp()
  api = await t.as('administrator')
}, 300_000)
afterAll(() => t?.close())

test('a company is added, changed in place with who changed what, and never twice under one name', async () => {
  await api.post('/api/v1/custom-fields', { of: 'company', key: 'inn', label: 'INN', kind: 'text', is_unique: true })
  // A field of contacts of the same key is another field.
  await api.post('/api/v1/custom-fields', { of: 'contact', key: 'inn', label: 'INN', kind: 'number' })
  const anna = await t.asPerson('Anna', 'manager')
  const made = await anna.post('/api/v1/companies', { name: ' Ромашка ', domain: 'https://www.Romashka.example/about', phone: '+7 495 123-45-67', fields: { inn: '7701' } })
  expect(made).toMatchObject({ status: 201, body: { name: 'Ромашка', domain: 'romashka.example', phone: '+74951234567', fields: { inn: '7701' }, revision: 1, contacts_count: 0 } })
  const path = `/api/v1/companies/${made.body.id}`
  expect((await api.post('/api/v1/companies', { name: 'ромашка' })).body.errors[0].field).toBe('name')
  expect((await api.post('/api/v1/companies', { name: 'Other', domain: 'no domain', phone: '1', owner_id: 999_999, fields: { inn: '7701', what: 1 } })).body.errors.map((error: { field: string }) => error.field).sort()).toEqual(['domain', 'fields.inn', 'fields.what', 'owner_id', 'phone'])
  expect((await anna.patch(path, { revision: 1, address: 'Тверь', owner_id: anna.id })).body).toMatchObject({ revision: 2, address: 'Тверь', owner: { name: 'Anna' } })
  expect((await anna.patch(path, { revision: 1, address: 'Омск' })).body.code).toBe('changed_meanwhile')
  expect((await api.patch(path, { revision: 2, fields: { inn: null } })).body.fields).toEqual({})
  expect((await api.get(`${path}/changes`)).body.data).toMatchObject([{ field: 'fields.inn', from: '7701', to: null, by: 'api' }, { field: 'address', from: null, to: 'Тверь', by_name: 'Anna' }, { field: 'owner_id', to: anna.id }])
  expect((await (await t.as('observer')).patch(path, { revision: 3, address: '' })).status).toBe(403)
})

test('its card shows its people, their deals, sums and timeline; renamed, segments of its people follow; deleted only when empty', async () => {
  const card = (await api.put('/api/v1/contacts', { email: 'olga@example.org', company: 'Шиповник', job_title: 'Закупки' })).body
  await api.put('/api/v1/contacts', { email: 'oleg@example.org', company: 'Шиповник' })
  const path = `/api/v1/companies/${card.company.id}`
  const segment = (await api.post('/api/v1/segments', { name: 'Rose', condition: { field: 'company', operator: 'is', value: 'Роза' } })).body
  await api.post('/api/v1/events', { events: [{ type: 'order.placed', contact: { id: card.id }, properties: { order_id: '1', amount: 100, currency: 'RUB' } }] })
  await api.post('/api/v1/deals', { contact_id: card.id, title: 'Tea', amount: 50, currency: 'RUB' })
  await api.post(`/api/v1/contacts/${card.id}/notes`, { body: 'likes oolong' })
  await runUntilIdle(t)
  const { body } = await api.get(path)
  expect(body).toMatchObject({ contacts_count: 2, orders_count: 1, open_deals: { count: 1, sums: [{ currency: 'RUB', amount: 50 }] }, won_deals: { count: 0, sums: [] } })
  expect((await api.get(`${path}/contacts`)).body.data).toMatchObject([{ job_title: 'Закупки', email: 'olga@example.org' }, { email: 'oleg@example.org' }])
  expect((await api.get(`${path}/deals`)).body.data).toMatchObject([{ title: 'Tea', amount: 50, contact: { id: card.id } }])
  const timeline = (await api.get(`${path}/timeline`)).body.data as { type: string, contact: { id: number } }[]
  expect(new Set(timeline.map(entry => entry.contact.id)).size).toBe(2)
  expect(timeline.map(entry => entry.type)).toEqual(expect.arrayContaining(['order.placed', 'deal.created', 'note.added', 'contact.created']))
  expect((await api.get(`${path}/timeline?search=OOLONG`)).body.data).toMatchObject([{ type: 'note.added' }])
  expect((await api.get(`/api/v1/contacts/${card.id}/timeline?search=nothing%25like`)).body.data).toEqual([])
  expect((await api.patch(path, { revision: body.revision, name: 'Роза' })).status).toBe(200)
  expect((await api.get(`/api/v1/segments/${segment.id}/contacts`)).body.data).toHaveLength(2)
  expect(await api.delete(path)).toMatchObject({ status: 409, body: { code: 'in_use' } })
  for (const email of ['olga@example.org', 'oleg@example.org']) await api.put('/api/v1/contacts', { email, company: null })
  expect((await api.delete(path)).status).toBe(204)
  expect((await api.get(path)).status).toBe(404)
})
