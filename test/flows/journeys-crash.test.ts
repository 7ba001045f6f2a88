import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, rows, sql } from '../../server/base/db.ts'
import { appendEvents } from '../../server/events/append-events.sql.ts'
import { ensureMonths } from '../../server/events/months.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { runUntilIdle, testApp, type TestApp } from '../database.ts'

/** How often a process is killed: 100 in the nightly form. */
const kills = Number(process.env['JOURNEY_KILLS'] ?? 6)
const peopleARound = 120

let server: TestApp
const servers: TestApp[] = []
const children = new Set<ChildProcess>()
beforeAll(async () => { server = await another() })
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const each of servers) await each.close()
})

async function another(): Promise<TestApp> {
  const made = await testApp()
  servers.push(made)
  await ensureMonths(made.app, [new Date()])
  return made
}

async function mover(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'crash.journeys.ts')], {
    env: { ...process.env, DATABASE_URL: server.databaseUrl, DATABASE_CONNECTIONS: '4', SECRET_KEY: 'a key for tests', PORT: '0', DATA_DIR: '/tmp' }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => { throw new Error('it ended at once') })])
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  children.delete(child)
}

/** Everybody gets two mails and a tag, an order between them; by chance, by condition and by a goal they go different ways. */
async function makeJourney({ db }: TestApp): Promise<number> {
  const { id: template } = await one<{ id: number }>(db, sql`insert into templates (name) values ('Hello') returning id`)
  const { id: version } = await one<{ id: number }>(db, sql`insert into template_versions (template_id, number, document) values (${template}, 1, '{}') returning id`)
  await sql`update templates set version_id = ${version}`.execute(db)
  const { id: tag } = await one<{ id: number }>(db, sql`insert into tags (name) values ('met') returning id`)
  const day = { amount: 1, unit: 'days' } as const
  const graph: JourneyGraph = {
    format: 1, trigger: { kind: 'event', event: 'cart.updated' }, entry_condition: null, reentry: 'once', first: 'one',
    goals: [{ key: 'rich', name: 'Rich', condition: { event: 'order.placed', where: [{ property: 'amount', operator: 'at_least', value: 1000 }] }, to: 'two' }],
    steps: {
      one: { kind: 'mail', template_id: template, topic_id: null, next: 'tag' },
      tag: { kind: 'add_tag', tag_id: tag, next: 'asked' },
      asked: { kind: 'condition', condition: { tag, has: true }, next_yes: 'split', next_no: null },
      split: { kind: 'split_random', ways: [{ key: 'a', name: 'A', weight: 1, next: 'event' }, { key: 'b', name: 'B', weight: 1, next: 'bought' }], winner: null },
      event: { kind: 'wait_for_event', event: 'order.placed', mail_step: null, timeout: day, next: 'two', next_timeout: null },
      bought: { kind: 'wait_for_condition', condition: { event: 'order.placed' }, timeout: day, next: 'two', next_timeout: null },
      two: { kind: 'mail', template_id: template, topic_id: null, next: 'end' },
      end: { kind: 'end' },
    },
  }
  const { id: journey } = await one<{ id: number }>(db, sql`insert into journeys (name, draft, state) values ('Journey', ${JSON.stringify(graph)}::jsonb, 'active') returning id`)
  const { id: published } = await one<{ id: number }>(db, sql`insert into journey_versions (journey_id, number, graph) values (${journey}, 1, ${JSON.stringify(graph)}::jsonb) returning id`)
  await sql`update journeys set version_id = ${published}`.execute(db)
  return journey
}

const people = async ({ db }: TestApp, count: number): Promise<number[]> =>
  (await rows<{ id: number }>(db, sql`insert into contacts (email) select gen_random_uuid() || '@example.com' from generate_series(1, ${count}::integer) returning id`)).map(row => row.id)

async function happen({ db }: TestApp, type: string, contacts: number[], at: Date): Promise<void> {
  await appendEvents(db, contacts.map(id => ({ key: `${type}:${id}`, type, contact: { id }, occurred_at: at, properties: type === 'order.placed' ? { order_id: `o${id}`, amount: id % 3 === 0 ? 2000 : 10, currency: 'USD', items: [] } : {}, source: 'api' })), at)
}

const waysOf = ({ db }: TestApp) => rows<{ contact_id: number, way: string, mails: string }>(db, sql`
  select n.contact_id, n.state || ': ' || (select string_agg(s.step_key || ' ' || s.outcome, ', ' order by s.visit) from enrolment_steps s where s.contact_id = n.contact_id and s.enrolment_id = n.id) as way,
    (select string_agg(m.step_key, ', ' order by m.id) from messages m where m.contact_id = n.contact_id and m.enrolment_id = n.id) as mails
  from enrolments n
  order by n.contact_id, n.id`)

test(`killed ${kills} times while people come in and go through, nobody is lost, nobody is mailed twice and nobody is stuck`, async () => {
  await makeJourney(server)
  let everybody: number[] = []
  let before: number[] = []
  let both: ChildProcess[] = await Promise.all([mover(), mover()])
  for (let killed = 0; killed < kills; killed++) {
    const now = await people(server, peopleARound)
    await happen(server, 'cart.updated', now, new Date())
    await happen(server, 'order.placed', before, new Date())
    everybody = [...everybody, ...now]
    before = now
    await pause(Math.random() * 250)
    await kill(both[killed % 2]!)
    both = both.with(killed % 2, await mover())
  }
  await Promise.all(both.map(kill))
  await happen(server, 'order.placed', before, new Date())

  const left = async () => (await one<{ left: number }>(server.db, sql`select (select count(*) from incoming_events) + (select count(*) from enrolments where state <> 'done') as left`)).left
  // PostgreSQL may hold the rows of a killed process a moment longer: they are passed over until it lets go.
  await expect.poll(async () => {
    await runUntilIdle(server, ['process-events', 'journeys.clock'])
    return left()
  }, { timeout: 120_000 }).toBe(0)
  const ways = await waysOf(server)
  expect(ways.map(way => way.contact_id)).toEqual(everybody.toSorted((one_, other) => one_ - other))
  expect([...new Set(ways.map(way => way.mails))]).toEqual(['one, two'])
  expect(await one(server.db, sql`select count(*) as tags from contact_tags`)).toEqual({ tags: everybody.length })
  expect(await one(server.db, sql`select count(*) as ended from events where type = 'journey.ended'`)).toEqual({ ended: everybody.length })
  expect(await rows(server.db, sql`select from rejected_events`)).toEqual([])
}, 200_000 + kills * 8000)

test('two and four workers at once lead everybody the way one does', async () => {
  const now = new Date()
  const results: Awaited<ReturnType<typeof waysOf>>[] = []
  for (const workers of [1, 2, 4]) {
    const own = await another()
    own.setNow(now)
    await makeJourney(own)
    const all = await people(own, 300)
    const work = () => Promise.all(Array.from({ length: workers }, () => runUntilIdle(own, ['process-events', 'journeys.clock', 'journeys.conditions'])))
    await happen(own, 'cart.updated', all, new Date(now.getTime() - 60_000))
    await happen(own, 'order.placed', all.filter(id => id % 2 === 0), new Date(now.getTime() - 30_000))
    await work()
    await happen(own, 'order.placed', all.filter(id => id % 2 === 1 && id % 5 !== 0), now)
    await work()
    own.setNow(new Date(now.getTime() + 90_000_000))
    await work()
    results.push(await waysOf(own))
  }
  expect(results[0]).toHaveLength(300)
  expect(new Set(results[0]!.map(way => way.way)).size).toBeGreaterThan(4)
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
}, 200_000)
