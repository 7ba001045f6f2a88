import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type Overlap = { id: number, name: string, kind: 'live' | 'static', members: number, both: number }

/** A segment of more people is looked at through about this many of them, drawn by the hash of their number. */
const looksAt = 20_000

/**
 * Other segments that share people with this one, most first, and how many; from the memberships as they stand. Of a large
 * segment the numbers are projected from one in `oneIn` of its people, and `oneIn` says so.
 */
export async function findOverlaps(db: Db, segmentId: number, members: number): Promise<{ oneIn: number, overlaps: Overlap[] }> {
  const oneIn = members <= 2 * looksAt ? 1 : 2 ** Math.round(Math.log2(members / looksAt))
  const overlaps = await rows<Overlap>(db, sql`
    with mine as materialized (
      select contact_id
      from segment_memberships
      where segment_id = ${segmentId}::bigint
        ${oneIn === 1 ? sql`` : sql`and (hashint8(contact_id) & ${oneIn - 1}::integer) = 0`}
    ), shared as (
      select other.segment_id, count(*) * ${oneIn}::bigint as people
      from mine
      join segment_memberships other on other.contact_id = mine.contact_id
      where other.segment_id <> ${segmentId}::bigint
      group by other.segment_id
    )
    select segments.id, segments.name, segments.kind, segments.members_count as members, least(shared.people, segments.members_count, ${members}::bigint) as "both"
    from shared
    join segments on segments.id = shared.segment_id
    where segments.archived_at is null
    order by shared.people desc, segments.id
    limit 200
  `)
  return { oneIn, overlaps }
}
