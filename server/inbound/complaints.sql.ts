import { rows, sql, type Db } from '../base/db.ts'

export type NewComplaint = { contact_id: number, email: string, kind: string, via: string, message_id: number | null, campaign_id: number | null, journey_id: number | null, occurred_at: Date }

/** Complaints in; put aside with what the mail was about and where the address and the consent came from as of now. The caller knows what is new. */
export async function keepComplaints(tx: Db, complaints: NewComplaint[]): Promise<void> {
  if (complaints.length === 0) return
  await sql`
    insert into complaints (contact_id, email, kind, via, message_id, campaign_id, journey_id, topic_id, contact_source, consent_source, occurred_at)
    select given.contact_id, given.email, given.kind, given.via, given.message_id, given.campaign_id, given.journey_id, m.topic_id, c.source, granted.source, given.occurred_at
    from unnest(
      ${complaints.map(one => one.contact_id)}::bigint[], ${complaints.map(one => one.email)}::text[], ${complaints.map(one => one.kind)}::text[], ${complaints.map(one => one.via)}::text[],
      ${complaints.map(one => one.message_id)}::bigint[], ${complaints.map(one => one.campaign_id)}::bigint[], ${complaints.map(one => one.journey_id)}::bigint[], ${complaints.map(one => one.occurred_at)}::timestamptz[]
    ) as given (contact_id, email, kind, via, message_id, campaign_id, journey_id, occurred_at)
    join contacts c on c.id = given.contact_id
    left join messages m on m.contact_id = given.contact_id and m.id = given.message_id
    left join lateral (
      select consents.source
      from consents
      where consents.contact_id = given.contact_id
        and consents.action = 'granted'
        and (m.topic_id is null or consents.topic_id = m.topic_id)
      order by consents.occurred_at desc
      limit 1
    ) granted on true`.execute(tx)
}

/** Complaints that were put aside at these moments for what turned out to be none. */
export async function removeComplaints(tx: Db, complaints: { contact_id: number, email: string, occurred_at: Date }[]): Promise<void> {
  await sql`
    delete from complaints
    using unnest(${complaints.map(one => one.contact_id)}::bigint[], ${complaints.map(one => one.email)}::text[], ${complaints.map(one => one.occurred_at)}::timestamptz[]) as given (contact_id, email, occurred_at)
    where complaints.contact_id = given.contact_id
      and complaints.email = given.email
      and complaints.occurred_at = given.occurred_at`.execute(tx)
}

export type ComplaintFilter = { campaign?: number | undefined, journey?: number | undefined, source?: string | undefined, since?: Date | undefined }
export type ComplaintRow = {
  contact_id: number, id: number, email: string, kind: string, via: string, occurred_at: Date, contact_source: string | null, consent_source: string | null, source_name: string | null
  contact_name: string, campaign: { id: number, name: string } | null, journey: { id: number, name: string } | null, topic: { id: number, name_en: string, name_ru: string } | null
  cursor_at: string
}

/** What a source such as `form:3` is called; null: it has no name of its own. */
const nameOfSource = (source: string) => {
  const of = sql.raw(source)
  return sql`case split_part(${of}, ':', 1)
    when 'form' then (select forms.name from forms where forms.id::text = split_part(${of}, ':', 2))
    when 'import' then (select imports.name from imports where imports.id::text = split_part(${of}, ':', 2))
  end`
}

const wherever = (filter: ComplaintFilter) => sql`
  ${filter.campaign === undefined ? sql`true` : sql`complaints.campaign_id = ${filter.campaign}::bigint`}
  and ${filter.journey === undefined ? sql`true` : sql`complaints.journey_id = ${filter.journey}::bigint`}
  and ${filter.source === undefined ? sql`true` : sql`coalesce(complaints.consent_source, complaints.contact_source, '') = ${filter.source}`}
  and ${filter.since === undefined ? sql`true` : sql`complaints.occurred_at >= ${filter.since}::timestamptz`}`

/** The newest first. */
export async function listComplaints(db: Db, filter: ComplaintFilter, after: [string, number] | undefined, limit: number): Promise<ComplaintRow[]> {
  return rows(db, sql`
    select complaints.contact_id, complaints.id, complaints.email, complaints.kind, complaints.via, complaints.occurred_at, complaints.occurred_at::text as cursor_at, complaints.contact_source, complaints.consent_source, ${nameOfSource('coalesce(complaints.consent_source, complaints.contact_source)')} as source_name,
      coalesce(nullif(trim(concat(c.first_name, ' ', c.last_name)), ''), complaints.email) as contact_name,
      case when campaigns.id is not null then jsonb_build_object('id', campaigns.id, 'name', campaigns.name) end as campaign,
      case when journeys.id is not null then jsonb_build_object('id', journeys.id, 'name', journeys.name) end as journey,
      case when topics.id is not null then jsonb_build_object('id', topics.id, 'name_en', topics.name_en, 'name_ru', topics.name_ru) end as topic
    from complaints
    join contacts c on c.id = complaints.contact_id
    left join campaigns on campaigns.id = complaints.campaign_id
    left join journeys on journeys.id = complaints.journey_id
    left join topics on topics.id = complaints.topic_id
    where ${wherever(filter)}
      ${after === undefined ? sql`` : sql`and (complaints.occurred_at, complaints.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
    order by complaints.occurred_at desc, complaints.id desc
    limit ${limit}`)
}

/** Where those who complain came from, what they complained about: the most first. */
export async function countComplaints(db: Db, filter: ComplaintFilter): Promise<{ by: 'source' | 'campaign' | 'journey', key: string, name: string, count: number }[]> {
  return rows(db, sql`
    with among as (
      select complaints.*
      from complaints
      where ${wherever(filter)}
    )
    select 'source' as by, found.source as key, coalesce(${nameOfSource('found.source')}, '') as name, found.count
    from (select coalesce(consent_source, contact_source, '') as source, count(*) as count from among group by 1) as found
    union all
    select 'campaign', campaign_id::text, (select name from campaigns where id = campaign_id), count(*) from among where campaign_id is not null group by campaign_id
    union all
    select 'journey', journey_id::text, (select name from journeys where id = journey_id), count(*) from among where journey_id is not null group by journey_id
    order by 4 desc, 2`)
}
