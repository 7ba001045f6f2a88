import { parseArgs } from 'node:util'
import { rows, sql } from '../server/base/db.ts'
import { followClock } from '../server/flows/follow-clock.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { recomputeSegments } from '../server/segments/recompute-segments.sql.ts'
import { benchApp } from './database.ts'
import { machine, milliseconds, percentile, perSecond, seconds } from './measure.ts'
import { countMemberships, makeSegments } from './program.ts'
import { seedContacts } from './seed.ts'

/**
 * A year in which nothing happens but the passing of time: every edge of every segment (a visit gets older than 30 days, …) is
 * followed, tick by tick, against computing all segments anew. At the end the memberships must be those a computation from
 * nothing gives. Options: --contacts 100000 --past 1000000 --segments 100 --days 365 --tick 60 (minutes)
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: {
    contacts: { type: 'string', default: '100000' }, past: { type: 'string', default: '1000000' }, segments: { type: 'string', default: '100' }, days: { type: 'string', default: '365' }, tick: { type: 'string', default: '60' },
  } })
  const contacts = Number(values.contacts)
  const { app, stop } = await benchApp()
  try {
    console.log(machine())
    await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
    await seedContacts(app, contacts, Number(values.past))
    let now = new Date()
    app.now = () => now
    await makeSegments(app, Number(values.segments))
    console.log(`${contacts.toLocaleString('en')} contacts, ${Number(values.past).toLocaleString('en')} events, ${values.segments} segments with ${(await countMemberships(app)).toLocaleString('en')} memberships`)

    const tick = Number(values.tick) * 60_000
    const ticks = Math.round(Number(values.days) * 86_400_000 / tick)
    const movesBefore = await countMoves(app.db)
    const took: number[] = []
    const began = performance.now()
    for (let count = 0; count < ticks; count++) {
      now = new Date(now.getTime() + tick)
      const from = performance.now()
      await followClock(app)
      took.push(performance.now() - from)
    }
    const all = seconds(began)
    const moves = await countMoves(app.db) - movesBefore
    console.log(`${values.days} days in ticks of ${values.tick} min: ${all.toFixed(0)} s, ${moves.toLocaleString('en')} memberships changed (${perSecond(moves, all)}); a tick p50 ${milliseconds(percentile(took, 0.5))}, p99 ${milliseconds(percentile(took, 0.99))}, most ${milliseconds(Math.max(...took))}`)

    const followed = await fingerprint(app.db)
    const from = performance.now()
    await sql`update segments set state = 'computing', computed_up_to = 0`.execute(app.db)
    while (await recomputeSegments(app));
    const anew = seconds(from)
    const same = await fingerprint(app.db) === followed
    console.log(`computing everything anew once: ${anew.toFixed(1)} s; doing so at each tick would take ${(anew * ticks / all).toFixed(0)} times as long; the same memberships: ${same ? 'yes' : 'NO'}`)
    if (!same) process.exitCode = 1
  } finally {
    await stop()
  }
}

type Database = Parameters<typeof rows>[0]

async function countMoves(db: Database): Promise<number> {
  const [counted] = await rows<{ moves: number }>(db, sql`select count(*) as moves from events where type in ('segment.entered', 'segment.left')`)
  return counted!.moves
}

async function fingerprint(db: Database): Promise<string> {
  const [all] = await rows<{ print: string }>(db, sql`select count(*) || ' ' || sum(hashtextextended(contact_id || ':' || segment_id, 0)::numeric) as print from segment_memberships`)
  return all!.print
}
