import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { TimelineEntry, TimelineKind } from '../../shared/contacts.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Kinds by the first word of the type. What is in none of them is `other`. */
const kindByPrefix: Record<string, TimelineKind> = {
  email: 'mail', order: 'order', coupon: 'order', cart: 'order', subscription: 'subscription', form: 'form', lead: 'form', page: 'visit',
  journey: 'journey', segment: 'segment', contact: 'card', tag: 'card', task: 'task', deal: 'deal', webhook: 'journey',
}
export const kindOf = (type: string): TimelineKind => kindByPrefix[type.split('.')[0]!] ?? 'other'

function ofKind(kind: TimelineKind): RawBuilder<unknown> {
  if (kind === 'all') return sql`true`
  const prefixes = Object.entries(kindByPrefix).filter(([, one]) => kind === 'other' || one === kind).map(([prefix]) => prefix)
  const among = sql`split_part(e.type, '.', 1) = any(${prefixes}::text[])`
  return kind === 'other' ? sql`not (${among})` : among
}

type Found = Omit<TimelineEntry, 'kind' | 'occurred_at' | 'received_at'> & { occurred_at: Date, received_at: Date, key: string }

/** One contact's events, the newest first, with the names of what they are about; and the key of the last one when there are more. */
export async function readTimeline(db: Db, contactId: number, { kind, limit, after }: { kind: TimelineKind, limit: number, after: [string, number] | undefined }): Promise<{ entries: TimelineEntry[], next: [string, number] | null }> {
  const found = await rows<Found>(db, sql`
    with found as materialized (
      select e.*
      from events e
      where e.contact_id = ${contactId}
        and ${ofKind(kind)}
        and ${after === undefined ? sql`true` : sql`e.occurred_at <= ${after[0]}::timestamptz and (e.occurred_at, e.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
      order by e.occurred_at desc, e.id desc
      limit ${limit + 1}
    ), page as (
      -- An order carries the mail it is credited to.
      select found.id, found.contact_id, found.type, found.occurred_at, found.received_at, found.source, found.is_machine, found.machine_reason, found.amount, found.currency, found.properties,
        coalesce(found.message_id, orders.message_id) as message_id, coalesce(found.campaign_id, orders.campaign_id) as campaign_id, coalesce(found.journey_id, orders.journey_id) as journey_id
      from found
      left join orders on orders.contact_id = found.contact_id and found.type = 'order.placed' and orders.order_id = found.properties ->> 'order_id'
    )
    select page.id, page.type, page.occurred_at, page.occurred_at::text as key, page.received_at, page.source, page.is_machine, page.machine_reason, page.amount, page.currency,
      page.message_id, page.properties,
      (select jsonb_build_object('id', campaigns.id, 'name', campaigns.name) from campaigns where campaigns.id = page.campaign_id) as campaign,
      (select jsonb_build_object('id', journeys.id, 'name', journeys.name) from journeys where journeys.id = coalesce(page.journey_id, case when jsonb_typeof(page.properties -> 'journey_id') = 'number' then (page.properties ->> 'journey_id')::bigint end)) as journey,
      (select jsonb_build_object('id', segments.id, 'name', segments.name) from segments where page.type like 'segment.%' and jsonb_typeof(page.properties -> 'segment_id') = 'number' and segments.id = (page.properties ->> 'segment_id')::numeric) as segment,
      (select jsonb_build_object('template_id', templates.id, 'name', templates.name)
        from messages
        join template_versions on template_versions.id = messages.template_version_id
        join templates on templates.id = template_versions.template_id
        where messages.contact_id = page.contact_id
          and messages.id = page.message_id) as mail
    from page
    order by page.occurred_at desc, page.id desc
  `)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    entries: page.map(present),
    next: found.length > limit && last ? [last.key, last.id] : null,
  }
}

function present(found: Found): TimelineEntry {
  const { key: _, ...event } = found
  return {
    ...event,
    kind: kindOf(event.type),
    amount: event.amount === null || event.currency === null ? null : toMajor(event.amount, event.currency),
    occurred_at: event.occurred_at.toISOString(),
    received_at: event.received_at.toISOString(),
  }
}
