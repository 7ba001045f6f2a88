import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import type { ConditionContext } from '../../conditions/compile-condition.ts'
import type { JourneyTrigger } from '../../../shared/journeys.ts'
import { awaited, dayOfField } from '../steps/wait-until.sql.ts'
import type { Until } from '../steps/wait-until.sql.ts'
import { askedAt, atTheirMoments } from './at-moments.sql.ts'
import { inTurns } from './effects.ts'
import type { Affected } from './effects.ts'
import { withEffects } from './effects.sql.ts'
import type { Entry } from './entries.sql.ts'

type Context = Omit<ConditionContext, 'now'> & { timeZone: string }

/** Contacts with the moments at which the date of the card, and its offset, starts the journey between the two moments; the earliest first. Reads the cards of everybody. Locks nothing. */
export async function entriesByDate(db: Db, asked: { trigger: Extract<JourneyTrigger, { kind: 'date' }>, context: Context, from: Date, to: Date }): Promise<Entry[]> {
  const { trigger, context } = asked
  const day = dayOfField(trigger.field, { ...context, now: asked.to })
  const days = trigger.repeat === 'yearly'
    ? sql`select anniversary(dated.day, year) as day from generate_series(extract(year from ${asked.from}::timestamptz)::integer - 2, extract(year from ${asked.to}::timestamptz)::integer + 2) as year`
    : sql`select dated.day`
  return await rows<Entry>(db, sql`
    select c.id as contact_id, started.at
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    cross join lateral (select usable_zone(c.time_zone, ${context.timeZone}::text) as name) as zone
    cross join lateral (select ${day} as day) as dated
    cross join lateral (${days}) as days
    cross join lateral local_moment(days.day + ${trigger.offset_days}::integer + ${trigger.at}::time, zone.name) as started (at)
    where dated.day is not null
      and started.at > ${asked.from}
      and started.at <= ${asked.to}
    order by started.at, c.id
  `)
}

/** For each person, in order, the moment their wait ends, asked at `at`; null: the card has no such date. */
export async function momentsOfWait(db: Db, until: Until, people: readonly (Affected & { at: number })[], context: Context): Promise<(number | null)[]> {
  return await inTurns(people, async some => await momentsOfEach(db, until, some, context))
}

async function momentsOfEach(db: Db, until: Until, people: readonly (Affected & { at: number })[], context: Context): Promise<(number | null)[]> {
  const found = await rows<{ place: number, moment: Date | null }>(db, sql`
    ${withEffects(people)}
    select asked.place, moments.moment
    from unnest(${people.map(one => one.contact_id)}::bigint[], ${people.map(one => new Date(one.at))}::timestamptz[]) with ordinality as asked (contact_id, at, place)
    join contacts c on c.id = asked.contact_id
    left join contact_rollups r on r.contact_id = c.id
    cross join lateral (select usable_zone(c.time_zone, ${context.timeZone}::text) as name) as zone
    cross join lateral (select (asked.at at time zone zone.name)::date as day) as today
    cross join lateral (${atTheirMoments(awaited(until, { ...context, now: askedAt }), context.timeZone)}) as moments (moment)
  `)
  const moments = new Map(found.map(row => [row.place - 1, row.moment?.getTime() ?? null]))
  return people.map((_, index) => moments.get(index) ?? null)
}
