import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'

/**
 * Events in, ids of contacts whose waiting enrolment one of them ends out. The enrolment becomes due at once and
 * remembers what woke it; moving on is left to advanceEnrolments (a paused journey moves on when it is resumed).
 * Counts what people did after the wait began and before it timed out; a reaction to the awaited mail counts
 * whenever it happened. A click is an opening too. A second run wakes nobody. The caller holds the contacts' rows.
 */
export async function wakeByEvents(db: Db, events: ProcessedEvent[], now: Date): Promise<number[]> {
  const acts = events.filter(event => !event.is_machine)
  if (acts.length === 0) return []
  const woken = await rows<{ contact_id: number }>(db, sql`
    with happened as (
      select *
      from unnest(
        ${acts.map(event => event.contact_id)}::bigint[], ${acts.map(event => event.id)}::bigint[], ${acts.map(event => event.type)}::text[],
        ${acts.map(event => event.message_id)}::bigint[], ${acts.map(event => event.occurred_at)}::timestamptz[]
      ) as happened (contact_id, event_id, type, message_id, occurred_at)
    ),
    awaited as (
      select distinct on (waiting.contact_id, waiting.id) waiting.contact_id, waiting.id, happened.event_id, happened.occurred_at
      from happened
      join enrolments waiting on waiting.contact_id = happened.contact_id
      where waiting.waits_for is not null
        and waiting.state = 'waiting'
        and (waiting.waits_for = happened.type or (waiting.waits_for = 'email.opened' and happened.type = 'email.clicked'))
        and happened.occurred_at <= waiting.wake_at
        and case when waiting.waits_message_id is null
          then happened.occurred_at > (waiting.context ->> 'since')::timestamptz
          else happened.message_id = waiting.waits_message_id
        end
      order by waiting.contact_id, waiting.id, happened.occurred_at
    )
    update enrolments
    set state = 'active',
      wake_at = ${now},
      waits_for = null,
      waits_message_id = null,
      context = enrolments.context || jsonb_build_object('woken_by', awaited.event_id, 'since', awaited.occurred_at)
    from awaited
    where enrolments.contact_id = awaited.contact_id
      and enrolments.id = awaited.id
    returning enrolments.contact_id
  `)
  return [...new Set(woken.map(row => row.contact_id))]
}

export type OutsideAnswer = { contact_id: number, enrolment_id: number, visit: number, answer: unknown }

/**
 * Answers from outside in, ids of contacts whose step waited for one of them out. The enrolment becomes due at once with
 * the answer in its context; moving on (flows/advance-journeys.ts, moveOn) is left to the caller, who holds the contacts'
 * rows. An answer to a visit that is over wakes nobody, and neither does a second run.
 */
export async function wakeAnswered(db: Db, answers: OutsideAnswer[], now: Date): Promise<number[]> {
  if (answers.length === 0) return []
  const woken = await rows<{ contact_id: number }>(db, sql`
    update enrolments
    set state = 'active',
      wake_at = ${now},
      waits_for = null,
      context = enrolments.context || jsonb_build_object('answer', answered.answer)
    from unnest(
      ${answers.map(one => one.contact_id)}::bigint[], ${answers.map(one => one.enrolment_id)}::bigint[],
      ${answers.map(one => one.visit)}::integer[], ${answers.map(one => JSON.stringify(one.answer))}::jsonb[]
    ) as answered (contact_id, enrolment_id, visit, answer)
    where enrolments.contact_id = answered.contact_id
      and enrolments.id = answered.enrolment_id
      and enrolments.visit = answered.visit
      and enrolments.state = 'waiting'
      and enrolments.waits_for = 'answer'
    returning enrolments.contact_id
  `)
  return [...new Set(woken.map(row => row.contact_id))]
}
