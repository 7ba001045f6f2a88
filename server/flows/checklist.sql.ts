import { one, sql, type Db } from '../base/db.ts'

export type ChecklistFacts = {
  sender_domain: string | null
  sender_domain_verified: boolean
  contacts: boolean
  imports: number
  consents: boolean
  form: string | null
  form_submitted: boolean
  segment: string | null
  segment_members: number
  journey: string | null
  mail_sent: boolean
  keys: number
  key_used: boolean
}

/** The sending address's domain in, the facts the checklist rests on out. Looks for the first of each, so it costs the same with a million contacts. */
export function readChecklistFacts(db: Db, senderDomain: string): Promise<ChecklistFacts> {
  return one<ChecklistFacts>(db, sql`
    select
      own_domain.domain as sender_domain,
      own_domain.verified_at is not null as sender_domain_verified,
      exists (select from contacts) as contacts,
      (select count(*) from imports where state = 'done') as imports,
      exists (select from consent_states where status = 'granted') as consents,
      (select name from forms where state = 'live' and archived_at is null order by id limit 1) as form,
      exists (select from events where type = 'form.submitted') as form_submitted,
      live_segment.name as segment,
      coalesce(live_segment.members_count, 0) as segment_members,
      (select name from journeys where state = 'active' and archived_at is null order by id limit 1) as journey,
      exists (select from events where type = 'email.sent' and (campaign_id is not null or journey_id is not null)) as mail_sent,
      (select count(*) from api_keys where revoked_at is null) as keys,
      exists (select from api_keys where revoked_at is null and last_used_at is not null) as key_used
    from (select 1) as always
    left join lateral (
      select domain, verified_at
      from sending_domains
      where ${senderDomain} = domain or ${senderDomain} like '%.' || domain
      order by verified_at is null, length(domain) desc
      limit 1
    ) own_domain on true
    left join lateral (
      select name, members_count
      from segments
      where state = 'live' and archived_at is null
      order by members_count desc, id
      limit 1
    ) live_segment on true
  `)
}

export type TodayFacts = { new_contacts: number, new_leads: number, mails_sent: number, people_opened: number, people_clicked: number, orders: number, revenue: number }

/** What has happened since a moment: index ranges from there on. Revenue in minor units of the given currency. */
export function readTodayFacts(db: Db, since: Date, currency: string): Promise<TodayFacts> {
  return one<TodayFacts>(db, sql`
    select
      (select count(*) from contacts where created_at >= ${since}) as new_contacts,
      (select count(*) from leads where created_at >= ${since}) as new_leads,
      (select count(*) from events where type = 'email.sent' and occurred_at >= ${since}) as mails_sent,
      (select count(distinct contact_id) from events where type = 'email.opened' and occurred_at >= ${since} and not is_machine) as people_opened,
      (select count(distinct contact_id) from events where type = 'email.clicked' and occurred_at >= ${since} and not is_machine) as people_clicked,
      (select count(*) from orders where placed_at >= ${since} and status = 'placed') as orders,
      coalesce((select sum(amount) from orders where placed_at >= ${since} and status = 'placed' and currency = ${currency}), 0)::bigint as revenue
  `)
}

/** Midnight of today in a time zone, as a moment. */
export async function startOfDay(db: Db, now: Date, timeZone: string): Promise<Date> {
  const { since } = await one<{ since: Date }>(db, sql`select date_trunc('day', ${now}::timestamptz, ${timeZone}) as since`)
  return since
}
