import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/database.ts'
import type { Client, TestApp } from '../../../test/database.ts'
import type { JourneyStep } from '../../../shared/journeys.ts'
import { one, rows, sql } from '../../base/db.ts'
import { writeCompany } from '../../company/company.sql.ts'

let t: TestApp
let api: Client
let pipeline: { id: number, stages: { id: number, name: string, kind: string }[] }
const now = new Date('2026-11-20T12:00:00Z')

beforeAll(async () => {
  t = await testApp()
  t.setNow(now)
  await writeCompany(t.db, { currency: 'RUB', language: 'ru' })
  api = await t.as('administrator')
  pipeline = (await api.get('/api/v1/pipelines')).body.data[0]
}, 300_000)
afterAll(() => t?.close())

const user = async (name: string): Promise<number> => (await one<{ id: number }>(t.db, sql`insert into users (name, email, role) values (${name}, ${`${name}@example.org`}, 'manager') returning id`)).id
const people = async (prefix: string, count: number, owner: number | null = null): Promise<number[]> => (await rows<{ id: number }>(t.db, sql`
  insert into contacts (email, first_name, owner_id) select ${prefix} || n || '@example.org', 'P' || n, ${owner}::bigint from generate_series(1, ${count}::integer) as n returning id`)).map(row => row.id)
const journey = async (steps: Record<string, JourneyStep>): Promise<number> => {
  const made = await api.post('/api/v1/journeys', { name: 'Sales', draft: { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'always', first: Object.keys(steps)[0], steps } })
  expect(made.status).toBe(201)
  expect(await api.post(`/api/v1/journeys/${made.body.id}/activation`)).toMatchObject({ status: 200 })
  return made.body.id
}
const enrol = (id: number, contacts: number[]) => api.post(`/api/v1/journeys/${id}/enrolments`, { contacts })
const events = (contactId: number, like: string) => rows<{ type: string, properties: Record<string, unknown>, journey_id: number }>(t.db, sql`select type, properties, journey_id from events where contact_id = ${contactId} and type like ${like} order by id`)
const stateOf = (id: number, contactId: number) => one<{ state: string, state_reason: string, step_key: string }>(t.db, sql`select state, state_reason, step_key from enrolments where journey_id = ${id} and contact_id = ${contactId} order by id desc limit 1`)

test('a journey makes a deal with the person\'s name in its title, then moves the latest open one; who has none fails', async () => {
  const [anna] = await people('deal', 1)
  const make: JourneyStep = { kind: 'create_deal', pipeline_id: pipeline.id, stage_id: null, title: 'Заказ: {{ contact.first_name }}', amount: 1500, owner: 'owner', next: 'move' }
  const move: JourneyStep = { kind: 'move_deal', pipeline_id: pipeline.id, stage_id: pipeline.stages.find(stage => stage.kind === 'won')!.id, next: 'again' }
  const id = await journey({ make, move, again: { ...move, next: null } })
  await enrol(id, [anna!])
  const { body: deals } = await api.get(`/api/v1/deals?contact=${anna}`)
  expect(deals.data).toMatchObject([{ title: 'Заказ: P1', amount: 1500, state: 'won', source: `journey:${id}` }])
  expect((await events(anna!, 'deal.%')).map(event => [event.type, event.journey_id])).toEqual([['deal.created', id], ['deal.stage_changed', id], ['deal.won', id]])
  expect(await stateOf(id, anna!)).toEqual({ state: 'failed', state_reason: 'no_open_deal', step_key: 'again' })
})

test('a title that cannot be filled and an archived stage fail that person, who goes the way of those who fail', async () => {
  const [anna] = await people('fail', 1)
  const { body: tag } = await api.post('/api/v1/tags', { name: 'failed' })
  const id = await journey({
    bad: { kind: 'create_deal', pipeline_id: pipeline.id, stage_id: null, title: '{{ contact.first_name | nonsense }}', amount: null, owner: 'owner', next: null, next_failed: 'gone' },
    gone: { kind: 'create_deal', pipeline_id: pipeline.id, stage_id: pipeline.stages[0]!.id, title: 'X', amount: null, owner: 'owner', next: null, next_failed: 'tag' },
    tag: { kind: 'add_tag', tag_id: tag.id, next: null },
  })
  await sql`update stages set archived_at = now() where id = ${pipeline.stages[0]!.id}`.execute(t.db)
  await enrol(id, [anna!])
  await sql`update stages set archived_at = null where id = ${pipeline.stages[0]!.id}`.execute(t.db)
  const outcomes = await rows<{ step_key: string, outcome: string, reason: string }>(t.db, sql`select step_key, outcome, reason from enrolment_steps where contact_id = ${anna} order by visit`)
  expect(outcomes.map(step => [step.step_key, step.outcome])).toEqual([['bad', 'failed'], ['gone', 'failed'], ['tag', 'next']])
  expect(outcomes[0]!.reason).toContain('nonsense')
  expect(outcomes[1]!.reason).toBe('pipeline_gone')
  expect((await api.get(`/api/v1/deals?contact=${anna}`)).body.data).toEqual([])
})

test('a lead is made once while it is open, for the manager of the contact, who is told', async () => {
  const manager = await user('Lena')
  const [anna] = await people('lead', 1, manager)
  const id = await journey({ lead: { kind: 'create_lead', label: 'Хочет подробности', next: null } })
  await enrol(id, [anna!])
  await enrol(id, [anna!])
  const { body: card } = await api.get(`/api/v1/contacts/${anna}`)
  expect(card.leads).toMatchObject([{ status: 'new', source_label: 'Хочет подробности', owner: { id: manager } }])
  expect(await events(anna!, 'lead.%')).toMatchObject([{ type: 'lead.created', journey_id: id, properties: { owner_id: manager, because: 'Lena уже ведёт этот контакт.' } }])
  expect(await rows(t.db, sql`select title from notifications where user_id = ${manager}`)).toEqual([{ title: 'Новый лид: P1' }])
})

test('contacts are given in turn, exactly, by two workers at once; who left is passed over, who has a manager keeps them', async () => {
  const [a, b, c, left] = [await user('A'), await user('B'), await user('C'), await user('Left')]
  await sql`update users set disabled_at = now() where id = ${left}`.execute(t.db)
  const contacts = await people('turn', 60)
  const [kept] = await people('kept', 1, b)
  const id = await journey({ give: { kind: 'assign_manager', rule: { kind: 'round_robin', users: [a, left, b, c] }, replace: false, next: null } })
  // Ten lots, each in a transaction of its own, several at the same time.
  await Promise.all(Array.from({ length: 10 }, (_, lot) => enrol(id, contacts.slice(lot * 6, lot * 6 + 6))))
  await enrol(id, [kept!])
  const shares = await rows<{ owner_id: number, contacts: number }>(t.db, sql`select owner_id, count(*) as contacts from contacts where id = any(${contacts}::bigint[]) group by owner_id order by owner_id`)
  expect(shares).toEqual([a, b, c].map(owner_id => ({ owner_id, contacts: 20 })))
  expect(await events(contacts[0]!, 'contact.updated')).toMatchObject([{ properties: { by: `journey:${id}`, because: expect.stringContaining('По очереди') } }])
  expect(await rows(t.db, sql`select from events where contact_id = ${kept} and type = 'contact.updated'`)).toEqual([])
  expect(await rows(t.db, sql`select from notifications where user_id = ${a} and body like 'По очереди%'`)).toHaveLength(20)
})

test('a journey gives contacts as the routing rules give leads, with their reason; nobody free goes the way of those who fail', async () => {
  const [north, south] = [await user('North'), await user('South')]
  const rule = (name: string, user: number, only_online: boolean) => ({ name, way: 'round_robin', in_hours: false, only_online, nobody_free: 'nobody', condition: { related: 'lead', where: [{ field: 'source_label', operator: 'is', value: name }] }, user_ids: [user] })
  const save = async (rules: object[]) => api.put('/api/v1/routing-rules', { revision: (await api.get('/api/v1/routing-rules')).body.revision, rules })
  expect((await save([rule('Fair', north, false), rule('Site', south, true)])).status).toBe(200)
  const give: JourneyStep = { kind: 'assign_manager', rule: { kind: 'rules' }, replace: false, next: null }
  const [[fair, site], ids] = [await people('rules', 2), await Promise.all(['Fair', 'Site'].map(label => journey({ lead: { kind: 'create_lead', label, next: 'give' }, give })))]
  await enrol(ids[0]!, [fair!])
  expect((await api.get(`/api/v1/contacts/${fair}`)).body).toMatchObject({ owner: { id: north }, leads: [{ owner: { id: north } }] })
  expect((await events(fair!, 'contact.updated'))[0]!.properties['because']).toContain('«Fair»')
  await enrol(ids[1]!, [site!])
  expect(await stateOf(ids[1]!, site!)).toMatchObject({ state: 'failed', state_reason: 'nobody_free' })
  await save([])
})

test('the least busy manager gets the contact and its open leads, with the reason kept; nobody left fails', async () => {
  const [busy, free] = [await user('Busy'), await user('Free')]
  const [anna, other, third] = await people('busy', 3)
  await api.post('/api/v1/deals', { contact_id: other, title: 'Open', owner_id: busy })
  const id = await journey({
    lead: { kind: 'create_lead', label: '', next: 'give' },
    give: { kind: 'assign_manager', rule: { kind: 'least_busy', users: [busy, free] }, replace: false, next: null },
  })
  await enrol(id, [anna!])
  const { body: card } = await api.get(`/api/v1/contacts/${anna}`)
  expect(card).toMatchObject({ owner: { id: free }, leads: [{ source_label: 'Sales', owner: { id: free } }] })
  expect(await rows(t.db, sql`select assigned_because from leads where contact_id = ${anna}`)).toEqual([{ assigned_because: 'Меньше всего открытых лидов и сделок: Free (0).' }])
  await sql`update users set disabled_at = now() where id = any(${[busy, free]}::bigint[])`.execute(t.db)
  await enrol(id, [third!])
  expect(await stateOf(id, third!)).toMatchObject({ state: 'failed', state_reason: 'nobody_left' })
})
