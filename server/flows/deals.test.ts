import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, sql } from '../base/db.ts'
import { writeCompany } from '../company/company.sql.ts'
import { followClock } from './follow-clock.ts'
import { tellStaleDeals } from './tell-stale-deals.ts'

let t: TestApp
let api: Client
const now = new Date('2026-11-20T12:00:00Z')
const stageNamed = (pipeline: { stages: { id: number, name: string }[] }, name: string): number => pipeline.stages.find(stage => stage.name === name)!.id
const firstPipeline = async () => (await api.get('/api/v1/pipelines')).body.data[0]
const person = async (email: string): Promise<number> => (await api.put('/api/v1/contacts', { email, first_name: 'Anna' })).body.id
const told = async (contactId: number) => rows<{ type: string, properties: Record<string, unknown>, source: string }>(t.db, sql`select type, properties, source from events where contact_id = ${contactId} and type like 'deal.%' order by id`)

beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  await writeCompany(t.db, { currency: 'RUB', language: 'ru' })
  api = await t.as('administrator')
}, 300_000)
afterAll(() => t?.close())

describe('pipelines', () => {
  test('the first one is there when it is asked for, in the language of the company, once', async () => {
    const answers = await Promise.all([api.get('/api/v1/pipelines'), api.get('/api/v1/pipelines'), api.get('/api/v1/pipelines')])
    for (const answer of answers) expect(answer.body.data).toMatchObject([{ name: 'Продажи', stages: [{ name: 'Новая', kind: 'open' }, { name: 'В работе' }, { name: 'Предложение' }, { name: 'Выиграна', kind: 'won' }, { name: 'Проиграна', kind: 'lost' }] }])
  })

  test('needs a stage of each kind and a name of its own', async () => {
    expect(await api.post('/api/v1/pipelines', { name: 'Опт', stages: [{ name: 'A', kind: 'open' }, { name: 'B', kind: 'open' }, { name: 'C', kind: 'won' }] })).toMatchObject({ status: 422, body: { errors: [{ field: 'stages', message: 'a pipeline needs a stage of kind lost' }] } })
    const stages = [{ name: 'A', kind: 'open' }, { name: 'B', kind: 'won' }, { name: 'C', kind: 'lost' }]
    expect(await api.post('/api/v1/pipelines', { name: ' продажи ', stages })).toMatchObject({ status: 409, body: { code: 'taken', errors: [{ field: 'name' }] } })
    expect(await (await t.as('marketer')).post('/api/v1/pipelines', { name: 'Опт', stages })).toMatchObject({ status: 403 })
  })

  test('a stage that has deals is not taken away before it is said where they go; they are moved, told, and kept', async () => {
    const { body: made } = await api.post('/api/v1/pipelines', { name: 'Опт', stages: [{ name: 'Заявка', kind: 'open' }, { name: 'Договор', kind: 'open' }, { name: 'Да', kind: 'won' }, { name: 'Нет', kind: 'lost' }] })
    const contactId = await person('stage@example.org')
    const { body: deal } = await api.post('/api/v1/deals', { contact_id: contactId, title: 'Партия', pipeline_id: made.id })
    const left = made.stages.slice(1).map(({ id, name, kind }: { id: number, name: string, kind: string }) => ({ id, name, kind }))
    expect(await api.put(`/api/v1/pipelines/${made.id}`, { name: 'Опт', stages: left.concat({ name: 'Новая', kind: 'open' }) })).toMatchObject({ status: 409, body: { code: 'stage_has_deals', errors: [{ field: 'moves' }] } })
    const toWon = { name: 'Опт', stages: left, moves: [{ from: made.stages[0].id, to: made.stages[2].id }] }
    expect(await api.put(`/api/v1/pipelines/${made.id}`, toWon)).toMatchObject({ status: 422, body: { errors: [{ field: 'moves.0.to' }] } })
    const changed = await api.put(`/api/v1/pipelines/${made.id}`, { name: 'Опт 2', stages: [...left, { name: 'Склад', kind: 'open' }], moves: [{ from: made.stages[0].id, to: made.stages[1].id }] })
    expect(changed).toMatchObject({ status: 200, body: { name: 'Опт 2', stages: [{ name: 'Договор', deals: 1 }, { name: 'Да' }, { name: 'Нет' }, { name: 'Склад' }] } })
    expect((await api.get(`/api/v1/deals/${deal.id}`)).body).toMatchObject({ stage: { name: 'Договор' }, revision: 2 })
    expect((await told(contactId)).map(event => event.type)).toEqual(['deal.created', 'deal.stage_changed'])
    expect(await api.delete(`/api/v1/pipelines/${made.id}`)).toMatchObject({ status: 409, body: { code: 'has_open_deals' } })
    await api.post(`/api/v1/deals/${deal.id}/loss`, { revision: 2, reason: 'Дорого' })
    expect((await api.delete(`/api/v1/pipelines/${made.id}`)).status).toBe(204)
    expect(await api.delete(`/api/v1/pipelines/${(await firstPipeline()).id}`)).toMatchObject({ status: 409, body: { code: 'last_pipeline' } })
    expect(await api.post('/api/v1/deals', { contact_id: contactId, title: 'Ещё', stage_id: made.stages[1].id })).toMatchObject({ status: 422, body: { errors: [{ field: 'stage_id' }] } })
  })

  test('a stage a segment asks for stays', async () => {
    const pipeline = await firstPipeline()
    const stageId = stageNamed(pipeline, 'Предложение')
    await sql`insert into segments (name, condition) values ('Предложено', ${JSON.stringify({ related: 'deal', where: [{ field: 'stage_id', operator: 'is', value: stageId }] })}::jsonb)`.execute(t.db)
    const stages = pipeline.stages.filter((stage: { id: number }) => stage.id !== stageId).map(({ id, name, kind }: { id: number, name: string, kind: string }) => ({ id, name, kind }))
    const answer = await api.put(`/api/v1/pipelines/${pipeline.id}`, { name: pipeline.name, stages })
    expect(answer).toMatchObject({ status: 409, body: { code: 'in_use' } })
    expect(answer.body.detail).toContain('Предложено')
    await sql`delete from segments where name = 'Предложено'`.execute(t.db)
  })
})

describe('deals', () => {
  test('are made, moved, won and lost, each told once to the timeline with who did it', async () => {
    const pipeline = await firstPipeline()
    const contactId = await person('deal@example.org')
    const made = await api.post('/api/v1/deals', { contact_id: contactId, title: ' Кухня ', amount: 120_000.5 })
    expect(made).toMatchObject({ status: 201, body: { title: 'Кухня', amount: 120_000.5, currency: 'RUB', state: 'open', stage: { name: 'Новая' }, pipeline: { name: 'Продажи' }, source: 'api', revision: 1 } })
    const { id } = made.body
    expect((await api.patch(`/api/v1/deals/${id}`, { revision: 1, stage_id: stageNamed(pipeline, 'В работе') })).body).toMatchObject({ stage: { name: 'В работе' }, revision: 2 })
    expect(await api.patch(`/api/v1/deals/${id}`, { revision: 1, title: 'Late' })).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } })
    expect((await api.post(`/api/v1/deals/${id}/loss`, { revision: 2, reason: 'Дорого' })).body).toMatchObject({ state: 'lost', lost_reason: 'Дорого', closed_at: now.toISOString() })
    expect((await api.patch(`/api/v1/deals/${id}`, { revision: 3, stage_id: stageNamed(pipeline, 'Предложение') })).body).toMatchObject({ state: 'open', lost_reason: null, closed_at: null })
    expect((await api.post(`/api/v1/deals/${id}/winning`, { revision: 4 })).body).toMatchObject({ state: 'won', stage: { kind: 'won' } })
    const events = await told(contactId)
    expect(events.map(event => event.type)).toEqual(['deal.created', 'deal.stage_changed', 'deal.stage_changed', 'deal.lost', 'deal.stage_changed', 'deal.stage_changed', 'deal.won'])
    expect(events[0]).toMatchObject({ source: 'api', properties: { deal_id: id, title: 'Кухня', amount: 120_000.5, currency: 'RUB', stage: 'Новая', by: 'api' } })
    expect(events[1]!.properties).toMatchObject({ from_stage: 'Новая', stage: 'В работе' })
    expect(events[3]!.properties).toMatchObject({ reason: 'Дорого' })
    expect((await api.get(`/api/v1/contacts/${contactId}/timeline?kind=deal`)).body.data).toHaveLength(7)
    expect((await api.delete(`/api/v1/deals/${id}`)).status).toBe(204)
    expect((await api.get(`/api/v1/deals/${id}`)).status).toBe(404)
  })

  test('tell their own story: their stages, tasks, notes and calls, and the mails of the contact, not what is about another deal', async () => {
    const contactId = (await api.put('/api/v1/contacts', { email: 'story@example.org', company: 'Ромашка' })).body.id
    const [{ body: deal }, { body: other }] = [await api.post('/api/v1/deals', { contact_id: contactId, title: 'Кухня' }), await api.post('/api/v1/deals', { contact_id: contactId, title: 'Шкаф' })]
    expect(deal).toMatchObject({ company: { name: 'Ромашка' } })
    for (const { id, title } of [deal, other]) {
      await api.post('/api/v1/tasks', { contact_id: contactId, deal_id: id, title: `Замер: ${title}` })
      await api.post(`/api/v1/deals/${id}/notes`, { body: `О сделке ${title}` })
      await api.post(`/api/v1/deals/${id}/notes`, { body: '', call: { direction: 'out', outcome: 'reached', minutes: 1 } })
    }
    await api.post('/api/v1/events', { events: [{ type: 'email.opened', contact: { email: 'story@example.org' } }, { type: 'page.viewed', contact: { email: 'story@example.org' }, properties: { url: 'https://shop.example' } }] })
    await runUntilIdle(t)
    const story = async (query = '') => (await api.get(`/api/v1/deals/${deal.id}/timeline${query}`)).body
    const seen = (await story()).data
    expect(seen.map((entry: { type: string }) => entry.type).toSorted()).toEqual(['call.logged', 'deal.created', 'email.opened', 'note.added', 'task.created'])
    expect(JSON.stringify(seen)).not.toContain('Шкаф')
    const first = await story('?limit=2')
    const rest = await story(`?limit=50&cursor=${encodeURIComponent(first.next_cursor)}`)
    expect([...first.data, ...rest.data]).toEqual(seen)
    expect((await story('?kind=mail')).data).toMatchObject([{ type: 'email.opened' }])
    expect(await api.get('/api/v1/deals/999999/timeline')).toMatchObject({ status: 404 })
  })

  test('what is wrong is named with its field, and nothing is written', async () => {
    const contactId = await person('wrong@example.org')
    const count = async () => (await rows(t.db, sql`select from deals`)).length
    const before = await count()
    const post = async (body: object) => (await api.post('/api/v1/deals', { contact_id: contactId, title: 'X', ...body })).body.errors[0]
    expect(await post({ contact_id: 99_999_999 })).toMatchObject({ field: 'contact_id', message: 'there is no such contact' })
    expect(await post({ title: '  ' })).toMatchObject({ field: 'title' })
    expect(await post({ amount: -1 })).toMatchObject({ field: 'amount' })
    expect(await post({ currency: 'XXXX' })).toMatchObject({ field: 'currency' })
    expect(await post({ owner_id: 99_999_999 })).toMatchObject({ field: 'owner_id', message: 'there is no such member of staff' })
    expect(await post({ stage_id: 99_999_999 })).toMatchObject({ field: 'stage_id' })
    expect(await post({ pipeline_id: 99_999_999 })).toMatchObject({ field: 'pipeline_id' })
    expect(await count()).toBe(before)
  })

  test('another currency keeps the amount in its own minor units', async () => {
    const { body: deal } = await api.post('/api/v1/deals', { contact_id: await person('yen@example.org'), title: 'Yen', amount: 1500 })
    expect((await api.patch(`/api/v1/deals/${deal.id}`, { revision: 1, currency: 'JPY' })).body).toMatchObject({ amount: 1500, currency: 'JPY' })
  })

  test('are listed by page, filtered, and summed by stage', async () => {
    const contactId = await person('many@example.org')
    for (const index of [1, 2, 3]) await api.post('/api/v1/deals', { contact_id: contactId, title: `Заказ № ${index} 100%`, amount: index * 100 })
    const first = await api.get(`/api/v1/deals?contact=${contactId}&limit=2`)
    expect(first.body.data.map((deal: { title: string }) => deal.title)).toEqual(['Заказ № 3 100%', 'Заказ № 2 100%'])
    const rest = await api.get(`/api/v1/deals?contact=${contactId}&limit=2&cursor=${first.body.next_cursor}`)
    expect(rest.body).toMatchObject({ data: [{ title: 'Заказ № 1 100%' }], next_cursor: null })
    const sums = await api.get(`/api/v1/deals/sums?contact=${contactId}&state=open`)
    expect(sums.body.data).toMatchObject([{ deals: 3, amounts: [{ currency: 'RUB', amount: 600 }] }])
    expect((await api.get(`/api/v1/deals?contact=${contactId}&search=${encodeURIComponent('№ 2 100%')}`)).body.data).toHaveLength(1)
    expect((await api.get(`/api/v1/deals?contact=${contactId}&search=${encodeURIComponent('2_100')}`)).body.data).toHaveLength(0)
    expect((await api.get(`/api/v1/deals?contact=${contactId}&state=won`)).body.data).toHaveLength(0)
    expect((await api.get('/api/v1/deals?cursor=zzz')).status).toBe(422)
    expect((await api.get(`/api/v1/search?q=${encodeURIComponent('заказ № 2')}`)).body.data).toMatchObject([{ kind: 'deal', title: 'Заказ № 2 100%' }])
  })

  test('managers may change them, observers read', async () => {
    const [manager, observer] = [await t.as('manager'), await t.as('observer')]
    const contactId = await person('roles@example.org')
    const { body: deal } = await manager.post('/api/v1/deals', { contact_id: contactId, title: 'Roles' })
    expect((await observer.get(`/api/v1/deals/${deal.id}`)).status).toBe(200)
    expect((await observer.get('/api/v1/pipelines')).status).toBe(200)
    for (const answer of [await observer.post('/api/v1/deals', { contact_id: contactId, title: 'No' }), await observer.patch(`/api/v1/deals/${deal.id}`, { revision: 1 }), await observer.delete(`/api/v1/deals/${deal.id}`)]) expect(answer.status).toBe(403)
    expect((await (await t.as(null)).get('/api/v1/deals')).status).toBe(401)
  })

  test('two who move one deal at once: one is told to look again, and it moved once', async () => {
    const pipeline = await firstPipeline()
    const contactId = await person('race@example.org')
    const { body: deal } = await api.post('/api/v1/deals', { contact_id: contactId, title: 'Race' })
    const answers = await Promise.all(Array.from({ length: 6 }, () => api.patch(`/api/v1/deals/${deal.id}`, { revision: 1, stage_id: stageNamed(pipeline, 'В работе') })))
    expect(answers.map(answer => answer.status).toSorted()).toEqual([200, 409, 409, 409, 409, 409])
    expect((await told(contactId)).map(event => event.type)).toEqual(['deal.created', 'deal.stage_changed'])
  })

  test('a deal starts a journey and a segment by its event', async () => {
    const { body: tag } = await api.post('/api/v1/tags', { name: 'won a deal' })
    const { body: journey } = await api.post('/api/v1/journeys', { name: 'After a deal', draft: { format: 1, trigger: { kind: 'event', event: 'deal.won' }, entry_condition: null, reentry: 'once', first: 'tag', steps: { tag: { kind: 'add_tag', tag_id: tag.id, next: null } } } })
    expect((await api.post(`/api/v1/journeys/${journey.id}/activation`, {})).status).toBe(200)
    const { body: segment } = await api.post('/api/v1/segments', { name: 'Winners', condition: { event: 'deal.won' } })
    await runUntilIdle(t)
    const contactId = await person('winner@example.org')
    const { body: deal } = await api.post('/api/v1/deals', { contact_id: contactId, title: 'Win' })
    await api.post(`/api/v1/deals/${deal.id}/winning`, { revision: 1 })
    const { body: card } = await api.get(`/api/v1/contacts/${contactId}`)
    expect(card.tags).toMatchObject([{ id: tag.id }])
    expect(card.segments).toMatchObject([{ id: segment.id }])
  })
})

test('a lead that changes its status tells the timeline, with from, to and who', async () => {
  const contactId = await person('lead@example.org')
  const [lead] = await rows<{ id: number }>(t.db, sql`insert into leads (contact_id, source, source_label) values (${contactId}, 'api', 'Site') returning id`)
  const manager = await t.as('manager')
  expect((await manager.patch(`/api/v1/leads/${lead!.id}`, { status: 'in_work' })).body).toMatchObject({ status: 'in_work' })
  await manager.patch(`/api/v1/leads/${lead!.id}`, { status: 'in_work' })
  const events = await rows<{ properties: object }>(t.db, sql`select properties from events where contact_id = ${contactId} and type = 'lead.status_changed'`)
  expect(events).toMatchObject([{ properties: { lead_id: lead!.id, from: 'new', to: 'in_work', by: 'api' } }])
  expect((await manager.patch('/api/v1/leads/99999999', { status: 'new' })).status).toBe(404)
})

test('custom fields of deals are asked for, checked, unique and shown as the role may see them', async () => {
  const field = async (body: object) => (await api.post('/api/v1/custom-fields', { of: 'deal', ...body })).body.id
  const number = await field({ key: 'contract', label: 'Договор №', kind: 'text', is_unique: true, required: true })
  await field({ key: 'delivery', label: 'Доставка', kind: 'choice', options: [{ value: 'courier', label: 'Курьер' }, { value: 'pickup', label: 'Самовывоз' }] })
  expect(await api.post('/api/v1/custom-fields', { of: 'deal', key: 'double', label: 'x', kind: 'number', formula: '{amount} * 2' })).toMatchObject({ status: 422, body: { errors: [{ field: 'formula' }] } })
  const [one, other] = [await person('fields1@example.org'), await person('fields2@example.org')]
  expect(await api.post('/api/v1/deals', { contact_id: one, title: 'А', fields: { delivery: 'by air', colour: 'red' } })).toMatchObject({ status: 422, body: { errors: [{ field: 'fields.delivery' }, { field: 'fields.colour' }, { field: 'fields.contract', message: 'this field may not be empty' }] } })
  // Many at once, each of another contact: one of them has the number.
  const people = await Promise.all(Array.from({ length: 8 }, (_, index) => person(`fields-at-once${index}@example.org`)))
  const atOnce = await Promise.all([one, ...people].map(contact_id => api.post('/api/v1/deals', { contact_id, title: 'А', fields: { contract: 'К-1', delivery: 'Курьер' } })))
  expect(atOnce.map(answer => answer.status).toSorted()).toEqual([201, ...people.map(() => 422)])
  const { body: first } = atOnce.find(answer => answer.status === 201)!
  const { body: deal } = await api.get(`/api/v1/deals/${first.id}`)
  expect(deal.fields).toEqual({ contract: 'К-1', delivery: 'courier' })
  const { body: second } = await api.post('/api/v1/deals', { contact_id: other, title: 'Б', fields: { contract: 'К-2' } })
  expect(await api.patch(`/api/v1/deals/${second.id}`, { revision: 1, fields: { contract: 'к-1' } })).toMatchObject({ status: 422, body: { errors: [{ field: 'fields.contract', message: `another deal (${deal.id}) has this value` }] } })
  expect((await api.patch(`/api/v1/deals/${deal.id}`, { revision: 1, fields: { delivery: null } })).body).toMatchObject({ revision: 2, fields: { contract: 'К-1' } })
  expect((await api.patch(`/api/v1/deals/${deal.id}`, { revision: 2, fields: { contract: '' } })).status).toBe(422)
  expect((await api.post('/api/v1/deals/batch', { deals: [{ external_id: 'f1', title: 'Из другой программы', contact: { email: 'fields1@example.org' } }] })).body.created).toBe(1)

  // Both deals stand on one card after a merge, each with its number.
  expect((await api.post(`/api/v1/contacts/${deal.contact.id}/merges`, { from: [other] })).status).toBeLessThan(300)
  expect((await api.get(`/api/v1/deals?contact=${deal.contact.id}`)).body.data.flatMap((each: { fields: { contract?: string } }) => each.fields.contract ?? []).toSorted()).toEqual(['К-1', 'К-2'])

  await api.patch(`/api/v1/custom-fields/${number}`, { access: { manager: 'hidden' }, required: false })
  const manager = await t.as('manager')
  const listed = (await manager.get(`/api/v1/deals?contact=${deal.contact.id}`)).body.data
  expect(listed.map((each: { fields: object }) => each.fields)).toContainEqual({})
  expect(JSON.stringify(listed)).not.toContain('К-')
  expect(await manager.patch(`/api/v1/deals/${second.id}`, { revision: 1, fields: { contract: 'К-3' } })).toMatchObject({ status: 403, body: { errors: [{ field: 'deal.fields.contract' }] } })
  expect(await manager.patch(`/api/v1/deals/${second.id}`, { revision: 1, title: 'В', fields: { delivery: 'pickup' } })).toMatchObject({ status: 200, body: { title: 'В', fields: { delivery: 'pickup' } } })
  expect((await api.get(`/api/v1/deals/${second.id}`)).body.fields).toEqual({ contract: 'К-2', delivery: 'pickup' })
  expect((await manager.get('/api/v1/custom-fields?of=deal')).body.data.map((each: { key: string }) => each.key)).toEqual(['delivery'])
  for (const { id } of (await api.get('/api/v1/custom-fields?of=deal')).body.data) await api.patch(`/api/v1/custom-fields/${id}`, { archived: true })
})

test('conditions ask when a deal is expected to close, what is sold in it and whether it has gone stale; each turns over by itself', async () => {
  await writeCompany(t.db, { time_zone: 'Europe/Moscow' })
  await sql`insert into products (sku, name, price, currency) values ('SOFA-1', 'Диван', 5000000, 'RUB'), ('LAMP-1', 'Лампа', 300000, 'RUB')`.execute(t.db)
  const segment = async (name: string, where: object[]) => (await api.post('/api/v1/segments', { name, condition: { related: 'deal', where } })).body.id
  const [soon, sofa, stale] = [
    await segment('Скоро', [{ field: 'state', operator: 'is', value: 'open' }, { field: 'expected_on', operator: 'in_next', value: { amount: 3, unit: 'days' } }]),
    await segment('Диваны', [{ field: 'items.sku', operator: 'is', value: 'sofa-1' }, { field: 'items.quantity', operator: 'at_least', value: 2 }]),
    await segment('Застряли', [{ field: 'stale', operator: 'is', value: true }]),
  ]
  await runUntilIdle(t)
  const inside = async (id: number) => (await rows<{ email: string }>(t.db, sql`select c.email from segment_memberships join contacts c on c.id = contact_id where segment_id = ${id}`)).map(row => row.email)
  const pipeline = await firstPipeline()
  const stages = pipeline.stages.map(({ deals: _, ...stage }: { deals: number, name: string }) => stage.name === 'В работе' ? { ...stage, stale_days: 2 } : stage)
  expect((await api.put(`/api/v1/pipelines/${pipeline.id}`, { name: pipeline.name, stages })).status).toBe(200)
  const save = async (lines: object[]) => (await api.post('/api/v1/deals/batch', { deals: [{ external_id: 'sofa', title: 'Гостиная', contact: { email: 'sofa@example.org' }, stage: 'В работе', expected_on: '2026-11-26', lines }] })).body
  expect(await save([{ product: 'LAMP-1', quantity: 20, price: 5000 }])).toMatchObject({ created: 1 })
  expect([await inside(soon), await inside(sofa), await inside(stale)]).toEqual([[], [], []])
  // The same amount, another thing sold.
  await save([{ product: 'SOFA-1', quantity: 2, price: 50_000 }])
  expect(await inside(sofa)).toEqual(['sofa@example.org'])
  const at = async (time: string) => {
    t.setNow(new Date(time))
    await followClock(t.app)
    await tellStaleDeals(t.app)
  }
  // Three days before the midnight in Moscow with which the 26th begins.
  await at('2026-11-22T20:59:00Z')
  expect([await inside(soon), await inside(stale)]).toEqual([[], expect.arrayContaining(['sofa@example.org'])])
  await at('2026-11-22T21:01:00Z')
  expect(await inside(soon)).toEqual(['sofa@example.org'])
  await at('2026-11-25T21:01:00Z')
  expect(await inside(soon)).toEqual([])
  t.setNow(now)
})
