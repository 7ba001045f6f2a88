import type { Db } from '../base/db.ts'
import { rows, sql } from '../base/db.ts'

/** Somebody's open tasks to the new managers of their contacts, in one statement; those of no contact to `rest`. */
export async function handOverTasks(tx: Db, from: number, to: { contact_id: number, owner_id: number | null }[], rest: number | null, now: Date): Promise<{ owner_id: number | null }[]> {
  return rows(tx, sql`
    update tasks
    set owner_id = case when tasks.contact_id is null then ${rest}::bigint else given.owner_id end, sequence = tasks.sequence + 1, updated_at = ${now}
    from (
      select * from unnest(${to.map(each => each.contact_id)}::bigint[], ${to.map(each => each.owner_id)}::bigint[]) as given (contact_id, owner_id)
      union all
      select null, null
    ) as given
    where tasks.owner_id = ${from}
      and tasks.done_at is null
      and tasks.contact_id is not distinct from given.contact_id
    returning tasks.owner_id`)
}
