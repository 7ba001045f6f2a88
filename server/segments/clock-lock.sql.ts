import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** One worker follows the clock at a time; false when another one does. Held until the transaction ends. */
export async function tryClockLock(tx: Db): Promise<boolean> {
  const [lock] = await rows<{ taken: boolean }>(tx, sql`select pg_try_advisory_xact_lock(7305003) as taken`)
  return lock?.taken ?? false
}
