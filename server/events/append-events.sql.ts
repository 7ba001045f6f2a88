import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { one } from '../base/db.ts'
import { notify } from '../base/live.ts'
import { laneCount } from '../base/lanes.ts'
import { normaliseEmail, normaliseExternalId, normalisePhone } from '../contacts/normalise.ts'
import { cleanJson } from './clean-json.ts'

export type NewEvent = {
  /**
   * Makes a repeat harmless: an event with a key seen before is not taken again. Keys of different senders must not
   * meet, so a key begins with whose it is: `api:…`, `email.sent:12`, `import:7:…`.
   */
  key?: string | undefined
  type: string
  /** `id`, or one or more of the others: whoever has the first of external id, email, phone that is known; else a new contact */
  contact: { id?: number | undefined, email?: string | undefined, phone?: string | undefined, external_id?: string | undefined }
  /** left out: now */
  occurred_at?: Date | undefined
  properties?: Record<string, unknown> | undefined
  /** 'api', 'form:3', 'tracking', 'import:7', 'sender', 'journey:4' … */
  source: string
  message_id?: number | null | undefined
  campaign_id?: number | null | undefined
  journey_id?: number | null | undefined
  /** why it was a machine and not a person (an open by a prefetching proxy, a click by a scanner) */
  machine_reason?: string | null | undefined
}
export type Accepted = { accepted: number, duplicates: number }

/** A clock may be a little ahead: up to this an event of the future is taken as of now. API intake refuses the rest. */
export const allowedSkewMilliseconds = 86_400_000

/**
 * Events in; how many were new and how many had been accepted before out. Part of the caller's transaction: the answer
 * is true once that commits. The same keys again change nothing. Locks the keys (in their order) until the commit.
 * Identities that cannot be normalised throw: whoever takes them from outside checks them first (checkEvents).
 */
export async function appendEvents(db: Db, events: NewEvent[], now: Date): Promise<Accepted> {
  if (events.length === 0) return { accepted: 0, duplicates: 0 }
  const distinct = new Map<string, NewEvent>()
  for (const [index, event] of events.entries()) {
    const key = event.key === undefined ? `#${index}` : hashKey(event.key)
    if (!distinct.has(key)) distinct.set(key, event)
  }
  const incoming = [...distinct].map(([key, event]) => toRow(key.startsWith('#') ? null : key, event, now))
  if (incoming.every(row => row.key === null && row.contact_id !== null)) return appendOwn(db, incoming, now)
  const column = <K extends keyof IncomingRow>(name: K): IncomingRow[K][] => incoming.map(row => row[name])
  const { inserted } = await one<{ inserted: number }>(db, sql`
    with given as (
      select *
      from unnest(
        ${column('key')}::uuid[], ${column('contact_id')}::bigint[], ${column('email')}::text[], ${column('phone')}::text[], ${column('external_id')}::text[],
        ${column('lane')}::smallint[], ${column('type')}::text[], ${column('occurred_at')}::timestamptz[], ${column('properties')}::jsonb[], ${column('source')}::text[],
        ${column('message_id')}::bigint[], ${column('campaign_id')}::bigint[], ${column('journey_id')}::bigint[]
      ) with ordinality as given (key, contact_id, email, phone, external_id, lane, type, occurred_at, properties, source, message_id, campaign_id, journey_id, place)
    ),
    fresh as (
      insert into event_keys (key, received_at)
      select key, ${now}::timestamptz
      from given
      where key is not null
      order by key
      on conflict do nothing
      returning key
    ),
    found as (
      select given.*, coalesce(given.contact_id, by_external_id.contact_id, by_email.contact_id, by_phone.contact_id) as known_id
      from given
      left join contact_identities by_external_id on given.contact_id is null and by_external_id.kind = 'external_id' and by_external_id.value = given.external_id
      left join contact_identities by_email on given.contact_id is null and by_email.kind = 'email' and by_email.value = given.email
      left join contact_identities by_phone on given.contact_id is null and by_phone.kind = 'phone' and by_phone.value = given.phone
      where given.key is null
         or given.key in (select key from fresh)
    ),
    appended as (
      insert into incoming_events (lane, contact_id, identities, type, occurred_at, received_at, properties, source, message_id, campaign_id, journey_id)
      select
        -- whoever is known now has a lane of their own, of the same kind
        coalesce((known_id % ${laneCount})::smallint + case when lane >= ${laneCount} then ${laneCount} else 0 end, lane)::smallint,
        known_id,
        case when known_id is null then jsonb_strip_nulls(jsonb_build_object('email', email, 'phone', phone, 'external_id', external_id)) end,
        type, occurred_at, ${now}::timestamptz, properties, source, message_id, campaign_id, journey_id
      from found
      order by place
      returning 1
    )
    select count(*) as inserted
    from appended
  `)
  if (inserted > 0) await notify(db, 'incoming_events')
  return { accepted: inserted, duplicates: events.length - inserted }
}

/** Events of the program itself: nobody to look for, nothing that may come twice. */
async function appendOwn(db: Db, incoming: IncomingRow[], now: Date): Promise<Accepted> {
  const column = <K extends keyof IncomingRow>(name: K): IncomingRow[K][] => incoming.map(row => row[name])
  await sql`
    insert into incoming_events (lane, contact_id, type, occurred_at, received_at, properties, source, message_id, campaign_id, journey_id)
    select given.lane, given.contact_id, given.type, given.occurred_at, ${now}::timestamptz, given.properties, given.source, given.message_id, given.campaign_id, given.journey_id
    from unnest(
      ${column('lane')}::smallint[], ${column('contact_id')}::bigint[], ${column('type')}::text[], ${column('occurred_at')}::timestamptz[], ${column('properties')}::jsonb[],
      ${column('source')}::text[], ${column('message_id')}::bigint[], ${column('campaign_id')}::bigint[], ${column('journey_id')}::bigint[]
    ) with ordinality as given (lane, contact_id, type, occurred_at, properties, source, message_id, campaign_id, journey_id, place)
    order by given.place`.execute(db)
  await notify(db, 'incoming_events')
  return { accepted: incoming.length, duplicates: 0 }
}

type IncomingRow = ReturnType<typeof toRow>

function toRow(key: string | null, event: NewEvent, now: Date) {
  const { contact } = event
  const email = given(contact.email, normaliseEmail)
  const phone = given(contact.phone, text => normalisePhone(text, 'US'))
  const external_id = given(contact.external_id, normaliseExternalId)
  const who = external_id ?? email ?? phone
  if (contact.id === undefined && who === null) throw new RangeError('an event needs a contact: id, email, phone or external_id')
  const occurredAt = event.occurred_at === undefined || event.occurred_at > now ? now : event.occurred_at
  const properties = event.machine_reason === undefined || event.machine_reason === null ? event.properties ?? {} : { ...event.properties, machine_reason: event.machine_reason }
  return {
    key, email, phone, external_id,
    contact_id: contact.id ?? null,
    lane: (contact.id === undefined ? laneOfIdentity(who!) : contact.id % laneCount) + (isBulk(event) ? laneCount : 0),
    type: event.type,
    occurred_at: occurredAt,
    properties: cleanJson(properties),
    source: event.source,
    message_id: event.message_id ?? null,
    campaign_id: event.campaign_id ?? null,
    journey_id: event.journey_id ?? null,
  }
}

/** What comes in crowds and can wait: files, and the mails of campaigns that have left. Nobody's order or click stands behind it in the queue. */
const isBulk = ({ type, source, campaign_id }: NewEvent): boolean => source.startsWith('import:') || (type === 'email.sent' && typeof campaign_id === 'number')

function given(text: string | undefined, normalise: (text: string) => string | null): string | null {
  if (text === undefined || text.trim() === '') return null
  const normalised = normalise(text)
  if (normalised === null || normalised === '') throw new RangeError('an identity of an event is not in its normal form')
  return normalised
}

/** First 16 bytes of the SHA-256, as a uuid. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32)

/** While nobody knows whose it is: events of one identity stay in one lane. */
const laneOfIdentity = (value: string): number => createHash('sha256').update(value).digest()[0]! % laneCount
