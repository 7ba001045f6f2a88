import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { cleanJson } from './clean-json.ts'
import type { ProcessedEvent } from './processed-event.ts'
import { addToRollups } from './rollups.sql.ts'
import { addTopicReactions } from './topic-reactions.sql.ts'

export type EventRow = Omit<ProcessedEvent, 'id' | 'amount' | 'currency' | 'is_machine'> & {
  /** the number it got at intake; left out: a new one */
  id?: number
  received_at?: Date
  amount?: number | null
  currency?: string | null
  is_machine?: boolean
  machine_reason?: string | null
  import_id?: number | null
}

/**
 * Events of contacts that are there and held by the caller in, the same with their numbers out; their rollups follow.
 * The months must be there (ensureMonths). A second run inserts again: the caller knows what is new.
 */
export async function insertEvents(tx: Db, events: EventRow[], now: Date): Promise<ProcessedEvent[]> {
  if (events.length === 0) return []
  const unnumbered = events.filter(event => event.id === undefined).length
  const numbers = unnumbered === 0 ? [] : await rows<{ id: number }>(tx, sql`select nextval('event_ids') as id from generate_series(1, ${unnumbered}::integer)`)
  let next = 0
  const inserted: (ProcessedEvent & EventRow)[] = events.map(event => ({
    ...event,
    id: event.id ?? numbers[next++]!.id,
    amount: event.amount ?? null,
    currency: event.currency ?? null,
    is_machine: event.is_machine ?? false,
  }))
  const column = <T>(of: (event: ProcessedEvent & EventRow) => T): T[] => inserted.map(of)
  await sql`
    insert into events (contact_id, id, type, occurred_at, received_at, source, message_id, campaign_id, journey_id, import_id, amount, currency, is_machine, machine_reason, properties)
    select *
    from unnest(
      ${column(event => event.contact_id)}::bigint[], ${column(event => event.id)}::bigint[], ${column(event => event.type)}::text[],
      ${column(event => event.occurred_at)}::timestamptz[], ${column(event => event.received_at ?? now)}::timestamptz[], ${column(event => event.source)}::text[],
      ${column(event => event.message_id)}::bigint[], ${column(event => event.campaign_id)}::bigint[], ${column(event => event.journey_id)}::bigint[],
      ${column(event => event.import_id ?? null)}::bigint[], ${column(event => event.amount)}::bigint[], ${column(event => event.currency)}::text[],
      ${column(event => event.is_machine)}::boolean[], ${column(event => event.machine_reason ?? null)}::text[], ${column(event => cleanJson(event.properties))}::jsonb[]
    )
  `.execute(tx)
  await addToRollups(tx, inserted)
  await addTopicReactions(tx, inserted)
  return inserted.map(({ id, contact_id, type, occurred_at, properties, source, message_id, campaign_id, journey_id, is_machine, amount, currency }) =>
    ({ id, contact_id, type, occurred_at, properties, source, message_id, campaign_id, journey_id, is_machine, amount, currency }))
}
