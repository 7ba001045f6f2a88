import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { conflict } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { shareMembershipLock } from './membership-lock.sql.ts'
import type { Moves } from './refresh-memberships.sql.ts'

export type StaticChange = {
  segmentId: number
  contactIds: number[]
  action: 'add' | 'remove'
  /** who or what did it: `user:3`, `api`, `import:7`, `journey:4` */
  because: string
  now: Date
}

/**
 * Contacts put into or taken out of a static segment; out: those for whom that changed something, for `applyChanges` to
 * tell and to follow (changesOfStatic; noteMoves in a journey step). A second run moves nobody. Throws 409 when it is no static segment (any more).
 * Locks: the membership lock, shared, and the segment against being archived. The caller holds the contacts' rows.
 */
export async function changeStaticMembers(tx: Db, { segmentId, contactIds, action, because, now }: StaticChange): Promise<Moves> {
  if (!await holdStaticSegment(tx, segmentId)) throw conflict('not_static', 'People can be put into and taken out of a static segment only, and there is none of this number.')
  if (contactIds.length === 0) return { entered: [], left: [] }
  const moved = await rows<{ contact_id: number }>(tx, action === 'add'
    ? sql`
      insert into segment_memberships (contact_id, segment_id, entered_at)
      select distinct contact_id, ${segmentId}::bigint, ${now}::timestamptz
      from unnest(${contactIds}::bigint[]) as contact_id
      order by contact_id
      on conflict do nothing
      returning contact_id
    `
    : sql`
      delete from segment_memberships
      where segment_id = ${segmentId}::bigint
        and contact_id = any(${contactIds}::bigint[])
      returning contact_id
    `)
  if (moved.length > 0) await touchAll(tx, [`segment:${segmentId}`])
  const moves = moved.map(({ contact_id }) => ({ contact_id, segment_id: segmentId, because: [because] }))
  return action === 'add' ? { entered: moves, left: [] } : { entered: [], left: moves }
}

/** Whether it is a static segment in use; then it cannot be archived before the transaction ends. */
export async function holdStaticSegment(tx: Db, id: number): Promise<boolean> {
  await shareMembershipLock(tx)
  const found = await rows(tx, sql`
    select id
    from segments
    where id = ${id}::bigint
      and kind = 'static'
      and archived_at is null
    for key share
  `)
  return found.length > 0
}

/** Of these contacts those who have been in the segment since exactly that moment (ISO 8601), without a break. */
export async function membersSince(db: Db, segmentId: number, contacts: { contact_id: number, at: string }[]): Promise<number[]> {
  const found = await rows<{ contact_id: number }>(db, sql`
    select contact_id
    from segment_memberships
    join unnest(${contacts.map(one => one.contact_id)}::bigint[], ${contacts.map(one => one.at)}::timestamptz[]) as put (contact_id, entered_at) using (contact_id, entered_at)
    where segment_id = ${segmentId}::bigint
  `)
  return found.map(row => row.contact_id)
}
