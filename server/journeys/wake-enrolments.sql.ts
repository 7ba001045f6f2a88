import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'

export type Pair = { contact_id: number, id: number, version_id: number, step_key: string, event_id: number, occurred_at: Date }

/**
 * Events in; enrolments that wait for one of them, each with every event that may end its wait, the earliest first, out:
 * what people did after the wait began and before it timed out; a reaction to the awaited mail whenever it happened. A
 * click is an opening too. Locks nothing: the caller holds the contacts' rows.
 */
export async function findAwaiting(db: Db, acts: ProcessedEvent[]): Promise<Pair[]> {
  return await rows<Pair>(db, sql`
    with happened as (
      select *
      from unnest(
        ${acts.map(event => event.contact_id)}::bigint[], ${acts.map(event => event.id)}::bigint[], ${acts.map(event => event.type)}::text[],
        ${acts.map(event => event.message_id)}::bigint[], ${acts.map(event => event.occurred_at)}::timestamptz[]
      ) as happened (contact_id, event_id, type, message_id, occurred_at)
    )
    select waiting.contact_id, waiting.id, waiting.version_id, waiting.step_key, happened.event_id, happened.occurred_at
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
    order by waiting.contact_id, waiting.id, happened.occurred_at, happened.event_id
  `)
}

/** Enrolments in, made due at once with the event that woke them in their context. A second run wakes nobody. */
export async function wakeByPairs(db: Db, woken: Pair[], now: Date): Promise<void> {
  await sql`
    update enrolments
    set state = 'active',
      wake_at = ${now},
      waits_for = null,
      waits_message_id = null,
      context = enrolments.context || jsonb_build_object('woken_by', awaited.event_id, 'since', awaited.occurred_at)
    from unnest(
      ${woken.map(one => one.contact_id)}::bigint[], ${woken.map(one => one.id)}::bigint[],
      ${woken.map(one => one.event_id)}::bigint[], ${woken.map(one => one.occurred_at)}::timestamptz[]
    ) as awaited (contact_id, id, event_id, occurred_at)
    where enrolments.contact_id = awaited.contact_id
      and enrolments.id = awaited.id
      and enrolments.state = 'waiting'
  `.execute(db)
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

/** The test enrolment that waits for this reaction to its mail becomes due at once, to look at the mail anew. A second run, or one too late, wakes nobody. */
export async function wakeTest(db: Db, test: { contact_id: number, enrolment_id: number, message_id: number, events: string[], at: Date }, now: Date): Promise<void> {
  await sql`
    update enrolments
    set state = 'active',
      wake_at = ${now},
      waits_for = null,
      waits_message_id = null
    where contact_id = ${test.contact_id}
      and id = ${test.enrolment_id}
      and test_wait_seconds is not null
      and state = 'waiting'
      and waits_for = any(${test.events}::text[])
      and waits_message_id = ${test.message_id}
      and wake_at >= ${test.at}
  `.execute(db)
}
