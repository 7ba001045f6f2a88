import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
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
  archived_at: Date | null
  /** what its condition names and is no longer there */
  problems: { field: string, message: string }[]
  /** whether anybody has ever been in it, as far as is known */
  had_members: boolean
}

const columns = sql`id, kind, name, description, condition, made_from, depends_on, state, error, computed_up_to, clock_at, members_count, example_key, revision, created_at, updated_at, archived_at, problems,
  members_count > 0 or exists (select from segment_days where segment_id = segments.id and (members > 0 or entered > 0))
    or exists (select from events where source = 'segment:' || segments.id and type in ('segment.entered', 'segment.left') limit 1) as had_members,
  (select coalesce(max(id), 0) from contacts) as last_contact_id`

export type SegmentFilter = {
  search: string
  kind?: 'live' | 'static' | undefined
  /** broken: failed, or names what is gone. empty: nobody is in it. unused: not among `used` */
  state?: 'live' | 'computing' | 'broken' | 'empty' | 'unused' | 'archived' | undefined
  /** segments something is built on, for `unused` */
  used: number[]
}
export type SegmentSort = { by: 'name' | 'members' | 'updated', descending: boolean }

const sortKeys = {
  name: { key: sql`lower(name)`, type: sql`text` },
  members: { key: sql`members_count`, type: sql`bigint` },
  updated: { key: sql`updated_at`, type: sql`timestamptz` },
} as const

/** One page of the segments that fit, after a (sort value, id). */
export async function listSegments(db: Db, filter: SegmentFilter, sort: SegmentSort, after: { value: string, id: number } | null, limit: number): Promise<(SegmentRow & { sort_key: string })[]> {
  const { key, type } = sortKeys[sort.by]
  const direction = sort.descending ? sql`desc` : sql`asc`
  const beyond = sort.descending ? sql`<` : sql`>`
  return rows<SegmentRow & { sort_key: string }>(db, sql`
    select ${columns}, (${key})::text as sort_key
    from segments
    where ${filter.state === 'archived' ? sql`archived_at is not null` : sql`archived_at is null`}
      and strpos(lower(name), lower(${filter.search}::text)) > 0
      ${filter.kind === undefined ? sql`` : sql`and kind = ${filter.kind}::text`}
      and ${statePredicate(filter)}
      ${after === null ? sql`` : sql`and (${key}, id) ${beyond} (${after.value}::${type}, ${after.id}::bigint)`}
    order by ${key} ${direction}, id ${direction}
    limit ${limit}::bigint
  `)
}

function statePredicate({ state, used }: SegmentFilter): RawBuilder<unknown> {
  if (state === 'live' || state === 'computing') return sql`state = ${state}::text`
  if (state === 'broken') return sql`(state = 'failed' or problems <> '[]')`
  if (state === 'empty') return sql`(state = 'live' and members_count = 0)`
  if (state === 'unused') return sql`not (id = any(${used}::bigint[]))`
  return sql`true`
}

/** All segments in use. */
export async function listSegmentIds(db: Db): Promise<number[]> {
  return (await rows<{ id: number }>(db, sql`
    select id
    from segments
    where archived_at is null
  `)).map(row => row.id)
}

/** A segment in use; with `archived` also one put away. */
export async function findSegment(db: Db, id: number, archived = false): Promise<SegmentRow | undefined> {
  const [found] = await rows<SegmentRow>(db, sql`
    select ${columns}
    from segments
    where id = ${id}::bigint
      and (${archived}::boolean or archived_at is null)
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
      ${recompute ? sql`, state = 'computing', is_rebuild = false, error = null, computed_up_to = 0, clock_at = ${now}::timestamptz` : sql``}
    where id = ${id}::bigint
      and revision = ${revision}::int
      and archived_at is null
    returning id
  `)
  return changed.length > 0
}

/** To be computed from the start. One that was live goes on being followed, by events and the clock, meanwhile. */
export async function restartSegment(tx: Db, id: number, now: Date): Promise<void> {
  await sql`
    update segments
    set state = 'computing', is_rebuild = state = 'live' or is_rebuild, error = null, computed_up_to = 0,
      clock_at = case when state = 'live' or is_rebuild then clock_at else greatest(clock_at, ${now}::timestamptz) end
    where id = ${id}::bigint
      and archived_at is null
  `.execute(tx)
}

/** All of them to be computed from the start, failed ones too. A second run before they are done begins again. */
export async function restartAllSegments(tx: Db, now: Date): Promise<void> {
  await sql`
    update segments
    set state = 'computing', is_rebuild = false, error = null, computed_up_to = 0, clock_at = greatest(clock_at, ${now}::timestamptz)
    where archived_at is null
      and kind = 'live'
  `.execute(tx)
}

/**
 * Put away: a live one has nobody in it any more, a static one keeps its people in case it is brought back. The row
 * stays, since history names it.
 */
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
    using segments
    where segment_memberships.segment_id = ${id}::bigint
      and segments.id = segment_memberships.segment_id
      and segments.kind = 'live'
  `.execute(tx)
}

/** Brought back: the members of a live one are found anew. A second run changes nothing. */
export async function unarchiveSegment(tx: Db, id: number, now: Date): Promise<void> {
  await sql`
    update segments
    set archived_at = null, revision = revision + 1, updated_at = ${now}::timestamptz, error = null, clock_at = ${now}::timestamptz,
      state = case when kind = 'live' then 'computing' else state end, computed_up_to = case when kind = 'live' then 0 else computed_up_to end
    where id = ${id}::bigint
      and archived_at is not null
  `.execute(tx)
}

/** What is missing written beside each segment; whether any differs from before. */
export async function saveProblems(tx: Db, found: { id: number, problems: { field: string, message: string }[] }[]): Promise<boolean> {
  const changed = await rows(tx, sql`
    update segments
    set problems = checked.problems
    from unnest(${found.map(one => one.id)}::bigint[], ${found.map(one => JSON.stringify(one.problems))}::jsonb[]) as checked (id, problems)
    where segments.id = checked.id
      and segments.problems <> checked.problems
    returning segments.id
  `)
  return changed.length > 0
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
