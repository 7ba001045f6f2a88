import { sql } from 'kysely'
import type { Db } from '../base/db.ts'

/** What lies in the test mailbox for somebody who is being erased. */
export async function eraseTestMails(tx: Db, contactId: number, emails: string[]): Promise<void> {
  await sql`
    delete from test_mails
    where contact_id_of_message = ${contactId}
       or lower(to_email) = any(${emails}::text[])
  `.execute(tx)
}
