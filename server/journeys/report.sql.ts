import { sql } from 'kysely'
import { maybeOne, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export type PlaceNumbers = { step_key: string, entered: number, here: number, done: number, left: number, failed: number }
export type PassedNumbers = { step_key: string, outcome: string, people: number }
export type MailNumbers = { queued: number, sent: number, skipped: number, bounced: number, opened: number, machine_opened: number, clicked: number, unsubscribed: number, orders: number, revenue: number }
/** What a report is made of, test runs left out; money in minor units of the company's currency. */
export type JourneyNumbers = { places: PlaceNumbers[], passed: PassedNumbers[], mails: (MailNumbers & { step_key: string })[] }

/** Reads every enrolment, step and mail of the journey: some 10 µs for each person. Locks nothing. */
export async function countJourney(db: Db, journeyId: number): Promise<JourneyNumbers> {
  return { places: await placesOfSteps(db, journeyId), passed: await leftSteps(db, journeyId), mails: await mailsOfSteps(db, journeyId) }
}

/** Enrolments by the step they stand at or ended at, and how they stand. */
async function placesOfSteps(db: Db, journeyId: number): Promise<PlaceNumbers[]> {
  return await rows<PlaceNumbers>(db, sql`
    select step_key,
      count(*) as entered,
      count(*) filter (where state in ('active', 'waiting')) as here,
      count(*) filter (where state = 'done') as done,
      count(*) filter (where state = 'left') as left,
      count(*) filter (where state = 'failed') as failed
    from enrolments
    where journey_id = ${journeyId}
      and test_wait_seconds is null
    group by step_key
  `)
}

/**
 * People (not visits) who left each step, by outcome. All are counted by the index alone, then those taken off who did so
 * in test runs only: looking up for every step whether it belongs to a test would take most of the time.
 */
async function leftSteps(db: Db, journeyId: number): Promise<PassedNumbers[]> {
  return await rows<PassedNumbers>(db, sql`
    with everybody as (
      select step_key, outcome, count(distinct contact_id) as people
      from enrolment_steps
      where journey_id = ${journeyId}
      group by step_key, outcome
    ),
    tests as materialized (
      select contact_id, id
      from enrolments
      where journey_id = ${journeyId}
        and test_wait_seconds is not null
    ),
    testers as (
      select s.step_key, s.outcome, count(distinct s.contact_id) as people
      from tests
      join enrolment_steps s on s.contact_id = tests.contact_id and s.enrolment_id = tests.id
      where not exists (
        select
        from enrolment_steps other
        join enrolments n on n.contact_id = other.contact_id and n.id = other.enrolment_id
        where other.contact_id = s.contact_id
          and other.journey_id = s.journey_id
          and other.step_key = s.step_key
          and other.outcome = s.outcome
          and n.test_wait_seconds is null
      )
      group by s.step_key, s.outcome
    )
    select step_key, outcome, everybody.people - coalesce(testers.people, 0) as people
    from everybody
    left join testers using (step_key, outcome)
    where everybody.people > coalesce(testers.people, 0)
  `)
}

/** Mails of each mail step. */
async function mailsOfSteps(db: Db, journeyId: number): Promise<(MailNumbers & { step_key: string })[]> {
  return await rows<MailNumbers & { step_key: string }>(db, sql`
    select step_key,
      count(*) filter (where state in ('queued', 'sending')) as queued,
      count(sent_at) as sent,
      count(*) filter (where state in ('skipped', 'failed', 'unknown')) as skipped,
      count(*) filter (where state = 'bounced') as bounced,
      count(opened_at) as opened,
      count(*) filter (where opened_at is not null or machine_opened_at is not null) as machine_opened,
      count(clicked_at) as clicked,
      count(unsubscribed_at) as unsubscribed,
      count(*) filter (where orders > 0) as orders,
      coalesce(sum(revenue), 0)::bigint as revenue
    from messages
    where journey_id = ${journeyId}
      and kind <> 'test'
    group by step_key
  `)
}

export type KeptNumbers = { numbers: JourneyNumbers, counted_at: Date, took_ms: number }

export async function findKeptNumbers(db: Db, journeyId: number): Promise<KeptNumbers | undefined> {
  return await maybeOne<KeptNumbers>(db, sql`select numbers, counted_at, took_ms from journey_numbers where journey_id = ${journeyId}`)
}

/** The numbers as counted just now, unless somebody else has kept newer ones meanwhile. True: they are others than before. */
export async function keepNumbers(db: Db, journeyId: number, { numbers, counted_at, took_ms }: KeptNumbers): Promise<boolean> {
  const sum = (values: number[]): number => values.reduce((one, other) => one + other, 0)
  const written = await rows<{ changed: boolean }>(db, sql`
    with before as (
      select numbers from journey_numbers where journey_id = ${journeyId}
    )
    insert into journey_numbers as kept (journey_id, entered, here_now, mails_sent, revenue, numbers, counted_at, took_ms)
    values (
      ${journeyId}, ${sum(numbers.places.map(one => one.entered))}, ${sum(numbers.places.map(one => one.here))},
      ${sum(numbers.mails.map(one => one.sent))}, ${sum(numbers.mails.map(one => one.revenue))},
      ${JSON.stringify(numbers)}::jsonb, ${counted_at}, ${took_ms}
    )
    on conflict (journey_id) do update
    set entered = excluded.entered,
      here_now = excluded.here_now,
      mails_sent = excluded.mails_sent,
      revenue = excluded.revenue,
      numbers = excluded.numbers,
      counted_at = excluded.counted_at,
      took_ms = excluded.took_ms
    where kept.counted_at < excluded.counted_at
    returning numbers is distinct from (select numbers from before) as changed
  `)
  return written[0]?.changed ?? false
}

/** For whom steps failed, by step and reason, the most first. Locks nothing. */
export async function failures(db: Db, journeyId: number): Promise<{ step: string, reason: string, people: number }[]> {
  return await rows(db, sql`
    select step_key as step, state_reason as reason, count(*) as people
    from enrolments
    where journey_id = ${journeyId}
      and state in ('failed', 'left')
      and state = 'failed'
      and test_wait_seconds is null
    group by step_key, state_reason
    order by people desc, step_key, state_reason
    limit 200
  `)
}
