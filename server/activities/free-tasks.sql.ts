import { sql } from 'kysely'
import type { Db } from '../base/db.ts'

/** The deal goes; its tasks stay with the contact. */
export async function freeTasks(tx: Db, contactId: number, dealId: number): Promise<void> {
  await sql`update tasks set deal_id = null where contact_id = ${contactId} and deal_id = ${dealId}`.execute(tx)
}
