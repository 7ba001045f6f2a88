import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { one, rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

export type Entry = { contact_id: number, at: Date }
export type Entries = { candidates: number, one_of: number, entries: Entry[] }

/**
 * What would have started the journey between the two moments: contacts with the moment of each, the earliest first.
 * More than `most` are thinned out by contact, so that one person's entries are all taken or none. Locks nothing.
 */
async function thinnedOut(db: Db, starting: RawBuilder<unknown>, most: number): Promise<Entries> {
  const { candidates } = await one<{ candidates: number }>(db, sql`select count(*) as candidates from (${starting}) as starting`)
  const one_of = Math.max(1, Math.ceil(candidates / most))
  return {
    candidates, one_of,
    entries: await rows<Entry>(db, sql`
      select contact_id, at
      from (${starting}) as starting
      where ${one_of} = 1 or mod(abs(hashint8(contact_id)::bigint), ${one_of}::bigint) = 0
      order by at, contact_id
    `),
  }
}

export async function entriesByEvents(db: Db, asked: { type: string, from: Date, to: Date, filters: RawBuilder<boolean>[], most: number }): Promise<Entries> {
  return await thinnedOut(db, sql`
    select e.contact_id, e.occurred_at as at
    from events e
    where e.type = ${asked.type}::text
      and e.occurred_at > ${asked.from}
      and e.occurred_at <= ${asked.to}
      and not e.is_machine
      ${asked.filters.length === 0 ? sql`` : sql`and ${sql.join(asked.filters, sql` and `)}`}
  `, asked.most)
}

export async function entriesByForm(db: Db, asked: { form_id: number | null, from: Date, to: Date, most: number }): Promise<Entries> {
  return await thinnedOut(db, sql`
    select distinct e.contact_id, e.occurred_at as at
    from events e
    where e.type = 'subscription.confirmed'
      and e.occurred_at > ${asked.from}
      and e.occurred_at <= ${asked.to}
      and ${asked.form_id === null ? sql`e.source ~ '^form:[0-9]+$'` : sql`e.source = ${`form:${asked.form_id}`}`}
  `, asked.most)
}

export async function entriesBySegmentNow(db: Db, asked: { segment_id: number, at: Date, most: number }): Promise<Entries> {
  return await thinnedOut(db, sql`
    select contact_id, ${asked.at}::timestamptz as at
    from segment_memberships
    where segment_id = ${asked.segment_id}
  `, asked.most)
}

/** When a segment was made: before that nobody is known to have entered it. */
export async function segmentBegan(db: Db, segmentId: number): Promise<Date | undefined> {
  return (await rows<{ created_at: Date }>(db, sql`select created_at from segments where id = ${segmentId}`))[0]?.created_at
}
