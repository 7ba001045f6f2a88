import { parseArgs } from 'node:util'
import { one, rows, sql } from '../server/base/db.ts'
import { ensureMonths } from '../server/events/months.ts'
import { advanceJourneys } from '../server/flows/advance-journeys.ts'
import { insertEnrolments } from '../server/journeys/enrol.sql.ts'
import type { JourneyGraph } from '../shared/journeys.ts'
import { benchApp } from './database.ts'
import { cpuSeconds, machine, perSecond, seconds } from './measure.ts'

/**
 * Steps of journeys advanced per second, against a plain update of as many rows of the same table.
 * Everybody is due at once and takes: wait (over) → condition → mail → wait, so that what is measured is claiming, asking,
 * queueing the mail, the record of each step and the new place. Options: --people 50000
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { people: { type: 'string', default: '50000' } } })
  const people = Number(values.people)
  const { app, postmaster, stop } = await benchApp()
  try {
    const { db } = app
    await ensureMonths(app, [new Date()])
    const { id: template } = await one<{ id: number }>(db, sql`insert into templates (name) values ('Hello') returning id`)
    const { id: mail } = await one<{ id: number }>(db, sql`insert into template_versions (template_id, number, document) values (${template}, 1, '{}') returning id`)
    await sql`update templates set version_id = ${mail}`.execute(db)
    const month = { amount: 1, unit: 'months' as const }
    const graph: JourneyGraph = {
      format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: 'pause',
      steps: {
        pause: { kind: 'wait', duration: month, next: 'asked' },
        asked: { kind: 'condition', condition: { all: [{ field: 'orders_count', operator: 'is', value: 0 }, { field: 'city', operator: 'is_not', value: 'Paris' }] }, next_yes: 'hello', next_no: null },
        hello: { kind: 'mail', template_id: template, topic_id: null, next: 'long' },
        long: { kind: 'wait', duration: month, next: null },
      },
    }
    const { id: journey } = await one<{ id: number }>(db, sql`insert into journeys (name, draft, state) values ('Bench', ${JSON.stringify(graph)}::jsonb, 'active') returning id`)
    const { id: version } = await one<{ id: number }>(db, sql`insert into journey_versions (journey_id, number, graph) values (${journey}, 1, ${JSON.stringify(graph)}::jsonb) returning id`)
    await sql`update journeys set version_id = ${version}`.execute(db)
    await sql`insert into contacts (email) select 'p' || n || '@example.com' from generate_series(1, ${people}::integer) as n`.execute(db)
    await sql`insert into contact_rollups (contact_id) select id from contacts`.execute(db)
    const ids = (await rows<{ id: number }>(db, sql`select id from contacts order by id`)).map(row => row.id)
    const now = new Date()
    for (let from = 0; from < ids.length; from += 5000) {
      await insertEnrolments(db, ids.slice(from, from + 5000).map(contact_id => ({ contact_id, journey_id: journey, version_id: version, first: 'pause', reentry: 'once' as const, trigger_key: 'bench', since: now })), now)
    }
    // The wait everybody stands at is over.
    await sql`update enrolments set state = 'waiting', wake_at = now() - interval '1 minute'`.execute(db)
    await sql`vacuum analyze enrolments, contacts, contact_rollups`.execute(db)

    const timed = async (act: () => Promise<unknown>): Promise<{ took: number, cpu: number | null }> => {
      const [cpuBefore, from] = [cpuSeconds(postmaster), performance.now()]
      await act()
      const [cpuAfter, took] = [cpuSeconds(postmaster), seconds(from)]
      return { took, cpu: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore }
    }
    const raw = () => timed(() => sql`update enrolments set visit = visit + 1, arrived_at = now(), wake_at = wake_at + interval '1 microsecond'`.execute(db))
    const before = await raw()
    await sql`vacuum analyze enrolments`.execute(db)
    const advanced = await timed(async () => { while (await advanceJourneys(app)); })
    const { steps } = await one<{ steps: number }>(db, sql`select count(*) as steps from enrolment_steps`)
    const { messages } = await one<{ messages: number }>(db, sql`select count(*) as messages from messages`)
    const after = await raw()
    if (messages !== people || steps !== 3 * people) throw new Error(`not everybody got through: ${steps} steps, ${messages} messages`)

    const update = people * 2 / (before.took + after.took)
    console.log(machine())
    console.log(`steps advanced: ${perSecond(steps, advanced.took)} (${perSecond(people, advanced.took).replace('/s', '')} people/s, each with a mail queued)`)
    console.log(`plain update of as many rows: ${Math.round(update).toLocaleString('en')}/s`)
    console.log(`steps against rows updated: 1 / ${(update / (steps / advanced.took)).toFixed(1)}`)
    if (advanced.cpu !== null && before.cpu !== null && after.cpu !== null) {
      const [step, row] = [advanced.cpu / steps, (before.cpu + after.cpu) / 2 / people]
      console.log(`CPU of program and database: ${Math.round(step * 1e6)} µs a step, ${Math.round(row * 1e6)} µs an updated row; ratio 1 / ${(step / row).toFixed(1)}`)
    }
  } finally {
    await stop()
  }
}
