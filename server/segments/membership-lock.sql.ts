import { sql } from 'kysely'
import type { Db } from '../base/db.ts'

/**
 * Changes of contacts (shared) and chunks of a recomputation (alone) keep out of each other's way: a chunk that had
 * read before a change and wrote after it would undo it. Held until the transaction ends.
 */
const membershipLock = 7_305_001

export async function shareMembershipLock(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${membershipLock})`.execute(tx)
}

export async function takeMembershipLock(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${membershipLock})`.execute(tx)
}
