import type { RawBuilder } from 'kysely'
import { rows, sql, type Db } from '../base/db.ts'

/** The contact a number stands for now: another when the card was merged into that. */
export const standing = (id: number): RawBuilder<number> => sql<number>`coalesce((select into_id from merged_contacts where contact_id = ${id}::bigint), ${id}::bigint)`

/** Of numbers of contacts, those whose cards were merged, with the contact they stand for now. */
export async function standingContacts(db: Db, ids: number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map()
  const found = await rows<{ contact_id: number, into_id: number }>(db, sql`select contact_id, into_id from merged_contacts where contact_id = any(${ids}::bigint[])`)
  return new Map(found.map(row => [row.contact_id, row.into_id]))
}

/** The number of the card that went stands for the other from now on, and so do those that stood for it. */
export async function standFor(tx: Db, from: number, into: number, mergeId: number): Promise<void> {
  await sql`update merged_contacts set into_id = ${into}::bigint where into_id = ${from}::bigint`.execute(tx)
  await sql`insert into merged_contacts (contact_id, into_id, merge_id) values (${from}::bigint, ${into}::bigint, ${mergeId}::bigint)`.execute(tx)
}

/** The card is back: its number stands for itself, and those merged into it before stand for it again. */
export async function standAlone(tx: Db, from: number): Promise<void> {
  await sql`delete from merged_contacts where contact_id = ${from}::bigint`.execute(tx)
  await sql`
    with recursive earlier as (
      select merged.contact_id
      from merged_contacts merged
      join merges on merges.id = merged.merge_id
      where merges.into_id = ${from}::bigint
      union all
      select merged.contact_id
      from earlier
      join merges on merges.into_id = earlier.contact_id
      join merged_contacts merged on merged.merge_id = merges.id
    )
    update merged_contacts
    set into_id = ${from}::bigint
    from earlier
    where merged_contacts.contact_id = earlier.contact_id`.execute(tx)
}

/** What is remembered of cards that were merged into this one. */
export async function eraseMerges(tx: Db, id: number): Promise<void> {
  await sql`delete from merges where into_id = ${id}::bigint or id in (select merge_id from merged_contacts where into_id = ${id}::bigint)`.execute(tx)
}
