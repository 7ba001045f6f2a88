import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { ConditionContext } from '../conditions/compile-condition.ts'
import type { JourneyTrigger } from '../../shared/journeys.ts'
import { dayOfField } from './steps/wait-until.sql.ts'
import { loadGraphs } from './versions.sql.ts'
import type { ActiveJourney } from './versions.sql.ts'

export type DateTrigger = Extract<JourneyTrigger, { kind: 'date' }>
export type DatedJourney = ActiveJourney & { trigger: DateTrigger, since: Date }

/** Journeys that take people in by a date, and since when that has not been followed yet: never from before they were published. Locks nothing. */
export async function datedJourneys(db: Db): Promise<DatedJourney[]> {
  const found = await rows<{ journey_id: number, version_id: number, since: Date }>(db, sql`
    select j.id as journey_id, j.version_id, coalesce(j.dates_at, v.published_at) as since
    from journeys j
    join journey_versions v on v.id = j.version_id
    where j.state = 'active'
      and j.archived_at is null
      and v.graph -> 'trigger' ->> 'kind' = 'date'
    order by j.id
  `)
  const graphs = await loadGraphs(db, found.map(journey => journey.version_id))
  return found.flatMap(journey => {
    const graph = graphs.get(journey.version_id)
    return graph?.trigger.kind === 'date' ? [{ ...journey, graph, trigger: graph.trigger }] : []
  })
}

/** Held until the transaction ends, so that one worker at a time lets people in by this date. False: another does. Whoever enrols by other ways is not kept waiting. */
export async function tryDatedJourney(db: Db, journeyId: number): Promise<boolean> {
  const held = await rows(db, sql`
    select id
    from journeys
    where id = ${journeyId}
      and state = 'active'
      and archived_at is null
    for no key update skip locked
  `)
  return held.length > 0
}

export type Dated = { contact_id: number, day: string, at: Date }

/**
 * Contacts in; those out for whom the moment of the trigger lies in (from, upTo], with the day of their own calendar it
 * falls on. Of somebody who was dated twice in that time (a year apart) the later one. Locks nothing.
 */
export async function datedBetween(db: Db, contactIds: number[], trigger: DateTrigger, between: { from: Date, upTo: Date }, context: ConditionContext): Promise<Dated[]> {
  const days = trigger.repeat === 'yearly'
    ? sql`select anniversary(dated.day, year) as day from generate_series(extract(year from ${between.from}::timestamptz)::integer - 2, extract(year from ${between.upTo}::timestamptz)::integer + 2) as year`
    : sql`select dated.day`
  return await rows<Dated>(db, sql`
    select distinct on (c.id) c.id as contact_id, (days.day + ${trigger.offset_days}::integer)::text as day, started.at
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    cross join lateral (select usable_zone(c.time_zone, ${context.timeZone ?? 'UTC'}::text) as name) as zone
    cross join lateral (select ${dayOfField(trigger.field, context)} as day) as dated
    cross join lateral (${days}) as days
    cross join lateral local_moment(days.day + ${trigger.offset_days}::integer + ${trigger.at}::time, zone.name) as started (at)
    where c.id = any(${contactIds}::bigint[])
      and dated.day is not null
      and started.at > ${between.from}
      and started.at <= ${between.upTo}
    order by c.id, started.at desc
  `)
}

/** The dates of the journey are followed up to that moment; `missed` people came to theirs too long ago. A second run sets it again. */
export async function setDatesClock(db: Db, journeyId: number, upTo: Date, missed: number): Promise<void> {
  await sql`
    update journeys
    set dates_at = greatest(dates_at, ${upTo}::timestamptz),
      dates_missed = dates_missed + ${missed}
    where id = ${journeyId}
  `.execute(db)
}
