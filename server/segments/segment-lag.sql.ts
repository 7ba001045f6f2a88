import { sql } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { one, rows } from '../base/db.ts'

export type SegmentLag = { clock_seconds: number, computing: number, failed: number }

/** How far the live segments are behind the clock at most (seconds; 0 while none is live), and how many are not live. */
export async function readSegmentLag(db: Db, now: Date): Promise<SegmentLag> {
  const found = await one<{ oldest: Date | null, computing: number, failed: number }>(db, sql`
    select min(clock_at) filter (where state = 'live' and kind = 'live') as oldest,
      count(*) filter (where state = 'computing') as computing,
      count(*) filter (where state = 'failed') as failed
    from segments
    where archived_at is null
  `)
  return { clock_seconds: found.oldest === null ? 0 : Math.max(0, (now.getTime() - found.oldest.getTime()) / 1000), computing: found.computing, failed: found.failed }
}

/** Segments in use with the condition that is to be looked after: of a static one only while it is being filled. */
export async function listChecked(db: Db): Promise<{ id: number, condition: Condition }[]> {
  return rows(db, sql`
    select id, case when kind = 'static' and state = 'computing' then coalesce(made_from, condition) else condition end as condition
    from segments
    where archived_at is null
    order by id
  `)
}
