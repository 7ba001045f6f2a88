import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { fieldCauses } from '../events/rollup-fields.ts'

export type RecentMove = {
  contact_id: number
  name: string
  email: string | null
  type: 'segment.entered' | 'segment.left'
  occurred_at: Date
  /** the place of the row in the list */
  key: string
  id: number
  because: unknown
  /** the latest event before it of a kind that `because` names, or that changes a field it names */
  cause: { id: number, type: string, occurred_at: string, amount: number | null, currency: string | null } | null
}
export type MovesFilter = { type?: 'segment.entered' | 'segment.left' | undefined, day?: string | undefined, timeZone: string }

/** Who entered and left a segment, the last one first, after a (time, event). Found by the index of moves, whatever else happened. */
export async function listRecentMoves(db: Db, segmentId: number, { type, day, timeZone }: MovesFilter, after: { key: string, id: number } | null, limit: number): Promise<RecentMove[]> {
  return rows<RecentMove>(db, sql`
    with page as (
      select contact_id, id, type, occurred_at, properties -> 'because' as because
      from events
      where source = ${`segment:${segmentId}`}::text
        and type in ('segment.entered', 'segment.left')
        ${type === undefined ? sql`` : sql`and type = ${type}::text`}
        ${day === undefined ? sql`` : sql`and occurred_at >= ${day}::timestamp at time zone ${timeZone}::text and occurred_at < (${day}::date + 1)::timestamp at time zone ${timeZone}::text`}
        ${after === null ? sql`` : sql`and (occurred_at, id) < (${after.key}::timestamptz, ${after.id}::bigint)`}
      order by occurred_at desc, id desc
      limit ${limit}::bigint
    )
    select page.contact_id, trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) as name, c.email,
      page.type, page.occurred_at, page.occurred_at::text as key, page.id, page.because, to_jsonb(cause) as cause
    from page
    join contacts c on c.id = page.contact_id
    left join lateral (
      select e.id, e.type, e.occurred_at, e.amount, e.currency
      from events e
      where e.contact_id = page.contact_id
        and e.type in (
          select coalesce(known.type, substr(changed.key, 7))
          from jsonb_array_elements_text(page.because) as changed (key)
          left join unnest(${fieldCauses.map(cause => `field:${cause.field}`)}::text[], ${fieldCauses.map(cause => cause.type)}::text[]) as known (key, type) on known.key = changed.key
          where known.type is not null or changed.key like 'event:%'
        )
        and e.received_at <= page.occurred_at + interval '1 minute'
        and e.id < page.id
      order by e.id desc
      limit 1
    ) cause on true
    order by page.occurred_at desc, page.id desc
  `)
}
