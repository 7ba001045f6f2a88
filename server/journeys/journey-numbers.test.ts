import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilIdle, testApp } from '../../test/database.ts'
import type { Client, TestApp } from '../../test/database.ts'
import { one } from '../base/db.ts'
import { runDueJobs } from '../base/jobs.ts'
import { jobs } from '../jobs.ts'
import { ensureMonths } from '../events/months.ts'

let server: TestApp
let marketer: Client
const start = new Date('2026-03-02T10:00:00Z')
const minute = 60_000
const hour = { amount: 1, unit: 'hours' } as const

beforeAll(async () => {
  server = await testApp()
  marketer = await server.as('marketer')
  server.setNow(start)
  await ensureMonths(server.app, [start])
})
afterAll(() => server.close())

/** Everybody waits at the first step. */
async function journeyOf(people: number): Promise<number> {
  const draft = { format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'always', first: 'pause', steps: { pause: { kind: 'wait', duration: hour, next: 'more' }, more: { kind: 'wait', duration: hour, next: null } } }
  const { body: { id } } = await marketer.post('/api/v1/journeys', { name: 'Journey', draft })
  const { body: { version } } = await marketer.post(`/api/v1/journeys/${id}/activation`)
  await sql`
    with made as (insert into contacts (email) select ${`j${id}-`} || n || '@example.com' from generate_series(1, ${people}::integer) as n returning id)
    insert into enrolments (contact_id, journey_id, version_id, step_key, state, wake_at, trigger_key, entered_at, arrived_at, lane)
    select id, ${id}, ${version.id}, 'pause', 'waiting', ${start}::timestamptz + interval '1 hour', 'test', ${start}, ${start}, 0 from made
  `.execute(server.db)
  return id
}
const report = async (id: number) => (await marketer.get(`/api/v1/journeys/${id}/report`)).body
const row = async (id: number) => (await marketer.get('/api/v1/journeys')).body.data.find((journey: { id: number }) => journey.id === id)
/** Jobs of one queue may need several looks until each had its turn. */
const countedNow = (id: number) => expect.poll(async () => {
  await runDueJobs(server.app, jobs)
  return (await row(id)).counted_at
}, { timeout: 30_000 }).toBe(server.app.now().toISOString())

test('the numbers of a journey of many people are kept, and are those of a recount once they were counted anew', async () => {
  const id = await journeyOf(5000)
  const first = await report(id)
  expect(first).toMatchObject({ counted_at: null, totals: { entered: 5000, here: 5000 }, steps: { pause: { here: 5000 } } })
  expect(await report(id)).toEqual({ ...first, counted_at: start.toISOString() })
  expect(await row(id)).toMatchObject({ entered: 5000, here_now: 5000, counted_at: start.toISOString() })

  server.setNow(new Date(start.getTime() + 61 * minute))
  await runUntilIdle(server, ['journeys.clock'])
  const kept = await report(id)
  expect(kept).toEqual({ ...first, counted_at: start.toISOString() })
  const told: string[] = []
  const stop = server.app.live.subscribe('live', payload => told.push(payload))
  await countedNow(id)
  const counted = await report(id)
  expect(counted).toMatchObject({ counted_at: server.app.now().toISOString(), steps: { pause: { here: 0, passed: 5000, outcomes: { next: 5000 } }, more: { here: 5000 } } })
  await expect.poll(() => told.join(' ')).toContain(`journey:${id}`)
  stop()

  await sql`delete from journey_numbers where journey_id = ${id}`.execute(server.db)
  expect(await report(id)).toEqual({ ...counted, counted_at: null })
}, 60_000)

test('a list that meets a journey of many people for the first time has its numbers kept', async () => {
  const id = await journeyOf(5000)
  expect(await row(id)).toMatchObject({ entered: 5000, counted_at: null })
  await countedNow(id)
  expect(await row(id)).toMatchObject({ entered: 5000, here_now: 5000, counted_at: server.app.now().toISOString() })
}, 60_000)

test('few people are counted whenever somebody looks', async () => {
  const id = await journeyOf(2)
  expect(await report(id)).toMatchObject({ counted_at: null, totals: { here: 2 } })
  await sql`update enrolments set state = 'failed' where journey_id = ${id}`.execute(server.db)
  expect(await report(id)).toMatchObject({ counted_at: null, totals: { here: 0, failed: 2 } })
})

test('who left a step in test runs only is not among those who passed it, who did both is counted once', async () => {
  const id = await journeyOf(2)
  const { first, second } = await one<{ first: number, second: number }>(server.db, sql`select min(contact_id) as first, max(contact_id) as second from enrolments where journey_id = ${id}`)
  const again = async (contact: number, test: number | null) => {
    const { enrolment } = await one<{ enrolment: number }>(server.db, sql`
      insert into enrolments (contact_id, journey_id, version_id, step_key, state, trigger_key, entered_at, arrived_at, lane, test_wait_seconds)
      select ${contact}, journey_id, version_id, 'pause', 'done', 'again' || random(), entered_at, arrived_at, 0, ${test}::integer from enrolments where journey_id = ${id} limit 1 returning id as enrolment`)
    await sql`insert into enrolment_steps (contact_id, enrolment_id, visit, journey_id, step_key, outcome, arrived_at, left_at) values (${contact}, ${enrolment}, 1, ${id}, 'pause', 'next', ${start}, ${start})`.execute(server.db)
  }
  await again(first, 5)
  expect((await report(id)).steps.pause).toMatchObject({ passed: 0, outcomes: {} })
  await again(second, 5)
  await again(second, null)
  await again(second, null)
  expect((await report(id)).steps.pause).toMatchObject({ passed: 1, outcomes: { next: 1 } })
  expect((await marketer.get(`/api/v1/journeys/${id}/people?what=passed&step=pause`)).body.data).toMatchObject([{ contact_id: second }])
})
