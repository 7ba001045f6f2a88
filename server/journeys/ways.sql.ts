import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { EnrolmentView, JourneyGraph } from '../../shared/journeys.ts'

export type Way = {
  id: number, contact_id: number, journey_id: number, journey_name: string, version: number
  state: EnrolmentView['state'], state_reason: string, trigger_key: string, step_key: string, wake_at: Date | null, waits_for: string | null
  test: boolean, entered_at: Date, arrived_at: Date, ended_at: Date | null, graph: JourneyGraph
  steps: EnrolmentView['steps']
}

/** One person's ways, the latest first: through one journey, or (journey null) through all. At most 50. */
export async function findWays(db: Db, contactId: number, journeyId: number | null): Promise<Way[]> {
  return await rows<Way>(db, sql`
    select n.id, n.contact_id, n.journey_id, j.name as journey_name, v.number as version, v.graph,
      n.state, n.state_reason, n.trigger_key, n.step_key, n.wake_at, n.waits_for,
      n.test_wait_seconds is not null as test, n.entered_at, n.arrived_at, n.ended_at,
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'step', s.step_key, 'visit', s.visit, 'outcome', s.outcome, 'reason', s.reason, 'arrived_at', s.arrived_at, 'left_at', s.left_at,
          'mail', (
            select jsonb_build_object('message_id', m.id, 'state', m.state, 'reason', m.reason, 'sent_at', m.sent_at, 'opened_at', m.opened_at, 'clicked_at', m.clicked_at)
            from messages m
            where m.contact_id = s.contact_id
              and m.enrolment_id = s.enrolment_id
              and m.step_key = s.step_key
              and m.visit = s.visit
          )
        ) order by s.visit)
        from enrolment_steps s
        where s.contact_id = n.contact_id
          and s.enrolment_id = n.id
      ), '[]') as steps
    from enrolments n
    join journeys j on j.id = n.journey_id
    join journey_versions v on v.id = n.version_id
    where n.contact_id = ${contactId}
      and (${journeyId}::bigint is null or n.journey_id = ${journeyId})
    order by n.id desc
    limit 50
  `)
}

/** The contact of an enrolment of this journey, if there is one. Found at once where the contact is named, else among all of the journey. Locks nothing. */
export async function contactOfEnrolment(db: Db, journeyId: number, enrolmentId: number, contactId: number | undefined): Promise<number | undefined> {
  const [found] = await rows<{ contact_id: number }>(db, sql`
    select contact_id
    from enrolments
    where journey_id = ${journeyId}
      and ${contactId === undefined ? sql`true` : sql`contact_id = ${contactId}`}
      and id = ${enrolmentId}
  `)
  return found?.contact_id
}

/** Sets failed enrolments due again at the step they failed at; how many. A second run changes nothing. */
export async function retryFailed(db: Db, journeyId: number, contactId: number, enrolmentId: number, now: Date): Promise<number> {
  const retried = await rows(db, sql`
    update enrolments
    set state = 'active',
      state_reason = '',
      wake_at = ${now}
    where contact_id = ${contactId}
      and id = ${enrolmentId}
      and journey_id = ${journeyId}
      and state = 'failed'
    returning id
  `)
  return retried.length
}

/** Takes one person out of a journey; how many enrolments ended. A second run changes nothing. */
export async function leaveJourney(db: Db, journeyId: number, contactId: number, enrolmentId: number, reason: string, now: Date): Promise<number> {
  const left = await rows(db, sql`
    update enrolments
    set state = 'left',
      state_reason = ${reason},
      wake_at = null,
      waits_for = null,
      waits_message_id = null,
      ended_at = ${now}
    where contact_id = ${contactId}
      and id = ${enrolmentId}
      and journey_id = ${journeyId}
      and state in ('active', 'waiting', 'failed')
    returning id
  `)
  return left.length
}

/** The next contacts, by id, for whom a step failed: this step, for this reason, or (null) any. Locks nothing. */
export async function failedContacts(db: Db, journeyId: number, of: { step: string | null, reason: string | null }, after: number, limit: number): Promise<number[]> {
  const found = await rows<{ contact_id: number }>(db, sql`
    select distinct contact_id
    from enrolments
    where journey_id = ${journeyId}
      and state = 'failed'
      and contact_id > ${after}
      and (${of.step}::text is null or step_key = ${of.step})
      and (${of.reason}::text is null or state_reason = ${of.reason})
    order by contact_id
    limit ${limit}
  `)
  return found.map(row => row.contact_id)
}

/** Contacts in; those of their enrolments that failed so are due again at the step they failed at; how many. The caller holds the contacts' rows. */
export async function retryFailedOf(db: Db, journeyId: number, contactIds: number[], of: { step: string | null, reason: string | null }, now: Date): Promise<number> {
  const retried = await rows(db, sql`
    update enrolments
    set state = 'active',
      state_reason = '',
      wake_at = ${now}
    where contact_id = any(${contactIds}::bigint[])
      and journey_id = ${journeyId}
      and state = 'failed'
      and (${of.step}::text is null or step_key = ${of.step})
      and (${of.reason}::text is null or state_reason = ${of.reason})
    returning id
  `)
  return retried.length
}

/**
 * Puts one person at another step of the version they are on, as if they had just come there; the step they leave keeps
 * who moved them as its reason. False: they are not on their way, or the version has no such step. The caller holds the contact's row.
 */
export async function moveToStep(tx: Db, enrolment: { contact_id: number, id: number, journey_id: number }, step: string, reason: string, now: Date): Promise<boolean> {
  const moved = await rows(tx, sql`
    with standing as (
      select n.contact_id, n.id, n.visit, n.journey_id, n.step_key, n.arrived_at
      from enrolments n
      join journey_versions v on v.id = n.version_id
      where n.contact_id = ${enrolment.contact_id}
        and n.id = ${enrolment.id}
        and n.journey_id = ${enrolment.journey_id}
        and n.state in ('active', 'waiting', 'failed')
        and v.graph -> 'steps' ? ${step}::text
      for no key update of n
    ),
    written as (
      insert into enrolment_steps (contact_id, enrolment_id, visit, journey_id, step_key, outcome, reason, arrived_at, left_at)
      select contact_id, id, visit, journey_id, step_key, 'moved', ${reason}, arrived_at, ${now}
      from standing
      on conflict do nothing
    )
    update enrolments n
    set step_key = ${step},
      visit = n.visit + 1,
      state = 'active',
      state_reason = '',
      arrived_at = ${now},
      wake_at = ${now},
      waits_for = null,
      waits_message_id = null,
      ended_at = null
    from standing
    where n.contact_id = standing.contact_id
      and n.id = standing.id
    returning n.id
  `)
  return moved.length > 0
}

/** Whether the enrolment stands as failed where it was at this visit. */
export async function failedAtVisit(db: Db, contactId: number, enrolmentId: number, visit: number): Promise<boolean> {
  return (await rows(db, sql`select from enrolments where contact_id = ${contactId} and id = ${enrolmentId} and visit = ${visit} and state = 'failed'`)).length > 0
}

/** Contacts by id, from after that one on, who were taken out of the journey when it was archived. Locks nothing. */
export async function archivedAfter(db: Db, journeyId: number, after: number, limit: number): Promise<number[]> {
  const found = await rows<{ contact_id: number }>(db, sql`
    select distinct contact_id
    from enrolments
    where journey_id = ${journeyId}
      and state = 'left'
      and state_reason = 'journey_archived'
      and contact_id > ${after}
    order by contact_id
    limit ${limit}
  `)
  return found.map(row => row.contact_id)
}
