import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, sql } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'

let t: TestApp
let api: Client
const now = new Date('2026-11-20T12:00:00Z')
const save = async (deals: object[], source = 'pipedrive') => (await api.post('/api/v1/deals/batch', { source, deals })).body
const told = async (id: number) => rows<{ type: string, at: string, stage: string }>(t.db, sql`select type, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD') as at, properties->>'stage' as stage from events where type like 'deal.%' and properties->'deal_id' = to_jsonb(${id}::bigint) order by occurred_at, id`)
const count = async (table: string) => (await rows<{ n: number }>(t.db, sql`select count(*) as n from ${sql.table(table)}`))[0]!.n

beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  await writeCompany(t.db, { currency: 'EUR', language: 'en', time_zone: 'Europe/Berlin' })
  api = await t.as('administrator')
  await sql`insert into products (sku, name, price, currency) values ('CH-1', 'Chair', 10005, 'EUR'), ('T-1', 'Table', 40000, 'EUR')`.execute(t.db)
  await sql`insert into users (name, email, role) values ('Anna', 'Anna@example.org', 'manager')`.execute(t.db)
}, 300_000)
afterAll(() => t?.close())

describe('deals of another program', () => {
  test('stand with their people, stage, owner, lines and times; a second run changes nothing', async () => {
    const deals = [
      { external_id: '1', title: 'Office', contact: { email: 'buyer@example.org', first_name: 'Bea' }, company: 'Acme', stage: 'won', owner: 'anna@EXAMPLE.org', created_at: '2025-01-10T10:00:00Z', closed_at: '2025-03-02T10:00:00Z', lines: [{ product: 'chair', quantity: 3, discount_percent: 10 }, { product: 'T-1', price: 399.99, discount: 0.99 }] },
      { external_id: '2', title: 'Left', company: 'acme', pipeline: 'Sales', state: 'lost', lost_reason: 'Too expensive', amount: 12.5, created_at: '2025-01-10T10:00:00Z', closed_at: '2025-02-01T10:00:00Z' },
      { external_id: '3', title: 'Open', company: 'Acme', stage: 'Offer', amount: 7, created_at: '2025-05-01T10:00:00Z', stage_since: '2025-06-01T10:00:00Z' },
    ]
    const first = await save(deals)
    expect(first).toMatchObject({ created: 3, updated: 0, unchanged: 0, failed: 0 })
    const [won, lost, open] = first.data.map((row: { id: number }) => row.id)
    expect((await api.get(`/api/v1/deals/${won}`)).body).toMatchObject({ title: 'Office', amount: 669.13, currency: 'EUR', state: 'won', owner: { name: 'Anna' }, source: 'pipedrive', created_at: '2025-01-10T10:00:00.000Z', closed_at: '2025-03-02T10:00:00.000Z', contact: { name: 'Bea', email: 'buyer@example.org' }, lines: [{ name: 'Chair', quantity: 3, price: 100.05, discount_percent: 10, total: 270.13 }, { name: 'Table', price: 399.99, discount: 0.99, total: 399 }] })
    expect(await api.patch(`/api/v1/deals/${won}`, { revision: 1, amount: 5 })).toMatchObject({ status: 422, body: { errors: [{ field: 'amount' }] } })
    expect((await api.get(`/api/v1/deals/${lost}`)).body).toMatchObject({ state: 'lost', lost_reason: 'Too expensive', contact: { name: expect.stringMatching(/^acme$/i), email: null } })
    expect(await told(won)).toEqual([{ type: 'deal.created', at: '2025-01-10', stage: 'New' }, { type: 'deal.stage_changed', at: '2025-03-02', stage: 'Won' }, { type: 'deal.won', at: '2025-03-02', stage: 'Won' }])
    expect(await told(open)).toEqual([{ type: 'deal.created', at: '2025-05-01', stage: 'New' }, { type: 'deal.stage_changed', at: '2025-06-01', stage: 'Offer' }])
    expect(await save(deals)).toMatchObject({ created: 0, updated: 0, unchanged: 3, failed: 0 })
    expect(await told(won)).toHaveLength(3)
    expect(await save([{ external_id: '3', stage: 'Lost', closed_at: '2025-07-01T10:00:00Z', lost_reason: 'No answer' }, { external_id: '1', title: 'Office 2' }])).toMatchObject({ created: 0, updated: 2 })
    expect((await told(open)).slice(2)).toEqual([{ type: 'deal.stage_changed', at: '2025-07-01', stage: 'Lost' }, { type: 'deal.lost', at: '2025-07-01', stage: 'Lost' }])
    expect((await api.get(`/api/v1/deals/${won}`)).body).toMatchObject({ title: 'Office 2', amount: 669.13, state: 'won', revision: 2, closed_at: '2025-03-02T10:00:00.000Z' })
  })

  test('two runs at once make each deal once, and a number stays a deal of its source', async () => {
    const deals = [{ external_id: 'twice', title: 'Twice', contact: { email: 'twice@example.org' } }, { external_id: 'twice', amount: 5 }]
    const answers = await Promise.all([save(deals), save(deals), save(deals)])
    expect(answers.map(answer => answer.created).toSorted()).toEqual([0, 0, 1])
    expect((await save([{ external_id: 'twice', title: 'Other', company: 'Acme' }], 'hubspot')).created).toBe(1)
    expect((await api.get('/api/v1/deals?search=twice')).body.data).toMatchObject([{ title: 'Twice', amount: 5 }])
  })

  test('every fault of a row is told by its field, the row writes nothing, and the others go on', async () => {
    const before = [await count('deals'), await count('contacts'), await count('deal_lines'), await count('events')]
    const answer = await save([
      { title: 'x' },
      { external_id: 'a', title: 'A', contact: { email: 'new-one@example.org' }, stage: 'Nowhere', owner: 'who@example.org', closed_at: '2031-01-01T00:00:00Z', lines: [{ product: 'GTXPro' }] },
      { external_id: 'b' },
      { external_id: 'c', title: 'C', contact: { email: 'not an address' } },
      { external_id: 'd', title: 'D', company: 'Acme', amount: 1, lines: [{ product: 'Table' }] },
      { external_id: 'e', title: 'E', company: 'Acme', state: 'won', created_at: '2025-02-01T00:00:00Z', closed_at: '2025-01-01T00:00:00Z' },
      { external_id: '1', contact: { email: 'twice@example.org' } },
      { external_id: 'f', title: 'F', company: 'Acme', currency: 'USD', lines: [{ product: 'Table' }] },
    ])
    expect(answer.data.map((row: { errors: { field: string }[] }) => row.errors.map(error => error.field))).toEqual([
      ['external_id'], ['stage', 'closed_at', 'lines.0.product', 'owner'], ['title', 'contact'], ['contact.email'], ['amount'], ['closed_at'], ['contact'], ['lines.0.price'],
    ])
    expect([await count('deals'), await count('contacts'), await count('deal_lines'), await count('events')]).toEqual(before)
    expect((await (await t.as('observer')).post('/api/v1/deals/batch', { deals: [{}] })).status).toBe(403)
  })
})

const corpus = path.resolve(import.meta.dirname, '../../../shared/corpora/crm-maven-opportunities')
if (!existsSync(corpus)) console.log('skipped: corpora not present')
/** No cell of these files is quoted. */
function readTable(name: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path.join(corpus, name), 'utf8').trim().split(/\r?\n/)
  const names = head!.split(',')
  return lines.map(line => Object.fromEntries(line.split(',').map((cell, index) => [names[index]!, cell])))
}

describe.skipIf(!existsSync(corpus))('4,471 opportunities of another program', () => {
  const expected = existsSync(corpus) ? JSON.parse(readFileSync(path.join(corpus, 'expected.json'), 'utf8')) : {}
  const emailOf = (name: string): string => `${name.toLowerCase().replaceAll(' ', '.')}@maven.example`
  let pipeline: { id: number, stages: { id: number, name: string }[] }

  test('load with two maps of values; without them what does not fit is told, and a second run changes nothing', async () => {
    pipeline = (await api.post('/api/v1/pipelines', { name: 'Maven', stages: [{ name: 'Prospecting', kind: 'open', probability: 20 }, { name: 'Engaging', kind: 'open', probability: 50 }, { name: 'Won', kind: 'won' }, { name: 'Lost', kind: 'lost' }] })).body
    await sql`insert into products (sku, name, price, currency) select name, name, price * 100, 'EUR' from jsonb_to_recordset(${JSON.stringify(readTable('products.csv').map(row => ({ name: row['product'], price: Number(row['sales_price']) })))}::jsonb) as given (name text, price bigint)`.execute(t.db)
    const opportunities = readTable('sales_pipeline.csv')
    await sql`insert into users (name, email, role) select name, email, 'manager' from jsonb_to_recordset(${JSON.stringify([...new Set(opportunities.map(row => row['sales_agent']!))].map(name => ({ name, email: emailOf(name) })))}::jsonb) as given (name text, email text)`.execute(t.db)
    const maps: Record<string, Record<string, string>> = { product: { GTXPro: 'GTX Pro' }, account: { '': 'Account not given' } }
    const day = (date: string | undefined) => date ? `${date}T12:00:00+01:00` : undefined
    const deal = (row: Record<string, string>, map: typeof maps) => {
      const [product, account] = [map['product']?.[row['product']!] ?? row['product'], map['account']?.[row['account']!] ?? row['account']]
      return {
        external_id: row['opportunity_id'], title: `${product} ${account}`, company: account, pipeline: 'Maven', stage: row['deal_stage'], owner: emailOf(row['sales_agent']!),
        created_at: day(row['engage_date']), closed_at: day(row['close_date']), lines: [{ product, ...(row['close_value'] ? { price: Number(row['close_value']) } : {}) }],
      }
    }
    const load = async (map: typeof maps) => {
      const total = { created: 0, updated: 0, unchanged: 0, failed: 0, faults: [] as string[] }
      for (let from = 0; from < opportunities.length; from += 1000) {
        const answer = await save(opportunities.slice(from, from + 1000).map(row => deal(row, map)), 'maven')
        for (const name of ['created', 'updated', 'unchanged', 'failed'] as const) total[name] += answer[name]
        total.faults.push(...answer.data.flatMap((row: { errors?: { field: string }[] }) => (row.errors ?? []).map(error => error.field)))
      }
      return total
    }
    const bare = await load({})
    expect(bare.faults.filter(field => field === 'contact')).toHaveLength(opportunities.filter(row => row['account'] === '' ).length)
    expect(bare.faults.filter(field => field === 'lines.0.product')).toHaveLength(opportunities.filter(row => expected.product_names_not_in_products_csv.includes(row['product'])).length)
    expect(bare.created + bare.failed).toBe(expected.opportunities)
    expect(await load(maps)).toMatchObject({ created: bare.failed, updated: 0, unchanged: bare.created, failed: 0, faults: [] })
    expect(await load(maps)).toMatchObject({ created: 0, updated: 0, unchanged: expected.opportunities, failed: 0 })
    const { data } = (await api.get(`/api/v1/deals/sums?pipeline=${pipeline.id}`)).body
    const nameOf = new Map(pipeline.stages.map(stage => [stage.id, stage.name]))
    expect(Object.fromEntries(data.map((stage: { stage_id: number, deals: number }) => [nameOf.get(stage.stage_id), stage.deals]))).toEqual(expected.by_stage)
  }, 120_000)

  test('are counted in the report exactly as outside the program, and each figure opens as many deals', async () => {
    const { body: report } = await api.get(`/api/v1/reports/sales?from=2016-01-01&to=2017-12-31&pipeline=${pipeline.id}`)
    expect(report).toMatchObject({ currency: 'EUR', other_currencies: [], totals: { won: expected.by_stage.Won, lost: expected.by_stage.Lost, won_value: expected.won_value } })
    expect(Number(report.totals.win_rate.toFixed(6))).toBe(expected.win_rate)
    expect(Number(report.totals.mean_days_to_win.toFixed(2))).toBe(expected.mean_days_to_win)
    expect(Object.fromEntries(report.periods.map((one: { period: string, won_value: number }) => [one.period, one.won_value]))).toEqual(expected.won_value_by_quarter)
    expect(Object.fromEntries(report.owners.map(({ owner, won, lost, won_value }: { owner: { name: string }, won: number, lost: number, won_value: number }) => [owner.name, { won, lost, won_value }]))).toEqual(expected.by_agent)
    expect(report.forecast).toMatchObject([{ month: null, deals: expected.by_stage.Prospecting + expected.by_stage.Engaging }])
    const behind = async (query: string) => (await api.get(`/api/v1/deals/sums?pipeline=${pipeline.id}&${query}`)).body.data.reduce((sum: number, stage: { deals: number }) => sum + stage.deals, 0)
    for (const { from, to, won, lost } of report.periods) expect([await behind(`state=won&closed_from=${from}&closed_to=${to}&currency=EUR`), await behind(`state=lost&closed_from=${from}&closed_to=${to}`)]).toEqual([won, lost])
    for (const { owner, won } of report.owners.slice(0, 3)) expect(await behind(`state=won&owner=${owner.id}&closed_from=2016-01-01&closed_to=2017-12-31`)).toBe(won)
    expect(await behind('state=lost&lost_reason=-')).toBe(expected.by_stage.Lost)
  })
})

test.skipIf(!existsSync(corpus))('the same opportunities come in by the import of the file, and the report says the same', async () => {
  const expected = JSON.parse(readFileSync(path.join(corpus, 'expected.json'), 'utf8'))
  const pipeline = (await api.post('/api/v1/pipelines', { name: 'Maven file', stages: [{ name: 'Prospecting', kind: 'open' }, { name: 'Engaging', kind: 'open' }, { name: 'Won', kind: 'won' }, { name: 'Lost', kind: 'lost' }] })).body
  const form = new FormData()
  form.append('file', new Blob([readFileSync(path.join(corpus, 'sales_pipeline.csv'))]), 'sales_pipeline.csv')
  const { id, kind, columns, options } = (await api.post('/api/v1/imports', form)).body
  const to = columns.map((column: { to: string }) => column.to)
  expect([kind, to]).toEqual(['deals', ['deal_id', 'owner', 'product', 'company', 'stage', 'created_at', 'closed_at', 'amount']])
  const maps: Record<string, object> = { product: { gtxpro: 'GTX Pro' }, company: { '': 'Account not given' } }
  expect((await api.put(`/api/v1/imports/${id}`, { columns: columns.map((column: { to: string }) => ({ ...column, ...(maps[column.to] ? { values: maps[column.to] } : {}) })), options: { ...options, pipeline_id: pipeline.id } })).status).toBe(200)
  const before = await count('deals')
  expect((await api.post(`/api/v1/imports/${id}/estimate`)).body).toMatchObject({ rows: expected.opportunities, records: expected.opportunities, rejected: 0 })
  expect(await count('deals')).toBe(before)
  await api.post(`/api/v1/imports/${id}/run`)
  await runUntilIdle(t, ['imports'])
  expect((await api.get(`/api/v1/imports/${id}`)).body).toMatchObject({ state: 'done', events_created: expected.opportunities, rows_rejected: 0 })
  const { body: report } = await api.get(`/api/v1/reports/sales?from=2016-01-01&to=2017-12-31&pipeline=${pipeline.id}`)
  expect(report).toMatchObject({ currency: 'EUR', other_currencies: [], totals: { won: expected.by_stage.Won, lost: expected.by_stage.Lost, won_value: expected.won_value } })
  expect([Number(report.totals.win_rate.toFixed(6)), Number(report.totals.mean_days_to_win.toFixed(2))]).toEqual([expected.win_rate, expected.mean_days_to_win])
  expect(Object.fromEntries(report.periods.map((one: { period: string, won_value: number }) => [one.period, one.won_value]))).toEqual(expected.won_value_by_quarter)
  expect(Object.fromEntries(report.owners.map(({ owner, won, lost, won_value }: { owner: { name: string }, won: number, lost: number, won_value: number }) => [owner.name, { won, lost, won_value }]))).toEqual(expected.by_agent)
}, 120_000)

test('the report keeps currencies apart, days in the zone of the company, and says why deals were lost', async () => {
  await save([
    { external_id: 'r1', title: 'R1', company: 'Acme', state: 'won', amount: 100, created_at: '2024-01-01T08:00:00Z', closed_at: '2024-03-31T22:30:00Z' },
    { external_id: 'r2', title: 'R2', company: 'Acme', state: 'lost', amount: 7, lost_reason: 'No answer', created_at: '2024-01-01T08:00:00Z', closed_at: '2024-02-01T08:00:00Z' },
    { external_id: 'r3', title: 'R3', company: 'Acme', state: 'won', amount: 9000, currency: 'USD', created_at: '2024-01-01T08:00:00Z', closed_at: '2024-02-01T08:00:00Z' },
    { external_id: 'r4', title: 'R4', company: 'Acme', stage: 'Offer', amount: 55, expected_on: '2027-02-10' },
  ])
  const { body: first } = await api.get('/api/v1/reports/sales?from=2024-01-01&to=2024-03-31')
  expect(first).toMatchObject({ totals: { won: 0, lost: 1, won_value: 0, lost_value: 7, win_rate: 0, mean_days_to_win: null }, other_currencies: [{ currency: 'USD', deals: 1 }], reasons: [{ reason: 'No answer', lost: 1, lost_value: 7 }] })
  expect(first.forecast).toContainEqual({ month: '2027-02', from: '2027-02-01', to: '2027-02-28', deals: 1, amount: 55, weighted: 33, committed_deals: 1, committed_amount: 55 })
  expect((await api.get('/api/v1/reports/sales?from=2024-04-01&to=2024-04-01')).body).toMatchObject({ totals: { won: 1, won_value: 100, win_rate: 1, mean_days_to_win: 91 }, periods: [{ period: '2024-Q2', from: '2024-04-01', to: '2024-04-01' }] })
  expect((await api.get('/api/v1/reports/sales?from=2024-01-01&to=2024-12-31&currency=USD')).body.totals).toMatchObject({ won: 1, won_value: 9000 })
  expect((await api.get('/api/v1/reports/sales?from=2024-04-02&to=2024-04-01')).status).toBe(422)
})

test('how far deals of a time get from stage to stage, and how long they stand; each figure opens its deals', async () => {
  const { stages } = (await api.get('/api/v1/pipelines')).body.data.find((pipeline: { name: string }) => pipeline.name === 'Sales')
  const at = (name: string): number => stages.find((stage: { name: string }) => stage.name === name).id
  const { id: contact_id } = (await api.put('/api/v1/contacts', { email: 'stages@example.org' })).body
  const ways: [string, string][][] = [
    [['2023-02-01', 'New'], ['2023-02-11', 'In work'], ['2023-02-13', 'Offer'], ['2023-03-20', 'Won']],
    [['2023-02-05', 'New'], ['2023-02-09', 'Offer'], ['2023-02-12', 'Lost']],
    [['2023-02-28', 'New']],
    [['2022-12-01', 'New'], ['2023-02-02', 'Offer']],
  ]
  for (const [index, way] of ways.entries()) {
    let deal: { id: number, revision: number } | undefined
    for (const [day, stage] of way) {
      t.setNow(new Date(`${day}T10:00:00Z`))
      deal = (deal === undefined ? await api.post('/api/v1/deals', { contact_id, title: `Way ${index}`, amount: 10, stage_id: at(stage), expected_on: '2023-05-05' }) : await api.patch(`/api/v1/deals/${deal.id}`, { revision: deal.revision, stage_id: at(stage) })).body
    }
  }
  // What another program sends under the same name is no move.
  await sql`insert into events (contact_id, type, occurred_at, source, properties) values (${contact_id}, 'deal.created', '2023-02-03', 'api', '{"deal_id": "x", "stage_id": "New"}')`.execute(t.db)
  t.setNow(now)
  const { body: report } = await api.get('/api/v1/reports/sales?from=2023-02-01&to=2023-02-28&committed_from=50')
  expect(report.stages).toMatchObject([
    { stage: { name: 'New' }, entered: 3, onward: [{ stage: { name: 'In work' }, deals: 2 }, { stage: { name: 'Offer' }, deals: 2 }], won: 1, lost: 1, stays: 2, mean_days: 7, median_days: 7 },
    { stage: { name: 'In work' }, entered: 1, onward: [{ deals: 1 }], won: 1, lost: 0, stays: 1, mean_days: 2 },
    { stage: { name: 'Offer' }, entered: 3, onward: [], won: 1, lost: 1, stays: 2, mean_days: 19 },
  ])
  expect(report.forecast).toContainEqual(expect.objectContaining({ month: '2023-05', deals: 2, amount: 20, committed_deals: 1, committed_amount: 10 }))
  const behind = async (query: string) => (await api.get(`/api/v1/deals?limit=200&${query}`)).body.data.length
  for (const { stage, entered, onward, won } of report.stages) {
    const passed = `passed=${stage.id}&passed_from=2023-02-01&passed_to=2023-02-28&currency=EUR`
    expect([await behind(passed), await behind(`${passed}&state=won`)]).toEqual([entered, won])
    for (const later of onward) expect(await behind(`${passed}&onward=${later.stage.id}`)).toBe(later.deals)
  }
  expect(await behind('state=open&expected_from=2023-05-01&expected_to=2023-05-31&probability_from=50')).toBe(1)
  expect((await api.get('/api/v1/reports/sales?from=2023-02-01&to=2023-02-28&currency=USD')).body.stages).toEqual([])
})
