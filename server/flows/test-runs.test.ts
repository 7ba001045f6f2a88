import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import type { JourneyGraph, JourneyStep } from '../../shared/journeys.ts'
import { one, rows } from '../base/db.ts'
import { runDueJobs } from '../base/jobs.ts'
import { ensureMonths } from '../events/months.ts'
import { jobs } from '../jobs.ts'
import { mailDocumentOf } from '../templates/block-builders.ts'

let server: TestApp
let marketer: Client
const start = new Date('2026-03-02T10:00:00Z')
let mail = 0
let topic = 0
let tag = 0

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  await ensureMonths(server.app, [start, new Date('2026-04-15')])
})
afterAll(() => server.close())
beforeEach(async () => {
  await sql.raw('truncate contacts, journeys, templates, tags, topics, suppressions, test_mails, incoming_events, event_keys cascade').execute(server.db)
  server.setNow(start)
  mail = (await marketer.post('/api/v1/templates', { name: 'Hello' })).body.id
  topic = (await one<{ id: number }>(server.db, sql`insert into topics (key, name_en, name_ru) values ('news', 'News', 'Новости') returning id`)).id
  tag = (await one<{ id: number }>(server.db, sql`insert into tags (name) values ('met') returning id`)).id
})
const people = async (count: number): Promise<number[]> =>
  (await rows<{ id: number }>(server.db, sql`insert into contacts (email) select 'p' || n || '@example.com' from generate_series(1, ${count}::integer) as n returning id`)).map(row => row.id)
const draft = async (steps: Record<string, JourneyStep>): Promise<number> => {
  const graph: JourneyGraph = { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: Object.keys(steps)[0]!, steps }
  return (await marketer.post('/api/v1/journeys', { name: 'Journey', draft: graph })).body.id
}
const waysOf = async (id: number, contact: number) => (await marketer.get(`/api/v1/journeys/${id}/enrolments?contact_id=${contact}`)).body.data
const outcomes = (way: { steps: { step: string, outcome: string }[] }) => way.steps.map(step => `${step.step}: ${step.outcome}`)
const later = (seconds: number) => server.setNow(new Date(server.app.now().getTime() + seconds * 1000))

test('several people go through, the mails come to me, marked, though nobody agreed to any; cards stay as they are', async () => {
  const [anna, boris] = await people(2)
  await sql`insert into suppressions (email, reason) values ('p1@example.com', 'complaint')`.execute(server.db)
  const id = await draft({
    hello: { kind: 'mail', template_id: mail, topic_id: topic, next: 'pause' },
    pause: { kind: 'wait', duration: { amount: 3, unit: 'months' }, next: 'tag' },
    tag: { kind: 'add_tag', tag_id: tag, next: 'task' },
    task: { kind: 'create_task', title: 'Call', due_in: null, assignee: 'owner', next: null },
  })
  const run = await marketer.post(`/api/v1/journeys/${id}/test-runs`, { contact_ids: [anna, boris], wait_seconds: 2, mails_to: 'me@example.com' })
  expect(run).toMatchObject({ status: 201, body: { mails_to: 'me@example.com', runs: [{ contact_id: anna }, { contact_id: boris }] } })
  later(3)
  await runUntilIdle(server)
  expect(await rows(server.db, sql`select to_email, subject from test_mails order by id`)).toEqual([{ to_email: 'me@example.com', subject: expect.stringMatching(/^\[Test\] /) }, { to_email: 'me@example.com', subject: expect.stringMatching(/^\[Test\] /) }])
  expect(await rows(server.db, sql`select kind, state, journey_id from messages`)).toEqual([{ kind: 'test', state: 'sent', journey_id: id }, { kind: 'test', state: 'sent', journey_id: id }])
  const [way] = await waysOf(id, anna!)
  expect(way).toMatchObject({ state: 'done', test: true })
  expect(outcomes(way)).toEqual(['hello: next', 'pause: next', 'tag: would_do', 'task: would_do'])
  expect(await one(server.db, sql`select (select count(*) from contact_tags) as tags, (select count(*) from tasks) as tasks, (select count(*) from events where type = 'email.sent') as events`)).toEqual({ tags: 0, tasks: 0, events: 0 })
  expect((await marketer.get('/api/v1/journeys')).body.data).toMatchObject([{ mails_sent: 0, entered: 0 }])
})

test('opening and clicking in the mail of a test moves the test on, and counts nowhere', async () => {
  const [anna, boris] = await people(2)
  const { revision } = (await marketer.get(`/api/v1/templates/${mail}`)).body
  const document = mailDocumentOf({ en: { subject: 'Hello', preheader: '', html: '<p>Hello</p><a href="https://shop.example.com/spring">Spring</a>' } })
  expect(await marketer.patch(`/api/v1/templates/${mail}`, { revision, document })).toMatchObject({ status: 200 })
  const id = await draft({
    hello: { kind: 'mail', template_id: mail, topic_id: topic, next: 'opened' },
    opened: { kind: 'wait_for_condition', condition: { mail_step: 'hello', reaction: 'opened', happened: true }, timeout: { amount: 1, unit: 'days' }, next: 'clicked', next_timeout: null },
    clicked: { kind: 'wait_for_event', event: 'email.clicked', mail_step: 'hello', timeout: { amount: 1, unit: 'days' }, next: 'asked', next_timeout: null },
    asked: { kind: 'condition', condition: { mail_step: 'hello', reaction: 'clicked', happened: true }, next_yes: 'yes', next_no: null },
    yes: { kind: 'end' },
  })
  await marketer.post(`/api/v1/journeys/${id}/test-runs`, { contact_ids: [anna, boris], wait_seconds: 60, mails_to: 'me@example.com' })
  await runUntilIdle(server)
  const before = await one(server.db, sql`select (select count(*) from events) as events, (select count(*) from incoming_events) as incoming, (select jsonb_agg(to_jsonb(r) order by contact_id) from contact_rollups r) as rollups`)
  const sent = await one<{ id: number }>(server.db, sql`select t.id from test_mails t join messages m on m.id = t.message_id where m.contact_id = ${anna}`)
  const { html } = (await marketer.get(`/api/v1/test-mails/${sent.id}`)).body
  later(5)
  const person = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36' }
  const visit = async (path: string) => {
    await fetch(server.url + new URL(path).pathname, { headers: person, redirect: 'manual' })
    await runUntilIdle(server)
    await runDueJobs(server.app, jobs)
  }
  await visit(/http[^"]*\/t\/o\/[^"]+/.exec(html)![0])
  expect((await waysOf(id, anna!))[0]).toMatchObject({ step: 'clicked', state: 'waiting' })
  await visit(/http[^"]*\/t\/c\/[^"]+/.exec(html)![0])
  expect(outcomes((await waysOf(id, anna!))[0])).toEqual(['hello: next', 'opened: met', 'clicked: happened', 'asked: yes', 'yes: ended'])
  expect((await waysOf(id, boris!))[0]).toMatchObject({ step: 'opened', state: 'waiting' })
  expect(await one(server.db, sql`select (select count(*) from events) as events, (select count(*) from incoming_events) as incoming, (select jsonb_agg(to_jsonb(r) order by contact_id) from contact_rollups r) as rollups`)).toEqual(before)
  expect((await marketer.get('/api/v1/journeys')).body.data).toMatchObject([{ mails_sent: 0, entered: 0 }])
  expect((await marketer.get(`/api/v1/contacts/${anna}/timeline`)).body.data.filter((entry: { type: string }) => entry.type.startsWith('email.'))).toEqual([])
})

test('asked to act it acts', async () => {
  const [anna] = await people(1)
  const id = await draft({ tag: { kind: 'add_tag', tag_id: tag, next: null } })
  await marketer.post(`/api/v1/journeys/${id}/test-runs`, { contact_ids: [anna], mails_to: 'me@example.com', acts: true })
  expect(await rows(server.db, sql`select contact_id from contact_tags`)).toEqual([{ contact_id: anna }])
})

test('who is unknown is named, and an API key has to say where the mails go', async () => {
  const [anna] = await people(1)
  const id = await draft({ tag: { kind: 'add_tag', tag_id: tag, next: null } })
  expect(await marketer.post(`/api/v1/journeys/${id}/test-runs`, { contact_ids: [anna, 999_999], mails_to: 'me@example.com' })).toMatchObject({ status: 422, body: { errors: [{ field: 'contact_ids.1' }] } })
  expect(await marketer.post(`/api/v1/journeys/${id}/test-runs`, { contact_ids: [anna] })).toMatchObject({ status: 422, body: { errors: [{ field: 'mails_to' }] } })
})

test('what failed for one reason is tried again for all of them, and one person is put at another step', async () => {
  const [anna, boris] = await people(2)
  const id = await draft({ tag: { kind: 'add_tag', tag_id: tag, next: 'pause' }, pause: { kind: 'wait', duration: { amount: 1, unit: 'days' }, next: 'second' }, second: { kind: 'wait', duration: { amount: 9, unit: 'days' }, next: null } })
  await marketer.post(`/api/v1/journeys/${id}/activation`)
  await sql`delete from tags`.execute(server.db)
  await marketer.post(`/api/v1/journeys/${id}/enrolments`, { contacts: [anna, boris] })
  expect((await marketer.get(`/api/v1/journeys/${id}/failures`)).body.data).toEqual([{ step: 'tag', reason: 'tag_gone', people: 2 }])
  expect((await marketer.get(`/api/v1/journeys/${id}/people?what=failed&step=tag&reason=tag_gone`)).body.data).toHaveLength(2)
  expect((await marketer.get(`/api/v1/journeys/${id}/people?what=failed&step=tag&reason=other`)).body.data).toHaveLength(0)
  expect((await marketer.post(`/api/v1/journeys/${id}/retrials`, { step: 'tag', reason: 'other' })).body).toEqual({ retried: 0 })
  expect((await marketer.post(`/api/v1/journeys/${id}/retrials`, { step: 'tag', reason: 'tag_gone' })).body).toEqual({ retried: 2 })
  const [way] = await waysOf(id, anna!)
  expect(way).toMatchObject({ state: 'failed', step: 'tag' })
  expect((await marketer.put(`/api/v1/journeys/${id}/enrolments/${way.id}/step`, { step: 'nowhere' })).status).toBe(409)
  expect((await marketer.put(`/api/v1/journeys/${id}/enrolments/${way.id}/step`, { step: 'second' })).status).toBe(204)
  expect((await waysOf(id, anna!))[0]).toMatchObject({ state: 'waiting', step: 'second', state_reason: '', steps: [{ step: 'tag', outcome: 'moved', reason: 'by_hand' }] })
  await marketer.delete(`/api/v1/journeys/${id}/enrolments/${way.id}`)
  expect((await marketer.get(`/api/v1/journeys/${id}/report`)).body.steps).toMatchObject({ second: { left: 1, here: 0 }, tag: { failed: 1 } })
})
