import { sql } from 'kysely'
import type { Db } from '../base/db.ts'

/** Events that turned out never to have happened. Rollups are made anew by the caller, who holds the contacts. */
export async function removeEvents(tx: Db, events: { contact_id: number, id: number }[]): Promise<void> {
  await sql`
    delete from events
    using unnest(${events.map(event => event.contact_id)}::bigint[], ${events.map(event => event.id)}::bigint[]) as given (contact_id, id)
    where events.contact_id = given.contact_id
      and events.id = given.id`.execute(tx)
}
