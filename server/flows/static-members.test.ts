import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { rows, withTransaction } from '../base/db.ts'
import { changeStaticMembers } from '../segments/change-static-members.sql.ts'
import { changeStaticMembersAndFollow } from './change-static-members.ts'

let app: TestApp
let marketer: Client

beforeAll(async () => {
  app = await testApp()
  marketer = await app.as('marketer')
})
afterAll(() => app.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, journeys, imports, templates restart identity cascade').execute(app.db)
})

const people = async (...cities: string[]): Promise<number[]> => {
  const { body } = await marketer.post('/api/v1/contacts/batch', { contacts: cities.map((city, index) => ({ email: `p${index}@example.com`, city })) })
  return body.data.map((row: { id: number }) => row.id)
}
const membersOf = async (segment: number): Promise<number[]> =>
  (await rows<{ contact_id: number }>(app.db, sql`select contact_id from segment_memberships where segment_id = ${segment} order by 1`)).map(row => row.contact_id)
const movesOf = async (segment: number) => rows<{ type: string, contact_id: number, because: string[] }>(app.db, sql`
  select type, contact_id, properties -> 'because' as because from events where source = ${`segment:${segment}`} order by id`)
const make = async (body: object): Promise<number> => {
  const made = await marketer.post('/api/v1/segments', body)
  expect(made.status).toBe(201)
  return made.body.id
}
const makeStatic = (name = 'Chosen'): Promise<number> => make({ name, kind: 'static' })

describe('a static segment', () => {
  test('begins empty and is live at once', async () => {
    await people('Paris')
    const id = await makeStatic()
    expect((await marketer.get(`/api/v1/segments/${id}`)).body).toMatchObject({ kind: 'static', state: 'live', members_count: 0, made_from: null, depends_on: [] })
    await runUntilIdle(app)
    expect(await membersOf(id)).toEqual([])
  })

  test('takes people in and lets them out, each with its own outcome, told on their timelines', async () => {
    const [anna, ben] = await people('Paris', 'Rome')
    const id = await makeStatic()
    const added = await marketer.put(`/api/v1/segments/${id}/members`, { contacts: [anna, { email: 'P1@example.com' }, { email: 'nobody@example.com' }, 999, anna] })
    expect(added).toMatchObject({ status: 200, body: { data: [
      { contact_id: anna, outcome: 'added' }, { contact_id: ben, outcome: 'added' }, { contact_id: null, outcome: 'not_found' }, { contact_id: null, outcome: 'not_found' }, { contact_id: anna, outcome: 'already_in' },
    ] } })
    expect((await marketer.put(`/api/v1/segments/${id}/members`, { contacts: [anna] })).body.data).toEqual([{ contact_id: anna, outcome: 'already_in' }])
    expect((await marketer.delete(`/api/v1/segments/${id}/members`, { contacts: [ben, anna! + 100] })).body.data).toEqual([{ contact_id: ben, outcome: 'removed' }, { contact_id: null, outcome: 'not_found' }])
    expect((await marketer.delete(`/api/v1/segments/${id}/members`, { contacts: [ben] })).body.data).toEqual([{ contact_id: ben, outcome: 'was_not_in' }])
    expect(await membersOf(id)).toEqual([anna])
    expect(await movesOf(id)).toEqual([
      { type: 'segment.entered', contact_id: anna, because: ['api'] },
      { type: 'segment.entered', contact_id: ben, because: ['api'] },
      { type: 'segment.left', contact_id: ben, because: ['api'] },
    ])
    expect((await marketer.get(`/api/v1/segments/${id}/explanation?contact=${anna}`)).body).toMatchObject({ is_member: true, holds: true, history: [{ what: 'entered', because: ['api'] }] })
  })

  test('refuses what it cannot do, naming the field', async () => {
    const [anna] = await people('Paris')
    const live = await make({ name: 'Live', condition: { field: 'city', operator: 'is', value: 'Paris' } })
    const id = await makeStatic()
    expect(await marketer.put(`/api/v1/segments/${live}/members`, { contacts: [anna] })).toMatchObject({ status: 409, body: { code: 'not_static' } })
    expect((await marketer.put('/api/v1/segments/999/members', { contacts: [anna] })).status).toBe(404)
    expect((await marketer.put(`/api/v1/segments/${id}/members`, { contacts: [] })).status).toBe(422)
    expect(await marketer.put(`/api/v1/segments/${id}`, { name: 'x', revision: 1, condition: { all: [] } })).toMatchObject({ status: 422, body: { errors: [{ field: 'condition' }] } })
    expect(await marketer.post(`/api/v1/segments/${id}/recomputation`)).toMatchObject({ status: 409, body: { code: 'static_segment' } })
    expect(await marketer.post('/api/v1/segments', { name: 'Live without a condition' })).toMatchObject({ status: 422, body: { errors: [{ field: 'condition' }] } })
    expect((await (await app.as('observer')).put(`/api/v1/segments/${id}/members`, { contacts: [anna] })).status).toBe(403)
    expect(await marketer.put(`/api/v1/segments/${id}`, { name: 'Renamed', revision: 1 })).toMatchObject({ status: 200, body: { name: 'Renamed', state: 'live' } })
  })

  test('is never touched by changes of cards, the clock or a recomputation of everything', async () => {
    const [anna] = await people('Paris')
    const id = await makeStatic()
    await marketer.put(`/api/v1/segments/${id}/members`, { contacts: [anna] })
    await marketer.patch(`/api/v1/contacts/${anna}`, { revision: 1, city: 'Rome' })
    await marketer.put('/api/v1/contacts', { email: 'new@example.com' })
    await (await app.as('administrator')).patch('/api/v1/company', { time_zone: 'Asia/Tokyo' })
    await runUntilIdle(app)
    expect(await membersOf(id)).toEqual([anna])
  })

  test('is filled with whom a condition is true of now, and stays so; nobody "enters" by it', async () => {
    const [anna, , vera] = await people('Paris', 'Rome', 'Paris')
    const live = await make({ name: 'Parisians', condition: { field: 'city', operator: 'is', value: 'Paris' } })
    const id = await make({ name: 'Parisians of today', kind: 'static', condition: { segment: live, in: true } })
    expect((await marketer.get(`/api/v1/segments/${id}`)).body).toMatchObject({ state: 'computing', made_from: { segment: live } })
    await runUntilIdle(app)
    expect(await membersOf(id)).toEqual([anna, vera])
    await marketer.patch(`/api/v1/contacts/${anna}`, { revision: 1, city: 'Rome' })
    await runUntilIdle(app)
    expect(await membersOf(live)).toEqual([vera])
    expect(await membersOf(id)).toEqual([anna, vera])
    expect(await movesOf(id)).toEqual([])
    expect((await marketer.get(`/api/v1/segments/${id}`)).body).toMatchObject({ state: 'live', members_count: 2 })
  })

  test('whoever is put in while it is being filled stays', async () => {
    const [, ben] = await people('Paris', 'Rome')
    const id = await make({ name: 'S', kind: 'static', condition: { field: 'city', operator: 'is', value: 'Paris' } })
    await marketer.put(`/api/v1/segments/${id}/members`, { contacts: [ben] })
    await runUntilIdle(app)
    expect(await membersOf(id)).toHaveLength(2)
  })

  test('moves the segments built on it and starts journeys, in the same transaction', async () => {
    const ids = await people('Paris', 'Rome')
    const id = await makeStatic()
    const both = await make({ name: 'Chosen Parisians', condition: { all: [{ segment: id, in: true }, { field: 'city', operator: 'is', value: 'Paris' }] } })
    await runUntilIdle(app)
    const graph = { format: 1, trigger: { kind: 'segment_entered', segment_id: both }, entry_condition: null, reentry: 'once', first: 'a', steps: { a: { kind: 'wait', duration: { amount: 1, unit: 'days' }, next: null } } }
    const journey = (await marketer.post('/api/v1/journeys', { name: 'J', draft: graph })).body.id
    expect((await marketer.post(`/api/v1/journeys/${journey}/activation`)).status).toBe(200)
    await marketer.put(`/api/v1/segments/${id}/members`, { contacts: ids })
    expect(await membersOf(both)).toEqual([ids[0]])
    expect(await movesOf(both)).toEqual([{ type: 'segment.entered', contact_id: ids[0], because: [`segment:${id}`] }])
    expect(await rows(app.db, sql`select contact_id from enrolments where journey_id = ${journey}`)).toEqual([{ contact_id: ids[0] }])
    await marketer.delete(`/api/v1/segments/${id}/members`, { contacts: ids })
    expect(await membersOf(both)).toEqual([])
  })

  test('changed by two at once moves everybody once', async () => {
    const ids = await people(...Array.from({ length: 60 }, () => 'Paris'))
    const id = await makeStatic()
    const change = () => changeStaticMembersAndFollow(app.app, app.db, { segmentId: id, contactIds: ids, action: 'add', because: 'api', now: app.app.now() })
    const done = await Promise.all([change(), change(), change()])
    expect(done.map(one => one.moved.size).toSorted((one, other) => one - other)).toEqual([0, 0, 60])
    expect(await movesOf(id)).toHaveLength(60)
  })

  test('archived while people are put in has all of them or none, whoever was first', async () => {
    const ids = await people(...Array.from({ length: 20 }, () => 'Paris'))
    for (let round = 0; round < 5; round++) {
      const id = await makeStatic(`S${round}`)
      const [put] = await Promise.all([
        marketer.put(`/api/v1/segments/${id}/members`, { contacts: ids }),
        marketer.delete(`/api/v1/segments/${id}`),
      ])
      expect([200, 404, 409]).toContain(put.status)
      expect(await membersOf(id)).toHaveLength(put.status === 200 ? 20 : 0)
    }
  })

  test('nobody in, nothing happens', async () => {
    const id = await makeStatic()
    expect(await withTransaction(app.db, tx => changeStaticMembers(tx, { segmentId: id, contactIds: [], action: 'add', because: 'api', now: app.app.now() }))).toEqual({ entered: [], left: [] })
  })
})

describe('an import into a static segment', () => {
  const run = async (file: string, segmentId: number | null, path = 'run') => {
    const form = new FormData()
    form.append('file', new Blob([file]), 'people.csv')
    const { body } = await marketer.post('/api/v1/imports', form)
    await marketer.put(`/api/v1/imports/${body.id}`, { options: { ...body.options, segment_id: segmentId } })
    const started = await marketer.post(`/api/v1/imports/${body.id}/${path}`)
    await runUntilIdle(app)
    return { id: body.id as number, started }
  }
  const undo = async (id: number) => {
    const answer = await marketer.post(`/api/v1/imports/${id}/reversal`)
    await runUntilIdle(app)
    return answer.status
  }

  test('puts everybody of the file in; undoing takes out whom it put in, and a second undoing nobody', async () => {
    const [anna, ben, vera] = await people('Paris', 'Rome', 'Oslo')
    const id = await makeStatic()
    await marketer.put(`/api/v1/segments/${id}/members`, { contacts: [anna] })
    const done = await run('email,city\np0@example.com,Paris\np1@example.com,Rome\np2@example.com,Bergen\nnew@example.com,Riga\nnot an address,Riga\n', id)
    expect(await membersOf(id)).toHaveLength(4)
    expect(await movesOf(id)).toContainEqual({ type: 'segment.entered', contact_id: ben, because: [`import:${done.id}`] })
    // Taken out and put in anew by hand since: not the import's any more.
    await marketer.delete(`/api/v1/segments/${id}/members`, { contacts: [vera] })
    await marketer.put(`/api/v1/segments/${id}/members`, { contacts: [vera] })
    expect(await undo(done.id)).toBe(202)
    expect(await membersOf(id)).toEqual([anna, vera])
    expect(await movesOf(id)).toContainEqual({ type: 'segment.left', contact_id: ben, because: [`import:${done.id}`] })
    expect(await undo(done.id)).toBe(409)
    expect(await membersOf(id)).toEqual([anna, vera])
  })

  test('of purchases puts the customers in', async () => {
    const [, ben] = await people('Paris', 'Rome')
    const id = await makeStatic()
    const done = await run('order id,date,email,amount\nA1,2026-10-01,p1@example.com,500\n', id)
    expect(await membersOf(id)).toEqual([ben])
    await undo(done.id)
    expect(await membersOf(id)).toEqual([])
  })

  test('a live or missing segment is refused before anything is done', async () => {
    const live = await make({ name: 'Live', condition: { all: [] } })
    for (const wrong of [live, 999]) {
      const { started } = await run('email\nfresh@example.com\n', wrong)
      expect(started).toMatchObject({ status: 422, body: { errors: [{ field: 'options.segment_id' }] } })
    }
    expect(await rows(app.db, sql`select from contacts`)).toEqual([])
  })

  test('a segment archived before the undoing does not hinder it', async () => {
    const id = await makeStatic()
    const done = await run('email\nfresh@example.com\n', id)
    expect((await marketer.delete(`/api/v1/segments/${id}`)).status).toBe(204)
    expect(await undo(done.id)).toBe(202)
    expect((await marketer.get(`/api/v1/imports/${done.id}`)).body.state).toBe('undone')
  })
})
