import { sql, type RawBuilder } from 'kysely'
import type { ReportCount } from '../../shared/reports.ts'
import { one, rows, type Db } from '../base/db.ts'

export type Period = { from: Date, to: Date }

export type PeriodRow = {
  new_contacts: number, leads: number, sent: number, delivered: number, bounced: number, opened: number, opened_with_machines: number,
  clicked: number, clicked_with_machines: number, unsubscribed: number, complained: number,
  orders: number, revenue: number, attributed_orders: number, attributed_revenue: number
}

/** Mails of the ledger that count in reports: what campaigns and journeys sent, without tests. */
const counted = sql`m.kind in ('campaign', 'journey')`
const within = (column: RawBuilder<unknown>, { from, to }: Period): RawBuilder<boolean> => sql<boolean>`${column} >= ${from} and ${column} < ${to}`

/** Numbers of one period. Mails count on the day they were sent, orders on the day they were placed; revenue in minor units of `currency`. */
export async function periodNumbers(db: Db, period: Period, currency: string): Promise<PeriodRow> {
  return one(db, sql`
    select
      (select count(*) from contacts c where ${within(sql`c.created_at`, period)}) as new_contacts,
      (select count(*) from leads l where ${within(sql`l.created_at`, period)}) as leads,
      mails.*,
      orders.*
    from (
      select
        count(*) as sent,
        count(*) filter (where m.bounced_at is null) as delivered,
        count(*) filter (where m.bounced_at is not null) as bounced,
        count(*) filter (where m.opened_at is not null) as opened,
        count(*) filter (where m.opened_at is not null or m.machine_opened_at is not null) as opened_with_machines,
        count(*) filter (where m.clicked_at is not null) as clicked,
        count(*) filter (where m.clicked_at is not null or m.machine_clicked_at is not null) as clicked_with_machines,
        count(*) filter (where m.unsubscribed_at is not null) as unsubscribed,
        count(*) filter (where m.complained_at is not null) as complained
      from messages m
      where ${within(sql`m.sent_at`, period)} and ${counted}
    ) mails, (
      select
        count(*) as orders,
        coalesce(sum(o.amount) filter (where o.currency = ${currency}), 0)::bigint as revenue,
        count(*) filter (where o.message_id is not null) as attributed_orders,
        coalesce(sum(o.amount) filter (where o.message_id is not null and o.currency = ${currency}), 0)::bigint as attributed_revenue
      from orders o
      where ${within(sql`o.placed_at`, period)} and o.status = 'placed'
    ) orders`)
}

export type DayRow = { day: string, sent: number, opened: number, clicked: number, orders: number, revenue: number, attributed_revenue: number }

/** One row per day of the time zone on which something happened, oldest first. */
export async function dayNumbers(db: Db, period: Period, timeZone: string, currency: string): Promise<DayRow[]> {
  return rows(db, sql`
    with mailed as (
      select
        (m.sent_at at time zone ${timeZone})::date as day,
        count(*) as sent,
        count(*) filter (where m.opened_at is not null) as opened,
        count(*) filter (where m.clicked_at is not null) as clicked
      from messages m
      where ${within(sql`m.sent_at`, period)} and ${counted}
      group by 1
    ), ordered as (
      select
        (o.placed_at at time zone ${timeZone})::date as day,
        count(*) as orders,
        coalesce(sum(o.amount) filter (where o.currency = ${currency}), 0)::bigint as revenue,
        coalesce(sum(o.amount) filter (where o.message_id is not null and o.currency = ${currency}), 0)::bigint as attributed_revenue
      from orders o
      where ${within(sql`o.placed_at`, period)} and o.status = 'placed'
      group by 1
    )
    select
      to_char(day, 'YYYY-MM-DD') as day,
      coalesce(sent, 0) as sent, coalesce(opened, 0) as opened, coalesce(clicked, 0) as clicked,
      coalesce(orders, 0) as orders, coalesce(revenue, 0) as revenue, coalesce(attributed_revenue, 0) as attributed_revenue
    from mailed full join ordered using (day)
    order by day`)
}

export type SenderRow = {
  kind: 'campaign' | 'journey', id: number, name: string,
  sent: number, delivered: number, opened: number, opened_with_machines: number, clicked: number, unsubscribed: number, orders: number, revenue: number
}

/** Campaigns and journeys that sent a mail or won an order in the period, by revenue, at most 500. */
export async function senderNumbers(db: Db, period: Period, currency: string): Promise<SenderRow[]> {
  return rows(db, sql`
    with mailed as (
      select
        m.campaign_id, m.journey_id,
        count(*) as sent,
        count(*) filter (where m.bounced_at is null) as delivered,
        count(*) filter (where m.opened_at is not null) as opened,
        count(*) filter (where m.opened_at is not null or m.machine_opened_at is not null) as opened_with_machines,
        count(*) filter (where m.clicked_at is not null) as clicked,
        count(*) filter (where m.unsubscribed_at is not null) as unsubscribed
      from messages m
      where ${within(sql`m.sent_at`, period)} and ${counted}
      group by m.campaign_id, m.journey_id
    ), won as (
      select
        o.campaign_id, o.journey_id,
        count(*) as orders,
        coalesce(sum(o.amount) filter (where o.currency = ${currency}), 0)::bigint as revenue
      from orders o
      where ${within(sql`o.placed_at`, period)} and o.status = 'placed' and o.message_id is not null
      group by o.campaign_id, o.journey_id
    ), summed as (
      select campaign_id, journey_id, sent, delivered, opened, opened_with_machines, clicked, unsubscribed, 0::bigint as orders, 0::bigint as revenue from mailed
      union all
      select campaign_id, journey_id, 0, 0, 0, 0, 0, 0, orders, revenue from won
    )
    select
      case when s.campaign_id is not null then 'campaign' else 'journey' end as kind,
      coalesce(s.campaign_id, s.journey_id) as id,
      coalesce(c.name, j.name, '') as name,
      sum(s.sent)::bigint as sent, sum(s.delivered)::bigint as delivered, sum(s.opened)::bigint as opened, sum(s.opened_with_machines)::bigint as opened_with_machines,
      sum(s.clicked)::bigint as clicked, sum(s.unsubscribed)::bigint as unsubscribed, sum(s.orders)::bigint as orders, sum(s.revenue)::bigint as revenue
    from summed s
    left join campaigns c on c.id = s.campaign_id
    left join journeys j on j.id = s.journey_id
    where s.campaign_id is not null or s.journey_id is not null
    group by s.campaign_id, s.journey_id, c.name, j.name
    order by revenue desc, sent desc, name
    limit 500`)
}

const mailFilters: Partial<Record<ReportCount, RawBuilder<boolean>>> = {
  sent: sql`true`,
  delivered: sql`m.bounced_at is null`,
  bounced: sql`m.bounced_at is not null`,
  opened: sql`m.opened_at is not null`,
  clicked: sql`m.clicked_at is not null`,
  unsubscribed: sql`m.unsubscribed_at is not null`,
  complained: sql`m.complained_at is not null`,
}

/** The people behind a number of a period, once each, by contact id after `after`. */
export async function peopleOfPeriod(db: Db, period: Period, what: ReportCount, after: number, limit: number): Promise<{ contact_id: number, name: string | null, email: string | null, at: Date | null }[]> {
  const mails = mailFilters[what]
  const found = mails
    ? sql`select m.contact_id, max(m.sent_at) as at from messages m where ${within(sql`m.sent_at`, period)} and ${counted} and ${mails} and m.contact_id > ${after} group by m.contact_id`
    : what === 'new_contacts'
      ? sql`select c.id as contact_id, c.created_at as at from contacts c where ${within(sql`c.created_at`, period)} and c.id > ${after}`
      : what === 'leads'
        ? sql`select l.contact_id, max(l.created_at) as at from leads l where ${within(sql`l.created_at`, period)} and l.contact_id > ${after} group by l.contact_id`
        : sql`
          select o.contact_id, max(o.placed_at) as at
          from orders o
          where ${within(sql`o.placed_at`, period)} and o.status = 'placed' and (${what} = 'orders' or o.message_id is not null) and o.contact_id > ${after}
          group by o.contact_id`
  return rows(db, sql`
    with found as (${found} order by 1 limit ${limit})
    select f.contact_id, nullif(trim(concat_ws(' ', c.first_name, c.last_name)), '') as name, c.email, f.at
    from found f
    join contacts c on c.id = f.contact_id
    order by f.contact_id`)
}
