import { parseArgs } from 'node:util'
import type { App } from '../server/base/app.ts'
import { one, sql } from '../server/base/db.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { insertJourney } from '../server/journeys/journeys.sql.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { createServer } from '../server/start.ts'
import type { JourneyGraph } from '../shared/journeys.ts'
import { benchApp } from './database.ts'
import { machine, milliseconds, percentile, seconds } from './measure.ts'
import { seedContacts } from './seed.ts'

/**
 * How long the numbers of a journey take that a million people went through: the list of journeys, the report, the people
 * behind its numbers and one person's way. Options: --people 1000000 --rounds 10; --folder /some/where keeps the base there
 * and takes it up again.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { people: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '10' }, folder: { type: 'string' } } })
  const people = Number(values.people)
  const { app, stop } = await benchApp({}, values.folder)
  try {
    console.log(machine())
    if ((await one<{ contacts: number }>(app.db, sql`select count(*) as contacts from contacts`)).contacts < people) {
      const from = performance.now()
      await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'UTC', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
      await seedContacts(app, people, 1000)
      await seedJourney(app)
      console.log(`${people.toLocaleString('en')} people sent through a journey in ${seconds(from).toFixed(0)} s`)
    }
    const { id } = await one<{ id: number }>(app.db, sql`select id from journeys where name = 'Seen by all'`)
    const server = await createServer(app)
    await server.listen({ port: app.settings.port, host: '127.0.0.1' })
    const { key } = await insertApiKey(app.db, { name: 'bench', role: 'administrator', createdBy: null })
    const ask = (address: string): Promise<Response> => fetch(`http://127.0.0.1:${app.settings.port}/api/v1${address}`, { headers: { authorization: `Bearer ${key}` } })
    const some = (round: number): number => 1 + (round * 7919) % people
    const behind = (round: number, what: string): string => `/journeys/${id}/people?${what}&cursor=${Buffer.from(JSON.stringify([some(round)])).toString('base64url')}`
    const asked: Record<string, (round: number) => string> = {
      'report': () => `/journeys/${id}/report`,
      'list of journeys': () => '/journeys',
      'the journey': () => `/journeys/${id}`,
      'failures': () => `/journeys/${id}/failures`,
      'people: entered, first page': () => `/journeys/${id}/people?what=entered`,
      'people: here at a step': round => behind(round, 'what=here&step=pause'),
      'people: failed at a step': () => `/journeys/${id}/people?what=failed&step=offer`,
      'people: passed a step': round => behind(round, 'what=passed&step=asked&outcome=yes'),
      'people: clicked': round => behind(round, 'what=clicked&step=hello'),
      'people: bought': () => `/journeys/${id}/people?what=orders`,
      "one person's way": round => `/journeys/${id}/enrolments?contact_id=${some(round)}`,
    }
    for (const [name, address] of Object.entries(asked)) {
      const took: number[] = []
      // The first time numbers are counted and kept: said apart.
      if (name === 'report') {
        await sql`delete from journey_numbers`.execute(app.db)
        const began = performance.now()
        await (await ask(address(0))).text()
        console.log(`counting ${people.toLocaleString('en')} people, their steps and mails: ${milliseconds(performance.now() - began)}`)
      }
      for (let round = 0; round < Number(values.rounds); round++) {
        const began = performance.now()
        const answer = await ask(address(round))
        const text = await answer.text()
        if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${text}`)
        took.push(performance.now() - began)
      }
      console.log(`${name.padEnd(28)} p50 ${milliseconds(percentile(took, 0.5)).padStart(8)}   p95 ${milliseconds(percentile(took, 0.95)).padStart(8)}`)
    }
    await server.close()
    console.log(machine())
  } finally {
    await stop()
  }
}

/**
 * A tenth waits after the first mail, a fifth after the second, six tenths came to the end, for the rest a step failed or they left.
 * Written past the foreign keys, which would take most of the time.
 */
async function seedJourney(app: App): Promise<void> {
  const { db } = app
  const now = app.now()
  const { id: template, version_id: version } = await one<{ id: number, version_id: number }>(db, sql`select id, version_id from templates where kind = 'marketing' order by id limit 1`)
  const month = { amount: 1, unit: 'months' as const }
  const mail = (next: string | null) => ({ kind: 'mail' as const, template_id: template, topic_id: null, next })
  const graph: JourneyGraph = {
    format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: 'hello',
    steps: {
      hello: mail('pause'), pause: { kind: 'wait', duration: month, next: 'asked' },
      asked: { kind: 'condition', condition: { field: 'orders_count', operator: 'at_least', value: 1 }, next_yes: 'thanks', next_no: 'offer' },
      thanks: mail('long'), offer: mail('long'), long: { kind: 'wait', duration: month, next: null },
    },
  }
  const { id: journey } = await insertJourney(db, { name: 'Seen by all', description: '', draft: graph, created_by: null }, now)
  const { id: first } = await one<{ id: number }>(db, sql`insert into journey_versions (journey_id, number, graph) values (${journey}, 1, ${JSON.stringify(graph)}::jsonb) returning id`)
  await sql`update journeys set version_id = ${first}, state = 'active' where id = ${journey}`.execute(db)
  await db.connection().execute(async connection => {
    await sql`set session_replication_role = replica`.execute(connection)
    await sql`
      insert into enrolments (contact_id, journey_id, version_id, step_key, visit, state, state_reason, wake_at, trigger_key, entered_at, arrived_at, ended_at, lane)
      select id, ${journey}, ${first},
        case when k = 0 or (k = 9 and id % 20 = 9) then 'pause' when k = 9 then 'offer' else 'long' end,
        case when k = 0 or (k = 9 and id % 20 = 9) then 2 when k = 9 then 4 else 5 end,
        case when k < 3 then 'waiting' when k = 9 and id % 20 = 9 then 'left' when k = 9 then 'failed' else 'done' end,
        case when k = 9 and id % 20 = 9 then 'exit_condition' when k = 9 then 'template_archived' else '' end,
        case when k < 3 then ${now}::timestamptz + interval '10 days' end, 'bench', ${now}::timestamptz - interval '40 days', ${now}::timestamptz - interval '1 day',
        case when k >= 3 and not (k = 9 and id % 20 <> 9) then ${now}::timestamptz - interval '1 day' end, id % 64
      from (select id, id % 10 as k from contacts) as person`.execute(connection)
    await sql`
      insert into enrolment_steps (contact_id, enrolment_id, visit, journey_id, step_key, outcome, reason, arrived_at, left_at)
      select n.contact_id, n.id, step.visit, ${journey}, step.key, case when step.key = 'asked' then case when n.contact_id % 3 = 0 then 'yes' else 'no' end else 'next' end,
        '', ${now}::timestamptz - interval '40 days', ${now}::timestamptz - interval '30 days'
      from enrolments n
      cross join lateral (values (1, 'hello'), (2, 'pause'), (3, 'asked'), (4, case when n.contact_id % 3 = 0 then 'thanks' else 'offer' end), (5, 'long')) as step (visit, key)
      where n.journey_id = ${journey} and (step.visit < n.visit or (step.visit = 5 and n.state = 'done'))`.execute(connection)
    await sql`
      insert into messages (contact_id, lane, kind, journey_id, enrolment_id, step_key, visit, template_version_id, state, sent_at, opened_at, clicked_at, orders, revenue)
      select s.contact_id, s.contact_id % 64, 'journey', ${journey}, s.enrolment_id, s.step_key, s.visit, ${version},
        case when s.contact_id % 50 = 7 then 'skipped' when s.contact_id % 97 = 0 then 'bounced' else 'sent' end,
        case when s.contact_id % 50 <> 7 then s.left_at end, case when s.contact_id % 4 = 1 then s.left_at end, case when s.contact_id % 16 = 1 then s.left_at end,
        case when s.contact_id % 64 = 1 then 1 else 0 end, case when s.contact_id % 64 = 1 then 199000 else 0 end
      from enrolment_steps s
      where s.journey_id = ${journey} and s.step_key in ('hello', 'thanks', 'offer')`.execute(connection)
    await sql`set session_replication_role = default`.execute(connection)
  })
  await sql`vacuum analyze enrolments, enrolment_steps, messages`.execute(db)
}
