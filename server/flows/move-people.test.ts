import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { one, rows, withTransaction } from '../base/db.ts'
import { runDueJobs } from '../base/jobs.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { jobs } from '../jobs.ts'
import { applyChanges } from './apply-changes.ts'
import { movePeople } from './move-people.ts'

let server: TestApp
let marketer: Client
const start = new Date('2026-03-02T10:00:00Z')
const days = (amount: number) => ({ amount, unit: 'days' as const })
let mail = 0

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  await ensureMonths(server.app, ['03', '04', '05'].map(month => new Date(`2026-${month}-15`)))
})
afterAll(() => server.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, journeys, templates, tags, topics, incoming_events, event_keys cascade').execute(server.db)
  await sql.raw('delete from graphile_worker._private_jobs').execute(server.db)
  server.setNow(start)
  mail = (await one<{ id: number }>(server.db, sql`insert into templates (name, kind) values ('Hello', 'transactional') returning id`)).id
  await sql`
    with version as (insert into template_versions (template_id, number, document) values (${mail}, 1, '{}') returning id)
    update templates set version_id = version.id from version where templates.id = ${mail}
  `.execute(server.db)
})

const people = async (count: number): Promise<number[]> =>
  (await rows<{ id: number }>(server.db, sql`insert into contacts (email) select 'p' || n || '@example.com' from generate_series(1, ${count}::integer) as n returning id`)).map(row => row.id)
const graph = (steps: Record<string, JourneyStep>): JourneyGraph => ({ format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0] ?? null, steps })
const wait = (amount: number, next: string | null): JourneyStep => ({ kind: 'wait', duration: days(amount), next })
const send = (next: string | null): JourneyStep => ({ kind: 'mail', template_id: mail, topic_id: null, next })
const make = async (draft: JourneyGraph): Promise<number> => {
  const { body } = await marketer.post('/api/v1/journeys', { name: 'Journey', draft })
  expect((await marketer.post(`/api/v1/journeys/${body.id}/publication`)).status).toBe(422)
  expect((await marketer.post(`/api/v1/journeys/${body.id}/publication`, {})).body).toMatchObject({ state: 'active' })
  return body.id
}
const redraw = async (id: number, draft: JourneyGraph): Promise<void> => {
  const { revision } = (await marketer.get(`/api/v1/journeys/${id}`)).body
  expect((await marketer.put(`/api/v1/journeys/${id}`, { revision, draft })).status).toBe(200)
}
const enrol = (id: number, contacts: number[]) => marketer.post(`/api/v1/journeys/${id}/enrolments`, { contacts })
const publish = (id: number, body: object) => marketer.post(`/api/v1/journeys/${id}/publication`, body)
const preview = async (id: number, query = '') => (await marketer.get(`/api/v1/journeys/${id}/publication${query}`)).body
const tick = () => runUntilIdle(server, ['journeys.clock'])
const move = () => runDueJobs(server.app, jobs)
const later = (hours: number) => server.setNow(new Date(server.app.now().getTime() + hours * 3_600_000))
const way = async (id: number, contact: number) => (await marketer.get(`/api/v1/journeys/${id}/enrolments?contact_id=${contact}`)).body.data[0]
const mails = async () => (await one<{ count: number }>(server.db, sql`select count(*) as count from messages`)).count

describe('publishing over people on their way', () => {
  test('the preview says what changes, who is where and where they would go on', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({ first: wait(1, 'hello'), hello: send('second'), second: wait(5, null) }))
    await enrol(id, [anna!, boris!])
    await redraw(id, graph({ hello: send('third'), third: wait(2, null) }))
    expect(await preview(id)).toMatchObject({
      from: 1, people: 2, problems: [{ code: 'dead_end', blocking: false }],
      changes: { added: ['third'], removed: ['first', 'second'], changed: [], rerouted: [{ step: null, from: 'first', to: 'hello' }, { step: 'hello', from: 'second', to: 'third' }], settings: [] },
      places: [{ version: 1, step: 'first', people: 2, proposal: { to: 'third', why: 'same_kind' } }],
    })
  })

  test('they stay unless it is said otherwise', async () => {
    const [anna] = await people(1)
    const id = await make(graph({ first: wait(1, 'hello'), hello: send(null) }))
    await enrol(id, [anna!])
    await redraw(id, graph({ first: wait(9, null) }))
    expect((await publish(id, {})).body).toMatchObject({ version: { number: 2 }, on_older_versions: 1 })
    await move()
    later(25)
    await tick()
    expect(await mails()).toBe(1)
  })

  test('what an older version names stays in use as long as somebody is on their way through it', async () => {
    const [anna] = await people(1)
    const segment = (await marketer.post('/api/v1/segments', { name: 'By hand', kind: 'static' })).body.id
    const id = await make(graph({ first: wait(1, 'in'), in: { kind: 'change_segment', segment_id: segment, action: 'add', next: 'hello' }, hello: send(null) }))
    await enrol(id, [anna!])
    await redraw(id, graph({ first: wait(9, null) }))
    await publish(id, {})
    const errors = [{ field: `journey:${id}`, message: 'Journey' }]
    expect(await marketer.delete(`/api/v1/segments/${segment}`)).toMatchObject({ status: 409, body: { code: 'in_use', errors } })
    expect(await marketer.put(`/api/v1/templates/${mail}/archiving`)).toMatchObject({ status: 409, body: { code: 'in_use', errors } })
    later(25)
    await tick()
    expect(await way(id, anna!)).toMatchObject({ state: 'done' })
    expect((await marketer.delete(`/api/v1/segments/${segment}`)).status).toBe(204)
    expect((await marketer.put(`/api/v1/templates/${mail}/archiving`)).status).toBeLessThan(300)
  })

  test('moved, a wait keeps what has passed, longer or shorter', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({ first: wait(3, 'hello'), hello: send(null) }))
    await enrol(id, [anna!, boris!])
    later(24)
    await redraw(id, graph({ first: wait(4, 'hello'), hello: send(null) }))
    await publish(id, { people: 'move' })
    await move()
    expect(await way(id, anna!)).toMatchObject({ version: 2, step: 'first', state: 'waiting', wake_at: new Date(start.getTime() + 4 * 86_400_000).toISOString(), steps: [] })
    await redraw(id, graph({ first: { kind: 'wait', duration: { amount: 12, unit: 'hours' }, next: 'hello' }, hello: send(null) }))
    await publish(id, { people: 'move' })
    await move()
    await tick()
    expect(await mails()).toBe(2)
  })

  test('who waits for an event goes on waiting for the one of the new version', async () => {
    const [anna] = await people(1)
    const waitFor = (event: string, timeout: number): JourneyStep => ({ kind: 'wait_for_event', event, mail_step: null, timeout: days(timeout), next: 'hello', next_timeout: null })
    const id = await make(graph({ order: waitFor('page.viewed', 2), hello: send(null) }))
    await enrol(id, [anna!])
    await redraw(id, graph({ order: waitFor('cart.updated', 3), hello: send(null) }))
    await publish(id, { people: 'move' })
    await move()
    later(60)
    await tick()
    expect(await way(id, anna!)).toMatchObject({ state: 'waiting', waits_for: 'cart.updated' })
    await withTransaction(server.db, async tx => {
      const now = server.app.now()
      await lockContacts(tx, [anna!])
      const events = await insertEvents(tx, [{ contact_id: anna!, type: 'cart.updated', occurred_at: now, properties: {}, source: 'api', message_id: null, campaign_id: null, journey_id: null }], now)
      await applyChanges(tx, server.app, [{ contact_id: anna!, keys: ['event:cart.updated'], events }], now)
    })
    expect(await mails()).toBe(1)
  })

  describe('a wait for something else goes on since when they began to wait', () => {
    const forEvent = (event: string, timeout: number, where: object[] = []): JourneyStep => ({ kind: 'wait_for_event', event, where: where as never, mail_step: null, timeout: days(timeout), next: 'hello', next_timeout: null })
    const forCondition = (condition: Condition, timeout: number): JourneyStep => ({ kind: 'wait_for_condition', condition, timeout: days(timeout), next: 'hello', next_timeout: null })
    const published = async (id: number, step: JourneyStep) => {
      await redraw(id, graph({ wait: step, hello: send(null) }))
      expect((await publish(id, { people: 'move' })).status).toBe(200)
      await move()
      await tick()
    }
    const tell = async (contact: number, type: string, properties: object = {}) => {
      await marketer.post('/api/v1/events', { events: [{ type, contact: { id: contact }, occurred_at: server.app.now().toISOString(), properties }] })
      await runUntilIdle(server, ['process-events'])
    }
    const waiting = async (step: JourneyStep, count = 2) => {
      const all = await people(count)
      const id = await make(graph({ wait: step, hello: send(null) }))
      await enrol(id, all)
      return { id, all }
    }
    const at = (day: number) => new Date(start.getTime() + day * 86_400_000).toISOString()

    test('another event that came meanwhile counts, one that came before they waited or does not fit does not', async () => {
      const [anna, boris, vera] = await people(3)
      await tell(vera!, 'cart.updated', { total: 50 })
      later(1)
      const id = await make(graph({ wait: forEvent('page.viewed', 5), hello: send(null) }))
      await enrol(id, [anna!, boris!, vera!])
      later(24)
      await tell(anna!, 'cart.updated', { total: 50 })
      await tell(boris!, 'cart.updated', { total: 5 })
      later(24)
      await published(id, forEvent('cart.updated', 4, [{ property: 'total', operator: 'at_least', value: 20 }]))
      expect(await way(id, anna!)).toMatchObject({ state: 'done', steps: [{ step: 'wait', outcome: 'happened', reason: 'had_happened' }, { step: 'hello' }] })
      for (const who of [boris!, vera!]) expect(await way(id, who)).toMatchObject({ version: 2, state: 'waiting', waits_for: 'cart.updated', steps: [], wake_at: new Date(start.getTime() + 3_600_000 + 4 * 86_400_000).toISOString() })
      await tell(boris!, 'cart.updated', { total: 30 })
      expect(await way(id, boris!)).toMatchObject({ state: 'done' })
    })

    test('a time-out that is over already is over at once, be what comes after it what it may', async () => {
      const { id, all: [anna, boris] } = await waiting(forEvent('page.viewed', 9))
      later(72)
      await tell(anna!, 'cart.updated')
      await published(id, forEvent('cart.updated', 2))
      for (const who of [anna!, boris!]) expect(await way(id, who)).toMatchObject({ state: 'done', steps: [{ step: 'wait', outcome: 'timeout' }] })
      expect(await mails()).toBe(0)
    })

    test('a condition that was true meanwhile counts, also when it is no longer', async () => {
      const { id, all: [anna, boris, vera] } = await waiting(forCondition({ event: 'page.viewed' }, 9), 3)
      later(24)
      await tell(anna!, 'cart.updated')
      later(72)
      await tell(vera!, 'cart.updated')
      // Within the last two days of anybody: of Anna it is no longer true, of Vera it is.
      const lately: Condition = { event: 'cart.updated', window: { last: days(2) } }
      await published(id, forCondition(lately, 8))
      expect(await way(id, anna!)).toMatchObject({ state: 'done', steps: [{ step: 'wait', outcome: 'met', reason: 'had_happened' }, { step: 'hello' }] })
      expect(await way(id, vera!)).toMatchObject({ state: 'done', steps: [{ step: 'wait', outcome: 'met' }, { step: 'hello' }] })
      expect(await way(id, boris!)).toMatchObject({ state: 'waiting', wake_at: at(8) })
      await tell(boris!, 'cart.updated')
      expect(await way(id, boris!)).toMatchObject({ state: 'done' })
      expect(await mails()).toBe(3)
    })

    test('a condition whose time-out is over already: only what came before counts', async () => {
      const { id, all: [anna, boris] } = await waiting(forCondition({ event: 'page.viewed' }, 9))
      later(24)
      await tell(anna!, 'cart.updated')
      later(96)
      await published(id, forCondition({ event: 'cart.updated', window: { last: days(1) } }, 3))
      expect(await way(id, anna!)).toMatchObject({ state: 'done', steps: [{ outcome: 'met' }, { step: 'hello' }] })
      expect(await way(id, boris!)).toMatchObject({ state: 'done', steps: [{ outcome: 'timeout' }] })
    })

    test('another moment is found from when they began to wait; one that passed meanwhile lets them go on at once', async () => {
      // 2 March 2026 is a Monday.
      const until = (weekdays: number[]): JourneyStep => ({ kind: 'wait_until', until: { weekdays, at: '12:00' }, next: 'hello', next_past: null })
      const { id, all: [anna] } = await waiting(until([7]), 1)
      later(72)
      await published(id, until([5]))
      expect(await way(id, anna!)).toMatchObject({ state: 'waiting', wake_at: '2026-03-06T12:00:00.000Z' })
      await published(id, until([2]))
      expect(await way(id, anna!)).toMatchObject({ state: 'done', steps: [{ step: 'wait', outcome: 'next' }, { step: 'hello' }] })
      expect(await mails()).toBe(1)
    })

    test('moved twice, and with the step under another key, they still count from the beginning', async () => {
      const { id, all: [anna] } = await waiting(forEvent('page.viewed', 9), 1)
      later(24)
      await published(id, forEvent('email.clicked', 8))
      later(24)
      await redraw(id, graph({ other: { ...forEvent('order.placed', 7), next: 'hello' } as JourneyStep, hello: send(null) }))
      await publish(id, { people: 'move', places: [{ version: 2, step: 'wait', do: 'move', to: 'other' }] })
      await move()
      await tick()
      expect(await way(id, anna!)).toMatchObject({ version: 3, step: 'other', state: 'waiting', wake_at: at(7) })
    })
  })

  test('who is led back before a mail they got does not get it again', async () => {
    const [anna] = await people(1)
    const id = await make(graph({ hello: send('after'), after: wait(5, null) }))
    await enrol(id, [anna!])
    expect(await mails()).toBe(1)
    await redraw(id, graph({ before: { kind: 'wait', duration: { amount: 1, unit: 'hours' }, next: 'hello' }, hello: send('again'), again: send('rest'), rest: wait(1, null) }))
    await publish(id, { people: 'move', places: [{ version: 1, step: 'after', do: 'move', to: 'hello' }] })
    await move()
    await tick()
    expect(await mails()).toBe(1)
    expect((await way(id, anna!)).steps.map((step: { step: string, outcome: string, reason: string }) => `${step.step}: ${step.outcome} ${step.reason}`)).toEqual(['hello: next ', 'after: moved version:2', 'hello: next mailed_before_move', 'again: next mailed_before_move'])
    expect(await way(id, anna!)).toMatchObject({ step: 'rest', version: 2, state: 'waiting' })
  })

  test('a place that fits nowhere must be decided; ending takes people out and says why', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({ first: wait(1, null) }))
    await enrol(id, [anna!, boris!])
    await redraw(id, graph({ hello: send(null) }))
    expect(await publish(id, { people: 'move' })).toMatchObject({ status: 422, body: { errors: [{ field: 'places' }] } })
    expect(await publish(id, { people: 'move', places: [{ version: 1, step: 'first', do: 'move', to: 'nowhere' }] })).toMatchObject({ status: 422, body: { errors: [{ field: 'places.0.to' }] } })
    expect((await marketer.get(`/api/v1/journeys/${id}`)).body.version.number).toBe(1)
    expect((await publish(id, { people: 'move', places: [{ version: 1, step: 'first', do: 'end' }] })).status).toBe(200)
    await move()
    expect(await way(id, anna!)).toMatchObject({ state: 'left', state_reason: 'version:2' })
    expect((await marketer.get(`/api/v1/journeys/${id}/versions`)).body.data).toMatchObject([
      { number: 2, live: true, people: 0, changes: { added: ['hello'], removed: ['first'] }, move: { people: 2, moved: 0, ended: 2, finished: true } },
      { number: 1, live: false, people: 0, changes: null, move: null },
    ])
  })

  test('an older version is published again, as a new one; the draft goes along unless it holds changes of its own', async () => {
    const [anna] = await people(1)
    const one = graph({ first: wait(1, 'hello'), hello: send(null) })
    const id = await make(one)
    await redraw(id, graph({ first: wait(7, null) }))
    await publish(id, {})
    await enrol(id, [anna!])
    expect(await preview(id, '?version=1')).toMatchObject({ from: 2, changes: { added: ['hello'] }, places: [{ version: 2, step: 'first', people: 1, proposal: { to: 'first' } }] })
    expect((await publish(id, { version: 1, people: 'move' })).body).toMatchObject({ version: { number: 3 }, draft: one, has_unpublished_changes: false })
    await move()
    expect(await way(id, anna!)).toMatchObject({ version: 3, wake_at: new Date(start.getTime() + 86_400_000).toISOString() })
    await redraw(id, graph({ first: wait(9, null) }))
    expect((await publish(id, { version: 2 })).body).toMatchObject({ version: { number: 4 }, has_unpublished_changes: true, draft: graph({ first: wait(9, null) }) })
    expect((await publish(id, { version: 77 })).status).toBe(422)
  })

  test('a thousand and more are moved in batches, also when two run the job at once or it ran before', async () => {
    const all = await people(2500)
    const id = await make(graph({ first: wait(3, 'hello'), hello: send(null) }))
    for (let from = 0; from < all.length; from += 1000) await enrol(id, all.slice(from, from + 1000))
    await redraw(id, graph({ begin: wait(3, 'hello'), hello: send(null) }))
    await publish(id, { people: 'move' })
    const { id: moveId } = await one<{ id: number }>(server.db, sql`select id from journey_moves`)
    const helpers = { attempt: 1, isLastAttempt: false, abortSignal: new AbortController().signal }
    await Promise.all([movePeople(server.app, { move_id: moveId }, helpers), movePeople(server.app, { move_id: moveId }, helpers)])
    await movePeople(server.app, { move_id: moveId }, helpers)
    expect(await one(server.db, sql`select moved, ended, people from journey_moves`)).toEqual({ moved: 2500, ended: 0, people: 2500 })
    expect(await one(server.db, sql`select count(*) as people, min(visit) as visit, max(wake_at) as wake_at from enrolments where step_key = 'begin' and state = 'waiting'`)).toEqual({ people: 2500, visit: 2, wake_at: new Date(start.getTime() + 3 * 86_400_000) })
    later(73)
    await tick()
    expect(await mails()).toBe(2500)
  })
})
