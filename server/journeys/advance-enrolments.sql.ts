import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { EnrolmentContext, Walker } from './steps/step.ts'

/**
 * Contact ids in, their enrolments whose time has come out, held until the transaction ends. A paused journey
 * moves nobody, except test runs. The caller holds the contacts' rows, so nobody waits here for anybody.
 */
export async function claimDueEnrolments(db: Db, contactIds: number[], now: Date): Promise<Walker[]> {
  return await rows<Walker>(db, sql`
    select n.contact_id, n.id, n.journey_id, n.version_id, n.step_key, n.visit, n.state, n.wake_at, n.entered_at, n.arrived_at, n.trigger_key, n.context, n.test_wait_seconds
    from enrolments n
    join journeys j on j.id = n.journey_id
    where n.contact_id = any(${contactIds}::bigint[])
      and n.state in ('active', 'waiting')
      and n.wake_at <= ${now}
      and (n.test_wait_seconds is not null or (j.state = 'active' and j.archived_at is null))
    order by n.contact_id, n.id
    for no key update of n
  `)
}

/**
 * The clock's share of the work: contacts with a due enrolment, the longest overdue of every journey first,
 * whose rows nobody else holds; they are held until the transaction ends, in id order.
 */
export async function claimDueContacts(db: Db, now: Date, limit: number): Promise<number[]> {
  const claimed = await rows<{ id: number }>(db, sql`
    with due as (
      select due.contact_id
      from journeys j
      cross join lateral (
        select n.contact_id
        from enrolments n
        where n.journey_id = j.id
          and n.state in ('active', 'waiting')
          and n.wake_at is not null
          and n.test_wait_seconds is null
          and n.wake_at <= ${now}
        order by n.wake_at, n.contact_id
        limit ${limit}
      ) as due
      where j.state = 'active'
        and j.archived_at is null
      union
      select n.contact_id
      from enrolments n
      where n.state in ('active', 'waiting')
        and n.wake_at is not null
        and n.test_wait_seconds is not null
        and n.wake_at <= ${now}
    )
    select c.id
    from contacts c
    where c.id = any(array(select contact_id from due))
    order by c.id
    limit ${limit}
    for no key update of c skip locked
  `)
  return claimed.map(row => row.id)
}

/** Ends as failed what is due of one contact, where it stands; to be tried again by hand. A second run changes nothing. */
export async function failDueEnrolments(db: Db, contactId: number, reason: string, now: Date): Promise<void> {
  await sql`
    update enrolments
    set state = 'failed',
      state_reason = ${reason},
      wake_at = null,
      waits_for = null,
      waits_message_id = null
    where contact_id = ${contactId}
      and state in ('active', 'waiting')
      and wake_at <= ${now}
  `.execute(db)
}

export type Progress = {
  contact_id: number
  id: number
  journey_id: number
  test: boolean
  step_key: string
  visit: number
  state: 'active' | 'waiting' | 'done' | 'left' | 'failed'
  reason: string
  arrived_at: Date
  context: EnrolmentContext
  wake_at: Date | null
  waits_for: string | null
  waits_message_id: number | null
}
export type LeftStep = {
  contact_id: number
  id: number
  journey_id: number
  step_key: string
  visit: number
  outcome: string
  reason: string
  arrived_at: Date
  left_at: Date
}

/** The places enrolments have come to and the steps they left on the way in; one statement writes both. A second run changes nothing more. */
export async function writeProgress(db: Db, progress: Progress[], left: LeftStep[], now: Date): Promise<void> {
  if (progress.length === 0) return
  const at = <K extends keyof Progress>(key: K) => progress.map(one => one[key])
  const of = <K extends keyof LeftStep>(key: K) => left.map(one => one[key])
  await sql`
    with moved as (
      update enrolments n
      set step_key = reached.step_key,
        visit = reached.visit,
        state = reached.state,
        state_reason = reached.reason,
        arrived_at = reached.arrived_at,
        wake_at = reached.wake_at,
        waits_for = reached.waits_for,
        waits_message_id = reached.waits_message_id,
        context = reached.context,
        ended_at = case when reached.state in ('done', 'left') then ${now}::timestamptz end
      from unnest(
        ${at('contact_id')}::bigint[], ${at('id')}::bigint[], ${at('step_key')}::text[], ${at('visit')}::integer[], ${at('state')}::text[], ${at('reason')}::text[],
        ${at('arrived_at')}::timestamptz[], ${progress.map(one => JSON.stringify(one.context))}::jsonb[], ${at('wake_at')}::timestamptz[], ${at('waits_for')}::text[], ${at('waits_message_id')}::bigint[]
      ) as reached (contact_id, id, step_key, visit, state, reason, arrived_at, context, wake_at, waits_for, waits_message_id)
      where n.contact_id = reached.contact_id
        and n.id = reached.id
    )
    insert into enrolment_steps (contact_id, enrolment_id, visit, journey_id, step_key, outcome, reason, arrived_at, left_at)
    select *
    from unnest(
      ${of('contact_id')}::bigint[], ${of('id')}::bigint[], ${of('visit')}::integer[], ${of('journey_id')}::bigint[], ${of('step_key')}::text[],
      ${of('outcome')}::text[], ${of('reason')}::text[], ${of('arrived_at')}::timestamptz[], ${of('left_at')}::timestamptz[]
    )
    on conflict do nothing
  `.execute(db)
}
