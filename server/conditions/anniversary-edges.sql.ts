import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { firstYear, lastYear } from './anniversaries.sql.ts'
import type { PassedMidnight } from './anniversaries.sql.ts'
import { datedBy, indexedDate } from './card-fields.sql.ts'
import type { Slice } from './clock-edges.sql.ts'
import type { ClockEdge, ConditionContext } from './compile-condition.ts'

type Anniversary = Extract<ClockEdge, { kind: 'anniversary' }>
type Search = { owner: number, midnight: PassedMidnight, upTo: Date, slice: Slice, isThere: RawBuilder<unknown> }

/** After a pause longer than this, reading along the keys costs less than looking every day of every year up. */
const mostDays = 40

/** `contact_id, owner` of those in zones where days began, whose anniversary thereby came into the window or left it. */
export function findAnniversaries(edge: Anniversary, owner: number, midnight: PassedMidnight, upTo: Date, slice: Slice, { timeZones = [] }: Pick<ConditionContext, 'timeZones'>): RawBuilder<unknown>[] {
  const ofZones = sql`c.time_zone = any(${midnight.zones}::text[])`
  const isThere = midnight.others ? sql`(c.time_zone is null or ${ofZones} or not c.time_zone = any(${timeZones}::text[]))` : ofZones
  const search: Search = { owner, midnight, upTo, slice, isThere }
  if (edge.record !== undefined) {
    const table = { lead: 'leads', deal: 'deals', order: 'orders' }[edge.record]
    return [momentsOfDays(table, edge.field, 'contact_id', search)]
  }
  const place = indexedDate(edge.field)
  if (place === undefined) return [customDays(edge.field.slice('fields.'.length), search)]
  const event = datedBy[edge.field]
  return [event === undefined ? momentsOfDays(place.table, place.column, place.contactId, search) : momentsOfEvents(event, place.column, search)]
}

/** The days as moments, in every year that events and records can be of, as wide as the earth's zones are apart. */
function spans({ midnight, upTo }: Search): RawBuilder<unknown> {
  const starts: Date[] = []
  for (let year = earliestMoment; year <= upTo.getUTCFullYear() + 1; year++) {
    for (const day of midnight.yearDays) starts.push(new Date(Date.UTC(year, Number(day.slice(0, 2)) - 1, Number(day.slice(3)), -14)))
  }
  return sql`unnest(${starts}::timestamptz[], ${starts.map(at => new Date(at.getTime() + 52 * 3_600_000))}::timestamptz[]) as day (starts, ends)`
}
const earliestMoment = 1970

function momentsOfDays(table: string, column: string, contactId: string, search: Search): RawBuilder<unknown> {
  if (search.midnight.days.length > mostDays) return alongKeys(table, column, contactId, search)
  return sql`
    select c.id as contact_id, ${search.owner}::bigint as owner
    from ${spans(search)}
    cross join lateral (select ${sql.ref(contactId)} as contact_id from ${sql.table(table)} where ${sql.ref(column)} >= day.starts and ${sql.ref(column)} < day.ends offset 0) as found
    join contacts c on c.id = found.contact_id
    where c.id > ${search.slice.after}::bigint
      and ${search.isThere}`
}

function momentsOfEvents(event: string, column: string, search: Search): RawBuilder<unknown> {
  if (search.midnight.days.length > mostDays) return alongKeys('contact_rollups', column, 'contact_id', search)
  return sql`
    select c.id as contact_id, ${search.owner}::bigint as owner
    from ${spans(search)}
    cross join lateral (select contact_id, occurred_at from events where type = ${event}::text and occurred_at >= day.starts and occurred_at < day.ends offset 0) as found
    join contact_rollups on contact_rollups.contact_id = found.contact_id and ${sql.ref(`contact_rollups.${column}`)} = found.occurred_at
    join contacts c on c.id = found.contact_id
    where c.id > ${search.slice.after}::bigint
      and ${search.isThere}`
}

/** Birthdays are found by the day in every year that anybody can have been born in. */
function customDays(key: string, { owner, midnight, slice, isThere }: Search): RawBuilder<unknown> {
  if (midnight.days.length > mostDays) {
    return sql`(
      select c.id as contact_id, ${owner}::bigint as owner
      from contacts c
      where c.id > ${slice.after}::bigint
        and c.fields ->> ${key}::text is not null
        and ${isThere}
      order by c.id
      limit ${slice.limit}::bigint
    )`
  }
  return sql`
    select found.id as contact_id, ${owner}::bigint as owner
    from generate_series(${firstYear}::int, ${lastYear}::int) as year
    cross join unnest(${midnight.yearDays}::text[]) as day
    cross join lateral (select c.id from contacts c where c.fields @> jsonb_build_object(${key}::text, year || '-' || day) and c.id > ${slice.after}::bigint and ${isThere} offset 0) as found`
}

function alongKeys(table: string, column: string, contactId: string, { owner, slice, isThere }: Search): RawBuilder<unknown> {
  return sql`(
    select distinct c.id as contact_id, ${owner}::bigint as owner
    from ${sql.table(table)} as dated
    join contacts c on c.id = ${sql.ref(`dated.${contactId}`)}
    where ${sql.ref(`dated.${contactId}`)} > ${slice.after}::bigint
      and ${sql.ref(`dated.${column}`)} is not null
      and ${isThere}
    order by c.id
    limit ${slice.limit}::bigint
  )`
}
