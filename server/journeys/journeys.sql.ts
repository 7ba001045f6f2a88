import { sql } from 'kysely'
import { maybeOne, one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { JourneyGraph, JourneyTrigger } from '../../shared/journeys.ts'

export type Journey = {
  id: number
  name: string
  description: string
  draft: JourneyGraph
  version_id: number | null
  state: 'draft' | 'active' | 'paused'
  dates_missed: number
  revision: number
  created_at: Date
  updated_at: Date
}

const journeyColumns = sql.raw('id, name, description, draft, version_id, state, dates_missed, revision, created_at, updated_at')

export async function findJourney(db: Db, id: number): Promise<Journey | undefined> {
  return await maybeOne<Journey>(db, sql`
    select ${journeyColumns}
    from journeys
    where id = ${id}
      and archived_at is null
  `)
}

/** As findJourney, the row held until the transaction ends: publishing, pausing and editing take turns. */
export async function holdJourney(db: Db, id: number): Promise<Journey | undefined> {
  return await maybeOne<Journey>(db, sql`
    select ${journeyColumns}
    from journeys
    where id = ${id}
      and archived_at is null
    for update
  `)
}

export async function insertJourney(db: Db, journey: { name: string, description: string, draft: JourneyGraph, recipe?: string, created_by: number | null }, now: Date): Promise<Journey> {
  return await one<Journey>(db, sql`
    insert into journeys (name, description, draft, recipe, created_by, created_at, updated_at)
    values (${journey.name}, ${journey.description}, ${JSON.stringify(journey.draft)}::jsonb, ${journey.recipe ?? null}, ${journey.created_by}, ${now}, ${now})
    returning ${journeyColumns}
  `)
}

/** Writes what is given when the revision is still the one seen; else undefined and nothing changes. */
export async function updateJourney(db: Db, id: number, revision: number, changes: { name?: string | undefined, description?: string | undefined, draft?: JourneyGraph | undefined }, now: Date): Promise<Journey | undefined> {
  return await maybeOne<Journey>(db, sql`
    update journeys
    set name = coalesce(${changes.name ?? null}, name),
      description = coalesce(${changes.description ?? null}, description),
      draft = coalesce(${changes.draft === undefined ? null : JSON.stringify(changes.draft)}::jsonb, draft),
      revision = revision + 1,
      updated_at = ${now}
    where id = ${id}
      and revision = ${revision}
      and archived_at is null
    returning ${journeyColumns}
  `)
}

/** The draft as it is given, with a new revision: who is editing is told. */
export async function setDraft(db: Db, id: number, draft: JourneyGraph): Promise<void> {
  await sql`update journeys set draft = ${JSON.stringify(draft)}::jsonb, revision = revision + 1 where id = ${id}`.execute(db)
}

export async function setJourneyState(db: Db, id: number, state: Journey['state'], versionId: number | null, now: Date): Promise<void> {
  await sql`
    update journeys
    set state = ${state},
      version_id = coalesce(${versionId}::bigint, version_id),
      updated_at = ${now}
    where id = ${id}
  `.execute(db)
}

/** Takes the journey out of sight and everybody who is still on their way out of it. A second run changes nothing. */
export async function archiveJourney(db: Db, id: number, now: Date): Promise<number> {
  const left = await rows<{ id: number }>(db, sql`
    with archived as (
      update journeys
      set archived_at = ${now},
        state = case when version_id is null then 'draft' else 'paused' end,
        updated_at = ${now}
      where id = ${id}
        and archived_at is null
      returning id
    )
    update enrolments
    set state = 'left',
      state_reason = 'journey_archived',
      wake_at = null,
      waits_for = null,
      waits_message_id = null,
      ended_at = ${now}
    from archived
    where enrolments.journey_id = archived.id
      and enrolments.state in ('active', 'waiting')
    returning enrolments.id
  `)
  return left.length
}

export type Version = { id: number, number: number, graph: JourneyGraph, published_at: Date, published_by: string | null }

export async function findVersion(db: Db, versionId: number): Promise<Version | undefined> {
  return await maybeOne<Version>(db, sql`
    select v.id, v.number, v.graph, v.published_at, u.name as published_by
    from journey_versions v
    left join users u on u.id = v.published_by
    where v.id = ${versionId}
  `)
}

/** The next version of a journey whose row the caller holds, so that numbers have no gaps and no doubles. */
export async function insertVersion(db: Db, journeyId: number, graph: JourneyGraph, publishedBy: number | null, now: Date): Promise<{ id: number, number: number }> {
  return await one<{ id: number, number: number }>(db, sql`
    insert into journey_versions (journey_id, number, graph, published_by, published_at)
    select ${journeyId}, greatest(coalesce(max(number), 0), 0) + 1, ${JSON.stringify(graph)}::jsonb, ${publishedBy}::bigint, ${now}
    from journey_versions
    where journey_id = ${journeyId}
    returning id, number
  `)
}

/**
 * The version a test run goes through: one with this very graph when there is one, else a new one that was never
 * published and has a number below zero. The caller holds the journey's row.
 */
export async function versionForTest(db: Db, journeyId: number, graph: JourneyGraph, by: number | null, now: Date): Promise<number> {
  const same = await maybeOne<{ id: number }>(db, sql`
    select id
    from journey_versions
    where journey_id = ${journeyId}
      and graph = ${JSON.stringify(graph)}::jsonb
    order by number desc
    limit 1
  `)
  if (same) return same.id
  const made = await one<{ id: number }>(db, sql`
    insert into journey_versions (journey_id, number, graph, published_by, published_at)
    select ${journeyId}, least(coalesce(min(number), 0), 0) - 1, ${JSON.stringify(graph)}::jsonb, ${by}::bigint, ${now}
    from journey_versions
    where journey_id = ${journeyId}
    returning id
  `)
  return made.id
}

export async function countOnOlderVersions(db: Db, journeyId: number, versionId: number): Promise<number> {
  const { people } = await one<{ people: number }>(db, sql`
    select count(*) as people
    from enrolments
    where journey_id = ${journeyId}
      -- two ranges of an index, where "another" would read everybody
      and (version_id < ${versionId} or version_id > ${versionId})
      and state in ('active', 'waiting')
      and test_wait_seconds is null
  `)
  return people
}

export type JourneyListRow = {
  id: number, name: string, description: string, state: Journey['state'], trigger: JourneyTrigger, steps: number
  version: number | null, has_unpublished_changes: boolean, here_now: number, entered: number, mails_sent: number, revenue: number, updated_at: Date
  /** when the numbers were counted, of those that are kept */
  counted_at: Date | null, took_ms: number | null
}

/** Journeys by id descending, each with its numbers (test runs left out): the kept ones, else counted now. Key: the id of the last row seen. */
export async function listJourneys(db: Db, { before, limit, search }: { before: number | null, limit: number, search: string }): Promise<JourneyListRow[]> {
  const page = await rows<JourneyListRow>(db, sql`
    with page as (
      select *
      from journeys
      where archived_at is null
        and (${before}::bigint is null or id < ${before})
        and (${search}::text = '' or name ilike '%' || ${search.replace(/[\\%_]/g, '\\$&')} || '%')
      order by id desc
      limit ${limit}
    )
    select page.id, page.name, page.description, page.state, page.draft -> 'trigger' as trigger,
      (select count(*) from jsonb_object_keys(page.draft -> 'steps')) as steps,
      v.number as version,
      v.id is not null and v.graph <> page.draft as has_unpublished_changes,
      coalesce(kept.here_now, 0) as here_now, coalesce(kept.entered, 0) as entered,
      coalesce(kept.mails_sent, 0) as mails_sent, coalesce(kept.revenue, 0) as revenue,
      page.updated_at, kept.counted_at, kept.took_ms
    from page
    left join journey_versions v on v.id = page.version_id
    left join journey_numbers kept on kept.journey_id = page.id
    order by page.id desc
  `)
  const counted = await countNow(db, page.filter(row => row.counted_at === null).map(row => row.id))
  return page.map(row => ({ ...row, ...counted.get(row.id) }))
}

type ListNumbers = Pick<JourneyListRow, 'here_now' | 'entered' | 'mails_sent' | 'revenue'>

/** The journeys are named in the statement, so that the planner sees that they are small ones. */
async function countNow(db: Db, journeyIds: number[]): Promise<Map<number, ListNumbers>> {
  if (journeyIds.length === 0) return new Map()
  const found = await rows<ListNumbers & { journey_id: number }>(db, sql`
    with people as (
      select journey_id, count(*) filter (where state in ('active', 'waiting')) as here_now, count(*) as entered
      from enrolments
      where journey_id = any(${journeyIds}::bigint[])
        and test_wait_seconds is null
      group by journey_id
    ),
    mails as (
      select journey_id, count(sent_at) as sent, coalesce(sum(revenue), 0)::bigint as revenue
      from messages
      where journey_id = any(${journeyIds}::bigint[])
        and kind <> 'test'
      group by journey_id
    )
    select people.journey_id, people.here_now, people.entered, coalesce(mails.sent, 0) as mails_sent, coalesce(mails.revenue, 0) as revenue
    from people
    left join mails on mails.journey_id = people.journey_id
  `)
  return new Map(found.map(({ journey_id, ...numbers }) => [journey_id, numbers]))
}
