import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { cleanJson } from './clean-json.ts'

/** Places of those events that are there already just like this: the same person, kind, time and properties. */
export async function standingEvents(db: Db, events: { contact_id: number, type: string, occurred_at: Date, properties: Record<string, unknown> }[]): Promise<Set<number>> {
  if (events.length === 0) return new Set()
  const found = await rows<{ place: number }>(db, sql`
    select given.place::integer - 1 as place
    from unnest(
      ${events.map(event => event.contact_id)}::bigint[], ${events.map(event => event.type)}::text[], ${events.map(event => event.occurred_at)}::timestamptz[], ${events.map(event => cleanJson(event.properties))}::jsonb[]
    ) with ordinality as given (contact_id, type, occurred_at, properties, place)
    where exists (
      select
      from events
      where events.contact_id = given.contact_id
        and events.occurred_at = given.occurred_at
        and events.type = given.type
        and events.properties = given.properties
    )
  `)
  return new Set(found.map(row => row.place))
}
