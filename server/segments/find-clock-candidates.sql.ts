import { sql } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { findPassing } from '../conditions/clock-edges.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { ClockEdge } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'

export type ClockSegment = { id: number, revision: number, clock_at: Date, edges: ClockEdge[] }

/** Live segments whose clock stands before `now`, with their edges. */
export async function findClockSegments(db: Db, now: Date): Promise<ClockSegment[]> {
  const found = await rows<{ id: number, revision: number, clock_at: Date, condition: Condition }>(db, sql`
    select id, revision, clock_at, condition
    from segments
    where (state = 'live' or is_rebuild and state = 'computing')
      and kind = 'live'
      and archived_at is null
      and clock_at < ${now}::timestamptz
    order by id
  `)
  if (found.length === 0) return []
  const context = { ...await loadConditionContext(db), now }
  return found.map(({ condition, ...segment }) => ({ ...segment, edges: compileCondition(condition, context).clockEdges }))
}

/**
 * The contacts for whom an edge of a segment lies in (its clock, now], found by index ranges only, up to `limit`
 * pairs from the contact after `after` on, in the order of contacts.
 */
export async function findClockCandidates(db: Db, segments: ClockSegment[], now: Date, after: number, limit: number): Promise<{ contact_id: number, segment_id: number }[]> {
  const ranges = segments.flatMap(segment => segment.edges.map(edge => ({ owner: segment.id, edge, from: segment.clock_at, upTo: now })))
  const passing = findPassing(ranges, { after, limit }, await loadConditionContext(db))
  if (passing.length === 0) return []
  return rows<{ contact_id: number, segment_id: number }>(db, sql`
    select contact_id, owner as segment_id
    from (${sql.join(passing, sql` union all `)}) as passing
    group by contact_id, owner
    order by contact_id, owner
    limit ${limit}::bigint
  `)
}

/**
 * The clocks set to `now`, unless a segment was changed since it was read. One that somebody else is writing keeps its
 * clock until the next tick, which only means looking again. A second run changes nothing.
 */
export async function setClocks(db: Db, segments: ClockSegment[], now: Date): Promise<void> {
  await sql`
    with free as (
      select segments.id
      from segments
      join unnest(${segments.map(segment => segment.id)}::bigint[], ${segments.map(segment => segment.revision)}::int[]) as followed (id, revision) using (id, revision)
      for no key update of segments skip locked
    )
    update segments
    set clock_at = greatest(clock_at, ${now}::timestamptz)
    from free
    where segments.id = free.id
  `.execute(db)
}
