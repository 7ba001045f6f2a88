import { rows, sql, withTransaction, type Db } from '../base/db.ts'

const monthsLock = 7_305_004

/** Whether there is a part of `events` for that month, such as `2026_11`. */
export async function hasMonth(db: Db, month: string): Promise<boolean> {
  const found = await rows(db, sql`
    select
    from pg_inherits
    where inhparent = 'events'::regclass
      and inhrelid = to_regclass(${`events_${month}`})
  `)
  return found.length > 0
}

/** Makes the part of `events` for that month. Two at once: the second waits and finds it there. */
export async function makeMonth(db: Db, month: string): Promise<void> {
  const [year, number] = month.split('_').map(Number) as [number, number]
  const from = new Date(Date.UTC(year, number - 1, 1)).toISOString()
  const to = new Date(Date.UTC(year, number, 1)).toISOString()
  const name = sql.table(`events_${month}`)
  await withTransaction(db, async tx => {
    await sql`select pg_advisory_xact_lock(${monthsLock})`.execute(tx)
    if (await hasMonth(tx, month)) return
    await sql`create table ${name} (like events including defaults including constraints)`.execute(tx)
    await sql`alter table events attach partition ${name} for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(tx)
  })
}
