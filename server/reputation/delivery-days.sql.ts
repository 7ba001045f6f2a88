import type { RawBuilder } from 'kysely'
import type { DeliveryBy, DeliveryCounts, DeliveryWhat } from '../../shared/reputation.ts'
import { one, rows, sql, type Db } from '../base/db.ts'
import { mailProviders, nameOfProvider } from '../delivery/mail-providers.ts'

/** The lists as columns: a row for each domain of a provider, and the providers there are. */
const listed = mailProviders.flatMap(({ key, domains }) => domains.map(domain => ({ domain, key })))
/** Joined to message m: whose domain it is, else whose mail servers its MX names. What is nobody's on the list is `other`. */
const joinProvider = sql`
  left join unnest(${listed.map(each => each.domain)}::text[], ${listed.map(each => each.key)}::text[]) as listed (domain, provider) on listed.domain = lower(split_part(m.to_email, '@', 2))
  left join receiving_domains on receiving_domains.domain = lower(split_part(m.to_email, '@', 2))
    and receiving_domains.provider = any(${mailProviders.map(each => each.key)}::text[])`
const providerOfMail = sql`coalesce(listed.provider, receiving_domains.provider, 'other')`
const counted = sql`m.kind in ('campaign', 'journey', 'transactional')`
/** What was refused while it was handed over has no time of sending. */
const leftAt = sql`coalesce(m.sent_at, m.bounced_at)`
/** A bounce is hard when the address is not mailed any more for it. Looked up for each mail: taken for a join, it would be begun with the list of suppressions. */
const isHard = sql`(select true from suppressions s where s.email = lower(m.to_email) and s.reason = 'hard_bounce') is true`

const ofDays = (from: Date, to: Date): RawBuilder<unknown> => sql`((m.sent_at >= ${from}::timestamptz and m.sent_at < ${to}::timestamptz) or (m.sent_at is null and m.bounced_at >= ${from}::timestamptz and m.bounced_at < ${to}::timestamptz))`

/** The first moment of the day `daysAgo` days before now in the zone; -1: of tomorrow. */
export async function startOfDayAgo(db: Db, daysAgo: number, zone: string, now: Date): Promise<Date> {
  return (await one<{ start: Date }>(db, sql`select (date_trunc('day', ${now}::timestamptz at time zone ${zone}) - make_interval(days => ${daysAgo})) at time zone ${zone} as start`)).start
}

/** Counts the mails of whole days (`from` and `to` begin days of the zone) anew. A second run writes the same. */
export async function recountDays(tx: Db, from: Date, to: Date, zone: string): Promise<void> {
  await sql`
    delete from delivery_days
    where day >= (${from}::timestamptz at time zone ${zone})::date
      and day < (${to}::timestamptz at time zone ${zone})::date`.execute(tx)
  await sql`
    insert into delivery_days (day, provider, domain, sender_id, campaign_id, journey_id, source, sent, bounced_hard, bounced_soft, complained, opened, opened_by_machines, clicked, clicked_by_machines, unsubscribed)
    select
      (${leftAt} at time zone ${zone})::date, ${providerOfMail}, coalesce(m.from_domain, ''), coalesce(m.sent_by, 0), coalesce(m.campaign_id, 0), coalesce(m.journey_id, 0), coalesce(c.source, ''),
      count(*),
      count(*) filter (where m.bounced_at is not null and ${isHard}),
      count(*) filter (where m.bounced_at is not null and not (${isHard})),
      count(*) filter (where m.complained_at is not null),
      count(*) filter (where m.opened_at is not null),
      count(*) filter (where m.opened_at is null and m.machine_opened_at is not null),
      count(*) filter (where m.clicked_at is not null),
      count(*) filter (where m.clicked_at is null and m.machine_clicked_at is not null),
      count(*) filter (where m.unsubscribed_at is not null)
    from messages m
    join contacts c on c.id = m.contact_id
    ${joinProvider}
    where ${ofDays(from, to)} and ${counted}
    group by 1, 2, 3, 4, 5, 6, 7`.execute(tx)
}

/** Only one worker counts at a time; false: another does. */
export async function holdCounting(tx: Db): Promise<boolean> {
  return (await one<{ held: boolean }>(tx, sql`select pg_try_advisory_xact_lock(814016) as held`)).held
}

const sums = sql`
  coalesce(sum(d.sent), 0)::bigint as sent, coalesce(sum(d.sent - d.bounced_hard - d.bounced_soft), 0)::bigint as delivered,
  coalesce(sum(d.bounced_hard), 0)::bigint as bounced_hard, coalesce(sum(d.bounced_soft), 0)::bigint as bounced_soft, coalesce(sum(d.complained), 0)::bigint as complained,
  coalesce(sum(d.opened), 0)::bigint as opened, coalesce(sum(d.opened_by_machines), 0)::bigint as opened_by_machines,
  coalesce(sum(d.clicked), 0)::bigint as clicked, coalesce(sum(d.clicked_by_machines), 0)::bigint as clicked_by_machines, coalesce(sum(d.unsubscribed), 0)::bigint as unsubscribed`

/** `from`, `to`: days as YYYY-MM-DD, `to` not included. */
export type Days = { from: string, to: string }
const within = ({ from, to }: Days) => sql`d.day >= ${from}::date and d.day < ${to}::date`

export const sumDays = (db: Db, days: Days): Promise<DeliveryCounts> => one(db, sql`select ${sums} from delivery_days d where ${within(days)}`)

export const countsByDay = (db: Db, days: Days): Promise<(DeliveryCounts & { day: string })[]> => rows(db, sql`
  select to_char(d.day, 'YYYY-MM-DD') as day, ${sums}
  from delivery_days d
  where ${within(days)}
  group by d.day
  order by d.day`)

const keys: Record<DeliveryBy, { key: RawBuilder<unknown>, name: RawBuilder<unknown>, join: RawBuilder<unknown>, only: RawBuilder<unknown> }> = {
  provider: { key: sql`d.provider`, name: sql`d.provider`, join: sql``, only: sql`true` },
  domain: { key: sql`d.domain`, name: sql`d.domain`, join: sql``, only: sql`true` },
  source: { key: sql`d.source`, name: sql`d.source`, join: sql``, only: sql`true` },
  sender: { key: sql`d.sender_id::text`, name: sql`coalesce(max(s.name), '')`, join: sql`left join senders s on s.id = d.sender_id`, only: sql`true` },
  campaign: { key: sql`d.campaign_id::text`, name: sql`coalesce(max(c.name), '')`, join: sql`left join campaigns c on c.id = d.campaign_id`, only: sql`d.campaign_id <> 0` },
  journey: { key: sql`d.journey_id::text`, name: sql`coalesce(max(j.name), '')`, join: sql`left join journeys j on j.id = d.journey_id`, only: sql`d.journey_id <> 0` },
}

/** One row a group, the most mails first, at most 200. */
export const countsBy = async (db: Db, days: Days, by: DeliveryBy): Promise<(DeliveryCounts & { key: string, name: string })[]> => (await rows<DeliveryCounts & { key: string, name: string }>(db, sql`
  select ${keys[by].key} as key, ${keys[by].name} as name, ${sums}
  from delivery_days d
  ${keys[by].join}
  where ${within(days)} and ${keys[by].only}
  group by 1
  order by sent desc, key
  limit 200`)).map(row => by === 'provider' ? { ...row, name: nameOfProvider(row.key) } : row)

const whats: Record<DeliveryWhat, RawBuilder<unknown>> = {
  sent: sql`true`, delivered: sql`m.bounced_at is null`,
  bounced_hard: sql`m.bounced_at is not null and ${isHard}`, bounced_soft: sql`m.bounced_at is not null and not (${isHard})`,
  complained: sql`m.complained_at is not null`, unsubscribed: sql`m.unsubscribed_at is not null`,
  opened: sql`m.opened_at is not null`, opened_by_machines: sql`m.opened_at is null and m.machine_opened_at is not null`,
  clicked: sql`m.clicked_at is not null`, clicked_by_machines: sql`m.clicked_at is null and m.machine_clicked_at is not null`,
}
const groups: Record<DeliveryBy, (key: string) => RawBuilder<unknown>> = {
  provider: key => sql`${providerOfMail} = ${key}`, domain: key => sql`coalesce(m.from_domain, '') = ${key}`, source: key => sql`coalesce(c.source, '') = ${key}`,
  sender: key => sql`coalesce(m.sent_by, 0)::text = ${key}`, campaign: key => sql`m.campaign_id::text = ${key}`, journey: key => sql`m.journey_id::text = ${key}`,
}

/** The people behind a number, once each, after a contact id. `group`: of one row only. */
export const peopleOfDays = (db: Db, from: Date, to: Date, what: DeliveryWhat, group: { by: DeliveryBy, key: string } | null, after: number, limit: number): Promise<{ contact_id: number, name: string | null, email: string | null, at: Date | null, note: string | null }[]> => rows(db, sql`
  select c.id as contact_id, nullif(trim(concat_ws(' ', max(c.first_name), max(c.last_name))), '') as name, max(c.email) as email, max(${leftAt}) as at,
    case when ${what} like 'bounced%' then max(m.detail) end as note
  from messages m
  join contacts c on c.id = m.contact_id
  ${group?.by === 'provider' ? joinProvider : sql``}
  where ${ofDays(from, to)} and ${counted} and ${whats[what]} and m.contact_id > ${after}::bigint
    and ${group === null ? sql`true` : groups[group.by](group.key)}
  group by c.id
  order by c.id
  limit ${limit}`)

