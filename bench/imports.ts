import { parseArgs } from 'node:util'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { from as copyFrom } from 'pg-copy-streams'
import type { App } from '../server/base/app.ts'
import { one, sql, withTransaction } from '../server/base/db.ts'
import { ensureMonths } from '../server/events/months.ts'
import { processEvents } from '../server/flows/process-events.ts'
import { runImports } from '../server/flows/run-imports.ts'
import { setUpCompany } from '../server/flows/set-up-company.ts'
import { findImport, holdImport } from '../server/imports/imports.sql.ts'
import { startImport } from '../server/imports/imports.routes.ts'
import { receiveFile } from '../server/imports/receive-file.ts'
import { recomputeSegments } from '../server/segments/recompute-segments.sql.ts'
import { benchApp } from './database.ts'
import { cpuSeconds, machine, perSecond, seconds } from './measure.ts'

/**
 * What importing costs a row: people with email, phone, name and city, identities, deduplication, timeline and the
 * ready-made segments included, against raw COPY of the same rows into a table with the columns and indexes of
 * contacts; the same file once more; and purchases until their events are processed. Options: --rows 100000
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { rows: { type: 'string', default: '100000' } } })
  const count = Number(values.rows)
  const { app, postmaster, stop } = await benchApp()
  try {
    console.log(machine())
    await setUpCompany(app, { language: 'en', company_name: 'Bench', time_zone: 'Europe/Moscow', currency: 'RUB', sender_name: 'Bench', sender_email: 'bench@example.org', name: 'Bench', email: 'bench@example.org', password: 'bench bench bench' })
    while (await recomputeSegments(app));
    await ensureMonths(app, [app.now()])

    const people = Array.from({ length: count }, (_, index) => [`person${index}@example.org`, `+7916${String(index).padStart(7, '0')}`, `Name${index % 997}`, `Family${index % 9973}`, `City${index % 211}`])
    const file = ['email,phone,first name,last name,city', ...people.map(row => row.join(','))].join('\n')
    await importOnce(app, 'warm.csv', 'email,phone,first name,last name,city\n' + Array.from({ length: 4000 }, (_, index) => `warm${index}@example.org,,W,W,C`).join('\n'))

    const cpuBefore = cpuSeconds(postmaster)
    const imported = await importOnce(app, 'people.csv', file)
    const cpuBetween = cpuSeconds(postmaster)
    const copied = await copySame(app, people)
    const cpuAfter = cpuSeconds(postmaster)
    console.log(`${count.toLocaleString('en')} new people ${perSecond(count, imported)}; raw COPY of the same rows ${perSecond(count, copied)}; ratio 1 / ${(imported / copied).toFixed(1)}`)
    if (cpuBefore !== null && cpuBetween !== null && cpuAfter !== null) {
      const [ours, copys] = [cpuBetween - cpuBefore, cpuAfter - cpuBetween]
      console.log(`CPU of program and database: ${(ours / count * 1e6).toFixed(0)} µs a row, COPY ${(copys / count * 1e6).toFixed(0)} µs; ratio 1 / ${(ours / copys).toFixed(1)}`)
    }
    console.log(`the same file again, nobody new: ${perSecond(count, await importOnce(app, 'again.csv', file))}`)

    const orders = ['customer_id,date,order_id,amount,sku,quantity', ...Array.from({ length: count }, (_, index) => `C${index % 20_000},2026-0${index % 9 + 1}-1${index % 9} 12:00,O${index},${index % 5000 + 0.5},S${index % 500},1`)].join('\n')
    const began = performance.now()
    const taken = await importOnce(app, 'orders.csv', orders)
    while (await processEvents(app));
    console.log(`${count.toLocaleString('en')} purchases of ${Math.min(20_000, count).toLocaleString('en')} people: taken in ${perSecond(count, taken)}, until processed ${perSecond(count, seconds(began))}`)
  } finally {
    await stop()
  }
}

/** Seconds from the file in the database to the report. */
async function importOnce(app: App, name: string, text: string): Promise<number> {
  const id = await receiveFile(app, { name, stream: Readable.from(chunks(Buffer.from(text))) }, null)
  const began = performance.now()
  await withTransaction(app.db, async tx => startImport(tx, (await holdImport(tx, id))!, app.now()))
  while (await runImports(app));
  const took = seconds(began)
  const row = (await findImport(app.db, id))!
  if (row.state !== 'done' || row.rows_rejected > 0) throw new Error(`the import ended as ${row.state}, ${row.rows_rejected} rows rejected: ${row.error ?? ''}`)
  return took
}

function* chunks(content: Buffer): Generator<Buffer> {
  for (let from = 0; from < content.length; from += 65_536) yield content.subarray(from, from + 65_536)
}

async function copySame(app: App, rows: string[][]): Promise<number> {
  await sql`create table bench_contacts (like contacts including all)`.execute(app.db)
  const client = await app.pool.connect()
  const began = performance.now()
  await pipeline(
    Readable.from((function* () { for (const row of rows) yield row.join('\t') + '\n' })()),
    client.query(copyFrom('copy bench_contacts (email, phone, first_name, last_name, city) from stdin')),
  )
  const took = seconds(began)
  client.release()
  const { count } = await one<{ count: number }>(app.db, sql`select count(*) as count from bench_contacts`)
  if (count !== rows.length) throw new Error('COPY lost rows')
  return took
}
