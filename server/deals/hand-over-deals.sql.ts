import type { Db } from '../base/db.ts'
import { rows, sql } from '../base/db.ts'

/** Somebody's open deals to the new managers of their contacts, in one statement; their contacts out. Whoever edits one meanwhile is told by its revision. */
export async function handOverDeals(tx: Db, from: number, to: { contact_id: number, owner_id: number | null }[], now: Date): Promise<{ contact_id: number, owner_id: number | null }[]> {
  return rows(tx, sql`
    update deals
    set owner_id = given.owner_id, revision = deals.revision + 1, updated_at = ${now}
    from unnest(${to.map(each => each.contact_id)}::bigint[], ${to.map(each => each.owner_id)}::bigint[]) as given (contact_id, owner_id)
    where deals.owner_id = ${from}
      and deals.state = 'open'
      and deals.contact_id = given.contact_id
    returning deals.contact_id, deals.owner_id`)
}
