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
 * pairs from the contact after `after` on, in the order of contacts.
 */
export async function findClockCandidates(db: Db, segments: ClockSegment[], now: Date, after: number, limit: number): Promise<{ contact_id: number, segment_id: number }[]> {
  const { timeZone = 'UTC' } = await loadConditionContext(db)
  const ranges = segments.flatMap(segment => segment.edges.flatMap(edge => edgeRange(segment, edge, now, after, timeZone)))
  const found: { contact_id: number, segment_id: number }[] = []
  for (let from = 0; from < ranges.length; from += 200) {
    found.push(...await rows<{ contact_id: number, segment_id: number }>(db, sql`
      select contact_id, segment_id
      from (${sql.join(ranges.slice(from, from + 200), sql` union all `)}) as passing
      group by contact_id, segment_id
      order by contact_id, segment_id
      limit ${limit}::bigint
    `))
  }
  return found.sort((one, other) => one.contact_id - other.contact_id).slice(0, limit)
}

/**
 * Dates of the card that are the time of an event: the index of events finds them. An index of their own would have to
 * be kept with every event of everybody, which is most of what an event costs.
 */
const datedBy: Partial<Record<string, string>> = {
  first_order_at: 'order.placed', last_open_at: 'email.opened', last_click_at: 'email.clicked', subscribed_at: 'subscription.confirmed',
  last_mail_at: 'email.sent', last_visit_at: 'page.viewed',
}

function edgeRange(segment: ClockSegment, edge: ClockEdge, now: Date, after: number, timeZone: string): RawBuilder<unknown>[] {
  const from = moment(segment.clock_at.getTime() - edge.offset)
  const upTo = moment(now.getTime() - edge.offset)
  const id = sql`${segment.id}::bigint as segment_id`
  if (edge.kind === 'event') {
    return [sql`
      select contact_id, ${id}
      from events
      where type = ${edge.event}::text
        and occurred_at > ${from}::timestamptz
        and occurred_at <= ${upTo}::timestamptz
        and contact_id > ${after}::bigint`]
  }
  const event = datedBy[edge.field]
  if (event !== undefined) {
    return [sql`
      select events.contact_id, ${id}
      from events
      join contact_rollups on contact_rollups.contact_id = events.contact_id and ${sql.ref(`contact_rollups.${edge.field}`)} = events.occurred_at
      where events.type = ${event}::text
        and events.occurred_at > ${from}::timestamptz
        and events.occurred_at <= ${upTo}::timestamptz
        and events.contact_id > ${after}::bigint`]
  }
  const place = indexedDate(edge.field)
  if (place !== undefined) {
    return [sql`
      select ${sql.ref(place.contactId)} as contact_id, ${id}
      from ${sql.table(place.table)}
      where ${sql.ref(place.column)} > ${from}::timestamptz
        and ${sql.ref(place.column)} <= ${upTo}::timestamptz
        and ${sql.ref(place.contactId)} > ${after}::bigint`]
  }
  // A custom date turns over at midnight only; the index on fields finds the cards holding one of the days passed.
  const days = daysBetween(dayOf(from, timeZone), dayOf(upTo, timeZone))
  if (days.length === 0) return []
  return [sql`
    select contacts.id as contact_id, ${id}
    from unnest(${days}::text[]) as day
    join contacts on contacts.fields @> jsonb_build_object(${edge.field.slice('fields.'.length)}::text, day)
    where contacts.id > ${after}::bigint`]
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
