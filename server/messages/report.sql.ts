import type { RawBuilder } from 'kysely'
import type { PeopleOf } from '../../shared/campaigns.ts'
import { rows, sql, type Db } from '../base/db.ts'
import { reasonOf } from './ledger.sql.ts'

export type MessageCounts = {
  planned: number, queued: number, sending: number, sent: number, skipped: number, failed: number, bounced: number, unknown: number
  delivered: number, opened: number, opened_with_machines: number, clicked: number, clicked_with_machines: number
  unsubscribed: number, complained: number, orders: number, buyers: number, revenue: number
}

/** Which messages m each number counts: the one definition, for the number and for the people behind it. */
export const behind: Record<PeopleOf, RawBuilder<boolean>> = {
  planned: sql`true`,
  queued: sql`m.state = 'queued'`,
  sending: sql`m.state = 'sending'`,
  sent: sql`m.state in ('sent', 'bounced')`,
  delivered: sql`m.state = 'sent'`,
  skipped: sql`m.state = 'skipped'`,
  failed: sql`m.state = 'failed'`,
  bounced: sql`m.state = 'bounced'`,
  unknown: sql`m.state = 'unknown'`,
  opened: sql`m.opened_at is not null`,
  opened_with_machines: sql`(m.opened_at is not null or m.machine_opened_at is not null)`,
  clicked: sql`m.clicked_at is not null`,
  clicked_with_machines: sql`(m.clicked_at is not null or m.machine_clicked_at is not null)`,
  unsubscribed: sql`m.unsubscribed_at is not null`,
  complained: sql`m.complained_at is not null`,
  buyers: sql`m.orders > 0`,
  not_opened: sql`(m.state = 'sent' and m.opened_at is null and m.clicked_at is null)`,
}

const counted = sql.join((['queued', 'sending', 'sent', 'skipped', 'failed', 'bounced', 'unknown', 'delivered', 'opened', 'opened_with_machines', 'clicked', 'clicked_with_machines', 'unsubscribed', 'complained', 'buyers'] as const)
  .map(name => sql`count(*) filter (where ${behind[name]}) as ${sql.ref(name)}`))

export const noMessages: MessageCounts = { planned: 0, queued: 0, sending: 0, sent: 0, skipped: 0, failed: 0, bounced: 0, unknown: 0, delivered: 0, opened: 0, opened_with_machines: 0, clicked: 0, clicked_with_machines: 0, unsubscribed: 0, complained: 0, orders: 0, buyers: 0, revenue: 0 }

/** The numbers of campaigns, by their id; revenue in minor units. Reads all their messages. */
export async function countMessages(db: Db, campaignIds: number[]): Promise<Map<number, MessageCounts>> {
  if (campaignIds.length === 0) return new Map()
  const found = await rows<MessageCounts & { campaign_id: number }>(db, sql`
    select m.campaign_id, count(*) as planned, ${counted}, coalesce(sum(m.orders), 0) as orders, coalesce(sum(m.revenue), 0)::bigint as revenue
    from messages m
    where m.campaign_id = any(${campaignIds}::bigint[])
    group by m.campaign_id`)
  return new Map(found.map(({ campaign_id, ...counts }) => [campaign_id, counts]))
}

/** First opens and clicks by people, by the hour. */
export async function countHours(db: Db, campaignId: number): Promise<{ at: Date, opened: number, clicked: number }[]> {
  return rows(db, sql`
    select date_trunc('hour', happened.at) as at, count(*) filter (where happened.what = 'opened') as opened, count(*) filter (where happened.what = 'clicked') as clicked
    from messages m
    cross join lateral (values ('opened', m.opened_at), ('clicked', m.clicked_at)) as happened (what, at)
    where m.campaign_id = ${campaignId}::bigint
      and happened.at is not null
    group by 1
    order by 1
    limit 500`)
}

/** The links of a campaign: people who clicked, their clicks, clicks by machines. */
export async function countLinks(db: Db, campaignId: number): Promise<{ url: string, people: number, clicks: number, machines: number }[]> {
  return rows(db, sql`
    select properties ->> 'url' as url, count(distinct contact_id) filter (where not is_machine) as people,
      count(*) filter (where not is_machine) as clicks, count(*) filter (where is_machine) as machines
    from events
    where campaign_id = ${campaignId}::bigint
      and type = 'email.clicked'
      and properties ? 'url'
    group by 1
    order by 2 desc, 3 desc, 1
    limit 200`)
}

export type PersonRow = { id: number, name: string, email: string | null, at: Date | null, note: string | null }
const nameOf = sql`trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, ''))`

/** The people behind a number of a campaign, by contact id after a cursor. */
export async function listPeople(db: Db, campaignId: number, filter: { what: PeopleOf, reason: string | null, url: string | null }, after: number, limit: number): Promise<PersonRow[]> {
  const at = { opened: sql`m.opened_at`, opened_with_machines: sql`coalesce(m.opened_at, m.machine_opened_at)`, clicked: sql`m.clicked_at`, clicked_with_machines: sql`coalesce(m.clicked_at, m.machine_clicked_at)`, unsubscribed: sql`m.unsubscribed_at`, bounced: sql`m.bounced_at`, complained: sql`m.complained_at` } as Partial<Record<PeopleOf, RawBuilder<unknown>>>
  return rows(db, sql`
    select c.id, ${nameOf} as name, c.email, ${at[filter.what] ?? sql`coalesce(m.sent_at, m.sending_at, m.queued_at)`} as at,
      case when m.state in ('skipped', 'failed', 'bounced', 'unknown') or (m.state = 'queued' and m.reason is not null) then coalesce(m.reason, m.state) || coalesce(': ' || m.detail, '') end as note
    from messages m
    join contacts c on c.id = m.contact_id
    where m.campaign_id = ${campaignId}::bigint
      and m.contact_id > ${after}::bigint
      and ${behind[filter.what]}
      and (${filter.reason}::text is null or ${reasonOf} = ${filter.reason}::text)
      and (${filter.url}::text is null or exists (
        select
        from events e
        where e.contact_id = m.contact_id and e.campaign_id = m.campaign_id and e.type = 'email.clicked' and not e.is_machine and e.properties ->> 'url' = ${filter.url}::text))
    order by m.contact_id
    limit ${limit}`)
}

/** What became of a campaign's first mails, at most so many; null when more have left: they are not the first any more. */
export async function countFirst(db: Db, campaignId: number, most: number): Promise<{ sent: number, bounced: number, complained: number } | null> {
  const [counted] = await rows<{ sent: number, bounced: number, complained: number }>(db, sql`
    select count(*) as sent, count(*) filter (where state = 'bounced') as bounced, count(*) filter (where complained_at is not null) as complained
    from (
      select state, complained_at
      from messages
      where campaign_id = ${campaignId}::bigint
        and state in ('sent', 'bounced')
      limit ${most + 1}
    ) as first`)
  return counted && counted.sent <= most ? counted : null
}
