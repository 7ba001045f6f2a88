import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { TimelineEntry, TimelineKind } from '../../shared/contacts.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { rows } from '../base/db.ts'
import { presentWhy, whyOfMail, type WhyFound } from './why-of-mail.sql.ts'

/** Kinds by the first word of the type. What is in none of them is `other`. */
const kindByPrefix: Record<string, TimelineKind> = {
  email: 'mail', mail: 'mail', order: 'order', coupon: 'order', cart: 'order', subscription: 'subscription', form: 'form', lead: 'form', page: 'visit',
  journey: 'journey', segment: 'segment', contact: 'card', tag: 'card', task: 'task', deal: 'deal', webhook: 'journey', note: 'note', call: 'call',
}
export const kindOf = (type: string): TimelineKind => kindByPrefix[type.split('.')[0]!] ?? 'other'

/** Of a deal: what carries its number, and the mails of its contact. */
const aboutDeal = (dealId: number | undefined): RawBuilder<unknown> => dealId === undefined ? sql`true` : sql`(${ofKind('mail')} or e.properties -> 'deal_id' = to_jsonb(${dealId}::bigint))`

function ofKind(kind: TimelineKind): RawBuilder<unknown> {
  if (kind === 'all') return sql`true`
  const prefixes = Object.entries(kindByPrefix).filter(([, one]) => kind === 'other' || one === kind).map(([prefix]) => prefix)
  const among = sql`split_part(e.type, '.', 1) = any(${prefixes}::text[])`
  return kind === 'other' ? sql`not (${among})` : among
}

type Found = Omit<TimelineEntry, 'kind' | 'occurred_at' | 'received_at' | 'why'> & { occurred_at: Date, received_at: Date, key: string, why: WhyFound | null }

/**
 * The events of one contact or some, the newest first, with the names of what they are about; and the key of the last one when there are
 * more. Mails that wait, were left out or whose fate is not known are no events, and stand among them as `mail.waiting`,
 * `mail.skipped` and `mail.unknown`, at the time they were queued or handed over, under a negative id; so do notes. With a deal: what is about it, and mails.
 */
export async function readTimeline(db: Db, contactIds: number[], { kind, search, dealId, limit, after }: { kind: TimelineKind, search?: string | undefined, dealId?: number | undefined, limit: number, after: [string, number] | undefined }): Promise<{ entries: TimelineEntry[], next: [string, number] | null }> {
  const pattern = search === undefined || search.trim() === '' ? null : `%${search.trim().replace(/[\\%_]/g, '\\$&')}%`
  const fits = (text: RawBuilder<unknown>, messageId: RawBuilder<unknown>): RawBuilder<boolean> => pattern === null ? sql`true` : sql`(${text} ilike ${pattern} or ${messageId} in (
    select messages.id
    from messages
    join template_versions on template_versions.id = messages.template_version_id
    join templates on templates.id = template_versions.template_id
    where messages.contact_id = wanted.contact_id
      and templates.name ilike ${pattern}))`
  const found = await rows<Found>(db, sql`
    with wanted as materialized (
      select contact_id from unnest(${contactIds}::bigint[]) as wanted (contact_id)
    ), happened as materialized (
      select own.*
      from wanted
      cross join lateral (
      select e.id, e.contact_id, e.type, e.occurred_at, e.received_at, e.source, e.is_machine, e.machine_reason, e.amount, e.currency, e.properties, e.message_id, e.campaign_id, e.journey_id
      from events e
      where e.contact_id = wanted.contact_id
        and ${ofKind(kind)}
        and ${aboutDeal(dealId)}
        and ${fits(sql`(e.properties::text || ' ' || coalesce((select notes.body from notes where e.type = 'call.logged' and notes.contact_id = e.contact_id and to_jsonb(notes.id) = e.properties -> 'note_id'), ''))`, sql`e.message_id`)}
        and ${after === undefined ? sql`true` : sql`e.occurred_at <= ${after[0]}::timestamptz and (e.occurred_at, e.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
      order by e.occurred_at desc, e.id desc
      limit ${limit + 1}
      ) as own
      order by own.occurred_at desc, own.id desc
      limit ${limit + 1}
    ), mails as materialized (
      select -m.id as id, m.contact_id, case m.state when 'queued' then 'mail.waiting' else 'mail.' || m.state end as type, stands.at as occurred_at, m.queued_at as received_at, 'sender' as source,
        false as is_machine, null::text as machine_reason, null::bigint as amount, null::text as currency, '{}'::jsonb as properties, m.id as message_id, m.campaign_id, m.journey_id
      from wanted
      join messages m on m.contact_id = wanted.contact_id
      cross join lateral (select coalesce(m.sending_at, m.queued_at) as at) as stands
      where ${fits(sql`''`, sql`m.id`)}
        and ${kind === 'all' || kind === 'mail'}
        and m.state in ('queued', 'skipped', 'unknown')
        and m.kind <> 'test'
        and ${after === undefined ? sql`true` : sql`(stands.at, -m.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
      order by stands.at desc, m.id
      limit ${limit + 1}
    ), written as materialized (
      select -n.id as id, n.contact_id, 'note.added' as type, n.created_at as occurred_at, n.created_at as received_at, coalesce('user:' || n.author_id, 'api') as source,
        false as is_machine, null::text as machine_reason, null::bigint as amount, null::text as currency, jsonb_build_object('note_id', n.id) as properties, null::bigint as message_id, null::bigint as campaign_id, null::bigint as journey_id
      from wanted
      join notes n on n.contact_id = wanted.contact_id
      where ${pattern === null ? sql`true` : sql`n.body ilike ${pattern}`}
        and ${kind === 'all' || kind === 'note'}
        and n.kind = 'note'
        and ${dealId === undefined ? sql`true` : sql`n.deal_id = ${dealId}::bigint`}
        and ${after === undefined ? sql`true` : sql`(n.created_at, -n.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
      order by n.created_at desc, n.id
      limit ${limit + 1}
    ), found as (
      select *
      from (select * from happened union all select * from mails union all select * from written) as merged
      order by occurred_at desc, id desc
      limit ${limit + 1}
    ), page as (
      -- An order carries the mail it is credited to.
      select found.id, found.contact_id, found.type, found.occurred_at, found.received_at, found.source, found.is_machine, found.machine_reason, found.amount, found.currency, found.properties,
        coalesce(found.message_id, orders.message_id) as message_id, coalesce(found.campaign_id, orders.campaign_id) as campaign_id, coalesce(found.journey_id, orders.journey_id) as journey_id
      from found
      left join orders on orders.contact_id = found.contact_id and found.type = 'order.placed' and orders.order_id = found.properties ->> 'order_id'
    )
    select page.id, (select jsonb_build_object('id', c.id, 'name', ${contactName('c')}) from contacts c where c.id = page.contact_id) as contact, page.type, page.occurred_at, page.occurred_at::text as key, page.received_at, page.source, page.is_machine, page.machine_reason, page.amount, page.currency,
      page.message_id, page.properties,
      (select jsonb_build_object('id', campaigns.id, 'name', campaigns.name) from campaigns where campaigns.id = page.campaign_id) as campaign,
      (select jsonb_build_object('id', journeys.id, 'name', journeys.name) from journeys where journeys.id = coalesce(page.journey_id, case when jsonb_typeof(page.properties -> 'journey_id') = 'number' then (page.properties ->> 'journey_id')::bigint end)) as journey,
      (select jsonb_build_object('id', segments.id, 'name', segments.name) from segments where page.type like 'segment.%' and jsonb_typeof(page.properties -> 'segment_id') = 'number' and segments.id = (page.properties ->> 'segment_id')::numeric) as segment,
      (select jsonb_build_object('template_id', templates.id, 'name', templates.name)
        from messages
        join template_versions on template_versions.id = messages.template_version_id
        join templates on templates.id = template_versions.template_id
        where messages.contact_id = page.contact_id
          and messages.id = page.message_id) as mail,
      (select jsonb_build_object('id', notes.id, 'body', notes.body)
        from notes
        where page.type in ('note.added', 'call.logged')
          and notes.contact_id = page.contact_id
          and to_jsonb(notes.id) = page.properties -> 'note_id') as note,
      case when page.type in ('mail.waiting', 'mail.skipped', 'mail.unknown', 'email.failed', 'email.bounced') then (select ${whyOfMail} from messages m where m.contact_id = page.contact_id and m.id = page.message_id) end as why
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
  const { key: _, why, ...event } = found
  return {
    ...event,
    why: why === null ? null : presentWhy(why),
    kind: kindOf(event.type),
    amount: event.amount === null || event.currency === null ? null : toMajor(event.amount, event.currency),
    occurred_at: event.occurred_at.toISOString(),
    received_at: event.received_at.toISOString(),
  }
}
