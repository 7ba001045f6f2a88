import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { indexedDate } from '../conditions/card-fields.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { ClockEdge } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { dayOf, daysBetween, moment } from '../conditions/moments.ts'

export type ClockSegment = { id: number, revision: number, clock_at: Date, edges: ClockEdge[] }

/** Live segments whose clock stands before `now`, with their edges. */
export async function findClockSegments(db: Db, now: Date): Promise<ClockSegment[]> {
  const found = await rows<{ id: number, revision: number, clock_at: Date, condition: Condition }>(db, sql`
    select id, revision, clock_at, condition
    from segments
    where state = 'live'
      and kind = 'live'
      and archived_at is null
      and clock_at < ${now}::timestamptz
    order by id
  `)
  if (found.length === 0) return []
  const context = { ...await loadConditionContext(db), now }
  return found.map(({ condition, ...segment }) => ({ ...segment, edges: compileCondition(condition, context).clockEdges }))
}

/**
 * The contacts for whom an edge of a segment lies in (its clock, now], found by index ranges only, up to `limit`
 * pairs from the contact after `after` on, in the order of contacts. The ranges of all segments are rows joined to what
 * they are looked up in: a statement with a part for each range would cost more to plan than to run. `offset 0` keeps
 * the planner from turning a lookup per range into one reading of all events.
 */
export async function findClockCandidates(db: Db, segments: ClockSegment[], now: Date, after: number, limit: number): Promise<{ contact_id: number, segment_id: number }[]> {
  const { timeZone = 'UTC' } = await loadConditionContext(db)
  const lookups = new Map<string, Range[]>()
  for (const { id, clock_at, edges } of segments) {
    for (const edge of edges) {
      const range = { segment_id: id, from: moment(clock_at.getTime() - edge.offset), upTo: moment(now.getTime() - edge.offset) }
      const place = edge.kind === 'event' ? `event:${edge.event}` : `field:${edge.field}`
      lookups.set(place, [...lookups.get(place) ?? [], range])
    }
  }
  const passing = [...lookups].flatMap(([place, ranges]) => passingBy(place, ranges, after, timeZone))
  if (passing.length === 0) return []
  return rows<{ contact_id: number, segment_id: number }>(db, sql`
    select contact_id, segment_id
    from (${sql.join(passing, sql` union all `)}) as passing
    group by contact_id, segment_id
    order by contact_id, segment_id
    limit ${limit}::bigint
  `)
}

/** What lies in (from, upTo] turns over for the segment. */
type Range = { segment_id: number, from: Date, upTo: Date }

/**
 * Dates of the card that are the time of an event: the index of events finds them. An index of their own would have to
 * be kept with every event of everybody, which is most of what an event costs.
 */
const datedBy: Partial<Record<string, string>> = {
  first_order_at: 'order.placed', last_open_at: 'email.opened', last_click_at: 'email.clicked', subscribed_at: 'subscription.confirmed',
  last_mail_at: 'email.sent', last_visit_at: 'page.viewed',
}

function passingBy(place: string, ranges: Range[], after: number, timeZone: string): RawBuilder<unknown>[] {
  const [, kind, name = ''] = /^(event|field):(.*)$/.exec(place) ?? []
  if (kind === 'event') return [sql`
    select found.contact_id, edge.segment_id
    from ${asRows(ranges)}
    cross join lateral (
      select contact_id
      from events
      where type = ${name}::text
        and occurred_at > edge.from_at
        and occurred_at <= edge.up_to
        and contact_id > ${after}::bigint
      offset 0
    ) as found`]
  const event = datedBy[name]
  if (event !== undefined) return [sql`
    select found.contact_id, edge.segment_id
    from ${asRows(ranges)}
    cross join lateral (
      select events.contact_id
      from events
      join contact_rollups on contact_rollups.contact_id = events.contact_id and ${sql.ref(`contact_rollups.${name}`)} = events.occurred_at
      where events.type = ${event}::text
        and events.occurred_at > edge.from_at
        and events.occurred_at <= edge.up_to
        and events.contact_id > ${after}::bigint
      offset 0
    ) as found`]
  const column = indexedDate(name)
  if (column !== undefined) return [sql`
    select found.contact_id, edge.segment_id
    from ${asRows(ranges)}
    cross join lateral (
      select ${sql.ref(column.contactId)} as contact_id
      from ${sql.table(column.table)}
      where ${sql.ref(column.column)} > edge.from_at
        and ${sql.ref(column.column)} <= edge.up_to
        and ${sql.ref(column.contactId)} > ${after}::bigint
      offset 0
    ) as found`]
  // A custom date turns over at midnight only; the index on fields finds the cards holding one of the days passed.
  const days = ranges.flatMap(range => daysBetween(dayOf(range.from, timeZone), dayOf(range.upTo, timeZone)).map(day => ({ segment_id: range.segment_id, day })))
  return days.length === 0 ? [] : [sql`
    select contacts.id as contact_id, edge.segment_id
    from unnest(${days.map(one => one.segment_id)}::bigint[], ${days.map(one => one.day)}::text[]) as edge (segment_id, day)
    join contacts on contacts.fields @> jsonb_build_object(${name.slice('fields.'.length)}::text, edge.day)
    where contacts.id > ${after}::bigint`]
}

function asRows(ranges: Range[]): RawBuilder<unknown> {
  return sql`unnest(${ranges.map(range => range.segment_id)}::bigint[], ${ranges.map(range => range.from)}::timestamptz[], ${ranges.map(range => range.upTo)}::timestamptz[]) as edge (segment_id, from_at, up_to)`
}

/**
 * The clocks set to `now`, unless a segment was changed since it was read. One that somebody else is writing keeps its
 * clock until the next tick, which only means looking again. A second run changes nothing.
 */
export async function setClocks(db: Db, segments: ClockSegment[], now: Date): Promise<void> {
  await sql`
    with free as (
      select segments.id
      from segments
      join unnest(${segments.map(segment => segment.id)}::bigint[], ${segments.map(segment => segment.revision)}::int[]) as followed (id, revision) using (id, revision)
      for no key update of segments skip locked
    )
    update segments
    set clock_at = greatest(clock_at, ${now}::timestamptz)
    from free
    where segments.id = free.id
  `.execute(db)
}
