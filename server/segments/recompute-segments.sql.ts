import { sql } from 'kysely'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { rows, withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { takeMembershipLock } from './membership-lock.sql.ts'
import { bringInLine } from './refresh-memberships.sql.ts'
import type { EvaluatedSegment } from './refresh-memberships.sql.ts'

/** A chunk holds up events, so its size follows how long the last one took. */
const wantedMilliseconds = 60
let chunkSize = 1000
/** More segments at once read the events no less often, but their answers take memory. */
const mostTogether = 25

/**
 * The loop that finds the members of new and changed segments (of a static one, its first members), a chunk of contacts
 * at a time; the state is in the table, so it goes on after a crash. Nobody "enters" by it: the condition changed, not the person, so no events are
 * written and no journeys start. True while there is more to do.
 */
export async function recomputeSegments(app: App): Promise<boolean> {
  // From when the lock is held: waiting for it holds up nobody, and would make chunks ever smaller while there is much to do.
  let held = performance.now()
  const worked = await withTransaction(app.db, tx => recomputeChunk(tx, app.now(), chunkSize, () => { held = performance.now() }))
  if (worked) {
    const took = performance.now() - held
    chunkSize = Math.round(Math.min(10_000, Math.max(200, chunkSize * Math.min(2, Math.max(0.25, wantedMilliseconds / Math.max(1, took))))))
  }
  return worked
}

/**
 * The next chunk of the first computing segments that stand at the same contact (those that others build on come first, static ones last)
 * brought in line with their conditions. A second run over the same contacts changes nothing. Locks: the membership lock, alone.
 */
export async function recomputeChunk(tx: Db, now: Date, size: number, onLocked: () => void = () => undefined): Promise<boolean> {
  const waiting = await rows(tx, sql`
    select
    from segments
    where state = 'computing'
      and archived_at is null
    limit 1
  `)
  if (waiting.length === 0) return false
  await takeMembershipLock(tx)
  onLocked()
  const segments = await rows<ComputingSegment>(tx, sql`
    with first as (
      select kind, depth, computed_up_to
      from segments
      where state = 'computing'
        and archived_at is null
      order by kind, depth, id
      limit 1
    )
    select id, kind, coalesce(made_from, condition) as condition, depends_on, state, computed_up_to, clock_at
    from segments
    where state = 'computing'
      and archived_at is null
      and (kind, depth, computed_up_to) = (select kind, depth, computed_up_to from first)
    order by id
    limit ${mostTogether}
    for no key update
  `)
  if (segments.length === 0) return false
  const chunk = await rows<{ id: number }>(tx, sql`
    select id
    from contacts
    where id > ${segments[0]!.computed_up_to}::bigint
    order by id
    limit ${size}::bigint
  `)
  if (chunk.length === 0) for (const segment of segments) await finish(tx, segment)
  else await computeChunk(tx, segments, chunk.map(contact => contact.id), now)
  await touchAll(tx, ['segments', ...segments.map(segment => `segment:${segment.id}`)])
  return true
}

type ComputingSegment = EvaluatedSegment & { kind: 'live' | 'static' }

async function computeChunk(tx: Db, segments: ComputingSegment[], contactIds: number[], now: Date): Promise<void> {
  await bringInLine(tx, [{ segments, contactIds, keepsMembers: segments[0]!.kind === 'static' }], now)
  await sql`
    update segments
    set computed_up_to = ${contactIds.at(-1)!}::bigint
    where id = any(${segments.map(segment => segment.id)}::bigint[])
      and state = 'computing'
  `.execute(tx)
}

/** Live now. Segments built on this one saw its members change without a word, so they are computed after it. */
async function finish(tx: Db, segment: EvaluatedSegment): Promise<void> {
  await sql`
    update segments
    set state = 'computing', computed_up_to = 0, is_rebuild = base.is_rebuild and (segments.state = 'live' or segments.is_rebuild)
    from (select is_rebuild from segments where id = ${segment.id}::bigint) as base
    where depends_on && array[${`segment:${segment.id}`}]::text[]
      and archived_at is null
      and state in ('live', 'computing')
  `.execute(tx)
  await sql`
    update segments
    set state = 'live', is_rebuild = false, error = null, computed_up_to = 0,
      members_count = (select count(*) from segment_memberships where segment_id = ${segment.id}::bigint)
    where id = ${segment.id}::bigint
  `.execute(tx)
}
