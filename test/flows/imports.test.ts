import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { sql } from '../../server/base/db.ts'
import { runUntilIdle, testApp, type Client, type TestApp } from '../database.ts'
import { setUpCompany } from '../../server/flows/set-up-company.ts'
import { runImports, stopImports } from '../../server/flows/run-imports.ts'

const corpora = path.resolve(import.meta.dirname, '../../../shared/corpora')
let server: TestApp
let admin: Client
const now = new Date('2026-11-24T10:00:00Z')

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

/** Uploaded, taken as it was recognised, run. Throws where it cannot even begin. */
async function importFile(file: string): Promise<Answer['body']> {
  const { status, body } = await upload(readFileSync(file), path.basename(file))
  if (status !== 201) throw new Error(body.detail)
  const started = await admin.post(`/api/v1/imports/${body.id}/run`)
  if (started.status !== 202) throw new Error(started.body.detail)
  await runUntilIdle(server, ['imports'])
  const view = (await admin.get(`/api/v1/imports/${body.id}`)).body
  if (view.state === 'failed') throw new Error(view.error)
  return view
}

type Answer = Awaited<ReturnType<Client['get']>>
async function upload(contents: string | Uint8Array, name = 'people.csv'): Promise<Answer> {
  const form = new FormData()
  form.append('file', new Blob([contents as never]), name)
  return admin.post('/api/v1/imports', form)
}
async function run(id: number): Promise<Answer['body']> {
  expect((await admin.post(`/api/v1/imports/${id}/run`)).status).toBe(202)
  await runUntilIdle(server)
  return (await admin.get(`/api/v1/imports/${id}`)).body
}
async function importText(contents: string, settings: Record<string, unknown> = {}): Promise<Answer['body']> {
  const { body } = await upload(contents)
  const options = settings['options'] ? { options: { ...body.options, ...settings['options'] as object } } : {}
  const changed = await admin.put(`/api/v1/imports/${body.id}`, { ...settings, ...options })
  expect(changed.status, changed.text).toBe(200)
  return run(body.id)
}
/** The smallest workbook there is: sheets by name, each with its rows as XML. */
async function workbook(sheets: Record<string, string>, { shared = '', hidden = '' } = {}): Promise<Buffer> {
  const zip = new ZipFile()
  const names = Object.keys(sheets)
  const parts = {
    'xl/workbook.xml': `<workbook><sheets>${names.map((name, index) => `<sheet name="${name}" sheetId="${index + 1}" r:id="r${index}"${name === hidden ? ' state="hidden"' : ''}/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${names.map((_, index) => `<Relationship Id="r${index}" Target="worksheets/s${index}.xml"/>`).join('')}</Relationships>`,
    'xl/styles.xml': '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="00000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': `<sst>${shared}</sst>`,
    ...Object.fromEntries(names.map((name, index) => [`xl/worksheets/s${index}.xml`, `<x:worksheet><x:sheetData>${sheets[name]}</x:sheetData></x:worksheet>`])),
  }
  for (const [path, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(text), path)
  zip.end()
  return buffer(zip.outputStream as Readable)
}
const row = (number: number, cells: string): string => `<row r="${number}">${cells}</row>`
const said = (place: string, words: string): string => `<c r="${place}" t="inlineStr"><is><t>${words}</t></is></c>`
const query = async (text: string, values: unknown[] = []) => (await server.app.pool.query(text, values)).rows
const card = async (email: string) => (await query('select * from contacts where email = $1', [email]))[0]

describe('people', () => {
  test('a Russian file in Windows-1251 with semicolons is recognised, previewed, estimated and imported', async () => {
    const decoder = new TextDecoder('windows-1251')
    const bytes = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(new Uint8Array([byte])), byte]))
    const text = 'Имя;Фамилия;Эл. почта;Телефон;Город;Скидка;Дата рождения\r\nИван;Петров;ivan@x.example;8 916 123-45-67;Казань;12,5;24.11.1990\r\nОльга;;olga@x.example;;Пермь;;\r\nНикто;;;;Омск;;\r\nПлохой;;плохой адрес;;Омск;;\r\n'
    const { status, body } = await upload(Uint8Array.from([...text].map(letter => bytes.get(letter)!)), 'клиенты.csv')
    expect(status).toBe(201)
    expect(body).toMatchObject({ encoding: 'windows-1251', delimiter: ';', has_header: true, kind: 'contacts', state: 'uploaded', name: 'клиенты' })

    const preview = (await admin.post(`/api/v1/imports/${body.id}/preview`, {})).body
    expect(preview.columns.map((column: { mapping: { to: string } }) => column.mapping.to)).toEqual(['first_name', 'last_name', 'email', 'phone', 'city', 'new_field', 'new_field'])
    expect(preview.rows[0].stored).toMatchObject({ first_name: 'Иван', phone: '+79161234567', city: 'Казань' })
    expect(preview.rows[2].errors[0].message).toContain('nobody can be recognised')
    expect(preview.problems).toEqual([])
    const wrong = (await admin.post(`/api/v1/imports/${body.id}/preview`, { encoding: 'utf-8', delimiter: ',' })).body
    expect(wrong.columns).toHaveLength(1)

    const estimate = (await admin.post(`/api/v1/imports/${body.id}/estimate`)).body
    expect(estimate).toMatchObject({ rows: 4, complete: true, contacts_new: 2, contacts_known: 0, duplicates: 0, rejected: 2 })
    expect(await card('ivan@x.example')).toBeUndefined()

    const done = await run(body.id)
    expect(done).toMatchObject({ state: 'done', rows_total: 4, rows_done: 4, contacts_created: 2, rows_rejected: 2, error: null })
    expect(await card('ivan@x.example')).toMatchObject({ first_name: 'Иван', phone: '+79161234567', city: 'Казань', import_id: body.id, fields: { skidka: 12.5, data_rozhdeniya: '1990-11-24' } })
    const rejected = (await admin.get(`/api/v1/imports/${body.id}/rejections`)).body.data
    expect(rejected).toMatchObject([{ line: 4, field: 'email' }, { line: 5, field: 'email', reason: 'is not an email address' }])
    const file = await admin.get(`/api/v1/imports/${body.id}/rejections.csv`)
    expect(file.text).toContain('5,email,is not an email address,Плохой')
    expect((await admin.get(`/api/v1/imports/${body.id}/contacts`)).body.data).toHaveLength(2)
    expect(await query('select count(*)::int as parts from import_file_parts where import_id = $1', [body.id])).toEqual([{ parts: 0 }])
  })

  test('the last row about a person wins, or the first when only empty fields are filled', async () => {
    await importText('email,first name,city\na1@x.example,One,\na1@x.example,Two,Kazan\n')
    expect(await card('a1@x.example')).toMatchObject({ first_name: 'Two', city: 'Kazan' })
    const again = await importText('email,first name,city\na1@x.example,Three,\na1@x.example,Four,\n', { options: { update: 'only_empty' } })
    expect(await card('a1@x.example')).toMatchObject({ first_name: 'Two', city: 'Kazan' })
    expect(again).toMatchObject({ contacts_created: 0, contacts_updated: 0, rows_unchanged: 2 })
  })

  test('a value that does not fit is left out and told; the row is taken', async () => {
    await importText('email,phone\nowner@x.example,+7 916 000-00-01\n')
    const done = await importText('email,phone,external id\nother@x.example,+7 916 000-00-01,E1\nthird@x.example,12,E2\n')
    expect(done).toMatchObject({ contacts_created: 2, rows_rejected: 0 })
    expect(await card('other@x.example')).toMatchObject({ phone: null, external_id: 'E1' })
    expect((await admin.get(`/api/v1/imports/${done.id}/rejections`)).body.data).toMatchObject([{ line: 2, field: 'phone', kept: true }, { line: 3, field: 'phone', kept: true }])
  })

  test('the number of a customer of another program does not overwrite somebody else', async () => {
    await importText('id,email,first name,last name\n7701,first@x.example,Ivan,Petrov\n')
    const done = await importText('id,email,first name,last name\n7701,second@x.example,Olga,Sidorova\n7701,first.new@x.example,Petrov,Ivan\n')
    expect(await card('second@x.example')).toMatchObject({ first_name: 'Olga', external_id: null })
    expect(await card('first@x.example')).toBeUndefined()
    expect(await card('first.new@x.example')).toMatchObject({ external_id: '7701' })
    expect((await admin.get(`/api/v1/imports/${done.id}/rejections`)).body.data).toMatchObject([{ line: 2, field: 'external_id', kept: true }])
  })

  test('tags and the source go on everybody new; who is there keeps the source', async () => {
    await admin.put('/api/v1/contacts', { email: 'known@x.example', source: 'shop' })
    await importText('email\nknown@x.example\nnew@x.example\n', { options: { tags: ['Выставка'], source: 'expo' } })
    expect(await card('known@x.example')).toMatchObject({ source: 'shop' })
    expect(await card('new@x.example')).toMatchObject({ source: 'expo' })
    expect(await query(`select count(*)::int as tagged from contact_tags join tags on tags.id = tag_id where tags.name = 'Выставка'`)).toEqual([{ tagged: 2 }])
  })

  test('consents are given with their wording; whoever left stays away, and the file may say who left', async () => {
    const left = (await admin.put('/api/v1/contacts', { email: 'left@x.example' })).body.id
    await admin.post(`/api/v1/contacts/${left}/consents`, { topic_id: 1, action: 'withdrawn', wording: 'by phone' })
    const done = await importText('email,status\nleft@x.example,active\nyes@x.example,active\nno@x.example,unsubscribed\nbounced@x.example,unreachable\nempty@x.example,\n',
      { options: { consent: { topic_ids: [1], wording: 'Agreed on the site of the old shop, log kept by legal' } } })
    const states = Object.fromEntries((await query('select email, status from consent_states join contacts on contacts.id = contact_id where topic_id = 1')).map(row => [row.email, row.status]))
    expect(states).toMatchObject({ 'left@x.example': 'withdrawn', 'yes@x.example': 'granted', 'no@x.example': 'withdrawn', 'empty@x.example': 'granted' })
    expect(states['bounced@x.example']).toBeUndefined()
    expect(await query(`select reason from suppressions where email = 'bounced@x.example'`)).toEqual([{ reason: 'imported' }])
    const [proof] = await query(`select wording, consents.source from consents join contacts on contacts.id = contact_id where email = 'yes@x.example'`)
    expect(proof).toEqual({ wording: 'Agreed on the site of the old shop, log kept by legal', source: `import:${done.id}` })
  })

  test('naughty texts come through whole', async () => {
    const name = 'Ω≈ç√ 👩‍👩‍👧 \u202Etest <script>alert(1)</script> =cmd()'
    await importText(`email,first name\nnaughty@x.example,"${name}"\n`)
    expect((await card('naughty@x.example')).first_name).toContain('<script>alert(1)</script> =cmd()')
  })
})

describe('consents and suppressions', () => {
  const proofs = 'email,topic,consent,consent date,consent text,consent source,ip\n'
  test('a yes enters the ledger with its proof, one without is refused, whoever left stays away; undo withdraws', async () => {
    const [topic] = await query('select id, key, name_ru from topics order by position, id limit 1')
    const left = (await admin.put('/api/v1/contacts', { email: 'gone@x.example' })).body.id
    await admin.post(`/api/v1/contacts/${left}/consents`, { topic_id: topic.id, action: 'withdrawn', wording: 'by phone' })
    const { body } = await upload(`${proofs}proof1@x.example,${topic.key},yes,2025-03-04 10:00,I want news,shop.example/join,10.1.2.3\nproof2@x.example,${topic.name_ru},да,2025-03-05,I want news,,\nproof3@x.example,${topic.key},yes,,I want news,form,\nproof4@x.example,Nonsense,yes,2025-01-01,I want news,form,\nproof5@x.example,${topic.key},unsubscribed,,,,\ngone@x.example,${topic.key},yes,2026-11-01,I want news,form,\n`)
    expect(body.kind).toBe('consents')
    const before = await query('select count(*)::int as consents from consents')
    expect((await admin.post(`/api/v1/imports/${body.id}/estimate`)).body).toMatchObject({ records: 2, contacts_new: 2, rejected: 4 })
    expect(await query('select count(*)::int as consents from consents')).toEqual(before)
    expect(await run(body.id)).toMatchObject({ state: 'done', events_created: 2, contacts_created: 2, rows_rejected: 4 })
    const reasons = (await admin.get(`/api/v1/imports/${body.id}/rejections`)).body.data
    expect(reasons.map((each: { line: number, field: string }) => [each.line, each.field])).toEqual([[3, 'origin'], [4, 'consented_at'], [5, 'topic'], [7, 'email']])
    const given = `select status, wording, consents.source, ip_address as ip, occurred_at from consents join consent_states using (contact_id, topic_id) join contacts on contacts.id = contact_id where email = $1 order by consents.id`
    expect(await query(given, ['proof1@x.example'])).toEqual([{ status: 'granted', wording: 'I want news (shop.example/join)', source: `import:${body.id}`, ip: '10.1.2.3', occurred_at: new Date('2025-03-04T07:00:00Z') }])
    expect(await query(given, ['proof5@x.example'])).toMatchObject([{ status: 'withdrawn' }])
    expect(await query(given, ['gone@x.example'])).toMatchObject([{ status: 'withdrawn', wording: 'by phone' }])
    await admin.post(`/api/v1/imports/${body.id}/reversal`)
    await runUntilIdle(server)
    expect(await card('proof1@x.example')).toBeUndefined()
  })
  test('addresses are suppressed whether somebody has them or not; undo lifts those it brought and no others', async () => {
    await admin.post('/api/v1/suppressions', { emails: ['old@stop.example', 'worse@stop.example'], detail: 'asked by phone' })
    const { body } = await upload('email,reason\nNew@Stop.example,unsubscribed\nold@stop.example,bounced\nworse@stop.example,spam complaint\nrubbish,\n')
    expect((await admin.put(`/api/v1/imports/${body.id}`, { kind: 'suppressions' })).body.columns).toEqual([{ to: 'email' }, { to: 'reason' }])
    expect((await admin.post(`/api/v1/imports/${body.id}/estimate`)).body).toMatchObject({ records: 2, records_known: 1, rejected: 1, contacts_new: 0 })
    expect(await run(body.id)).toMatchObject({ state: 'done', events_created: 2, rows_unchanged: 1, rows_rejected: 1 })
    const stops = `select email, reason from suppressions where email like '%@stop.example' order by email`
    expect(await query(stops)).toEqual([{ email: 'new@stop.example', reason: 'imported' }, { email: 'old@stop.example', reason: 'manual' }, { email: 'worse@stop.example', reason: 'complaint' }])
    await admin.post(`/api/v1/imports/${body.id}/reversal`)
    await runUntilIdle(server)
    expect(await query(stops)).toEqual([{ email: 'old@stop.example', reason: 'manual' }, { email: 'worse@stop.example', reason: 'complaint' }])
  })
})

describe('companies', () => {
  test('are made or changed by their name, what does not fit is told; the same file again changes nothing; undo', async () => {
    await admin.post('/api/v1/custom-fields', { of: 'company', key: 'inn', label: 'ИНН', kind: 'text', is_unique: true })
    await sql`insert into users (name, email, role) values ('Вера', 'vera@lavka.example', 'manager')`.execute(server.db)
    const old = (await admin.post('/api/v1/companies', { name: 'Ромашка', address: 'Тверь' })).body
    const text = 'Название компании,Сайт,Адрес,Ответственный,ИНН,Отрасль\nромашка,https://www.romashka.example/o,Москва,ВЕРА,771,Цветы\nЛютик,нет сайта,Омск,кто-то,771,\nПион,pion.example,,vera@lavka.example,773,\n,pion.example,Уфа,,,\n,nobody.example,,,,\n'
    const { body } = await upload(text, 'companies.csv')
    expect(body.kind).toBe('companies')
    expect(body.columns.map((column: { to: string }) => column.to)).toEqual(['name', 'domain', 'address', 'owner', 'fields.inn', 'new_field'])
    const estimate = (await admin.post(`/api/v1/imports/${body.id}/estimate`)).body
    expect(estimate).toMatchObject({ records: 2, records_changed: 1, records_known: 0, rejected: 1, contacts_new: 0, examples: [{ kind: 'company', id: old.id, name: 'Ромашка' }] })
    expect(estimate.examples[0].changes).toContainEqual({ field: 'owner_id', before: null, after: 'Вера' })
    expect(await query(`select name from companies where name in ('Лютик', 'Пион')`)).toEqual([])
    const done = await run(body.id)
    expect(done).toMatchObject({ state: 'done', events_created: 2, records_updated: 1, rows_rejected: 1, rows_unchanged: 0, contacts_created: 0 })
    const { data: told } = (await admin.get(`/api/v1/imports/${body.id}/rejections`)).body
    expect(told.map((row: { line: number, field: string, kept: boolean }) => [row.line, row.field, row.kept])).toEqual([[3, 'owner', true], [6, 'domain', false]])
    expect((await admin.get(`/api/v1/companies/${old.id}`)).body).toMatchObject({ name: 'Ромашка', domain: 'romashka.example', address: 'Москва', owner: { name: 'Вера' }, revision: 2, fields: { inn: '771', otrasl: 'Цветы' } })
    expect(await query(`select name, domain, address, owner_id is not null as owned, fields from companies where name in ('Лютик', 'Пион') order by name`)).toEqual([{ name: 'Лютик', domain: null, address: 'Омск', owned: false, fields: {} }, { name: 'Пион', domain: 'pion.example', address: 'Уфа', owned: true, fields: { inn: '773' } }])
    expect((await admin.get(`/api/v1/imports/${body.id}/records?what=created`)).body.data.map((row: { name: string }) => row.name)).toEqual(['Пион', 'Лютик'])
    expect(await importText(text.split('\n').filter(line => !line.startsWith(',nobody')).join('\n'), { kind: 'companies' })).toMatchObject({ events_created: 0, records_updated: 0, rows_unchanged: 4 })
    await admin.put('/api/v1/contacts', { email: 'pion@x.example', company: 'Пион' })
    await admin.patch(`/api/v1/companies/${old.id}`, { revision: 2, address: 'Псков' })
    expect((await admin.post(`/api/v1/imports/${body.id}/reversal`)).status).toBe(202)
    await runUntilIdle(server)
    expect(await query(`select name, domain, address, owner_id, fields from companies where name in ('Лютик', 'Пион', 'Ромашка') order by name`)).toMatchObject([{ name: 'Пион' }, { name: 'Ромашка', domain: null, address: 'Псков', owner_id: null, fields: {} }])
  })
})

describe('deals of a file', () => {
  const file = 'ID сделки,Название сделки,Email,Компания,Воронка,Этап,Сумма,Ответственный,Дата создания,Дата закрытия,Причина отказа\n1,Офис,buyer@x.example,Ромашка,Продажи,Успех,"1 500,50",Вера,10.01.2025,02.03.2025,\n2,Склад,,Ромашка,,Отказ,20,vera@lavka.example,10.01.2025,01.02.2025,Дорого\n3,,buyer@x.example,,,,7,,01.05.2025,01.12.2026,\n4,Нигде,x@x.example,,,Нигде,1,,,,\n5,Ничья,,,,,1,,,,\n6,Чужой,y@x.example,,,,abc,Иван,,,\n'
  test('stand with their people, stages and owners; each refused row names its field; the same file again changes nothing; undo', async () => {
    const stages = [['Новая', 'open'], ['Успех', 'won'], ['Отказ', 'lost']].map(([name, kind]) => ({ name, kind }))
    expect((await admin.post('/api/v1/pipelines', { name: 'Продажи', stages })).status).toBeLessThan(300)
    const { body } = await upload(file, 'deals.csv')
    expect(body).toMatchObject({ kind: 'deals', columns: ['deal_id', 'title', 'email', 'company', 'pipeline', 'stage', 'amount', 'owner', 'created_at', 'closed_at', 'lost_reason'].map(to => ({ to })) })
    expect((await admin.post(`/api/v1/imports/${body.id}/estimate`)).body).toMatchObject({ records: 3, records_changed: 0, rejected: 3, contacts_new: 2 })
    expect(await query('select count(*)::int as deals from deals')).toEqual([{ deals: 0 }])
    expect(await run(body.id)).toMatchObject({ state: 'done', events_created: 3, contacts_created: 2, rows_rejected: 3 })
    const deals = (await admin.get('/api/v1/deals?limit=10')).body.data.toSorted((one: { amount: number }, other: { amount: number }) => one.amount - other.amount)
    expect(deals).toMatchObject([
      { title: 'buyer@x.example', amount: 7, state: 'open', expected_on: '2026-12-01', created_at: '2025-04-30T21:00:00.000Z' },
      { title: 'Склад', amount: 20, state: 'lost', lost_reason: 'Дорого', owner: { name: 'Вера' } },
      { title: 'Офис', amount: 1500.5, state: 'won', stage: { name: 'Успех' }, closed_at: '2025-03-01T21:00:00.000Z', contact: { email: 'buyer@x.example' }, source: 'file' },
    ])
    const { data: told } = (await admin.get(`/api/v1/imports/${body.id}/rejections`)).body
    expect(told.map((row: { line: number, field: string }) => [row.line, row.field])).toEqual([[5, 'stage'], [6, 'email'], [7, 'amount']])
    expect(await importText(file.split('\n').slice(0, 4).join('\n'))).toMatchObject({ kind: 'deals', events_created: 0, records_updated: 0, rows_unchanged: 3 })
    const changed = await importText('ID сделки,Этап,Сумма,Email\n3,Успех,9,buyer@x.example', { kind: 'deals' })
    expect(changed).toMatchObject({ events_created: 0, records_updated: 1 })
    expect((await admin.get(`/api/v1/imports/${changed.id}/records?what=updated`)).body.data).toMatchObject([{ name: 'buyer@x.example', deal_id: deals[0].id }])
    await admin.post(`/api/v1/imports/${changed.id}/reversal`)
    await runUntilIdle(server)
    expect((await admin.get(`/api/v1/deals/${deals[0].id}`)).body).toMatchObject({ amount: 7, state: 'open', closed_at: null, expected_on: '2026-12-01', stage_since: deals[0].stage_since })
    await admin.post('/api/v1/tasks', { contact_id: deals[1].contact.id, deal_id: deals[1].id, title: 'Позвонить', due_at: null })
    await admin.post(`/api/v1/imports/${body.id}/reversal`)
    await runUntilIdle(server)
    // Somebody has worked with one since, and the other has been changed and put back: it stays.
    expect((await admin.get('/api/v1/deals?limit=10')).body.data.map((deal: { title: string }) => deal.title).toSorted()).toEqual(['buyer@x.example', 'Склад'])
    expect(await query(`select count(*)::int as told from events where type like 'deal.%' and (properties ->> 'deal_id')::bigint = $1`, [deals[2].id])).toEqual([{ told: 0 }])
  })

  test('without numbers each row is one deal, twice the same are two, and the file may be imported again', async () => {
    const text = 'deal name,email,stage,amount,close date\nSame,nn@x.example,,1,\nSame,nn@x.example,,2,\n'
    expect(await importText(text, { kind: 'deals' })).toMatchObject({ events_created: 2 })
    expect(await importText(text, { kind: 'deals' })).toMatchObject({ events_created: 0, rows_unchanged: 2 })
  })
})

describe('events of a file', () => {
  test('reach the timeline with their properties; what is there already is left alone; undo takes them back', async () => {
    const text = 'email,event,time,Plan,seats,delivery,data\nev@x.example,trial.started,2026-10-01 10:00,pro,3,,"{""utm"": {""source"": ""ad""}}"\nev@x.example,trial.started,2026-10-01 10:00,pro,3,,"{""utm"": {""source"": ""ad""}}"\nev@x.example,page.viewed,2026-10-02,,,,\nev@x.example,Trial Started,2026-10-02,,,,\nev@x.example,contact.created,2026-10-02,,,,\nev@x.example,trial.ended,soon,,,,\nev@x.example,order.placed,2026-10-02,,,,\nev@x.example,trial.ended,2026-10-03,,,,not json\n'
    const { body } = await upload(text, 'events.csv')
    expect(body).toMatchObject({ kind: 'events', columns: [{ to: 'email' }, { to: 'event_type' }, { to: 'occurred_at' }, { to: 'properties.Plan' }, { to: 'properties.seats', decimal: '.' }, { to: '' }, { to: 'properties' }] })
    expect(await run(body.id)).toMatchObject({ events_created: 2, rows_unchanged: 1, rows_rejected: 5, contacts_created: 1 })
    expect(await query(`select type, properties from events where contact_id = (select id from contacts where email = 'ev@x.example') and type !~ '^(contact|segment)' order by occurred_at`)).toEqual([{ type: 'trial.started', properties: { Plan: 'pro', seats: 3, utm: { source: 'ad' } } }, { type: 'page.viewed', properties: {} }])
    expect((await admin.get(`/api/v1/imports/${body.id}/rejections`)).body.data.map((row: { field: string }) => row.field)).toEqual(['event_type', 'event_type', 'occurred_at', 'properties.order_id', 'properties'])
    expect(await importText(text)).toMatchObject({ events_created: 0, rows_unchanged: 3 })
    const whole = await importText('email,when\nev@x.example,2026-11-01', { kind: 'events', columns: [{ to: 'email' }, { to: 'occurred_at', date_format: 'ymd' }], options: { event_type: 'webinar.attended' } })
    expect(whole).toMatchObject({ events_created: 1 })
    await admin.post(`/api/v1/imports/${whole.id}/reversal`)
    await runUntilIdle(server)
    expect(await query(`select last_visit_at is not null as visited, (select count(*)::int from events where type = 'webinar.attended') as attended from contact_rollups where contact_id = (select id from contacts where email = 'ev@x.example')`)).toEqual([{ visited: true, attended: 0 }])
  })
})

describe('exports of other programs', () => {
  const files: [string, string, Record<string, string>][] = [
    ['HubSpot', 'Record ID,First Name,Email,Lifecycle Stage,Unsubscribed from all email\n11,A,a@prof.example,Lead,true', { external_id: '11', subscription: 'withdrawn' }],
    ['Pipedrive', 'Person - Name,Person - Email - Work,Person - Organization,Person - Marketing status\nAnn Lee,a@prof.example,Acme,no consent', { company: 'Acme', first_name: 'Ann', subscription: 'unknown' }],
    ['Bitrix24', 'ID;Имя;Рабочий телефон;Рабочий e-mail;Должность\n7;Анна;+79160000001;a@prof.example;директор', { external_id: '7', job_title: 'директор' }],
    ['amoCRM', 'Наименование,Имя,Фамилия,Рабочий телефон,Рабочий email\nАнна Ли,Анна,Ли,+79160000001,a@prof.example', { first_name: 'Анна', email: 'a@prof.example' }],
    ['Mailchimp', 'Email Address,First Name,OPTIN_TIME,OPTIN_IP,LEID,EUID,CLEAN_TIME\na@prof.example,Ann,2024-01-01,1.2.3.4,9,abc,2024-02-01', { external_id: 'abc', subscription: 'bounced' }],
    ['ActiveCampaign', 'ID,Email,Lists,Tags,Status,Subscribe Date\n5,a@prof.example,News,vip,2,2024-01-01', { external_id: '5', subscription: 'withdrawn' }],
    ['Brevo', 'EMAIL,FIRSTNAME,LASTNAME,SMS,BLACKLISTED\na@prof.example,Ann,Lee,79160000001,no', { phone: '+79160000001', subscription: 'unknown' }],
    ['Unisender', 'email,email_status,email_availability,tags\na@prof.example,blocked,unreachable,vip', { subscription: 'bounced' }],
  ]
  test.each(files)('%s is recognised by its columns, and states of subscriptions are understood', async (name, text, stored) => {
    const { body } = await upload(text, `${name}.csv`)
    const preview = (await admin.post(`/api/v1/imports/${body.id}/preview`, {})).body
    expect(preview).toMatchObject({ recognised: { name }, problems: [], rows: [{ stored, errors: [] }] })
  })
})

describe('rules of updating', () => {
  const columns = [{ to: 'email' }, { to: 'city', update: 'newest' }, { to: 'job_title', update: 'only_empty' }, { to: 'first_name' }, { to: 'last_name', update: 'newest' }, { to: 'changed_at', date_format: 'ymd' }]
  const bring = async (row: string) => importText(`email,city,job,name,surname,changed\nrule@x.example,${row}\n`, { columns })
  const said = async () => query(`select city, job_title, first_name, last_name from contacts where email = 'rule@x.example'`)

  test('the newest value wins by the history of each field, as of when the file says; other columns follow their own rule', async () => {
    await bring('Тверь,Повар,Юля,,2026-10-01')
    // Later than the first file says, though earlier than it was imported.
    await bring('Омск,Шеф,Юлия,Ли,2026-10-05')
    expect(await said()).toEqual([{ city: 'Омск', job_title: 'Повар', first_name: 'Юлия', last_name: 'Ли' }])
    await bring('Пермь,Шеф,Ю,Лим,2026-10-03')
    expect(await said()).toEqual([{ city: 'Омск', job_title: 'Повар', first_name: 'Ю', last_name: 'Ли' }])
    await admin.put('/api/v1/contacts', { email: 'rule@x.example', city: 'Уфа' })
    await bring('Пермь,,,Лимова,2026-11-01')
    expect(await said()).toEqual([{ city: 'Уфа', job_title: 'Повар', first_name: 'Ю', last_name: 'Лимова' }])
    await bring('Сочи,,,Петрова,')
    expect(await importText('email,city,changed\nrule@x.example,Казань,2026-11-24 12:30\nrule@x.example,Самара,2026-11-24 12:20\n', { columns: [{ to: 'email' }, { to: 'city' }, { to: 'changed_at', date_format: 'ymd' }], options: { update: 'newest' } })).toMatchObject({ contacts_updated: 0, rows_unchanged: 2 })
    server.setNow(new Date('2026-11-24T11:00:00Z'))
    await importText('email,city,changed\nrule@x.example,Казань,2026-11-24 13:30\nrule@x.example,Самара,2026-11-24 13:20\n', { columns: [{ to: 'email' }, { to: 'city' }, { to: 'changed_at', date_format: 'ymd' }], options: { update: 'newest' } })
    expect(await said()).toEqual([{ city: 'Казань', job_title: 'Повар', first_name: 'Ю', last_name: 'Лимова' }])
    server.setNow(now)
    const { body } = await upload('email,city\nrule@x.example,Псков\n')
    await admin.put(`/api/v1/imports/${body.id}`, { options: { ...body.options, update: 'newest' } })
    expect((await admin.post(`/api/v1/imports/${body.id}/run`)).body.errors[0].message).toContain('The newest value can win only where')
  })

  test('companies and deals follow the moment they changed, or what the file that changed them says', async () => {
    const company = async (row: string) => importText(`company name,website,address,changed\nПравило,${row}`, { kind: 'companies', columns: [{ to: 'name' }, { to: 'domain', update: 'only_empty' }, { to: 'address' }, { to: 'changed_at', date_format: 'ymd' }], options: { update: 'newest' } })
    const deal = async (row: string) => importText(`deal id,email,deal name,stage,amount,changed\nR1,rule@x.example,${row}`, { kind: 'deals', columns: [{ to: 'deal_id' }, { to: 'email' }, { to: 'title', update: 'overwrite' }, { to: 'stage' }, { to: 'amount' }, { to: 'changed_at', date_format: 'ymd' }], options: { update: 'newest' } })
    await company('a.example,Тверь,2026-10-01')
    expect(await company('b.example,Омск,2026-10-02')).toMatchObject({ records_updated: 1 })
    expect(await company('b.example,Пермь,2026-10-01')).toMatchObject({ records_updated: 0 })
    expect(await query(`select domain, address from companies where name = 'Правило'`)).toEqual([{ domain: 'a.example', address: 'Омск' }])
    await deal('Раз,,10,2026-10-01')
    expect(await deal('Два,,20,2026-10-02')).toMatchObject({ records_updated: 1 })
    expect(await deal('Три,,30,2026-10-01')).toMatchObject({ records_updated: 1 })
    expect(await query(`select title, amount from deals where source_key = 'file:R1'`)).toEqual([{ title: 'Три', amount: 2000 }])
  })
})

test('the next file with the same columns is mapped as the last one was, told so, until it is forgotten; consents are not remembered', async () => {
  const first = (await upload('Почта,Прозвище,Город\nmem1@x.example,Мема,тверь\n', 'weekly.csv')).body
  const preview = async (id: number, settings = {}) => (await admin.post(`/api/v1/imports/${id}/preview`, settings)).body
  expect((await preview(first.id)).remembered).toBe(null)
  const columns = [{ to: 'email' }, { to: 'first_name' }, { to: 'city', values: { тверь: 'Тверь' } }]
  await admin.put(`/api/v1/imports/${first.id}`, { columns, options: { ...first.options, tags: ['еженедельный'], consent: { topic_ids: [1], wording: 'Согласились на сайте' } } })
  await admin.post(`/api/v1/imports/${first.id}/estimate`)
  expect((await admin.get('/api/v1/import-mappings')).body.data.map((row: { name: string }) => row.name)).not.toContain('weekly')
  await run(first.id)
  const next = (await upload('город,ПРОЗВИЩЕ,почта\nТверь,Мема,mem2@x.example\n', 'june.csv')).body
  expect(next).toMatchObject({ columns: [columns[2], columns[1], columns[0]], options: { tags: ['еженедельный'], consent: null } })
  const [kept] = (await admin.get('/api/v1/import-mappings')).body.data
  expect(kept).toMatchObject({ name: 'weekly', kind: 'contacts', uses: 1, columns: [{ header: 'Почта', to: 'email' }, { header: 'Прозвище' }, { header: 'Город' }] })
  expect((await admin.patch(`/api/v1/import-mappings/${kept.id}`, { name: 'Еженедельный' })).body.name).toBe('Еженедельный')
  expect((await preview(next.id)).remembered).toMatchObject({ id: kept.id, name: 'Еженедельный' })
  expect(await preview(next.id, { anew: true })).toMatchObject({ remembered: null, columns: [{ mapping: { to: 'city' } }, { mapping: { to: 'new_field' } }, { mapping: { to: 'email' } }] })
  expect((await upload('почта,прозвище\na@x.example,б\n')).body.columns[1].to).toBe('new_field')
  await run(next.id)
  expect((await admin.get('/api/v1/import-mappings')).body.data[0]).toMatchObject({ name: 'Еженедельный', uses: 2 })
  expect((await admin.delete(`/api/v1/import-mappings/${kept.id}`)).status).toBe(204)
  expect((await preview((await upload('Почта,Прозвище,Город\nm@x.example,М,\n')).body.id)).remembered).toBe(null)
})

describe('a dry run', () => {
  test('says what the run then does, with examples, and writes nothing', async () => {
    for (const [email, city] of [['dry1@x.example', 'Omsk'], ['dry2@x.example', 'Perm']]) await admin.put('/api/v1/contacts', { email, city, first_name: 'Dry' })
    const { body } = await upload('email,city,size\ndry1@x.example,Ufa,4\ndry2@x.example,Perm,\ndry3@x.example,Kazan,\ndry3@x.example,Kazan,\n,Tver,\ndry4@x.example,,too big\n')
    await admin.put(`/api/v1/imports/${body.id}`, { columns: [{ to: 'email' }, { to: 'city', values: { tver: 'Тверь', kazan: 'Казань' } }, { to: 'new_field', new_field: { label: 'Dry size', kind: 'number' } }] })
    const counted = async () => query(`select (select count(*)::int from contacts) as contacts, (select count(*)::int from custom_fields) as fields, (select count(*)::int from events) as events, (select count(*)::int from import_rejections) as rejections`)
    expect((await admin.post(`/api/v1/imports/${body.id}/columns/1/values`, {})).body).toMatchObject({ different: 5, complete: true, values: [{ value: 'Kazan', rows: 2, taken_for: null }, { rows: 1 }, { rows: 1 }, { rows: 1 }, { value: '', rows: 1 }] })
    const before = await counted()
    const dry = (await admin.post(`/api/v1/imports/${body.id}/estimate`)).body
    expect(await counted()).toEqual(before)
    expect(dry).toMatchObject({ rows: 6, complete: true, contacts_new: 2, contacts_known: 2, contacts_changed: 1, duplicates: 1, rejected: 1 })
    expect(dry.examples).toMatchObject([{ changes: [{ field: 'city', before: 'Omsk', after: 'Ufa' }, { field: 'fields.dry_size', before: null, after: 4 }] }])
    expect(dry.reasons).toMatchObject([{ kept: false, first_line: 6 }, { field: 'fields.dry_size', kept: true, first_line: 7 }])
    const done = await run(body.id)
    expect(done).toMatchObject({ contacts_created: dry.contacts_new, contacts_updated: dry.contacts_changed, rows_rejected: dry.rejected })
    expect(await card('dry3@x.example')).toMatchObject({ city: 'Казань' })
  })
})

describe('files of other formats', () => {
  test('a workbook: all its sheets, dates as dates, results of formulas, without titles, empty rows and hidden sheets', async () => {
    const { body } = await upload(await workbook({
      Итоги: row(1, said('A1', 'x@x.example')),
      Клиенты: row(1, said('A1', 'Отчёт за ноябрь')) + row(3, said('A3', 'Имя') + said('B3', 'Почта') + said('C3', 'День рождения') + said('D3', 'Индекс') + said('E3', 'Надбавка'))
        + row(4, said('A4', 'Вера') + said('B4', 'vera@x.example') + '<c r="C4" s="1"><v>32932</v></c><c r="D4" s="2"><v>1234</v></c><c r="E4"><f>1+0.1</f><v>1.1000000000000001</v></c>')
        + row(5, '') + row(7, '<c r="B7" t="s"><v>0</v></c><c r="E7"><f>2*2</f></c>'),
    }, { shared: '<si><r><t>gleb</t></r><r><t xml:space="preserve">@x.example</t></r><rPh><t>not said</t></rPh></si>', hidden: 'Итоги' }), 'клиенты.xlsx')
    expect(body).toMatchObject({ format: 'xlsx', name: 'клиенты', sheets: [{ name: 'Клиенты', rows: 3 }], columns: [{ to: 'first_name' }, { to: 'email' }, { to: 'new_field' }, { to: 'new_field' }, { to: 'new_field' }] })
    expect(body.notes).toEqual(expect.arrayContaining([{ code: 'hidden_sheets', count: 1 }, { code: 'title_rows', count: 1 }, { code: 'formulas', count: 1 }]))
    const done = await run(body.id)
    expect(done).toMatchObject({ state: 'done', rows_total: 2, contacts_created: 2, rows_rejected: 0 })
    expect(await card('vera@x.example')).toMatchObject({ first_name: 'Вера', fields: { den_rozhdeniya: '1990-02-28', indeks: '01234', nadbavka: 1.1 } })
    expect(await card('gleb@x.example')).toBeDefined()
  })

  test('of several sheets one is chosen, and its columns are guessed anew', async () => {
    const { body } = await upload(await workbook({ People: row(1, said('A1', 'email')) + row(2, said('A2', 'sheet1@x.example')), Orders: row(1, said('A1', 'email') + said('B1', 'date') + said('C1', 'total')) + row(2, said('A2', 'sheet2@x.example') + '<c r="B2" s="1"><v>45000</v></c><c r="C2"><v>12.5</v></c>') }), 'two.xlsx')
    expect(body.sheets).toEqual([{ name: 'People', rows: 2 }, { name: 'Orders', rows: 2 }])
    const preview = (await admin.post(`/api/v1/imports/${body.id}/preview`, { sheet: 1, kind: 'orders' })).body
    expect(preview.rows[0].stored).toMatchObject({ email: 'sheet2@x.example', amount: 12.5, ordered_at: '2023-03-14T21:00:00.000Z' })
    expect((await admin.put(`/api/v1/imports/${body.id}`, { sheet: 1, kind: 'orders' })).body).toMatchObject({ sheet: 1, kind: 'orders' })
    expect(await run(body.id)).toMatchObject({ events_created: 1, rows_total: 1 })
  })

  test('an archive made to burst is refused by what it declares, before it is unpacked', async () => {
    const bomb = await workbook({ Bomb: ' '.repeat(40_000_000) })
    expect(bomb.length).toBeLessThan(200_000)
    expect(await upload(bomb, 'bomb.xlsx')).toMatchObject({ status: 413, body: { detail: expect.stringContaining('Unpacked, the file is too large') } })
  })

  test('address cards of a phone: several addresses, folded and quoted lines, other charsets, photos passed over', async () => {
    const cards = [
      'BEGIN:VCARD', 'VERSION:3.0', 'N:Орлова;Нина;;;', 'FN:Нина Орлова', 'EMAIL;TYPE=HOME:nina2@x.example', 'EMAIL;TYPE=INTERNET,PREF:nina@x.example', 'item1.TEL;TYPE=CELL:8 916 555-00-11',
      'ORG:Чай\\, кофе\\; и сладости;Склад', 'ADR;TYPE=HOME:;;Лесная 1;Тверь;;170000;Россия', 'NOTE:первая', '  строка', 'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSk', ' ZJRgABAQAAAQABAAD', 'BDAY:19850312', 'END:VCARD',
      'BEGIN:VCARD', 'VERSION:2.1', 'N;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=CF=E5=F2=F0=EE=E2;=', '=C8=E2=E0=ED', 'EMAIL:ivan.vcf@x.example', 'PHOTO;JPEG;ENCODING=BASE64:', 'AAAA', 'BBBB=', '', 'END:VCARD',
      'BEGIN:VCARD', 'VERSION:4.0', 'FN:Cher', 'TEL;VALUE=uri:tel:+1-201-555-0123;ext=5', 'END:VCARD', '',
    ].join('\r\n')
    const { body } = await upload(cards, 'contacts.vcf')
    expect(body).toMatchObject({ format: 'vcard', notes: [{ code: 'photos', count: 2 }] })
    expect(await run(body.id)).toMatchObject({ state: 'done', rows_total: 3, contacts_created: 3, rows_rejected: 0 })
    expect(await card('nina@x.example')).toMatchObject({ first_name: 'Нина', last_name: 'Орлова', phone: '+79165550011', city: 'Тверь', fields: { den_rozhdeniya: '1985-03-12', zametka: 'первая строка' } })
    expect((await query(`select name from companies where name like 'Чай%'`))[0]).toEqual({ name: 'Чай, кофе; и сладости' })
    expect(await card('ivan.vcf@x.example')).toMatchObject({ first_name: 'Иван', last_name: 'Петров' })
    expect(await query(`select first_name from contacts where phone = '+12015550123'`)).toEqual([{ first_name: 'Cher' }])
    expect((await upload('BEGIN:VCARD\nFN:Cut\n', 'cut.vcf')).body.errors[0].message).toContain('never ends')
  })

  test('five hundred columns do not become five hundred fields; an endless line is told and not shown', async () => {
    const wide = Array.from({ length: 499 }, (_, index) => `Column ${index}`)
    const { body } = await upload(`email,${wide.join(',')}\nwide@x.example,${wide.join(',')}\n`, 'wide.csv')
    expect(body.columns).toHaveLength(500)
    expect(body.columns.filter((column: { to: string }) => column.to === 'new_field')).toHaveLength(40)
    await admin.put(`/api/v1/imports/${body.id}`, { columns: body.columns.map((column: { to: string }, index: number) => index === 498 ? { to: 'city' } : column.to === 'email' ? column : { to: '' }) })
    expect(await run(body.id)).toMatchObject({ state: 'done', contacts_created: 1 })
    expect(await card('wide@x.example')).toMatchObject({ city: 'Column 497' })

    const endless = (await upload('a'.repeat(400_000), 'endless.csv')).body
    expect((await admin.post(`/api/v1/imports/${endless.id}/preview`, {})).body).toMatchObject({ columns: [], problems: [{ code: 'malformed', message: expect.stringContaining('goes on for more than') }, { code: 'no_identity' }] })
    const later = (await upload(`email\na@x.example\n${'a'.repeat(2_500_000)}`, 'later.csv')).body
    expect((await run(later.id)).error).toBe('Line 3: column 1 is longer than a million characters.')
  })
})

describe('what cannot be imported', () => {
  test('a broken file is told with its line and changes nothing', async () => {
    const { body } = await upload('email,name\nfine1@x.example,A\nbroken@x.example,"open\n')
    expect((await admin.post(`/api/v1/imports/${body.id}/preview`, {})).body.problems[0]).toMatchObject({ code: 'malformed' })
    const done = await run(body.id)
    expect(done).toMatchObject({ state: 'failed', rows_done: 0, can_undo: false })
    expect(done.error).toMatch(/^Line 3: a quotation mark opens here/)
    expect(await card('fine1@x.example')).toBeUndefined()
  })
  test('an old or broken workbook, a picture, nothing and no file are refused with a word on what to do', async () => {
    expect((await upload(Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'x.xls')).body.errors[0].message).toContain('save it as .xlsx or CSV')
    expect((await upload(Buffer.from('504b0304140006000800', 'hex'), 'x.xlsx')).body.errors[0].message).toContain('no workbook that can be read')
    expect((await upload(Buffer.from(Array.from({ length: 200 }, (_, index) => index % 8)), 'x.png')).status).toBe(422)
    expect((await upload('')).body.errors[0]).toEqual({ field: 'file', message: 'is empty' })
    expect((await admin.post('/api/v1/imports', {})).status).toBe(422)
  })
  test('without a column that says who people are it does not begin; begun, it cannot be changed', async () => {
    const { body } = await upload('name,city\nA,B\n')
    expect((await admin.post(`/api/v1/imports/${body.id}/run`)).body.errors[0].field).toBe('columns')
    const other = (await upload('email\nz1@x.example\n')).body
    await run(other.id)
    expect((await admin.put(`/api/v1/imports/${other.id}`, { name: 'x' })).body.code).toBe('has_begun')
    expect((await admin.post(`/api/v1/imports/${other.id}/run`)).status).toBe(409)
    expect((await (await server.as('observer')).post(`/api/v1/imports/${other.id}/run`)).status).toBe(403)
  })
})

describe('purchases', () => {
  const file = 'client;order;date;sum;sku;item;qty;price\nC1;100;01.10.2026 12:00;1 500,00;A;Чай;1;500\nC2;101;02.10.2026;300,50;;;;\nC1;100;01.10.2026 12:00;1 500,00;B;Кофе;2;500\nC3;102;не дата;1;;;;\n'
  test('become orders with lines; the same file again changes nothing; undo takes them back', async () => {
    const { body } = await upload(file)
    const columns = ['external_id', 'order_id', 'ordered_at', 'amount', 'sku', 'product', 'quantity', 'price'].map(to => ({ to, ...(to === 'ordered_at' ? { date_format: 'dmy' } : {}), ...(['amount', 'price', 'quantity'].includes(to) ? { decimal: ',' } : {}) }))
    expect((await admin.put(`/api/v1/imports/${body.id}`, { kind: 'orders', columns })).status).toBe(200)
    expect((await admin.post(`/api/v1/imports/${body.id}/estimate`)).body).toMatchObject({ records: 2, contacts_new: 2, rejected: 1 })
    expect(await run(body.id)).toMatchObject({ state: 'done', contacts_created: 2, events_created: 2, rows_rejected: 1, rows_done: 4 })
    const orders = await query(`select orders.order_id, amount, currency, placed_at, (select count(*)::int from order_lines where order_lines.order_id = orders.id) as lines from orders join contacts on contacts.id = contact_id where external_id like 'C_' order by 1`)
    expect(orders).toEqual([
      { order_id: '100', amount: 150000, currency: 'RUB', placed_at: new Date('2026-10-01T09:00:00Z'), lines: 2 },
      { order_id: '101', amount: 30050, currency: 'RUB', placed_at: new Date('2026-10-01T21:00:00Z'), lines: 0 },
    ])
    expect(await query(`select orders_count, revenue from contact_rollups join contacts on contacts.id = contact_id where external_id = 'C1'`)).toEqual([{ orders_count: 1, revenue: 150000 }])

    const second = (await upload(file)).body
    await admin.put(`/api/v1/imports/${second.id}`, { kind: 'orders', columns })
    expect((await admin.post(`/api/v1/imports/${second.id}/estimate`)).body).toMatchObject({ records: 0, records_known: 2, contacts_known: 2 })
    expect(await run(second.id)).toMatchObject({ contacts_created: 0, events_created: 0, rows_unchanged: 3 })

    const undone = await admin.post(`/api/v1/imports/${second.id}/reversal`)
    expect(undone.status).toBe(202)
    await runUntilIdle(server)
    expect(await query(`select count(*)::int as orders from orders join contacts on contacts.id = contact_id where external_id like 'C_'`)).toEqual([{ orders: 2 }])
    await admin.post(`/api/v1/imports/${body.id}/reversal`)
    await runUntilIdle(server)
    expect((await admin.get(`/api/v1/imports/${body.id}`)).body.state).toBe('undone')
    expect(await query(`select count(*)::int as people from contacts where external_id like 'C_'`)).toEqual([{ people: 0 }])
    const third = (await upload(file)).body
    await admin.put(`/api/v1/imports/${third.id}`, { kind: 'orders', columns })
    expect(await run(third.id)).toMatchObject({ events_created: 2 })
  })
})

describe('undo', () => {
  test('cards go, values come back where nobody changed them since, consents are withdrawn by a new entry', async () => {
    await admin.put('/api/v1/contacts', { email: 'u1@x.example', first_name: 'Old', city: 'Omsk' })
    const done = await importText('email,first name,city\nu1@x.example,New,Perm\nu2@x.example,Two,\nu3@x.example,Three,\n', { options: { tags: ['u'], consent: { topic_ids: [1], wording: 'Agreed in the old shop' } } })
    const u1 = await card('u1@x.example')
    await admin.patch(`/api/v1/contacts/${u1.id}`, { revision: u1.revision, city: 'Ufa' })
    const u3 = await card('u3@x.example')
    await admin.patch(`/api/v1/contacts/${u3.id}`, { revision: u3.revision, last_name: 'Worked on' })
    await admin.post(`/api/v1/imports/${done.id}/reversal`)
    await runUntilIdle(server)
    expect((await admin.get(`/api/v1/imports/${done.id}`)).body.state).toBe('undone')
    expect(await card('u1@x.example')).toMatchObject({ first_name: 'Old', city: 'Ufa' })
    expect(await card('u2@x.example')).toBeUndefined()
    expect(await card('u3@x.example')).toMatchObject({ last_name: 'Worked on' })
    expect(await query(`select contacts.email, status from consent_states join contacts on contacts.id = contact_id where email like 'u_@x.example' order by 1`)).toEqual([{ email: 'u1@x.example', status: 'withdrawn' }, { email: 'u3@x.example', status: 'withdrawn' }])
    expect(await query(`select count(*)::int as tagged from contact_tags join tags on tags.id = tag_id where tags.name = 'u'`)).toEqual([{ tagged: 0 }])
  })
})

test('people of a file become leads by the rules, each manager is told once; undo takes back those nobody has begun to work on', async () => {
  await query(`update users set disabled_at = now() where role = 'manager'`)
  const [manager] = await query(`insert into users (name, email, role) values ('Пётр', 'petr@lavka.example', 'manager') returning id`)
  await admin.post('/api/v1/leads', { source_label: 'Звонок', contact: { email: 'l1@x.example' } })
  await query('delete from notifications')
  const done = await importText('email,first name\nl1@x.example,One\nl2@x.example,Two\nl3@x.example,Three\nl3@x.example,Three\n', { name: 'Ярмарка', options: { as_leads: true, source: 'Ярмарка' } })
  const leads = async () => (await admin.get('/api/v1/leads?source=import')).body.data
  expect((await leads()).map((lead: { contact: { email: string } }) => lead.contact.email).sort()).toEqual(['l2@x.example', 'l3@x.example'])
  expect(await leads()).toMatchObject(Array(2).fill({ source: `import:${done.id}`, source_label: 'Ярмарка', owner: { name: 'Пётр' } }))
  expect(await card('l2@x.example')).toMatchObject({ owner_id: manager!['id'] })
  expect(await query('select user_id, title from notifications')).toEqual([{ user_id: manager!['id'], title: 'Новые лиды из файла «Ярмарка»' }])
  const [taken] = (await leads()).filter((lead: { contact: { email: string } }) => lead.contact.email === 'l3@x.example')
  await admin.patch(`/api/v1/leads/${taken.id}`, { status: 'in_work' })
  await admin.post(`/api/v1/imports/${done.id}/reversal`)
  await runUntilIdle(server)
  expect(await leads()).toMatchObject([{ id: taken.id, status: 'in_work' }])
  expect(await card('l2@x.example')).toBeUndefined()
})

describe('taken up again', () => {
  test('after a process died in the middle nothing is missing and no row is done twice', async () => {
    const people = 7000
    const lines = Array.from({ length: people }, (_, index) => `big${index}@x.example,N${index}`)
    const { body } = await upload(`email,first name\n${lines.join('\n')}\n`)
    await admin.post(`/api/v1/imports/${body.id}/run`)
    for (let step = 0; step < 100; step++) {
      await runImports(server.app)
      const { rows_done: done, state } = (await admin.get(`/api/v1/imports/${body.id}`)).body
      // Memory is lost, the lock with it; what was committed is all there is.
      await stopImports(server.app)
      if (state === 'done') break
      expect(done).toBeLessThanOrEqual(people)
    }
    const view = (await admin.get(`/api/v1/imports/${body.id}`)).body
    expect(view).toMatchObject({ state: 'done', rows_done: people, contacts_created: people, rows_rejected: 0 })
    expect(await query(`select count(*)::int as people from contacts where import_id = $1`, [body.id])).toEqual([{ people }])
    expect(await query(`select count(*)::int as events from events where source = $1 and type = 'contact.created'`, [`import:${body.id}`])).toEqual([{ events: people }])
  })
  test('one that is stopped can be continued', async () => {
    const { body } = await upload('email\ns1@x.example\n')
    await admin.post(`/api/v1/imports/${body.id}/run`)
    expect((await admin.delete(`/api/v1/imports/${body.id}/run`)).body.state).toBe('failed')
    await runUntilIdle(server)
    expect(await card('s1@x.example')).toBeUndefined()
    expect(await run(body.id)).toMatchObject({ state: 'done', contacts_created: 1 })
  })
})

describe.skipIf(!existsSync(corpora))('files of other programs (skipped: corpora not present)', () => {
  test('each is imported as a whole, or refused with a reason', async () => {
    const refused: string[] = []
    for (const folder of ['contact-imports', 'contact-exports-synthetic']) {
      for (const name of readdirSync(path.join(corpora, folder, 'files'))) {
        const { cases } = JSON.parse(readFileSync(path.join(corpora, folder, 'expected.json'), 'utf8')) as { cases: Record<string, { records_with_header?: number, records_without_header?: number }> }
        const records = cases[name]!.records_without_header ?? cases[name]!.records_with_header! - 1
        let result
        try {
          result = await importFile(path.join(corpora, folder, 'files', name))
        } catch (error) {
          refused.push(`${name}: ${(error as Error).message.slice(0, 60)}`)
          continue
        }
        await runUntilIdle(server, ['process-events'])
        if (name === 'keila-import_excel.csv') expect(await card('foo-1@example.com')).toMatchObject({ first_name: 'Joël', last_name: 'Müller-Schultheiß' })
        expect(result, name).toMatchObject({ state: 'done', rows_total: records })
        // Every row is accounted for: somebody new, somebody known (changed or not), or refused.
        const { rows: [{ people }] } = await server.app.pool.query('select count(*)::int as people from import_changes where import_id = $1', [result.id])
        expect(people > 0, name).toBe(!name.startsWith('keila-import_malformed2'))
        const refusedRows = await query('select line, field, reason, row from import_rejections where import_id = $1 and not kept', [result.id])
        expect(refusedRows.filter(row => !/^is not an email address|^is not a phone number|^is empty/.test(row.reason)), name).toEqual([])
        expect(result.rows_rejected, name).toBeLessThanOrEqual(Math.ceil(records * 0.1))
      }
    }
    expect(refused.toSorted()).toEqual([
      expect.stringContaining('dittofeed-missing-identifiers.csv: columns: No column says who the people are'),
      expect.stringContaining('keila-import_malformed1.csv: Line 4'),
    ])
    expect(await card('joao@example.com')).toMatchObject({ first_name: 'João', last_name: 'Nilton' })
    expect((await query(`select first_name from contacts join contact_identities on contact_id = contacts.id where kind = 'email' and value = 'ribakovladislav@rao.biz'`))[0]).toEqual({ first_name: 'Аникей' })
  })

  test('the purchases of a CD shop give the published numbers of customers, purchases and sums', async () => {
    const result = await importFile(path.join(corpora, 'purchases-cdnow/transactions.csv'))
    const lines = readFileSync(path.join(corpora, 'purchases-cdnow/transactions.csv'), 'utf8').trim().split('\n').slice(1)
    expect(result).toMatchObject({ state: 'done', rows_total: lines.length, events_created: lines.length, contacts_created: 2357, rows_rejected: 0 })
    await runUntilIdle(server, ['process-events'])
    const sum = Math.round(lines.reduce((total, line) => total + Number(line.split(',')[3]) * 100, 0))
    expect(await query(`select count(*)::int as orders, sum(amount)::int as sum, min(currency) as currency from orders where import_id = $1`, [result.id])).toEqual([{ orders: lines.length, sum, currency: 'USD' }])
    const expected = readFileSync(path.join(corpora, 'purchases-cdnow/expected_customers.csv'), 'utf8').trim().split('\n').slice(1).map(line => line.split(','))
    const days = await query(`
      select c.external_id, count(distinct (placed_at at time zone 'Europe/Moscow')::date)::int - 1 as frequency,
        ((max(placed_at at time zone 'Europe/Moscow'))::date - (min(placed_at at time zone 'Europe/Moscow'))::date)::float / 7 as recency
      from orders join contacts c on c.id = contact_id
      where orders.import_id = $1 and placed_at < '1997-10-01 00:00 Europe/Moscow'
      group by c.external_id`, [result.id])
    const found = new Map(days.map(row => [row.external_id, row]))
    for (const [customer, frequency, recency] of expected) {
      expect(found.get(customer)?.frequency, customer).toBe(Number(frequency))
      expect(found.get(customer)?.recency, customer).toBeCloseTo(Number(recency), 3)
    }
  })
})
