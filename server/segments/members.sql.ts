import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { one, rows } from '../base/db.ts'

export type MemberRow = {
  id: number
  name: string
  email: string | null
  city: string | null
  orders_count: number
  revenue: number
  last_event_at: Date | null
  entered_at: Date
}

const nameOf = sql`trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, ''))`

/** Members of a segment from the newest card to the oldest, before a contact id. */
export async function listMembers(db: Db, segmentId: number, before: number | null, limit: number): Promise<MemberRow[]> {
  return rows<MemberRow>(db, sql`
    select c.id, ${nameOf} as name, c.email, c.city, coalesce(r.orders_count, 0) as orders_count, coalesce(r.revenue, 0) as revenue, r.last_event_at, m.entered_at
    from segment_memberships m
    join contacts c on c.id = m.contact_id
    left join contact_rollups r on r.contact_id = m.contact_id
    where m.segment_id = ${segmentId}::bigint
      ${before === null ? sql`` : sql`and m.contact_id < ${before}::bigint`}
    order by m.contact_id desc
    limit ${limit}::bigint
  `)
}

export type MembershipRow = { id: number, name: string, email: string | null, entered_at: Date | null }

/** One contact and whether it is in the segment, as stored. */
export async function findMembership(db: Db, segmentId: number, contactId: number): Promise<MembershipRow | undefined> {
  const [found] = await rows<MembershipRow>(db, sql`
    select c.id, ${nameOf} as name, c.email, m.entered_at
    from contacts c
    left join segment_memberships m on m.contact_id = c.id and m.segment_id = ${segmentId}::bigint
    where c.id = ${contactId}::bigint
  `)
  return found
}

/** The last entries and exits of one contact, newest first. */
export async function listMoves(db: Db, segmentId: number, contactId: number): Promise<{ type: string, occurred_at: Date, because: unknown }[]> {
  return rows(db, sql`
    select type, occurred_at, properties -> 'because' as because
    from events
    where contact_id = ${contactId}::bigint
      and type in ('segment.entered', 'segment.left')
      and properties @> jsonb_build_object('segment_id', ${segmentId}::bigint)
    order by occurred_at desc, id desc
    limit 10
  `)
}

/** Members in the order of their cards, from the one after `after` on. */
export async function memberIdsAfter(db: Db, segmentId: number, after: number, limit: number): Promise<{ contact_id: number, entered_at: Date }[]> {
  return rows(db, sql`
    select contact_id, entered_at
    from segment_memberships
    where segment_id = ${segmentId}::bigint
      and contact_id > ${after}::bigint
    order by contact_id
    limit ${limit}::bigint
  `)
}

/** How many members whoever reads sees. */
export async function countSeen(db: Db, segmentId: number): Promise<number> {
  return (await one<{ count: number }>(db, sql`select count(*) as count from segment_memberships where segment_id = ${segmentId}`)).count
}
