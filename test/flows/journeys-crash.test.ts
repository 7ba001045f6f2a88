import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, rows, sql } from '../../server/base/db.ts'
import { ensureMonths } from '../../server/events/months.ts'
import { insertEnrolments } from '../../server/journeys/enrol.sql.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { runUntilIdle, testApp, type TestApp } from '../database.ts'

let server: TestApp
const children = new Set<ChildProcess>()
beforeAll(async () => {
  server = await testApp()
  await ensureMonths(server.app, [new Date()])
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await server.close()
})

async function mover(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'crash.journeys.ts')], {
    env: { ...process.env, DATABASE_URL: server.databaseUrl, DATABASE_CONNECTIONS: '4', SECRET_KEY: 'a key for tests', PORT: '0', DATA_DIR: '/tmp' }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => { throw new Error('it ended at once') })])
  return child
}

test('whatever is killed while people go through a journey, each gets every mail and tag once and nobody is left behind', async () => {
  const people = 1500
  const { id: template } = await one<{ id: number }>(server.db, sql`insert into templates (name) values ('Hello') returning id`)
  const { id: version } = await one<{ id: number }>(server.db, sql`insert into template_versions (template_id, number, document) values (${template}, 1, '{}') returning id`)
  await sql`update templates set version_id = ${version}`.execute(server.db)
  const { id: tag } = await one<{ id: number }>(server.db, sql`insert into tags (name) values ('met') returning id`)
  const graph: JourneyGraph = {
    format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: 'one',
    steps: {
      one: { kind: 'mail', template_id: template, topic_id: null, next: 'tag' },
      tag: { kind: 'add_tag', tag_id: tag, next: 'asked' },
      asked: { kind: 'condition', condition: { tag, has: true }, next_yes: 'two', next_no: null },
      two: { kind: 'mail', template_id: template, topic_id: null, next: 'end' },
      end: { kind: 'end' },
    },
  }
  const { id: journey } = await one<{ id: number }>(server.db, sql`insert into journeys (name, draft, state) values ('Journey', ${JSON.stringify(graph)}::jsonb, 'active') returning id`)
  const { id: published } = await one<{ id: number }>(server.db, sql`insert into journey_versions (journey_id, number, graph) values (${journey}, 1, ${JSON.stringify(graph)}::jsonb) returning id`)
  await sql`update journeys set version_id = ${published}`.execute(server.db)
  const ids = (await rows<{ id: number }>(server.db, sql`insert into contacts (email) select 'p' || n || '@example.com' from generate_series(1, ${people}::integer) as n returning id`)).map(row => row.id)
  const now = new Date()
  await insertEnrolments(server.db, ids.map(contact_id => ({ contact_id, journey_id: journey, version_id: published, first: 'one', reentry: 'once' as const, trigger_key: 'test', since: now })), now)

  const left = async () => (await one<{ left: number }>(server.db, sql`select count(*) as left from enrolments where state <> 'done'`)).left
  let killed = 0
  for (let round = 0; round < 3 && await left() > 0; round++) {
    const both = await Promise.all([mover(), mover()])
    await pause(60 + round * 150)
    for (const child of both) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      killed++
    }
  }
  expect(killed).toBeGreaterThan(1)
  // PostgreSQL may hold the rows of a killed process a moment longer: they are passed over until it lets go.
  await expect.poll(async () => {
    await runUntilIdle(server, ['journeys.clock'])
    return left()
  }, { timeout: 60_000 }).toBe(0)
  expect(await one(server.db, sql`select count(*) as mails, count(distinct (contact_id, step_key)) as different from messages`)).toEqual({ mails: 2 * people, different: 2 * people })
  expect(await one(server.db, sql`select count(*) as steps, count(distinct (contact_id, step_key)) as different from enrolment_steps`)).toEqual({ steps: 5 * people, different: 5 * people })
  expect(await one(server.db, sql`select count(*) as tags from contact_tags`)).toEqual({ tags: people })
  expect(await one(server.db, sql`select count(*) as told from incoming_events where type = 'journey.ended'`)).toEqual({ told: people })
}, 300_000)
