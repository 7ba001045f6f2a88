import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp, type Client, type TestApp } from '../../test/database.ts'
import { one, rows, sql } from '../base/db.ts'
import type { CompanyPair } from '../../shared/company-duplicates.ts'
import { tablesOfCompany } from './merge-companies.ts'

let t: TestApp
let client: Client
beforeAll(async () => {
  t = await testApp()
  client = await t.as('administrator')
  await client.patch('/api/v1/company', { phone_country: 'RU' })
  for (const key of ['inn', 'size']) expect((await client.post('/api/v1/custom-fields', { of: 'company', key, label: key, kind: 'text' })).status).toBe(201)
})
afterAll(() => t.close())

const add = async (name: string, more: object = {}): Promise<number> => (await client.post('/api/v1/companies', { name, ...more })).body.id
const find = (): Promise<void> => runUntilIdle(t, ['duplicates.companies'])
const pairsOf = async (id: number): Promise<CompanyPair[]> => (await client.get(`/api/v1/companies/${id}/duplicates`)).body.data
/** The level of the two, or null. */
const levelOf = async (id: number, other: number) => (await pairsOf(id)).find(pair => pair.companies.some(company => company.id === other))?.level ?? null

test('companies are one by name without legal form, site, phone, address and number for taxes, as sure as these agree; two numbers for taxes are two companies', async () => {
  const base = await add('ООО «Чайный дом»', { domain: 'chai.example', phone: '+7 495 123-45-67', address: 'Тверская ул., 12', fields: { inn: '7701234567' } })
  const certain = [await add('Chainyi dom, LLC', { domain: 'https://www.chai.example/about' }), await add('Чайный дом ЗАО', { phone: '84951234567' }), await add('Чайный домъ', { fields: { inn: '77 0123 4567' } }), await add('Чайный дом (Тверская)', { domain: 'chai.example', address: 'ул. Тверская 12' })]
  const alike = await add('ИП Чайный дом')
  const none = [await add('Кофейный двор', { phone: '+7 495 123-45-68' }), await add('ООО Чайный дом.', { fields: { inn: '5001234567' } }), await add('ООО')]
  await find()
  const levels = Object.fromEntries(await Promise.all([...certain, alike, ...none].map(async id => [id, await levelOf(base, id)])))
  for (const id of certain) expect([id, levels[id]]).toEqual([id, 'certain'])
  expect(['likely', 'possible']).toContain(levels[alike])
  expect(none.map(id => levels[id])).toEqual([null, null, null])
  const [pair] = (await pairsOf(certain[0]!)).filter(found => found.companies.some(company => company.id === base))
  expect(pair!.reasons.map(reason => reason.kind)).toEqual(['name_same', 'domain_same'])
  // Before one is added; and what is merely a mailbox at somebody's is no site of its own.
  expect((await client.post('/api/v1/company-duplicates/search', { name: 'chainyy dom', phone: '8 495 123 45 67' })).body.data[0]).toMatchObject({ company: { id: expect.any(Number) }, level: 'certain' })
  expect((await client.post('/api/v1/company-duplicates/search', { name: 'Something else', domain: 'gmail.com' })).body.data).toEqual([])
  const first = (await client.get('/api/v1/company-duplicates?limit=2')).body
  const second = (await client.get(`/api/v1/company-duplicates?limit=2&cursor=${first.next_cursor}`)).body
  expect(new Set([...first.data, ...second.data].map((each: CompanyPair) => each.companies.map(company => company.id).join('-'))).size).toBe(4)
})

test('two who were told apart are offered no more, until that is taken back', async () => {
  const ids = [await add('Ginkgo GmbH', { domain: 'ginkgo.example' }), await add('Ginkgo AG', { domain: 'ginkgo.example' })] as [number, number]
  await find()
  expect(await levelOf(...ids)).toBe('certain')
  expect((await client.post('/api/v1/company-duplicates/differences', { company_ids: [ids[1], ids[0]] })).status).toBe(201)
  await sql`truncate company_comparisons`.execute(t.db)
  await find()
  expect(await levelOf(...ids)).toBe(null)
  expect((await client.get('/api/v1/company-duplicates/differences')).body.data).toMatchObject([{ companies: [{ id: ids[0] }, { id: ids[1] }] }])
  // Who takes its place was told apart, too.
  const third = await add('Ginkgo SE', { domain: 'ginkgo.example' })
  expect((await client.post(`/api/v1/companies/${third}/merges`, { company_id: ids[1] })).status).toBe(201)
  await find()
  expect(await levelOf(ids[0], third)).toBe(null)
  expect((await client.delete(`/api/v1/company-duplicates/differences/${third}/${ids[0]}`)).status).toBe(204)
  await find()
  expect(await levelOf(ids[0], third)).toBe('certain')
  expect((await client.post('/api/v1/company-duplicates/differences', { company_ids: [third, third] })).status).toBe(422)
})

test('a merge moves everything with the chosen fields, segments follow, the old number stands for the company; undone, all is as it was but for what came since', async () => {
  const every = await rows<{ table: string }>(t.db, sql`select conrelid::regclass::text as table from pg_constraint where contype = 'f' and confrelid = 'companies'::regclass`)
  const findings = ['company_comparisons', 'company_pairs', 'different_companies']
  expect([...new Set(every.map(row => row.table))].filter(table => table !== 'contacts' && !findings.includes(table)).toSorted()).toEqual(tablesOfCompany.toSorted())

  const into = await add('Pine', { domain: 'pine.example', fields: { size: 'small' } })
  const from = await add('Pine Limited', { domain: 'pine.test', phone: '+74951112233', fields: { size: 'large' } })
  const people: number[] = (await client.post('/api/v1/contacts/batch', { contacts: [{ email: 'a@pine.example', company: 'Pine' }, { email: 'b@pine.example', company: 'Pine Limited' }, { email: 'c@pine.example', company: 'Pine Limited' }] })).body.data.map((row: { id: number }) => row.id)
  const segment = (await client.post('/api/v1/segments', { name: 'Pine', condition: { field: 'company', operator: 'is', value: 'Pine Limited' } })).body.id
  expect((await client.post('/api/v1/deals', { contact_id: people[1], title: 'Tea', amount: 5 })).status).toBe(201)
  await sql`update deals set company_id = ${from}`.execute(t.db)
  await client.post('/api/v1/tasks', { company_id: from, title: 'Call', due_at: null })
  await client.post(`/api/v1/companies/${from}/notes`, { body: 'Asked for samples' })
  await client.patch(`/api/v1/companies/${from}`, { address: 'Oak street 1', revision: 1 })
  await runUntilIdle(t)
  const hanging = async (id: number) => Object.fromEntries(await Promise.all(['contacts', ...tablesOfCompany].map(async table => [table, (await one<{ many: number }>(t.db, sql`select count(*)::int as many from ${sql.table(table)} where company_id = ${id}`)).many])))
  const members = async () => (await rows<{ contact_id: number }>(t.db, sql`select contact_id from segment_memberships where segment_id = ${segment} order by 1`)).map(row => row.contact_id)
  const before = { hanging: await hanging(from), card: (await client.get(`/api/v1/companies/${from}`)).body }
  expect(before.hanging).toMatchObject({ contacts: 2, deals: 1, tasks: 1, company_notes: 1, company_changes: 1 })

  expect((await client.post(`/api/v1/companies/${into}/merges`, { company_id: into })).status).toBe(422)
  expect((await client.post(`/api/v1/companies/${into}/merges`, { company_id: 999 })).status).toBe(404)
  const merged = await client.post(`/api/v1/companies/${into}/merges`, { company_id: from, fields: { 'name': from, 'fields.size': from } })
  expect(merged).toMatchObject({ status: 201, body: { into: { id: into, name: 'Pine Limited' }, from: { id: from, name: 'Pine Limited' }, undone_at: null } })
  await runUntilIdle(t)
  expect((await client.get(`/api/v1/companies/${from}`)).body).toMatchObject({ id: into, name: 'Pine Limited', domain: 'pine.example', phone: '+74951112233', address: 'Oak street 1', fields: { size: 'large' }, contacts_count: 3 })
  expect(await members()).toEqual(people)
  expect(await hanging(into)).toMatchObject({ contacts: 3, deals: 1, tasks: 1, company_notes: 1 })

  await client.put('/api/v1/contacts', { email: 'c@pine.example', company: 'Elsewhere' })
  const { revision } = (await client.get(`/api/v1/companies/${into}`)).body
  await client.patch(`/api/v1/companies/${into}`, { domain: 'pine.new', revision })
  expect((await client.post(`/api/v1/company-merges/${merged.body.id}/undo`)).status).toBe(200)
  await runUntilIdle(t)
  expect((await client.get(`/api/v1/companies/${into}`)).body).toMatchObject({ id: into, name: 'Pine', domain: 'pine.new', phone: null, address: null, fields: { size: 'small' }, contacts_count: 1 })
  const { revision: _, updated_at: __, contacts_count: ___, ...card } = before.card
  expect((await client.get(`/api/v1/companies/${from}`)).body).toMatchObject({ ...card, contacts_count: 1 })
  expect(await hanging(from)).toEqual({ ...before.hanging, contacts: 1 })
  expect(await members()).toEqual([people[1]])
  expect((await client.get(`/api/v1/company-merges?company=${into}`)).body.data).toMatchObject([{ undo_until: null }])
  expect((await client.post(`/api/v1/company-merges/${merged.body.id}/undo`)).status).toBe(409)
  await find()
  expect(await levelOf(into, from)).toBe(null)
})
