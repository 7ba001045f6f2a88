import { sql } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { SegmentUse } from '../../shared/segments.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { depths, usedSegments } from './find-cycle.ts'
import type { SegmentLinks } from './find-cycle.ts'

export type SegmentRow = {
  id: number
  kind: 'live' | 'static'
  name: string
  description: string
  condition: Condition
  made_from: Condition | null
  depends_on: string[]
  state: 'computing' | 'live' | 'failed'
  error: string | null
  computed_up_to: number
  last_contact_id: number
  clock_at: Date
  members_count: number
  example_key: string | null
  revision: number
  created_at: Date
  updated_at: Date
}

const columns = sql`id, kind, name, description, condition, made_from, depends_on, state, error, computed_up_to, clock_at, members_count, example_key, revision, created_at, updated_at,
  (select coalesce(max(id), 0) from contacts) as last_contact_id`

/** Segments in use in the order of their names, after a (name, id). */
export async function listSegments(db: Db, after: { name: string, id: number } | null, limit: number, search = ''): Promise<SegmentRow[]> {
  return rows<SegmentRow>(db, sql`
    select ${columns}
    from segments
    where archived_at is null
      and strpos(lower(name), lower(${search}::text)) > 0
      ${after === null ? sql`` : sql`and (lower(name), id) > (lower(${after.name}::text), ${after.id}::bigint)`}
    order by lower(name), id
    limit ${limit}::bigint
  `)
}

export async function findSegment(db: Db, id: number): Promise<SegmentRow | undefined> {
  const [found] = await rows<SegmentRow>(db, sql`
    select ${columns}
    from segments
    where id = ${id}::bigint
      and archived_at is null
  `)
  return found
}

/** Saves of conditions wait for each other, so that two cannot close a cycle together. */
export async function lockSegmentLinks(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7305002)`.execute(tx)
}

export async function listLinks(db: Db): Promise<SegmentLinks[]> {
  const found = await rows<{ id: number, name: string, depends_on: string[] }>(db, sql`
    select id, name, depends_on
    from segments
    where archived_at is null
  `)
  return found.map(({ depends_on, ...segment }) => ({ ...segment, uses: usedSegments(depends_on) }))
}

/** `depth` of every segment follows what each is built on. */
export async function saveDepths(tx: Db): Promise<void> {
  const depth = [...depths(await listLinks(tx))]
  await sql`
    update segments
    set depth = wanted.depth
    from unnest(${depth.map(([id]) => id)}::bigint[], ${depth.map(([, value]) => value)}::smallint[]) as wanted (id, depth)
    where segments.id = wanted.id
      and segments.depth <> wanted.depth
  `.execute(tx)
}

export type NewSegment = { name: string, description: string, kind: 'live' | 'static', condition: Condition, made_from: Condition | null, depends_on: string[], example_key?: string, created_by: number | null }

/** One new segment, to be computed; a static one that nobody is put into has nothing to compute. A second one with the same example_key is not made. */
export async function insertSegment(tx: Db, segment: NewSegment, now: Date): Promise<number | undefined> {
  const [inserted] = await rows<{ id: number }>(tx, sql`
    insert into segments (name, description, kind, state, condition, made_from, depends_on, example_key, created_by, clock_at, created_at, updated_at)
    values (${segment.name}, ${segment.description}, ${segment.kind}, ${segment.kind === 'static' && segment.made_from === null ? 'live' : 'computing'},
      ${JSON.stringify(segment.condition)}::jsonb, ${segment.made_from === null ? null : JSON.stringify(segment.made_from)}::jsonb, ${segment.depends_on}::text[],
      ${segment.example_key ?? null}, ${segment.created_by}::bigint, ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz)
    on conflict (example_key) do nothing
    returning id
  `)
  return inserted?.id
}

/** The segment changed, when it still has that revision; with `recompute` its members are found anew. */
export async function updateSegment(tx: Db, id: number, revision: number, segment: Pick<NewSegment, 'name' | 'description' | 'condition' | 'depends_on'>, recompute: boolean, now: Date): Promise<boolean> {
  const changed = await rows(tx, sql`
    update segments
    set name = ${segment.name}, description = ${segment.description}, condition = ${JSON.stringify(segment.condition)}::jsonb,
      depends_on = ${segment.depends_on}::text[], revision = revision + 1, updated_at = ${now}::timestamptz
      ${recompute ? sql`, state = 'computing', error = null, computed_up_to = 0, clock_at = ${now}::timestamptz` : sql``}
    where id = ${id}::bigint
      and revision = ${revision}::int
      and archived_at is null
    returning id
  `)
  return changed.length > 0
}

/** To be computed from the start. */
export async function restartSegment(tx: Db, id: number, now: Date): Promise<void> {
  await sql`
    update segments
    set state = 'computing', error = null, computed_up_to = 0, clock_at = greatest(clock_at, ${now}::timestamptz)
    where id = ${id}::bigint
      and archived_at is null
  `.execute(tx)
}

/** All of them to be computed from the start, failed ones too. A second run before they are done begins again. */
export async function restartAllSegments(tx: Db, now: Date): Promise<void> {
  await sql`
    update segments
    set state = 'computing', error = null, computed_up_to = 0, clock_at = greatest(clock_at, ${now}::timestamptz)
    where archived_at is null
      and kind = 'live'
  `.execute(tx)
}

/** Put away: nobody is in it any more. The row stays, since history names it. */
export async function archiveSegment(tx: Db, id: number, now: Date): Promise<void> {
  // Those putting people in right now (holdStaticSegment) are waited for; who comes later finds it archived.
  await sql`select from segments where id = ${id}::bigint for update`.execute(tx)
  await sql`
    update segments
    set archived_at = ${now}::timestamptz, example_key = null, revision = revision + 1
    where id = ${id}::bigint
  `.execute(tx)
  await sql`
    delete from segment_memberships
    where segment_id = ${id}::bigint
  `.execute(tx)
}

/** Segments in, what is built on each out: segments, journeys (draft or published), campaigns that have not been sent. */
export async function findUses(db: Db, ids: number[]): Promise<Map<number, SegmentUse[]>> {
  const found = await rows<SegmentUse & { segment_id: number }>(db, sql`
    with wanted as (
      select unnest(${ids}::bigint[]) as segment_id
    ), named as (
      select wanted.segment_id, 'segment' as kind, segments.id, segments.name
      from wanted
      join segments on segments.depends_on && array['segment:' || wanted.segment_id]
      where segments.archived_at is null
      union
      select wanted.segment_id, 'journey', journeys.id, journeys.name
      from wanted
      cross join journeys
      left join journey_versions on journey_versions.id = journeys.version_id
      where journeys.archived_at is null
        and (
          jsonb_path_exists(journeys.draft, '$.** ? (@.segment == $id || @.segment_id == $id)', jsonb_build_object('id', wanted.segment_id))
          or jsonb_path_exists(journey_versions.graph, '$.** ? (@.segment == $id || @.segment_id == $id)', jsonb_build_object('id', wanted.segment_id))
        )
      union
      select wanted.segment_id, 'campaign', campaigns.id, campaigns.name
      from wanted
      join campaigns on campaigns.segment_id = wanted.segment_id
      where campaigns.archived_at is null
        and campaigns.state in ('draft', 'scheduled', 'planning', 'sending', 'paused')
    )
    select segment_id, kind, id, name
    from named
    order by kind desc, name
  `)
  const uses = new Map<number, SegmentUse[]>(ids.map(id => [id, []]))
  for (const { segment_id, ...use } of found) uses.get(segment_id)?.push(use)
  return uses
}

/** The exact number of members written to the list; whether it was another one than before. */
export async function saveMemberCount(db: Db, id: number): Promise<boolean> {
  const changed = await rows(db, sql`
    update segments
    set members_count = counted.members
    from (select count(*) as members from segment_memberships where segment_id = ${id}::bigint) as counted
    where segments.id = ${id}::bigint
      and segments.members_count <> counted.members
    returning segments.id
  `)
  return changed.length > 0
}
