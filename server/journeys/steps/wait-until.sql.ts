import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { JourneyStep } from '../../../shared/journeys.ts'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import { cardField } from '../../conditions/card-fields.sql.ts'
import type { ConditionContext } from '../../conditions/compile-condition.ts'

export type Until = Extract<JourneyStep, { kind: 'wait_until' }>['until']

/**
 * Contacts in; when that moment is on the calendar of each one's own time zone (the company's where the card has none)
 * out: of weekdays and anniversaries the next one after now. No entry: the card has no such date. Locks nothing.
 */
export async function findMoments(db: Db, contactIds: number[], until: Until, context: ConditionContext): Promise<Map<number, Date>> {
  const found = await rows<{ id: number, moment: Date }>(db, sql`
    select c.id, awaited.moment
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    cross join lateral (select usable_zone(c.time_zone, ${context.timeZone ?? 'UTC'}::text) as name) as zone
    cross join lateral (select (${context.now}::timestamptz at time zone zone.name)::date as day) as today
    cross join lateral (${awaited(until, context)}) as awaited (moment)
    where c.id = any(${contactIds}::bigint[])
      and awaited.moment is not null
  `)
  return new Map(found.map(row => [row.id, row.moment]))
}

/** One row with the moment, or with null; the query around has the contact c, its rollups r, `zone.name` and `today.day` there. */
export function awaited(until: Until, context: ConditionContext): RawBuilder<unknown> {
  const at = sql`${until.at}::time`
  if ('date' in until) return sql`select local_moment(${until.date}::date + ${at}, zone.name)`
  if ('weekdays' in until) {
    return sql`
      select min(moment)
      from generate_series(0, 8) as ahead
      cross join lateral local_moment(today.day + ahead + ${at}, zone.name) as moment
      where extract(isodow from today.day + ahead)::integer = any(${until.weekdays}::integer[])
        and moment > ${context.now}::timestamptz`
  }
  const day = dayOfField(until.field, context)
  if (until.yearly !== true) return sql`select local_moment(${day} + ${until.offset_days}::integer + ${at}, zone.name)`
  return sql`
    select min(moment)
    from generate_series(extract(year from today.day)::integer - 2, extract(year from today.day)::integer + 2) as year
    cross join lateral (select anniversary(${day}, year) + ${until.offset_days}::integer + ${at} as local) as anniversary
    cross join lateral local_moment(anniversary.local, zone.name) as moment
    where moment > ${context.now}::timestamptz`
}

/** The calendar day of a date of the card: of a custom one as it is written, of a built-in one in the contact's zone (named `zone`). */
export function dayOfField(field: string, context: ConditionContext): RawBuilder<unknown> {
  const { expression, kind, custom } = cardField(field, context)
  if (kind !== 'date') return sql`null::date`
  return custom ? sql`(${expression} #>> '{}')::date` : sql`((${expression}) at time zone zone.name)::date`
}
