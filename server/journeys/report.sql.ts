import { sql } from 'kysely'
import { one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export type Totals = { entered: number, here: number, done: number, left: number, failed: number }
export type MailNumbers = { queued: number, sent: number, skipped: number, bounced: number, opened: number, machine_opened: number, clicked: number, unsubscribed: number, orders: number, revenue: number }

/** People of a journey by how they stand, test runs left out. */
export async function journeyTotals(db: Db, journeyId: number): Promise<Totals> {
  return await one<Totals>(db, sql`
    select count(*) as entered,
      count(*) filter (where state in ('active', 'waiting')) as here,
      count(*) filter (where state = 'done') as done,
      count(*) filter (where state = 'left') as left,
      count(*) filter (where state = 'failed') as failed
    from enrolments
    where journey_id = ${journeyId}
      and test_wait_seconds is null
  `)
}

export async function standingAtSteps(db: Db, journeyId: number): Promise<{ step_key: string, here: number, failed: number, left: number }[]> {
  return await rows<{ step_key: string, here: number, failed: number, left: number }>(db, sql`
    select step_key,
      count(*) filter (where state in ('active', 'waiting')) as here,
      count(*) filter (where state = 'failed') as failed,
      count(*) filter (where state = 'left') as left
    from enrolments
    where journey_id = ${journeyId}
      and test_wait_seconds is null
      and state in ('active', 'waiting', 'failed', 'left')
    group by step_key
  `)
}

/** People (not visits) who left each step, by outcome. */
export async function leftSteps(db: Db, journeyId: number): Promise<{ step_key: string, outcome: string, people: number }[]> {
  return await rows<{ step_key: string, outcome: string, people: number }>(db, sql`
    select s.step_key, s.outcome, count(distinct s.contact_id) as people
    from enrolment_steps s
    join enrolments n on n.contact_id = s.contact_id and n.id = s.enrolment_id
    where s.journey_id = ${journeyId}
      and n.test_wait_seconds is null
    group by s.step_key, s.outcome
  `)
}

/** Mails of each mail step, test runs left out; money in minor units of the company's currency. */
export async function mailsOfSteps(db: Db, journeyId: number): Promise<(MailNumbers & { step_key: string })[]> {
  return await rows<MailNumbers & { step_key: string }>(db, sql`
    select m.step_key,
      count(*) filter (where m.state in ('queued', 'sending')) as queued,
      count(m.sent_at) as sent,
      count(*) filter (where m.state in ('skipped', 'failed', 'unknown')) as skipped,
      count(*) filter (where m.state = 'bounced') as bounced,
      count(m.opened_at) as opened,
      count(*) filter (where m.opened_at is not null or m.machine_opened_at is not null) as machine_opened,
      count(m.clicked_at) as clicked,
      count(m.unsubscribed_at) as unsubscribed,
      count(*) filter (where m.orders > 0) as orders,
      coalesce(sum(m.revenue), 0)::bigint as revenue
    from messages m
    join enrolments n on n.contact_id = m.contact_id and n.id = m.enrolment_id
    where m.journey_id = ${journeyId}
      and n.test_wait_seconds is null
    group by m.step_key
  `)
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
