import { sql } from 'kysely'
import { maybeOne, one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'

/** One place of an older version and what becomes of who stands there. */
export type PlannedPlace = {
  version_id: number
  step: string
  do: 'move' | 'end'
  to: string | null
  /** the wait goes on as it is, `shift` milliseconds longer or shorter; false: they arrive at the step anew */
  keeps: boolean
  /** what is waited for has changed: it is asked for anew, counted from when they began to wait */
  asks_anew: boolean
  shift: number
  /** of a kept wait for an event: the one to wait for now */
  waits_for: string | null
}

export type PlaceCount = { version_id: number, version: number, step: string, people: number }

/** Where people stand on their way, by version and step; test runs left out. Locks nothing. */
export async function countPlaces(db: Db, journeyId: number): Promise<PlaceCount[]> {
  return await rows<PlaceCount>(db, sql`
    select n.version_id, v.number as version, n.step_key as step, count(*) as people
    from enrolments n
    join journey_versions v on v.id = n.version_id
    where n.journey_id = ${journeyId}
      and n.state in ('active', 'waiting', 'failed')
      and n.test_wait_seconds is null
    group by n.version_id, v.number, n.step_key
    order by v.number desc, people desc, n.step_key
  `)
}

export type VersionWithPeople = { id: number, number: number, graph: JourneyGraph, published_at: Date, published_by: string | null, people: number }

/** Published versions, the newest first, with how many are on their way through each. Locks nothing. */
export async function listVersions(db: Db, journeyId: number): Promise<VersionWithPeople[]> {
  return await rows<VersionWithPeople>(db, sql`
    select v.id, v.number, v.graph, v.published_at, u.name as published_by, coalesce(here.people, 0) as people
    from journey_versions v
    left join users u on u.id = v.published_by
    left join (
      select version_id, count(*) as people
      from enrolments
      where journey_id = ${journeyId}
        and state in ('active', 'waiting', 'failed')
        and test_wait_seconds is null
      group by version_id
    ) as here on here.version_id = v.id
    where v.journey_id = ${journeyId}
      and v.number > 0
    order by v.number desc
    limit 200
  `)
}

export type Move = { id: number, journey_id: number, version_id: number, plan: PlannedPlace[], people: number, moved: number, ended: number, after_contact_id: number, finished_at: Date | null }
const moveColumns = sql.raw('id, journey_id, version_id, plan, people, moved, ended, after_contact_id, finished_at')

export async function insertMove(db: Db, move: { journey_id: number, version_id: number, plan: PlannedPlace[], people: number, created_by: number | null }, now: Date): Promise<number> {
  const { id } = await one<{ id: number }>(db, sql`
    insert into journey_moves (journey_id, version_id, plan, people, created_by, created_at)
    values (${move.journey_id}, ${move.version_id}, ${JSON.stringify(move.plan)}::jsonb, ${move.people}, ${move.created_by}::bigint, ${now})
    returning id
  `)
  return id
}

/** The move itself, held until the transaction ends: two runs of its job take turns. */
export async function holdMove(db: Db, id: number): Promise<Move | undefined> {
  return await maybeOne<Move>(db, sql`select ${moveColumns} from journey_moves where id = ${id} for update`)
}

/** Moves of a journey, the latest first. */
export async function listMoves(db: Db, journeyId: number): Promise<Move[]> {
  return await rows<Move>(db, sql`
    select ${moveColumns}
    from journey_moves
    where journey_id = ${journeyId}
    order by id desc
    limit 200
  `)
}

/** A later publication decides anew about everybody: what an earlier one has not come to yet is left to it. */
export async function finishEarlierMoves(db: Db, journeyId: number, now: Date): Promise<void> {
  await sql`update journey_moves set finished_at = ${now} where journey_id = ${journeyId} and finished_at is null`.execute(db)
}

/** The next contacts, by id, who stand at one of the places: as many of each place, and of those the first. Locks nothing. */
export async function contactsAtPlaces(db: Db, move: Move, limit: number): Promise<number[]> {
  const found = await rows<{ contact_id: number }>(db, sql`
    select distinct next.contact_id
    from ${places(move.plan)}
    cross join lateral (
      select distinct n.contact_id
      from enrolments n
      where n.journey_id = ${move.journey_id}
        and n.version_id = place.version_id
        and n.step_key = place.step
        and n.state in ('active', 'waiting', 'failed')
        and n.test_wait_seconds is null
        and n.contact_id > ${move.after_contact_id}
      order by n.contact_id
      limit ${limit}
    ) as next
    order by next.contact_id
    limit ${limit}
  `)
  return found.map(row => row.contact_id)
}

const places = (plan: PlannedPlace[]) => sql`
  jsonb_to_recordset(${JSON.stringify(plan)}::jsonb) as place (version_id bigint, step text, "do" text, "to" text, keeps boolean, asks_anew boolean, shift bigint, waits_for text)`

export type MovedPerson = { contact_id: number, ended: boolean }

/**
 * Contacts in; their enrolments at the planned places go to the new version, or end. A wait that is kept goes on from
 * where it began, also when what is waited for is asked for anew; who changes the step leaves the old one with outcome `moved` and arrives anew. A step that failed stays
 * failed, to be tried again in the new version. A second run finds nobody there any more. The caller holds the contacts' rows.
 */
export async function moveEnrolments(tx: Db, move: Move, contactIds: number[], now: Date): Promise<MovedPerson[]> {
  return await rows<MovedPerson>(tx, sql`
    with target as (
      select id, number from journey_versions where id = ${move.version_id}
    ),
    standing as (
      select n.contact_id, n.id, n.visit, n.step_key, n.arrived_at, place."do", place."to", place.keeps, coalesce(place.asks_anew, false) as asks_anew, place.shift, place.waits_for,
        place."do" = 'move' and place."to" <> n.step_key as goes_elsewhere
      from enrolments n
      join ${places(move.plan)} on place.version_id = n.version_id and place.step = n.step_key
      where n.journey_id = ${move.journey_id}
        and n.contact_id = any(${contactIds}::bigint[])
        and n.state in ('active', 'waiting', 'failed')
        and n.test_wait_seconds is null
      for no key update of n
    ),
    written as (
      insert into enrolment_steps (contact_id, enrolment_id, visit, journey_id, step_key, outcome, reason, arrived_at, left_at)
      select contact_id, id, visit, ${move.journey_id}, step_key, 'moved', 'version:' || (select number from target), arrived_at, ${now}
      from standing
      where goes_elsewhere
      on conflict do nothing
    )
    update enrolments n
    set version_id = case when standing."do" = 'move' then (select id from target) else n.version_id end,
      step_key = case when standing."do" = 'move' then standing."to" else n.step_key end,
      visit = n.visit + case when goes_elsewhere then 1 else 0 end,
      arrived_at = case when goes_elsewhere and not keeps and not asks_anew then ${now} else n.arrived_at end,
      state = case when standing."do" = 'end' then 'left' when n.state = 'failed' or keeps then n.state else 'active' end,
      state_reason = case when standing."do" = 'end' then 'version:' || (select number from target) else n.state_reason end,
      wake_at = case
        when standing."do" = 'end' then null
        when n.state = 'failed' then null
        when keeps and n.state = 'waiting' then greatest(${now}, n.wake_at + standing.shift * interval '1 millisecond')
        when keeps then n.wake_at
        else ${now}
      end,
      waits_for = case when standing."do" = 'move' and keeps and n.waits_for is not null then coalesce(standing.waits_for, n.waits_for) end,
      waits_message_id = case when standing."do" = 'move' and keeps then n.waits_message_id end,
      -- what was mailed before is not mailed again at the step they come to
      context = case when standing."do" = 'move'
        then case when asks_anew then n.context - 'woken_by' - 'met' || jsonb_build_object('waiting_since', n.arrived_at) else n.context end || jsonb_build_object('moved_at', ${now}::timestamptz)
        else n.context
      end,
      ended_at = case when standing."do" = 'end' then ${now} else n.ended_at end
    from standing
    where n.contact_id = standing.contact_id
      and n.id = standing.id
    returning n.contact_id, standing."do" = 'end' as ended
  `)
}

export async function writeMoveProgress(tx: Db, id: number, progress: { moved: number, ended: number, after: number, finished: boolean }, now: Date): Promise<void> {
  await sql`
    update journey_moves
    set moved = moved + ${progress.moved},
      ended = ended + ${progress.ended},
      after_contact_id = ${progress.after},
      finished_at = ${progress.finished ? now : null}::timestamptz
    where id = ${id}
  `.execute(tx)
}
