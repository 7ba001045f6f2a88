import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../../shared/conditions.ts'
import { rows, withTransaction } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import type { Split, SplitStep } from './winners.sql.ts'

export type WayNumbers = { way: string, people: number, value: number, last_left_at: Date }

/**
 * The first people who went through the split (as many as its winner asks for, by their first visit, test runs left out):
 * by way how many they are, what they did since (people, not machines) and when the last of them went. `value` counts
 * people, of `revenue` it is the money in minor units. Orders count that were placed within the time to react. Locks nothing.
 */
export async function countWays(db: Db, { journey_id, step_key, step }: Split, versionId: number): Promise<WayNumbers[]> {
  const { measure, after_people, after } = step.winner!
  return await rows<WayNumbers>(db, sql`
    with first_visits as (
      select distinct on (s.contact_id, s.enrolment_id) s.contact_id, s.enrolment_id, s.visit, s.outcome, s.left_at
      from enrolment_steps s
      join enrolments n on n.contact_id = s.contact_id and n.id = s.enrolment_id
      where s.journey_id = ${journey_id}
        and s.step_key = ${step_key}
        and s.outcome like 'way:%'
        and n.version_id = ${versionId}
        and n.test_wait_seconds is null
      order by s.contact_id, s.enrolment_id, s.visit
    ),
    passed as (
      select *
      from first_visits
      order by left_at, contact_id, enrolment_id
      limit ${after_people}
    )
    select substr(p.outcome, 5) as way, count(*) as people, coalesce(sum(${did(measure, durationMilliseconds(after))}), 0)::double precision as value, max(p.left_at) as last_left_at
    from passed p
    group by p.outcome
  `)
}

function did(measure: NonNullable<SplitStep['winner']>['measure'], milliseconds: number): RawBuilder<number> {
  const orders = sql`from orders o where o.contact_id = p.contact_id and o.status = 'placed' and o.placed_at > p.left_at and o.placed_at <= p.left_at + ${milliseconds}::bigint * interval '1 millisecond'`
  const mails = sql`from messages m where m.contact_id = p.contact_id and m.enrolment_id = p.enrolment_id and m.visit > p.visit`
  switch (measure) {
    case 'opened': return sql`case when exists (select ${mails} and (m.opened_at is not null or m.clicked_at is not null)) then 1 else 0 end`
    case 'clicked': return sql`case when exists (select ${mails} and m.clicked_at is not null) then 1 else 0 end`
    case 'ordered': return sql`case when exists (select ${orders}) then 1 else 0 end`
    case 'revenue': return sql`(select coalesce(sum(o.amount), 0) ${orders})`
    case 'goal': return sql`case when exists (
      select from enrolment_steps g where g.contact_id = p.contact_id and g.enrolment_id = p.enrolment_id and g.outcome = 'goal'
    ) then 1 else 0 end`
  }
}

/** A winner is decided once for a step as it is: workers take turns, and a second decision is not kept. */
export async function keepWinner(db: Db, { journey_id, step_key, step }: Split, way: string, numbers: object, now: Date): Promise<void> {
  await withTransaction(db, async tx => {
    await sql`select from journeys where id = ${journey_id} for no key update`.execute(tx)
    await sql`
      insert into journey_winners (journey_id, step_key, step, way, numbers, decided_at)
      select ${journey_id}, ${step_key}, ${JSON.stringify(step)}::jsonb, ${way}, ${JSON.stringify(numbers)}::jsonb, ${now}
      where not exists (
        select
        from journey_winners
        where journey_id = ${journey_id}
          and step_key = ${step_key}
          and step = ${JSON.stringify(step)}::jsonb
      )
      on conflict do nothing
    `.execute(tx)
  })
}

export type Decided = { step: string, way: string, numbers: { measure: string, ways: { way: string, people: number, value: number }[] }, decided_at: Date }

/** Winners decided at the steps of a journey, the latest first. Locks nothing. */
export async function listWinners(db: Db, journeyId: number): Promise<Decided[]> {
  return await rows<Decided>(db, sql`
    select step_key as step, way, numbers, decided_at
    from journey_winners
    where journey_id = ${journeyId}
    order by decided_at desc, step_key
    limit 200
  `)
}
