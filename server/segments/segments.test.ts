import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { one, rows, withTransaction } from '../base/db.ts'
import { recomputeChunk } from './recompute-segments.sql.ts'
import { refreshMemberships } from './refresh-memberships.sql.ts'
import { seedSegments } from './seed-segments.ts'

let app: TestApp
let marketer: Client
let observer: Client

beforeAll(async () => {
  app = await testApp()
  marketer = await app.as('marketer')
  observer = await app.as('observer')
})
afterAll(() => app.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, campaigns, journeys, templates restart identity cascade').execute(app.db)
})

const people = async (...cities: (string | null)[]): Promise<number[]> =>
  (await rows<{ id: number }>(app.db, sql`insert into contacts (city) select unnest(${cities}::text[]) returning id`)).map(row => row.id)
const membersOf = async (segment: number): Promise<number[]> =>
  (await rows<{ contact_id: number }>(app.db, sql`select contact_id from segment_memberships where segment_id = ${segment} order by 1`)).map(row => row.contact_id)
const compute = () => runUntilIdle(app, ['segments.recompute'])
const inCity = (value: string) => ({ field: 'city', operator: 'is', value })
const make = async (condition: unknown, name = 'Parisians'): Promise<number> => (await marketer.post('/api/v1/segments', { name, condition })).body.id
const refresh = (contactIds: number[], keys: string[]) => withTransaction(app.db, tx => refreshMemberships(tx, contactIds.map(contact_id => ({ contact_id, keys })), app.app.now()))

describe('a segment', () => {
  test('is made, computed, listed and read with its members', async () => {
    const [anna] = await people('Paris', 'Berlin', null)
    const made = await marketer.post('/api/v1/segments', { name: 'Parisians', condition: inCity('paris') })
    expect(made).toMatchObject({ status: 201, body: { name: 'Parisians', state: 'computing', revision: 1, depends_on: ['field:city'], used_by: [] } })
    await compute()
    expect((await observer.get('/api/v1/segments')).body).toMatchObject({ data: [{ id: made.body.id, state: 'live', members_count: 1, computed_percent: 100 }], next_cursor: null })
    expect((await observer.get(`/api/v1/segments/${made.body.id}/contacts`)).body).toMatchObject({ data: [{ id: anna, city: 'Paris', orders_count: 0, revenue: 0 }], next_cursor: null })
  })

  test('mistakes in the condition are named with their place and nothing is made', async () => {
    const answer = await marketer.post('/api/v1/segments', { name: '', condition: inCity('x') })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    const wrong = await marketer.post('/api/v1/segments', { name: 'x', condition: { all: [{ tag: 77, has: true }, { segment: 5, in: true }, { consent: 'granted', topic: 9 }] } })
    expect(wrong).toMatchObject({ status: 422, body: { errors: [
      { field: 'condition.all[0].tag', message: 'there is no tag 77' },
      { field: 'condition.all[1].segment', message: 'there is no segment 5' },
      { field: 'condition.all[2].topic', message: 'there is no topic 9' },
    ] } })
    const deep = await marketer.post('/api/v1/conditions/preview', `{"condition":${'{"not":'.repeat(20_000)}{}${'}'.repeat(20_000)}}`)
    expect(deep.status).toBeGreaterThanOrEqual(400)
    expect(deep.status).toBeLessThan(500)
    expect((await marketer.get('/api/v1/segments')).body.data).toEqual([])
  })

  test('observers look but do not touch', async () => {
    const id = await make(inCity('Paris'))
    expect((await observer.post('/api/v1/segments', { name: 'x', condition: { all: [] } })).status).toBe(403)
    expect((await observer.put(`/api/v1/segments/${id}`, { name: 'x', condition: { all: [] }, revision: 1 })).status).toBe(403)
    expect((await observer.delete(`/api/v1/segments/${id}`)).status).toBe(403)
    expect((await observer.post('/api/v1/conditions/preview', { condition: { all: [] } })).status).toBe(200)
  })

  test('is changed by the one who saw its latest revision; the second is told', async () => {
    const [, ben] = await people('Paris', 'Berlin')
    const id = await make(inCity('Paris'))
    await compute()
    const first = await marketer.put(`/api/v1/segments/${id}`, { name: 'Berliners', condition: inCity('Berlin'), revision: 1 })
    expect(first).toMatchObject({ status: 200, body: { name: 'Berliners', revision: 2, state: 'computing' } })
    const second = await marketer.put(`/api/v1/segments/${id}`, { name: 'Mine', condition: inCity('Rome'), revision: 1 })
    expect(second).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } })
    await compute()
    expect(await membersOf(id)).toEqual([ben])
  })

  test('with another name only it stays live', async () => {
    const id = await make(inCity('Paris'))
    await compute()
    const renamed = await marketer.put(`/api/v1/segments/${id}`, { name: 'Paris', description: 'people there', condition: inCity('Paris'), revision: 1 })
    expect(renamed.body).toMatchObject({ state: 'live', name: 'Paris', description: 'people there' })
  })

  test('lists are paged by key', async () => {
    await people(...Array.from({ length: 5 }, () => 'Paris'))
    const id = await make(inCity('Paris'), 'B')
    await make(inCity('Paris'), 'a')
    await make(inCity('Paris'), 'C')
    await compute()
    const page = (await observer.get('/api/v1/segments?limit=2')).body
    expect(page.data.map((row: { name: string }) => row.name)).toEqual(['a', 'B'])
    expect((await observer.get(`/api/v1/segments?limit=2&cursor=${page.next_cursor}`)).body).toMatchObject({ data: [{ name: 'C' }], next_cursor: null })
    const members = (await observer.get(`/api/v1/segments/${id}/contacts?limit=3`)).body
    expect(members.data).toHaveLength(3)
    expect((await observer.get(`/api/v1/segments/${id}/contacts?limit=3&cursor=${members.next_cursor}`)).body.data).toHaveLength(2)
    expect((await observer.get(`/api/v1/segments/${id}/contacts?cursor=forged`)).status).toBe(422)
  })

  test('that would go round in a circle is refused, and the circle shown', async () => {
    const a = await make(inCity('Paris'), 'A')
    const b = await make({ segment: a, in: true }, 'B')
    const c = await make({ not: { segment: b, in: true } }, 'C')
    const answer = await marketer.put(`/api/v1/segments/${a}`, { name: 'A', condition: { segment: c, in: false }, revision: 1 })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'condition', message: 'segments would go round in a circle: A → C → B → A' }] } })
  })

  test('that others use is not removed, and they are named', async () => {
    const a = await make(inCity('Paris'), 'A')
    const b = await make({ segment: a, in: true }, 'B')
    await sql`insert into campaigns (name, segment_id) values ('Spring', ${a})`.execute(app.db)
    await sql`insert into journeys (name, draft) values ('Welcome', ${JSON.stringify({ trigger: { kind: 'segment_entered', segment_id: a }, steps: {} })})`.execute(app.db)
    const answer = await marketer.delete(`/api/v1/segments/${a}`)
    expect(answer).toMatchObject({ status: 409, body: { code: 'in_use' } })
    expect(answer.body.detail).toContain('“B”')
    expect(answer.body.detail).toContain('“Spring”')
    expect(answer.body.detail).toContain('“Welcome”')
    expect((await observer.get(`/api/v1/segments/${a}`)).body.used_by).toHaveLength(3)
    expect((await marketer.delete(`/api/v1/segments/${b}`)).status).toBe(204)
    expect((await marketer.get(`/api/v1/segments/${b}`)).body.archived_at).not.toBeNull()
    expect((await marketer.get(`/api/v1/segments/${b}/contacts`)).status).toBe(404)
  })

  test('is previewed with a count and ten people', async () => {
    await people(...Array.from({ length: 12 }, () => 'Paris'), 'Berlin')
    const answer = await observer.post('/api/v1/conditions/preview', { condition: inCity('PARIS') })
    expect(answer).toMatchObject({ status: 200, body: { count: 12, exact: true, total: 13 } })
    expect(answer.body.sample).toHaveLength(10)
  })

  test('says why a person is in it', async () => {
    const [anna] = await people('Paris')
    const id = await make({ all: [inCity('Paris'), { event: 'order.placed', count: { at_least: 2 } }] })
    await compute()
    expect((await observer.get(`/api/v1/segments/${id}/explanation?contact=${anna}`)).body).toMatchObject({
      contact: { id: anna }, is_member: false, holds: false,
      tree: { kind: 'all', holds: false, parts: [
        { kind: 'leaf', holds: true, actual: { kind: 'field', value: 'Paris' } },
        { kind: 'leaf', holds: false, actual: { kind: 'events', count: 0, last_at: null } },
      ] },
    })
    expect((await observer.get(`/api/v1/segments/${id}/explanation?contact=999`)).status).toBe(404)
    expect((await observer.get(`/api/v1/segments/${id}/explanation`)).status).toBeGreaterThanOrEqual(400)
  })
})

describe('memberships', () => {
  test('follow a change of zero, one and many contacts; a second run changes nothing', async () => {
    const ids = await people('Berlin', 'Berlin', 'Berlin')
    const id = await make(inCity('Paris'))
    await compute()
    expect(await refresh([], ['field:city'])).toEqual({ entered: [], left: [] })
    await sql`update contacts set city = 'Paris' where id = ${ids[0]}`.execute(app.db)
    expect(await refresh([ids[0]!], ['field:city'])).toEqual({ entered: [{ contact_id: ids[0], segment_id: id, because: ['field:city'] }], left: [] })
    expect(await refresh([ids[0]!], ['field:city'])).toEqual({ entered: [], left: [] })
    await sql`update contacts set city = case when city = 'Paris' then 'Rome' else 'Paris' end`.execute(app.db)
    const moves = await refresh(ids, ['field:city'])
    expect(moves.entered.map(move => move.contact_id).sort()).toEqual(ids.slice(1))
    expect(moves.left).toEqual([{ contact_id: ids[0], segment_id: id, because: ['field:city'] }])
  })

  test('only segments that depend on what changed are looked at', async () => {
    const ids = await people('Paris')
    await make(inCity('Rome'))
    await compute()
    await sql`update contacts set city = 'Rome'`.execute(app.db)
    expect((await refresh(ids, ['field:source', 'tag'])).entered).toEqual([])
    expect((await refresh(ids, ['created'])).entered).toHaveLength(1)
  })

  test('each segment is asked only about those of whom something changed that it depends on, when many are asked together', async () => {
    const [anna, boris] = await people('Paris', 'Paris')
    const rome = await make(inCity('Rome'), 'Rome')
    const shop = await make({ field: 'source', operator: 'is', value: 'shop' }, 'Shop')
    await compute()
    await sql`update contacts set city = 'Rome', source = 'shop'`.execute(app.db)
    const moves = await withTransaction(app.db, tx => refreshMemberships(tx, [{ contact_id: anna!, keys: ['field:city'] }, { contact_id: boris!, keys: ['field:source'] }], app.app.now()))
    expect(moves.entered).toEqual([{ contact_id: anna, segment_id: rome, because: ['field:city'] }, { contact_id: boris, segment_id: shop, because: ['field:source'] }])
  })

  test('whoever was put into a static segment stays while its first members are found by a condition', async () => {
    const [anna, boris] = await people('Paris', 'Berlin')
    const { id } = (await marketer.post('/api/v1/segments', { name: 'Fixed', kind: 'static', condition: inCity('Paris') })).body
    await sql`insert into segment_memberships (contact_id, segment_id, entered_at) values (${boris}, ${id}, ${app.app.now()})`.execute(app.db)
    await compute()
    expect(await membersOf(id)).toEqual([anna, boris])
  })

  test('of segments built on segments follow in the same run', async () => {
    const ids = await people('Berlin')
    const a = await make(inCity('Paris'), 'A')
    const b = await make({ segment: a, in: true }, 'B')
    const c = await make({ segment: b, in: false }, 'C')
    await compute()
    expect(await membersOf(c)).toEqual(ids)
    await sql`update contacts set city = 'Paris'`.execute(app.db)
    const moves = await refresh(ids, ['field:city'])
    expect(moves.entered.map(move => move.segment_id)).toEqual([a, b])
    expect(moves.left).toEqual([{ contact_id: ids[0], segment_id: c, because: [`segment:${b}`] }])
  })

  test('of a dependant are computed again after what it is built on changed its meaning', async () => {
    const ids = await people('Paris', 'Rome')
    const a = await make(inCity('Paris'), 'A')
    const b = await make({ segment: a, in: true }, 'B')
    await compute()
    expect(await membersOf(b)).toEqual([ids[0]])
    await marketer.put(`/api/v1/segments/${a}`, { name: 'A', condition: inCity('Rome'), revision: 1 })
    await compute()
    expect(await membersOf(b)).toEqual([ids[1]])
  })

  test('while a segment is computing, a change reaches only those already done', async () => {
    const ids = await people('Paris', 'Paris', 'Paris')
    const id = await make(inCity('Paris'))
    await withTransaction(app.db, tx => recomputeChunk(tx, app.app.now(), 1))
    expect(await membersOf(id)).toEqual([ids[0]])
    await sql`update contacts set city = 'Rome' where id in (${ids[0]}, ${ids[1]})`.execute(app.db)
    expect(await refresh(ids, ['field:city'])).toEqual({ entered: [], left: [{ contact_id: ids[0], segment_id: id, because: ['field:city'] }] })
    await compute()
    expect(await membersOf(id)).toEqual([ids[2]])
  })

  test('a segment whose condition did not change is followed for everybody while it is computed anew', async () => {
    const [anna] = await people('Berlin')
    const id = await make(inCity('Paris'))
    await compute()
    await marketer.post(`/api/v1/segments/${id}/recomputation`)
    await sql`update contacts set city = 'Paris'`.execute(app.db)
    expect(await refresh([anna!], ['field:city'])).toMatchObject({ entered: [{ contact_id: anna, segment_id: id, because: ['field:city'] }] })
    await compute()
    expect(await membersOf(id)).toEqual([anna])
  })

  test('somebody new enters a segment that is still computing', async () => {
    await people('Paris')
    const id = await make(inCity('Paris'))
    const [vera] = await people('Paris')
    expect((await refresh([vera!], ['created'])).entered).toEqual([{ contact_id: vera, segment_id: id, because: ['created'] }])
    await compute()
    expect(await membersOf(id)).toHaveLength(2)
  })

  test('two workers computing at once find each member once', async () => {
    const ids = await people(...Array.from({ length: 50 }, (_, index) => index % 2 === 0 ? 'Paris' : 'Rome'))
    const id = await make(inCity('Paris'))
    const work = async () => { while (await withTransaction(app.db, tx => recomputeChunk(tx, app.app.now(), 7))); }
    await Promise.all([work(), work()])
    expect(await membersOf(id)).toEqual(ids.filter((_, index) => index % 2 === 0))
  })

  test('a chunk and a change at the same time leave the later truth', async () => {
    const ids = await people(...Array.from({ length: 20 }, () => 'Rome'))
    const id = await make(inCity('Paris'))
    await Promise.all([
      (async () => { while (await withTransaction(app.db, tx => recomputeChunk(tx, app.app.now(), 3))); })(),
      ...ids.slice(0, 10).map(contact => withTransaction(app.db, async tx => {
        await sql`update contacts set city = 'Paris' where id = ${contact}`.execute(tx)
        await refreshMemberships(tx, [{ contact_id: contact, keys: ['field:city'] }], app.app.now())
      })),
    ])
    expect(await membersOf(id)).toEqual(ids.slice(0, 10))
  })

  test('a segment that cannot be evaluated is set aside with the reason and does not stop the others', async () => {
    const ids = await people('Paris')
    const broken = await make(inCity('Paris'), 'Broken')
    const sound = await make(inCity('Rome'), 'Sound')
    await compute()
    await sql`update segments set condition = '{"event": "order.placed", "count": {"at_least": "many"}}' where id = ${broken}`.execute(app.db)
    await sql`update contacts set city = 'Rome'`.execute(app.db)
    expect((await refresh(ids, ['field:city'])).entered).toMatchObject([{ segment_id: sound }])
    expect(await one(app.db, sql`select state, error from segments where id = ${broken}`)).toEqual({ state: 'failed', error: expect.stringContaining('many') })
  })
})

test('with another time zone of the company, days in conditions begin at another moment', async () => {
  const ids = await people('Paris')
  const set = async (time_zone: string) => {
    expect((await (await app.as('administrator')).patch('/api/v1/company', { time_zone })).status).toBe(200)
    await runUntilIdle(app)
  }
  await set('Europe/London')
  await sql`update contacts set created_at = '2026-03-01T22:00:00Z'`.execute(app.db)
  const id = await make({ field: 'created_at', operator: 'after', value: '2026-03-01' })
  await compute()
  expect(await membersOf(id)).toEqual([])
  await set('Asia/Tokyo')
  expect(await membersOf(id)).toEqual(ids)
})

test('the ready-made segments speak the language of the company and are made once', async () => {
  const company = { language: 'ru', currency: 'RUB' }
  await withTransaction(app.db, tx => seedSegments(tx, company))
  await withTransaction(app.db, tx => seedSegments(tx, company))
  await compute()
  const { body } = await observer.get('/api/v1/segments')
  expect(body.data).toHaveLength(6)
  expect(body.data.every((segment: { state: string, name: string }) => segment.state === 'live' && /[а-я]/.test(segment.name))).toBe(true)
  const small = await one<{ condition: unknown }>(app.db, sql`select condition from segments where example_key = 'small_buyers_asleep'`)
  expect(JSON.stringify(small.condition)).toContain('"value":1000')
  for (const segment of body.data) expect((await observer.post('/api/v1/conditions/preview', { condition: (await observer.get(`/api/v1/segments/${segment.id}`)).body.condition })).status).toBe(200)
})
