import { parseArgs } from 'node:util'
import type { App } from '../server/base/app.ts'
import { one, sql } from '../server/base/db.ts'
import { LoopRunner } from '../server/base/loops.ts'
import { keepMonthsReady } from '../server/events/months.ts'
import { movePeople } from '../server/flows/move-people.ts'
import { processEvents } from '../server/flows/process-events.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { enrolSegment } from '../server/flows/start-journeys.ts'
import { insertDryRun } from '../server/journeys/dry-run/dry-runs.sql.ts'
import { runDryRun } from '../server/journeys/dry-run/run-dry-run.ts'
import { insertIntake } from '../server/journeys/intakes.sql.ts'
import { insertJourney, setDraft } from '../server/journeys/journeys.sql.ts'
import { activateJourney, previewPublication } from '../server/journeys/publish-journey.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { createServer } from '../server/start.ts'
import type { JourneyGraph } from '../shared/journeys.ts'
import { benchApp } from './database.ts'
import { measureLatency, startJourney } from './events.ts'
import { machine, milliseconds, perSecond, seconds } from './measure.ts'
import { seedContacts } from './seed.ts'

/**
 * What happens to many people of a journey at once, and what events notice of it: everybody of a segment let in, all of them
 * moved to a new version, and a dry run over 90 days of events. Options: --people 100000 --past 1000000 --rate 50
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { people: { type: 'string', default: '100000' }, past: { type: 'string', default: '1000000' }, rate: { type: 'string', default: '50' } } })
  const [people, rate] = [Number(values.people), Number(values.rate)]
  const { app, stop } = await benchApp()
  try {
    const { db } = app
    console.log(machine())
    await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'UTC', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
    await seedContacts(app, people, Number(values.past))
    await startJourney(app)
    const { id: segment } = await one<{ id: number }>(db, sql`
      with made as (insert into segments (name, kind, condition, state) values ('All', 'static', '{"any": []}', 'live') returning id),
        members as (insert into segment_memberships (contact_id, segment_id, entered_at) select contacts.id, made.id, now() from contacts, made)
      select id from made`)
    const { id } = await insertJourney(db, { name: 'Large', description: '', draft: graph(1), created_by: null }, app.now())
    await activateJourney(db, id, { revision: undefined, by: null, now: app.now() })
    await sql`analyze`.execute(db)

    const server = await createServer(app)
    await server.listen({ port: app.settings.port, host: '127.0.0.1' })
    await app.live.start()
    const { key } = await insertApiKey(db, { name: 'bench', role: 'administrator', createdBy: null })
    const call = (path: string, body?: unknown): Promise<Response> => fetch(`http://127.0.0.1:${app.settings.port}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    await keepMonthsReady(app)
    const events = new LoopRunner(app)
    events.start([{ role: 'worker', name: 'process-events', channel: 'incoming_events', every: 500, run: processEvents }])
    let first = 0
    const beside = async (length: number, act: () => Promise<void>): Promise<void> => {
      const began = first
      first += rate * length
      await Promise.all([measureLatency(app, call, people, rate, length, began), act()])
    }
    await beside(10, async () => undefined)

    await beside(20, () => timed(app, `let in ${people.toLocaleString('en')} people of a segment`, people, async () => {
      const { id: intake_id } = await insertIntake(db, { journey_id: id, segment_id: segment, key: 'bench' }, app.now())
      await enrolSegment(app, { intake_id }, helpers)
    }))
    await setDraft(db, id, graph(2))
    const asked = performance.now()
    const preview = await previewPublication(db, id, null)
    console.log(`what a publication would change for ${preview.people.toLocaleString('en')} people: ${milliseconds(performance.now() - asked)}`)
    await beside(20, () => timed(app, `moved ${preview.people.toLocaleString('en')} people to a new version`, preview.people, async () => {
      await activateJourney(db, id, { revision: undefined, people: 'move', by: null, now: app.now() })
      const { move_id } = await one<{ move_id: number }>(db, sql`select max(id) as move_id from journey_moves`)
      await movePeople(app, { move_id }, helpers)
    }))
    const { moved } = await one<{ moved: number }>(db, sql`select count(*) as moved from enrolments n join journeys j on j.id = n.journey_id and j.version_id = n.version_id where n.journey_id = ${id}`)
    if (moved < preview.people) throw new Error(`only ${moved} were moved`)

    const played = await insertJourney(db, { name: 'Played', description: '', draft: { ...graph(1), trigger: { kind: 'event', event: 'page.viewed' }, reentry: 'always' }, created_by: null }, app.now())
    await beside(20, async () => {
      const dryRun = await insertDryRun(db, { journey_id: played.id, graph: played.draft, options: { days: 90, mails_a_week: 3, segment_id: null }, by: null }, app.now())
      const from = performance.now()
      await runDryRun(app, { dry_run_id: dryRun.id }, helpers)
      const { state, result } = await one<{ state: string, result: unknown }>(db, sql`select state, result from dry_runs where id = ${dryRun.id}`)
      if (state !== 'done') throw new Error(`the dry run is ${state}: ${JSON.stringify(result)}`)
      console.log(`dry run over 90 days: ${seconds(from).toFixed(1)} s, ${megabytes()}; ${JSON.stringify(result).slice(0, 200)}`)
    })
    await events.stop()
    await server.close()
    console.log(machine())
  } finally {
    await stop()
  }
}

const helpers = { attempt: 1, isLastAttempt: false, abortSignal: new AbortController().signal }
const megabytes = (): string => `${Math.round(process.memoryUsage().rss / 1e6)} MB resident`

async function timed(app: App, what: string, people: number, act: () => Promise<void>): Promise<void> {
  const from = performance.now()
  await act()
  console.log(`${what} in ${seconds(from).toFixed(1)} s, ${perSecond(people, seconds(from))}; ${megabytes()}`)
}

/** The second one has another wait and one step more. */
function graph(version: 1 | 2): JourneyGraph {
  const rest = { kind: 'wait' as const, duration: { amount: version, unit: 'months' as const }, next: version === 1 ? 'asked' : 'short' }
  return {
    format: 1, trigger: { kind: 'manual' }, entry_condition: null, reentry: 'once', first: 'city',
    steps: {
      city: { kind: 'condition', condition: { field: 'city', operator: 'is', value: 'Казань' }, next_yes: 'pause', next_no: 'rest' },
      pause: { kind: 'wait', duration: { amount: 2, unit: 'days' }, next: 'rest' },
      rest,
      ...version === 1 ? {} : { short: { kind: 'wait' as const, duration: { amount: 1, unit: 'days' as const }, next: 'asked' } },
      asked: { kind: 'condition', condition: { event: 'email.opened', window: { last: { amount: 30, unit: 'days' } } }, next_yes: 'end', next_no: null },
      end: { kind: 'end' },
    },
  }
}
