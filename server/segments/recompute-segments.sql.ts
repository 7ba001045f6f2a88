import { sql } from 'kysely'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { rows, withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { takeMembershipLock } from './membership-lock.sql.ts'
import { isBrokenCondition, predicateOf } from './refresh-memberships.sql.ts'
import type { EvaluatedSegment } from './refresh-memberships.sql.ts'

/** A chunk holds up events, so its size follows how long the last one took. */
const wantedMilliseconds = 60
let chunkSize = 1000

/**
 * The loop that finds the members of new and changed segments (of a static one, its first members), a chunk of contacts
 * at a time; the state is in the table, so it goes on after a crash. Nobody "enters" by it: the condition changed, not the person, so no events are
 * written and no journeys start. True while there is more to do.
 */
export async function recomputeSegments(app: App): Promise<boolean> {
  const started = performance.now()
  const worked = await withTransaction(app.db, tx => recomputeChunk(tx, app.now(), chunkSize))
  if (worked) {
    const took = performance.now() - started
    chunkSize = Math.round(Math.min(50_000, Math.max(200, chunkSize * Math.min(2, Math.max(0.25, wantedMilliseconds / Math.max(1, took))))))
  }
  return worked
}

/**
 * The next chunk of the first computing segment (those that others build on come first, static ones last) brought in line with its
 * condition. A second run over the same contacts changes nothing. Locks: the membership lock, alone.
 */
export async function recomputeChunk(tx: Db, now: Date, size: number): Promise<boolean> {
  const waiting = await rows(tx, sql`
    select
    from segments
    where state = 'computing'
      and archived_at is null
    limit 1
  `)
  if (waiting.length === 0) return false
  await takeMembershipLock(tx)
  const [segment] = await rows<ComputingSegment>(tx, sql`
    select id, kind, coalesce(made_from, condition) as condition, depends_on, state, computed_up_to, clock_at
    from segments
    where state = 'computing'
      and archived_at is null
    order by kind, depth, id
    limit 1
    for no key update
  `)
  if (segment === undefined) return false
  const [chunk] = await rows<{ last: number | null }>(tx, sql`
    select max(id) as last
    from (
      select id
      from contacts
      where id > ${segment.computed_up_to}::bigint
      order by id
      limit ${size}::bigint
    ) as chunk
  `)
  if (chunk?.last === null || chunk === undefined) await finish(tx, segment)
  else await computeChunk(tx, segment, chunk.last, now)
  await touchAll(tx, ['segments', `segment:${segment.id}`])
  return true
}

type ComputingSegment = EvaluatedSegment & { kind: 'live' | 'static' }

async function computeChunk(tx: Db, segment: ComputingSegment, last: number, now: Date): Promise<void> {
  const context = await loadConditionContext(tx)
  await sql`savepoint chunk`.execute(tx)
  try {
    const predicate = predicateOf(segment, now, context, { among: contactId => sql`(${contactId} > ${segment.computed_up_to}::bigint and ${contactId} <= ${last}::bigint)` })
    await sql`
      with matching as materialized (
        select c.id
        from contacts c
        left join contact_rollups r on r.contact_id = c.id
        where c.id > ${segment.computed_up_to}::bigint
          and c.id <= ${last}::bigint
          and ${predicate}
      ), entered as (
        insert into segment_memberships (contact_id, segment_id, entered_at)
        select id, ${segment.id}::bigint, ${now}::timestamptz
        from matching
        on conflict do nothing
      )
      delete from segment_memberships
      where ${segment.kind === 'live'}::boolean
        and segment_id = ${segment.id}::bigint
        and contact_id > ${segment.computed_up_to}::bigint
        and contact_id <= ${last}::bigint
        and contact_id not in (select id from matching)
    `.execute(tx)
  } catch (error) {
    if (!isBrokenCondition(error)) throw error
    await sql`rollback to savepoint chunk`.execute(tx)
    await sql`
      update segments
      set state = 'failed', error = ${String((error as Error).message)}::text
      where id = ${segment.id}::bigint
    `.execute(tx)
    return
  }
  await sql`
    update segments
    set computed_up_to = ${last}::bigint
    where id = ${segment.id}::bigint
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
