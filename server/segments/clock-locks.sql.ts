import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** One worker follows the clock at a time; false when another one does. Held until the transaction ends. */
export async function tryClockLock(tx: Db): Promise<boolean> {
  const [lock] = await rows<{ taken: boolean }>(tx, sql`select pg_try_advisory_xact_lock(7305003) as taken`)
  return lock?.taken ?? false
}

/** The contacts' rows held in the order of their ids, as events hold them, so that nobody judges a contact meanwhile. */
export async function lockContacts(tx: Db, contactIds: number[]): Promise<void> {
  await sql`
    select
    from contacts
    where id = any(${contactIds}::bigint[])
    order by id
    for no key update
  `.execute(tx)
}
