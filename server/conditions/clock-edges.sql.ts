import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { RelatedKind } from '../../shared/conditions.ts'
import { companyZone, passedMidnights } from './anniversaries.sql.ts'
import { findAnniversaries } from './anniversary-edges.sql.ts'
import { datedBy, indexedDate } from './card-fields.sql.ts'
import type { ClockEdge, ConditionContext } from './compile-condition.ts'
import { dayOf, daysBetween, moment } from './moments.ts'
import { isRecordDay } from './related-leaf.sql.ts'

/** An edge that somebody (a segment, by its number) wants to know of while it lies in (from, upTo]. */
export type WatchedEdge = { owner: number, edge: ClockEdge, from: Date, upTo: Date }
/** Contacts with a higher id only, and how many of them, the lowest first, are enough. */
export type Slice = { after: number, limit: number }
type Zones = Pick<ConditionContext, 'timeZone' | 'timeZones'>

/**
 * Queries that give the `contact_id` for whom an edge was passed and its `owner` (now and then of somebody else too: they
 * are looked at again, not moved). The ranges of all owners are rows joined to what they are looked up in: a statement
 * with a part for each range would cost more to plan than to run. Every lookup is a range of an index.
 */
export function findPassing(watched: WatchedEdge[], slice: Slice, context: Zones): RawBuilder<unknown>[] {
  const byPlace = new Map<string, { edge: TimedEdge, ranges: Range[] }>()
  const anniversaries: RawBuilder<unknown>[] = []
  for (const { owner, edge, from, upTo } of watched) {
    if (edge.kind === 'anniversary') {
      for (const midnight of passedMidnights(edge.window, from, upTo, context)) anniversaries.push(...findAnniversaries(edge, owner, midnight, upTo, slice, context))
      continue
    }
    const offset = edge.kind === 'coupon' ? 0 : edge.offset
    const range = { owner, from: moment(from.getTime() - offset), upTo: moment(upTo.getTime() - offset) }
    const place = JSON.stringify({ ...edge, offset: 0 })
    const known = byPlace.get(place)
    if (known) known.ranges.push(range)
    else byPlace.set(place, { edge, ranges: [range] })
  }
  return [...[...byPlace.values()].flatMap(({ edge, ranges }) => passingBy(edge, ranges, slice.after, context)), ...anniversaries]
}

type TimedEdge = Exclude<ClockEdge, { kind: 'anniversary' }>
type Range = { owner: number, from: Date, upTo: Date }

/** `offset 0` keeps the planner from turning a lookup per range into one reading of the whole table. */
function lookedUp(ranges: Range[], found: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select found.contact_id, edge.owner
    from unnest(${ranges.map(range => range.owner)}::bigint[], ${ranges.map(range => range.from)}::timestamptz[], ${ranges.map(range => range.upTo)}::timestamptz[]) as edge (owner, from_at, up_to)
    cross join lateral (${found} offset 0) as found`
}

const recordTables: Record<RelatedKind, string> = { lead: 'leads', deal: 'deals', order: 'orders' }

function passingBy(edge: TimedEdge, ranges: Range[], after: number, context: Zones): RawBuilder<unknown>[] {
  const within = (column: string, contactId: string) => sql`${sql.ref(column)} > edge.from_at and ${sql.ref(column)} <= edge.up_to and ${sql.ref(contactId)} > ${after}::bigint`
  const among = (table: string, column: string, filter: RawBuilder<unknown>, contactId = 'contact_id') => lookedUp(ranges, sql`
      select ${sql.ref(contactId)} as contact_id
      from ${sql.table(table)}
      where ${filter}
        and ${within(column, contactId)}`)
  switch (edge.kind) {
    case 'event': return [among('events', 'occurred_at', sql`type = ${edge.event}::text`)]
    case 'record': return isRecordDay(edge.field) ? passingRecordDays(recordTables[edge.record], edge.field, ranges, after, companyZone(context)) : [among(recordTables[edge.record], edge.field, sql`true`)]
    case 'tag': return [among('contact_tags', 'added_at', sql`tag_id = ${edge.tag}::bigint`)]
    case 'segment': return [among('segment_memberships', 'entered_at', sql`segment_id = ${edge.segment}::bigint`)]
    case 'coupon': return [among('coupons', 'valid_until', sql`valid_until is not null ${edge.pool === null ? sql`` : sql`and pool_id = ${edge.pool}::bigint`}`)]
    case 'consent': return [lookedUp(ranges, sql`
      select consent_states.contact_id
      from ${edge.topic === null ? sql`topics` : sql`(select ${edge.topic}::bigint as id) as topics`}
      cross join unnest(array['requested', 'granted', 'withdrawn']) as known (status)
      join consent_states on consent_states.topic_id = topics.id and consent_states.status = known.status
      where ${within('consent_states.since', 'consent_states.contact_id')}`)]
    case 'journey': {
      // Who entered then is on the timeline: an index of the entries would be written by every step of everybody.
      if (edge.date === 'entered_at') return [among('events', 'occurred_at', sql`journey_id = ${edge.journey}::bigint and type = 'journey.entered'`)]
      if (edge.date === 'ended_at') return [among('enrolments', 'ended_at', sql`journey_id = ${edge.journey}::bigint and ended_at is not null`)]
      return ['active', 'waiting'].map(state => among('enrolments', 'arrived_at', sql`journey_id = ${edge.journey}::bigint and step_key = ${edge.step ?? ''}::text and state = ${state}::text`))
    }
    case 'field': {
      const event = datedBy[edge.field]
      const place = indexedDate(edge.field)
      if (place === undefined) return passingDays(edge.field, ranges, after, companyZone(context))
      if (event === undefined) return [among(place.table, place.column, sql`true`, place.contactId)]
      return [lookedUp(ranges, sql`
      select events.contact_id
      from events
      join contact_rollups on contact_rollups.contact_id = events.contact_id and ${sql.ref(`contact_rollups.${edge.field}`)} = events.occurred_at
      where events.type = ${event}::text
        and ${within('events.occurred_at', 'events.contact_id')}`)]
    }
  }
}

/** A day of a record turns over at the company's midnight; an index holds the records by it. */
function passingRecordDays(table: string, column: string, ranges: Range[], after: number, timeZone: string): RawBuilder<unknown>[] {
  const days = daysPassed(ranges, timeZone)
  return days.length === 0 ? [] : [sql`
    select rec.contact_id, edge.owner
    from unnest(${days.map(one => one.owner)}::bigint[], ${days.map(one => one.day)}::date[]) as edge (owner, day)
    join ${sql.table(table)} as rec on ${sql.ref(`rec.${column}`)} = edge.day
    where rec.contact_id > ${after}::bigint`]
}

const daysPassed = (ranges: Range[], timeZone: string): { owner: number, day: string }[] =>
  ranges.flatMap(range => daysBetween(dayOf(range.from, timeZone), dayOf(range.upTo, timeZone)).map(day => ({ owner: range.owner, day })))

/** A custom date turns over at midnight only; the index on fields finds the cards holding one of the days passed. */
function passingDays(field: string, ranges: Range[], after: number, timeZone: string): RawBuilder<unknown>[] {
  const days = daysPassed(ranges, timeZone)
  return days.length === 0 ? [] : [sql`
    select contacts.id as contact_id, edge.owner
    from unnest(${days.map(one => one.owner)}::bigint[], ${days.map(one => one.day)}::text[]) as edge (owner, day)
    join contacts on contacts.fields @> jsonb_build_object(${field.slice('fields.'.length)}::text, edge.day)
    where contacts.id > ${after}::bigint`]
}
