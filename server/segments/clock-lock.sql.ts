import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** One worker follows the clock at a time; false when another one does. Held until the transaction ends. */
export async function tryClockLock(tx: Db): Promise<boolean> {
  const [lock] = await rows<{ taken: boolean }>(tx, sql`select pg_try_advisory_xact_lock(7305003) as taken`)
  return lock?.taken ?? false
}

/**
 * How long the longest running transaction that writes has been at work, in milliseconds, at most a minute: what it has written
 * nobody else sees yet, so a clock must not be set past its beginning.
 */
export async function longestTransaction(db: Db): Promise<number> {
  const [found] = await rows<{ milliseconds: number | null }>(db, sql`
    select (extract(epoch from least(clock_timestamp() - coalesce(min(xact_start), clock_timestamp()), interval '1 minute')) * 1000)::double precision as milliseconds
    from pg_stat_activity
    where datname = current_database()
      and pid <> pg_backend_pid()
      and backend_type = 'client backend'
      -- one without a number has written nothing: a connection that only holds a lock, a long report
      and backend_xid is not null
  `)
  return Math.max(0, found?.milliseconds ?? 0)
}
