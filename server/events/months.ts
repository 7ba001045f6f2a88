import { sql } from 'kysely'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { rows, withTransaction } from '../base/db.ts'

/** From here on events are kept by month; what is older shares one partition. */
const firstMonth = Date.UTC(2015, 0, 1)
const monthsLock = 7_305_004
const known = new WeakMap<object, Set<string>>()

const monthOf = (date: Date): string | null => date.getTime() < firstMonth ? null : `${date.getUTCFullYear()}_${String(date.getUTCMonth() + 1).padStart(2, '0')}`

/**
 * Makes the parts of `events` the given times fall into, where they are missing. To be called before the transaction
 * that inserts: attaching a part needs a lock on contacts that everybody's writing would wait for. Two at once: the
 * second finds them there.
 */
export async function ensureMonths({ db, pool }: Pick<App, 'db' | 'pool'>, times: Iterable<Date>): Promise<void> {
  let there = known.get(pool)
  if (there === undefined) known.set(pool, there = new Set())
  const missing = [...new Set([...times].map(monthOf))].filter(month => month !== null && !there.has(month)) as string[]
  for (const month of missing.sort()) {
    if (!await exists(db, month)) await makeMonth(db, month)
    there.add(month)
  }
}

async function exists(db: Db, month: string): Promise<boolean> {
  const found = await rows(db, sql`
    select
    from pg_inherits
    where inhparent = 'events'::regclass
      and inhrelid = to_regclass(${`events_${month}`})
  `)
  return found.length > 0
}

async function makeMonth(db: Db, month: string): Promise<void> {
  const [year, number] = month.split('_').map(Number) as [number, number]
  const from = new Date(Date.UTC(year, number - 1, 1)).toISOString()
  const to = new Date(Date.UTC(year, number, 1)).toISOString()
  const name = sql.table(`events_${month}`)
  await withTransaction(db, async tx => {
    await sql`select pg_advisory_xact_lock(${monthsLock})`.execute(tx)
    if (await exists(tx, month)) return
    await sql`create table ${name} (like events including defaults including constraints)`.execute(tx)
    await sql`alter table events attach partition ${name} for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(tx)
  })
}

/** This month and the next, ahead of time. */
export async function keepMonthsReady(app: App): Promise<boolean> {
  const now = app.now()
  await ensureMonths(app, [now, new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))])
  return false
}
