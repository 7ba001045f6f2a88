import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export type Candidate = {
  contact_id: number
  journey_id: number
  version_id: number
  first: string
  reentry: 'once' | 'again' | 'always'
  /** with again: not sooner than this after the last time ended */
  again_after_ms?: number
  /** with an entry limit: how many may enter now */
  room?: number
  /** the journeys that started one another up to this one */
  via?: number[]
  /** what enrols: `event:12`, `segment:3:2026-…`, `manual:…`; the same key again is harmless */
  trigger_key: string
  /** an event counts for the first wait when it came after this */
  since: Date
  test_wait_seconds?: number
  /** of a test run: where its mails go, and whether its steps really act */
  test?: { mails_to: string, acts: boolean }
}
export type Enrolled = { contact_id: number, id: number, journey_id: number, trigger_key: string }

/**
 * Candidates in, those really enrolled out, at the first step and due at once, and those for whom there was no room. A
 * second run enrols nobody: the trigger key is unique per contact and journey. The caller holds the contacts' rows, which keeps
 * "once" and "again" true when two processes enrol the same person.
 */
export async function insertEnrolments(db: Db, candidates: Candidate[], now: Date): Promise<{ enrolled: Enrolled[], full: Omit<Enrolled, 'id'>[] }> {
  if (candidates.length === 0) return { enrolled: [], full: [] }
  const column = <K extends keyof Candidate>(key: K) => candidates.map(candidate => candidate[key] ?? null)
  const found = await rows<Enrolled & { id: number | null }>(db, sql`
    with candidates as (
      select *
      from unnest(
        ${column('contact_id')}::bigint[], ${column('journey_id')}::bigint[], ${column('version_id')}::bigint[],
        ${column('first')}::text[], ${column('reentry')}::text[], ${column('trigger_key')}::text[],
        ${candidates.map(one => JSON.stringify({ since: one.since.toISOString(), ...one.via ? { via: one.via } : {}, ...one.test ? { test: one.test } : {} }))}::jsonb[], ${column('test_wait_seconds')}::integer[],
        ${column('again_after_ms')}::bigint[], ${column('room')}::integer[]
      ) with ordinality as candidate (contact_id, journey_id, version_id, first_step, reentry, trigger_key, context, test_wait_seconds, again_after_ms, room, place)
    ),
    -- of several reasons in one batch the first one counts, unless every one makes its own enrolment
    chosen as (
      select distinct on (contact_id, journey_id, case when reentry = 'always' then place end) *
      from candidates
      order by contact_id, journey_id, case when reentry = 'always' then place end, place
    ),
    allowed as (
      select chosen.*, row_number() over (partition by chosen.journey_id order by chosen.place) as turn
      from chosen
      join contacts on contacts.id = chosen.contact_id
      where not exists (
          select from enrolments same
          where same.contact_id = chosen.contact_id
            and same.journey_id = chosen.journey_id
            and same.trigger_key = chosen.trigger_key
        )
        and (
          chosen.reentry = 'always'
          or chosen.test_wait_seconds is not null
          or not exists (
            select from enrolments earlier
            where earlier.contact_id = chosen.contact_id
              and earlier.journey_id = chosen.journey_id
              and earlier.test_wait_seconds is null
              and (
                chosen.reentry = 'once'
                or earlier.state in ('active', 'waiting')
                or coalesce(earlier.ended_at, earlier.arrived_at) > ${now}::timestamptz - chosen.again_after_ms * interval '1 millisecond'
              )
          )
        )
    ),
    entered as (
      insert into enrolments (contact_id, journey_id, version_id, step_key, visit, state, wake_at, trigger_key, context, test_wait_seconds, entered_at, arrived_at, lane)
      select contact_id, journey_id, version_id, first_step, 1, 'active', ${now}, trigger_key, context, test_wait_seconds, ${now}, ${now}, (contact_id % 64)::smallint
      from allowed
      where room is null
         or turn <= room
      order by contact_id, place
      on conflict (contact_id, journey_id, trigger_key) do nothing
      returning contact_id, id, journey_id, trigger_key
    )
    select contact_id, id, journey_id, trigger_key
    from entered
    union all
    select contact_id, null, journey_id, trigger_key
    from allowed
    where turn > room
  `)
  return { enrolled: found.filter(one => one.id !== null), full: found.filter(one => one.id === null) }
}

/** Contact ids in, those for whom the predicate (over contacts c and rollups r) holds out. Locks nothing. */
export async function filterContacts(db: Db, contactIds: number[], predicate: RawBuilder<boolean>): Promise<Set<number>> {
  const kept = await rows<{ id: number }>(db, sql`
    select c.id
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where c.id = any(${contactIds}::bigint[])
      and ${predicate}
  `)
  return new Set(kept.map(row => row.id))
}

export type EventKey = { contact_id: number, id: number, occurred_at: Date }

/** Events and questions (predicates over events e) in; for each question the ids of the events it is true of. One reading for all. Locks nothing. */
export async function matchEvents(db: Db, events: EventKey[], questions: RawBuilder<boolean>[]): Promise<Set<number>[]> {
  if (events.length === 0 || questions.length === 0) return questions.map(() => new Set())
  const moments = events.map(event => event.occurred_at.getTime())
  const answers = await rows<{ id: number, holds: boolean[] }>(db, sql`
    select e.id, array[${sql.join(questions)}]::boolean[] as holds
    from unnest(
      ${events.map(event => event.contact_id)}::bigint[],
      ${events.map(event => event.occurred_at)}::timestamptz[],
      ${events.map(event => event.id)}::bigint[]
    ) as asked (contact_id, occurred_at, id)
    -- lateral and offset 0: one after another by their keys, never a join with whole months; a Date has milliseconds, the event may have microseconds
    cross join lateral (
      select *
      from events
      where events.contact_id = asked.contact_id
        and events.occurred_at >= asked.occurred_at
        and events.occurred_at < asked.occurred_at + interval '1 millisecond'
        and events.id = asked.id
        and events.occurred_at between ${new Date(Math.min(...moments))} and ${new Date(Math.max(...moments) + 1)}
      offset 0
    ) as e
  `)
  return questions.map((_, index) => new Set(answers.filter(answer => answer.holds[index]).map(answer => answer.id)))
}

/** Why each of these contacts was not enrolled by hand: whether they ever were in the journey, or are in it now, or the key was used. */
export async function earlierEnrolments(db: Db, journeyId: number, contactIds: number[], triggerKey: string): Promise<{ contact_id: number, running: boolean, same_key: boolean }[]> {
  return await rows<{ contact_id: number, running: boolean, same_key: boolean }>(db, sql`
    select contact_id,
      bool_or(state in ('active', 'waiting') and test_wait_seconds is null) as running,
      bool_or(trigger_key = ${triggerKey}) as same_key
    from enrolments
    where contact_id = any(${contactIds}::bigint[])
      and journey_id = ${journeyId}
      and (test_wait_seconds is null or trigger_key = ${triggerKey})
    group by contact_id
  `)
}

/** How many are in the segment now; undefined when there is none in use. Locks nothing. */
export async function countSegment(db: Db, segmentId: number): Promise<number | undefined> {
  const [found] = await rows<{ people: number }>(db, sql`
    select (select count(*) from segment_memberships where segment_id = segments.id) as people
    from segments
    where id = ${segmentId}
      and archived_at is null
  `)
  return found?.people
}

/** Members of a segment by contact id, from after that one on. Locks nothing. */
export async function membersAfter(db: Db, segmentId: number, after: number, limit: number): Promise<number[]> {
  const found = await rows<{ contact_id: number }>(db, sql`
    select contact_id
    from segment_memberships
    where segment_id = ${segmentId}
      and contact_id > ${after}
    order by contact_id
    limit ${limit}
  `)
  return found.map(row => row.contact_id)
}
