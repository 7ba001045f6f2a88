import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Contact ids in, for each with a manager who still works here that manager's id out. */
export async function ownersOf(db: Db, contactIds: number[]): Promise<Map<number, number>> {
  const found = await rows<{ id: number, owner_id: number }>(db, sql`
    select contacts.id, contacts.owner_id
    from contacts
    join users on users.id = contacts.owner_id and users.disabled_at is null
    where contacts.id = any(${[...new Set(contactIds)]}::bigint[])
  `)
  return new Map(found.map(row => [row.id, row.owner_id]))
}
