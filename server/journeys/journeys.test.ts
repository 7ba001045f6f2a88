import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { one, rows, withTransaction } from '../base/db.ts'
import { runDueJobs } from '../base/jobs.ts'
import { insertIntake } from './intakes.sql.ts'
import { enrolSegment } from '../flows/start-journeys.ts'
import { jobs } from '../jobs.ts'
import { applyChanges } from '../flows/apply-changes.ts'
import { advanceJourneys } from '../flows/advance-journeys.ts'
import { ensureMonths } from '../events/months.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'

let server: TestApp
let marketer: Client
const start = new Date('2026-03-02T10:00:00Z')
const day = { amount: 1, unit: 'days' } as const
let mail = 0
let topic = 0

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  await ensureMonths(server.app, ['02', '03', '04', '05', '06', '07'].map(month => new Date(`2026-${month}-15`)))
})
afterAll(() => server.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, segments, campaigns, journeys, templates, tags, topics, incoming_events, event_keys cascade').execute(server.db)
  server.setNow(start)
  topic = (await one<{ id: number }>(server.db, sql`insert into topics (key, name_en, name_ru) values ('news', 'News', 'Новости') returning id`)).id
  mail = await template('Hello')
})

async function template(name: string): Promise<number> {
  const { id } = await one<{ id: number }>(server.db, sql`insert into templates (name) values (${name}) returning id`)
  await sql`
    with version as (insert into template_versions (template_id, number, document) values (${id}, 1, '{}') returning id)
    update templates set version_id = version.id from version where templates.id = ${id}
  `.execute(server.db)
  return id
}
const people = async (count: number): Promise<number[]> =>
  (await rows<{ id: number }>(server.db, sql`
    with made as (insert into contacts (email) select 'p' || n || '@example.com' from generate_series(1, ${count}::integer) as n returning id, email)
    insert into contact_identities (kind, value, contact_id) select 'email', email, id from made returning contact_id as id
  `)).map(row => row.id)
const graph = (steps: Record<string, JourneyStep>, more: Partial<JourneyGraph> = {}): JourneyGraph =>
  ({ format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0] ?? null, steps, ...more })
const send = (next: string | null): JourneyStep => ({ kind: 'mail', template_id: mail, topic_id: topic, next })
const make = async (draft: JourneyGraph): Promise<number> => {
  const made = await marketer.post('/api/v1/journeys', { name: 'Journey', draft })
  expect(made.status).toBe(201)
  const activated = await marketer.post(`/api/v1/journeys/${made.body.id}/activation`)
  expect(activated.body).toMatchObject({ state: 'active' })
  return made.body.id
}
const enrol = async (journey: number, contacts: number[], key?: string) => (await marketer.post(`/api/v1/journeys/${journey}/enrolments`, { contacts, ...key ? { key } : {} })).body.data.map((row: { outcome: string }) => row.outcome)
const tick = () => runUntilIdle(server, ['journeys.clock'])
const later = (hours: number) => server.setNow(new Date(server.app.now().getTime() + hours * 3_600_000))
const way = async (journey: number, contact: number) => (await marketer.get(`/api/v1/journeys/${journey}/enrolments?contact_id=${contact}`)).body.data[0]
const stepsOf = async (journey: number, contact: number) => (await way(journey, contact)).steps.map((step: { step: string, outcome: string }) => `${step.step}: ${step.outcome}`)
const messages = () => rows<{ contact_id: number, id: number, step_key: string, visit: number, state: string }>(server.db, sql`select contact_id, id, step_key, visit, state from messages order by contact_id, id`)

/** As processEvents does once an event is in: everything follows from it. */
async function happen(contact: number, type: string, more: { at?: Date, message_id?: number | null, properties?: Record<string, unknown>, source?: string } = {}) {
  await withTransaction(server.db, async tx => {
    await lockContacts(tx, [contact])
    const now = server.app.now()
    const events = await insertEvents(tx, [{ contact_id: contact, type, occurred_at: more.at ?? now, properties: more.properties ?? {}, source: more.source ?? 'api', message_id: more.message_id ?? null, campaign_id: null, journey_id: null }], now)
    await applyChanges(tx, server.app, [{ contact_id: contact, keys: [`event:${type}`], events }], now)
  })
}

describe('publishing', () => {
  test('is refused with each field named, and nothing runs', async () => {
    const made = await marketer.post('/api/v1/journeys', { name: 'Half', draft: graph({ hello: { kind: 'mail', template_id: null, topic_id: topic, next: 'tag' }, tag: { kind: 'add_tag', tag_id: 99, next: 'nowhere' }, ask: { kind: 'condition', condition: { field: 'nonsense', operator: 'is', value: 1 }, next_yes: null, next_no: null } }) })
    expect(made.status).toBe(201)
    const answer = await marketer.post(`/api/v1/journeys/${made.body.id}/activation`)
    expect(answer.status).toBe(422)
    expect(answer.body.errors.map((error: { field: string }) => error.field).sort()).toEqual(['steps.ask.condition.field', 'steps.hello.template_id', 'steps.tag.next', 'steps.tag.tag_id'])
    expect((await marketer.get(`/api/v1/journeys/${made.body.id}`)).body).toMatchObject({ state: 'draft', version: null })
    expect((await marketer.post(`/api/v1/journeys/${made.body.id}/enrolments`, { contacts: [1] })).body).toMatchObject({ status: 409, code: 'journey_not_active' })
  })

  test('pressed twice makes one version; a changed draft makes the next, and who is on their way stays on the old one', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({ wait: { kind: 'wait', duration: day, next: 'hello' }, hello: send(null) }))
    await enrol(id, [anna!])
    expect((await marketer.post(`/api/v1/journeys/${id}/activation`)).body.version.number).toBe(1)

    const before = (await marketer.get(`/api/v1/journeys/${id}`)).body
    const changed = await marketer.put(`/api/v1/journeys/${id}`, { revision: before.revision, draft: graph({ end: { kind: 'end' } }) })
    expect(changed.body).toMatchObject({ has_unpublished_changes: true, version: { number: 1 } })
    expect(await marketer.put(`/api/v1/journeys/${id}`, { revision: before.revision, name: 'late' })).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } })
    expect((await marketer.post(`/api/v1/journeys/${id}/activation`, { revision: before.revision })).status).toBe(409)
    const published = await marketer.post(`/api/v1/journeys/${id}/activation`, { revision: changed.body.revision })
    expect(published.body).toMatchObject({ version: { number: 2 }, on_older_versions: 1, has_unpublished_changes: false })

    await enrol(id, [boris!])
    expect(await stepsOf(id, boris!)).toEqual(['end: ended'])
    later(25)
    await tick()
    expect(await stepsOf(id, anna!)).toEqual(['wait: next', 'hello: next'])
    expect((await marketer.get(`/api/v1/journeys/${id}`)).body.on_older_versions).toBe(0)
  })

  test('a paused journey keeps everybody in place and lets nobody in; resumed, it goes on', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({ wait: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: day, next: 'hello', next_timeout: null }, hello: send(null) }, { trigger: { kind: 'event', event: 'page.viewed' } }))
    await enrol(id, [anna!])
    expect((await marketer.delete(`/api/v1/journeys/${id}/activation`)).body.state).toBe('paused')
    later(1)
    await happen(anna!, 'order.placed')
    await happen(boris!, 'page.viewed')
    await tick()
    expect(await way(id, anna!)).toMatchObject({ state: 'active', step: 'wait', steps: [] })
    expect(await way(id, boris!)).toBeUndefined()
    later(100)
    await marketer.post(`/api/v1/journeys/${id}/activation`)
    await tick()
    expect(await stepsOf(id, anna!)).toEqual(['wait: happened', 'hello: next'])
  })
})

describe('going through', () => {
  test('nobody, one and many: each gets one mail at each step, however often the clock ticks', async () => {
    const id = await make(graph({ hello: send('wait'), wait: { kind: 'wait', duration: day, next: 'again' }, again: send('end'), end: { kind: 'end' } }))
    expect(await advanceJourneys(server.app)).toBe(false)
    const all = await people(120)
    expect(new Set(await enrol(id, all))).toEqual(new Set(['enrolled']))
    expect(await messages()).toHaveLength(120)
    await tick()
    later(23)
    await tick()
    expect(await messages()).toHaveLength(120)
    later(2)
    await Promise.all([advanceJourneys(server.app), advanceJourneys(server.app), advanceJourneys(server.app)])
    await tick()
    await tick()
    const sent = await messages()
    expect(sent).toHaveLength(240)
    expect(new Set(sent.map(message => `${message.contact_id} ${message.step_key}`)).size).toBe(240)
    expect((await marketer.get(`/api/v1/journeys/${id}/report`)).body).toMatchObject({ totals: { entered: 120, here: 0, done: 120, queued: 240 }, steps: { hello: { passed: 120 }, wait: { passed: 120, outcomes: { next: 120 } }, end: { outcomes: { ended: 120 } } } })
    const page = await marketer.get(`/api/v1/journeys/${id}/people?step=wait&what=passed&limit=50`)
    expect(page.body.data).toHaveLength(50)
    expect((await marketer.get(`/api/v1/journeys/${id}/people?step=wait&what=passed&limit=100&cursor=${page.body.next_cursor}`)).body).toMatchObject({ next_cursor: null, data: { length: 70 } })
  })

  test('the welcome: no click in time leads to the reminder, a click does not; the way and its reason are kept', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({
      hello: send('heard'),
      heard: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'hello', timeout: { amount: 2, unit: 'days' }, next: 'asked', next_timeout: 'asked' },
      asked: { kind: 'condition', condition: { all: [{ mail_step: 'hello', reaction: 'clicked', happened: true }] }, next_yes: 'end', next_no: 'reminder' },
      reminder: send('end'),
      end: { kind: 'end' },
    }))
    await enrol(id, [anna!, boris!])
    const [toAnna, toBoris] = await messages()
    later(1)
    await happen(boris!, 'email.clicked', { message_id: toAnna!.id })
    expect((await way(id, boris!)).state).toBe('waiting')
    await sql`update messages set state = 'sent', sent_at = ${start}, clicked_at = ${server.app.now()}, clicks = 1 where id = ${toAnna!.id}`.execute(server.db)
    await happen(anna!, 'email.clicked', { message_id: toAnna!.id })
    expect(await stepsOf(id, anna!)).toEqual(['hello: next', 'heard: happened', 'asked: yes', 'end: ended'])
    expect((await way(id, anna!)).steps[2].reason).toBe('leaves:1')
    later(48)
    await tick()
    expect(await stepsOf(id, boris!)).toEqual(['hello: next', 'heard: timeout', 'asked: no', 'reminder: next', 'end: ended'])
    expect(toBoris).toBeDefined()
    expect((await messages()).map(message => message.step_key)).toEqual(['hello', 'hello', 'reminder'])
  })

  test('a reaction that came before the wait began passes at once', async () => {
    const [anna] = await people(1)
    const id = await make(graph({
      hello: send('pause'), pause: { kind: 'wait', duration: day, next: 'heard' },
      heard: { kind: 'wait_for_event', event: 'email.opened', mail_step: 'hello', timeout: day, next: 'end', next_timeout: null }, end: { kind: 'end' },
    }))
    await enrol(id, [anna!])
    await sql`update messages set opened_at = ${server.app.now()}`.execute(server.db)
    later(25)
    await tick()
    expect(await stepsOf(id, anna!)).toEqual(['hello: next', 'pause: next', 'heard: happened', 'end: ended'])
  })

  test('late events: one from before the wait does not end it, nor does one from after its time-out or one of a machine', async () => {
    const [anna] = await people(1)
    const id = await make(graph({ wait: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: day, next: 'end', next_timeout: 'late' }, end: { kind: 'end' }, late: { kind: 'end' } }))
    await enrol(id, [anna!])
    await happen(anna!, 'order.placed', { at: new Date(start.getTime() - 60_000) })
    expect((await way(id, anna!)).state).toBe('waiting')
    later(30)
    await happen(anna!, 'order.placed')
    await tick()
    expect(await stepsOf(id, anna!)).toEqual(['wait: timeout', 'late: ended'])
  })

  test('an event of the same batch that came after the one that enrolled counts', async () => {
    const [anna] = await people(1)
    const id = await make(graph({ wait: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: day, next: 'end', next_timeout: null }, end: { kind: 'end' } }, { trigger: { kind: 'event', event: 'cart.updated' } }))
    later(1)
    await withTransaction(server.db, async tx => {
      const now = server.app.now()
      const at = (seconds: number) => new Date(now.getTime() - 60_000 + seconds * 1000)
      const row = (type: string, seconds: number) => ({ contact_id: anna!, type, occurred_at: at(seconds), properties: {}, source: 'api', message_id: null, campaign_id: null, journey_id: null })
      const events = await insertEvents(tx, [row('order.placed', 0), row('cart.updated', 1), row('order.placed', 2)], now)
      await applyChanges(tx, server.app, [{ contact_id: anna!, keys: [], events }], now)
    })
    expect(await stepsOf(id, anna!)).toEqual(['wait: happened', 'end: ended'])
  })

  test('a circle with waits mails anew each time round', async () => {
    const [anna] = await people(1)
    const id = await make(graph({ hello: send('wait'), wait: { kind: 'wait', duration: day, next: 'hello' } }))
    await enrol(id, [anna!])
    for (let round = 0; round < 3; round++) {
      later(25)
      await tick()
    }
    expect(await messages()).toHaveLength(4)
    expect(await way(id, anna!)).toMatchObject({ state: 'waiting', step: 'wait' })
  })

  test('a circle the checks let through ends as failed instead of for ever', async () => {
    const [anna] = await people(1)
    const id = await make(graph({ end: { kind: 'end' } }))
    // Never published by the program: put there as an older release might have left it.
    await sql`update journey_versions set graph = ${JSON.stringify(graph({ a: { kind: 'condition', condition: { all: [] }, next_yes: 'a', next_no: null } }))}::jsonb`.execute(server.db)
    const { loadGraphs } = await import('./versions.sql.ts')
    const { version_id } = await one<{ version_id: number }>(server.db, sql`select version_id from journeys where id = ${id}`)
    const cached = (await loadGraphs(server.db, [version_id])).get(version_id)!
    Object.assign(cached, graph({ a: { kind: 'condition', condition: { all: [] }, next_yes: 'a', next_no: null } }))
    await enrol(id, [anna!])
    expect(await way(id, anna!)).toMatchObject({ state: 'failed', state_reason: 'goes_round_without_wait' })
  })

  test('a fault nobody foresaw holds up the one person it is about', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({ wait: { kind: 'wait', duration: day, next: 'ask' }, ask: { kind: 'condition', condition: { field: 'email', operator: 'is', value: 'p1@example.com' }, next_yes: 'odd', next_no: 'hello' }, odd: { kind: 'end' }, hello: send(null) }))
    await enrol(id, [anna!, boris!])
    const { version_id } = await one<{ version_id: number }>(server.db, sql`select version_id from journeys where id = ${id}`)
    const { loadGraphs } = await import('./versions.sql.ts')
    Object.assign((await loadGraphs(server.db, [version_id])).get(version_id)!.steps, { odd: { kind: 'of another release' } })
    later(25)
    await tick()
    expect(await way(id, boris!)).toMatchObject({ state: 'done' })
    expect(await way(id, anna!)).toMatchObject({ state: 'failed', step: 'wait' })
  })

  test('a step cannot be called as something every object has', async () => {
    for (const key of ['constructor', '__proto__']) {
      const answer = await marketer.post('/api/v1/journeys', `{"name":"x","draft":${JSON.stringify({ ...graph({}), first: key }).replace('"steps":{}', `"steps":{"${key}":{"kind":"end"}}`)}}`)
      expect(answer.status).toBe(422)
    }
  })

  test('what fails for one is told, does not stop others, and can be tried again', async () => {
    const [anna, boris] = await people(2)
    const other = await template('Other')
    const id = await make(graph({
      which: { kind: 'condition', condition: { field: 'email', operator: 'is', value: 'p1@example.com' }, next_yes: 'one', next_no: 'two' },
      one: { kind: 'mail', template_id: other, topic_id: topic, next: null },
      two: send(null),
    }))
    await sql`update templates set archived_at = now() where id = ${other}`.execute(server.db)
    await enrol(id, [anna!, boris!])
    expect(await way(id, anna!)).toMatchObject({ state: 'failed', state_reason: 'template_archived', step: 'one' })
    expect(await way(id, boris!)).toMatchObject({ state: 'done' })
    expect((await marketer.get(`/api/v1/journeys/${id}/people?what=failed&step=one`)).body.data).toMatchObject([{ contact_id: anna, note: 'template_archived' }])
    await sql`update templates set archived_at = null where id = ${other}`.execute(server.db)
    const { id: enrolment } = await way(id, anna!)
    expect((await marketer.post(`/api/v1/journeys/${id}/enrolments/${enrolment}/retrial`)).status).toBe(204)
    expect(await way(id, anna!)).toMatchObject({ state: 'done', steps: [{ outcome: 'yes' }, { step: 'one' }] })
    expect((await marketer.post(`/api/v1/journeys/${id}/enrolments/${enrolment}/retrial`)).body).toMatchObject({ status: 409, code: 'not_failed' })
  })

  test('steps that change the card: segments follow before the next condition is asked', async () => {
    const [anna] = await people(1)
    const tag = (await one<{ id: number }>(server.db, sql`insert into tags (name) values ('vip') returning id`)).id
    const segment = (await marketer.post('/api/v1/segments', { name: 'VIP in Paris', condition: { all: [{ tag, has: true }, { field: 'city', operator: 'is', value: 'Paris' }] } })).body.id
    await runUntilIdle(server, ['segments.recompute'])
    const id = await make(graph({
      tag: { kind: 'add_tag', tag_id: tag, next: 'city' },
      city: { kind: 'set_field', field: 'city', value: 'Paris', next: 'asked' },
      asked: { kind: 'condition', condition: { segment, in: true }, next_yes: 'untag', next_no: null },
      untag: { kind: 'remove_tag', tag_id: tag, next: 'again' },
      again: { kind: 'condition', condition: { segment, in: true }, next_yes: null, next_no: 'end' },
      end: { kind: 'end' },
    }))
    await enrol(id, [anna!])
    expect(await stepsOf(id, anna!)).toEqual(['tag: next', 'city: next', 'asked: yes', 'untag: next', 'again: no', 'end: ended'])
    expect(await one(server.db, sql`select city, (select count(*) from contact_tags) as tags from contacts where id = ${anna}`)).toEqual({ city: 'Paris', tags: 0 })
  })

  test('a task and a notification go to the owner, else to an administrator, once', async () => {
    const [anna, boris] = await people(2)
    const users = await rows<{ id: number }>(server.db, sql`insert into users (name, email, role) values ('Admin', 'admin@example.com', 'administrator'), ('Manager', 'manager@example.com', 'manager') returning id`)
    await sql`update contacts set owner_id = ${users[1]!.id} where id = ${anna}`.execute(server.db)
    const id = await make(graph({
      task: { kind: 'create_task', title: 'Call', due_in: day, assignee: 'owner', next: 'tell' },
      tell: { kind: 'notify_user', user: 'owner', text: 'A new one', next: null },
    }))
    await enrol(id, [anna!, boris!])
    expect(await rows(server.db, sql`select contact_id, owner_id, title, due_at from tasks order by contact_id`)).toEqual([
      { contact_id: anna, owner_id: users[1]!.id, title: 'Call', due_at: new Date(start.getTime() + 86_400_000) },
      { contact_id: boris, owner_id: users[0]!.id, title: 'Call', due_at: new Date(start.getTime() + 86_400_000) },
    ])
    expect(await rows(server.db, sql`select user_id, title, body, link from notifications order by user_id`)).toMatchObject([
      { user_id: users[0]!.id, link: `/contacts/${boris}`, body: 'p2@example.com' }, { user_id: users[1]!.id, link: `/contacts/${anna}` },
    ])
  })
})

describe('entering', () => {
  const end = { end: { kind: 'end' } } satisfies Record<string, JourneyStep>
  const count = async (journey: number) => (await one<{ people: number }>(server.db, sql`select count(*) as people from enrolments where journey_id = ${journey}`)).people

  test('by event: filters and the entry condition hold, old events start nothing, once is once', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph(end, {
      trigger: { kind: 'event', event: 'order.placed', where: [{ property: 'amount', operator: 'at_least', value: 100 }] },
      entry_condition: { field: 'email', operator: 'is', value: 'p1@example.com' },
    }))
    await happen(anna!, 'order.placed', { properties: { amount: 50 } })
    await happen(boris!, 'order.placed', { properties: { amount: 500 } })
    await happen(anna!, 'order.placed', { properties: { amount: 500 }, at: new Date(start.getTime() - 10 * 86_400_000) })
    expect(await count(id)).toBe(0)
    await happen(anna!, 'order.placed', { properties: { amount: 500 } })
    await happen(anna!, 'order.placed', { properties: { amount: 500 } })
    expect(await count(id)).toBe(1)
    expect((await way(id, anna!)).because).toMatch(/^event:\d+$/)
  })

  test('again: not beside a running one, but after it; always: beside it too', async () => {
    const [anna] = await people(1)
    const wait: Record<string, JourneyStep> = { wait: { kind: 'wait', duration: day, next: null } }
    const again = await make(graph(wait, { trigger: { kind: 'event', event: 'page.viewed' }, reentry: 'again' }))
    const always = await make(graph(wait, { trigger: { kind: 'event', event: 'page.viewed' }, reentry: 'always' }))
    await happen(anna!, 'page.viewed')
    await happen(anna!, 'page.viewed')
    expect([await count(again), await count(always)]).toEqual([1, 2])
    later(25)
    await tick()
    await happen(anna!, 'page.viewed')
    expect([await count(again), await count(always)]).toEqual([2, 3])
  })

  test('by segment', async () => {
    const [anna] = await people(1)
    const segment = (await marketer.post('/api/v1/segments', { name: 'Paris', condition: { field: 'city', operator: 'is', value: 'Paris' } })).body.id
    await runUntilIdle(server, ['segments.recompute'])
    const id = await make(graph(end, { trigger: { kind: 'segment_entered', segment_id: segment } }))
    await withTransaction(server.db, async tx => {
      await sql`update contacts set city = 'Paris'`.execute(tx)
      await applyChanges(tx, server.app, [{ contact_id: anna!, keys: ['field:city'], events: [] }], server.app.now())
    })
    expect(await count(id)).toBe(1)
  })

  test('by form: a confirmed subscription of that form starts it once, of another does not', async () => {
    const [anna] = await people(1)
    const form = (await one<{ id: number }>(server.db, sql`insert into forms (slug, name, definition) values ('a', 'A', '{}') returning id`)).id
    const id = await make(graph(end, { trigger: { kind: 'form', form_id: form }, reentry: 'always' }))
    await happen(anna!, 'subscription.confirmed', { source: 'import:1' })
    await happen(anna!, 'subscription.confirmed', { source: `form:${form + 1}` })
    expect(await count(id)).toBe(0)
    await happen(anna!, 'subscription.confirmed', { source: `form:${form}` })
    expect(await count(id)).toBe(1)
  })

  test('by hand: each with its own outcome, the same key twice enrols nobody twice, two at once neither', async () => {
    const [anna, boris, vera] = await people(3)
    const id = await make(graph({ wait: { kind: 'wait', duration: day, next: null } }, { entry_condition: { not: { field: 'email', operator: 'is', value: 'p3@example.com' } }, reentry: 'always' }))
    expect(await enrol(id, [anna!, vera!, 999_999], 'x')).toEqual(['enrolled', 'does_not_meet_entry_condition', 'not_found'])
    expect(await enrol(id, [anna!], 'x')).toEqual(['same_key'])
    const once = await make(graph({ wait: { kind: 'wait', duration: day, next: null } }))
    const both = await Promise.all([enrol(once, [boris!, anna!]), enrol(once, [anna!, boris!])])
    expect(both.flat().filter((outcome: string) => outcome === 'enrolled')).toHaveLength(2)
    expect((await marketer.post(`/api/v1/journeys/${once}/enrolments`, { contacts: [{ email: 'P1@example.com' }] })).body.data).toEqual([{ contact_id: anna, outcome: 'still_in' }])
  })

  test('a whole segment in the background, each once however often the job runs', async () => {
    const all = await people(7)
    await sql`update contacts set city = 'Paris' where id = any(${all.slice(0, 5)}::bigint[])`.execute(server.db)
    const segment = (await marketer.post('/api/v1/segments', { name: 'Paris', condition: { field: 'city', operator: 'is', value: 'Paris' } })).body.id
    await runUntilIdle(server, ['segments.recompute'])
    const id = await make(graph(end, { reentry: 'always' }))
    expect((await marketer.post(`/api/v1/journeys/${id}/segment-enrolments`, { segment_id: 999_999 })).status).toBe(422)
    expect(await marketer.post(`/api/v1/journeys/${id}/segment-enrolments`, { segment_id: segment })).toMatchObject({ status: 202, body: { people: 5 } })
    await runDueJobs(server.app, jobs)
    expect(await count(id)).toBe(5)
    expect((await marketer.get(`/api/v1/journeys/${id}`)).body.intake).toEqual({ people: 5, looked_at: 5, enrolled: 5, finished: true })
    const helpers = { attempt: 2, isLastAttempt: false, abortSignal: new AbortController().signal }
    const { id: intake } = await insertIntake(server.db, { journey_id: id, segment_id: segment, key: 'x' }, server.app.now())
    await Promise.all([enrolSegment(server.app, { intake_id: intake }, helpers), enrolSegment(server.app, { intake_id: intake }, helpers)])
    // As if it had been broken off before it wrote how far it had come.
    await sql`update journey_intakes set finished_at = null, after_contact_id = 0 where id = ${intake}`.execute(server.db)
    await enrolSegment(server.app, { intake_id: intake }, helpers)
    expect(await count(id)).toBe(10)
  })

  test('whoever is inside the segment already is taken at activation when that is wanted, said before and once', async () => {
    const all = await people(4)
    await sql`update contacts set city = 'Paris' where id = any(${all.slice(0, 3)}::bigint[])`.execute(server.db)
    const segment = (await marketer.post('/api/v1/segments', { name: 'Paris', condition: { field: 'city', operator: 'is', value: 'Paris' } })).body.id
    await runUntilIdle(server, ['segments.recompute'])
    const made = await marketer.post('/api/v1/journeys', { name: 'Paris', draft: graph(end, { trigger: { kind: 'segment_entered', segment_id: segment, take_members: true }, reentry: 'always' }) })
    expect((await marketer.get(`/api/v1/journeys/${made.body.id}/publication`)).body).toMatchObject({ takes_members: 3 })
    for (let again = 0; again < 2; again++) {
      expect((await marketer.post(`/api/v1/journeys/${made.body.id}/activation`)).status).toBe(200)
      await runDueJobs(server.app, jobs)
      expect(await count(made.body.id)).toBe(3)
      await marketer.delete(`/api/v1/journeys/${made.body.id}/activation`)
    }
  })

  test('a limit is exact, also with two workers; a pause before entering again holds', async () => {
    const all = await people(40)
    const limited = await make(graph(end, { reentry: 'again', entry_limit: { people: 25, per: 'day' } }))
    const outcomes = (await Promise.all([enrol(limited, all.slice(0, 20)), enrol(limited, all.slice(20))])).flat()
    expect(outcomes.filter(outcome => outcome === 'enrolled')).toHaveLength(25)
    expect(outcomes.filter(outcome => outcome === 'entry_limit_reached')).toHaveLength(15)
    later(24)
    expect((await enrol(limited, all)).filter((outcome: string) => outcome === 'enrolled')).toHaveLength(25)
    const ever = await make(graph(end, { entry_limit: { people: 3, per: 'ever' } }))
    expect((await enrol(ever, all)).filter((outcome: string) => outcome === 'enrolled')).toHaveLength(3)
    const pausing = await make(graph(end, { reentry: 'again', reentry_after: { amount: 2, unit: 'days' } }))
    expect(await enrol(pausing, [all[0]!])).toEqual(['enrolled'])
    later(47)
    expect(await enrol(pausing, [all[0]!])).toEqual(['too_soon_again'])
    later(1)
    expect(await enrol(pausing, [all[0]!])).toEqual(['enrolled'])
  })

  test('one person can be taken out, and erasing a contact erases their way', async () => {
    const [anna, boris] = await people(2)
    const id = await make(graph({ wait: { kind: 'wait', duration: day, next: 'hello' }, hello: send(null) }))
    await enrol(id, [anna!, boris!])
    await marketer.delete(`/api/v1/journeys/${id}/enrolments/${(await way(id, anna!)).id}`)
    await sql`delete from contacts where id = ${boris}`.execute(server.db)
    later(25)
    await tick()
    expect(await messages()).toEqual([])
    expect(await way(id, anna!)).toMatchObject({ state: 'left', state_reason: 'taken_out' })
    expect(await count(id)).toBe(1)
  })
})

test('a test run goes through the draft with short waits and is in no report', async () => {
  const [anna] = await people(1)
  const made = await marketer.post('/api/v1/journeys', { name: 'Draft', draft: graph({ hello: send('wait'), wait: { kind: 'wait', duration: { amount: 3, unit: 'months' }, next: 'again' }, again: send(null) }) })
  const run = await marketer.post(`/api/v1/journeys/${made.body.id}/test-runs`, { contact_ids: [anna], wait_seconds: 5, mails_to: 'me@example.com' })
  expect(run.status).toBe(201)
  server.setNow(new Date(start.getTime() + 6000))
  await tick()
  expect(await way(made.body.id, anna!)).toMatchObject({ id: run.body.runs[0].enrolment_id, state: 'done', test: true, because: 'test', version: -1 })
  expect(await messages()).toHaveLength(2)
  expect((await marketer.get(`/api/v1/journeys/${made.body.id}/report`)).body.totals).toMatchObject({ entered: 0, queued: 0 })
  await marketer.post(`/api/v1/journeys/${made.body.id}/test-runs`, { contact_ids: [anna], wait_seconds: 5, mails_to: 'me@example.com' })
  const published = await marketer.post(`/api/v1/journeys/${made.body.id}/activation`)
  expect(published.body.version.number).toBe(1)
  expect(await enrol(made.body.id, [anna!])).toEqual(['enrolled'])
})

test('archiving takes everybody out', async () => {
  const [anna] = await people(1)
  const id = await make(graph({ wait: { kind: 'wait', duration: day, next: 'hello' }, hello: send(null) }))
  await enrol(id, [anna!])
  expect((await marketer.delete(`/api/v1/journeys/${id}`)).status).toBe(204)
  later(30)
  await tick()
  expect(await messages()).toEqual([])
  expect((await marketer.get(`/api/v1/contacts/${anna}/journeys`)).body.data).toMatchObject([{ state: 'left', state_reason: 'journey_archived' }])
  expect((await marketer.get(`/api/v1/journeys/${id}`)).status).toBe(404)
})

test('observers look but do not touch; the list shows the numbers', async () => {
  const observer = await server.as('observer')
  const id = await make(graph({ wait: { kind: 'wait', duration: day, next: null } }))
  await enrol(id, await people(3))
  expect((await observer.get('/api/v1/journeys')).body.data).toMatchObject([{ id, state: 'active', version: 1, here_now: 3, entered: 3, steps: 1, has_unpublished_changes: false }])
  expect((await observer.delete(`/api/v1/journeys/${id}/activation`)).status).toBe(403)
  expect((await observer.get('/api/v1/journeys?search=100%25')).body.data).toEqual([])
})
