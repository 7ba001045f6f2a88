import { sql } from 'kysely'
import type { Db } from '../base/db.ts'

/** What staff were told about a contact who is being erased. */
export async function eraseNotifications(tx: Db, contactId: number): Promise<void> {
  await sql`delete from notifications where link = ${`/contacts/${contactId}`}`.execute(tx)
}
