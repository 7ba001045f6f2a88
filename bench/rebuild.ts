import { parseArgs } from 'node:util'
import { one, rows, sql } from '../server/base/db.ts'
import { LoopRunner } from '../server/base/loops.ts'
import { keepMonthsReady } from '../server/events/months.ts'
import { processEvents } from '../server/flows/process-events.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { recomputeSegments } from '../server/segments/recompute-segments.sql.ts'
import { recomputeAllSegments } from '../server/segments/save-segment.ts'
import { insertApiKey } from '../server/staff/staff.sql.ts'
import { createServer } from '../server/start.ts'
import { benchApp } from './database.ts'
import { measureLatency, startJourney } from './events.ts'
import { machine, seconds } from './measure.ts'
import { makeSegments } from './program.ts'
import { seedContacts } from './seed.ts'

/**
 * Whether finding the members of all segments anew holds up events: event → membership → message at a steady rate, first by
 * itself, then while everything is being recomputed. Options: --contacts 300000 --past 1000000 --segments 100 --rate 100 --seconds 30;
 * --folder /some/where keeps the base there and takes it up again.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: {
    contacts: { type: 'string', default: '300000' }, past: { type: 'string', default: '1000000' }, segments: { type: 'string', default: '100' },
    rate: { type: 'string', default: '100' }, seconds: { type: 'string', default: '30' }, folder: { type: 'string' },
  } })
  const [contacts, rate, length] = [Number(values.contacts), Number(values.rate), Number(values.seconds)]
  const { app, stop } = await benchApp({}, values.folder)
  try {
    console.log(machine())
    if ((await one<{ contacts: number }>(app.db, sql`select count(*) as contacts from contacts`)).contacts < contacts) {
      await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'UTC', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
      await seedContacts(app, contacts, Number(values.past))
      const from = performance.now()
      await makeSegments(app, Number(values.segments))
      console.log(`${values.segments} segments of ${contacts.toLocaleString('en')} contacts computed in ${seconds(from).toFixed(0)} s with nothing beside`)
      await startJourney(app)
    }
    const server = await createServer(app)
    await server.listen({ port: app.settings.port, host: '127.0.0.1' })
    await app.live.start()
    const { key } = await insertApiKey(app.db, { name: 'bench', role: 'administrator', createdBy: null })
    const call = (path: string, body?: unknown): Promise<Response> => fetch(`http://127.0.0.1:${app.settings.port}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    await keepMonthsReady(app)
    const events = new LoopRunner(app)
    events.start([{ role: 'worker', name: 'process-events', channel: 'incoming_events', every: 500, run: processEvents }])
    await measureLatency(app, call, contacts, rate, 3)
    console.log('by itself:')
    await measureLatency(app, call, contacts, rate, length, rate * 10)

    await recomputeAllSegments(app)
    // The one whose entries are waited for stays: whom a recomputation puts in has not entered.
    await sql`update segments set state = 'live', computed_up_to = 0 where name = 'Big buyers'`.execute(app.db)
    const recomputation = new LoopRunner(app)
    recomputation.start([{ role: 'worker', name: 'segments.recompute', channel: 'segments', every: 1000, run: recomputeSegments }])
    console.log('while all segments are computed anew:')
    await measureLatency(app, call, contacts, rate, length, rate * (10 + length))
    const [left] = await rows<{ left: number }>(app.db, sql`select count(*) as left from segments where state = 'computing'`)
    console.log(`${left!.left} of ${values.segments} segments were still being computed at the end (none: ask for fewer seconds)`)
    await recomputation.stop()
    await events.stop()
    await server.close()
    console.log(machine())
  } finally {
    await stop()
  }
}
