import { sql } from 'kysely'
import type { z } from 'zod'
import type { Lead, LeadChange, LeadCounts, leadCountsQuery, LeadStatus } from '../../shared/leads.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, one, rows } from '../base/db.ts'
import { cameIn, reactionIs } from './reaction.sql.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

/** As it is kept: what is known of the address is put to it by flows/check-leads.ts. */
export type StoredLead = Omit<Lead, 'checks'>
type Found = Omit<StoredLead, 'created_at' | 'updated_at' | 'try_again_at'> & { created_at: Date, updated_at: Date, try_again_at: Date | null, key: string }

/** A card made within so many seconds before its lead came with it. */
const secondsTogether = 60
const iso = (column: string) => sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
const columns = sql`
  leads.id, leads.status, leads.source, leads.source_label, leads.utm, leads.labels, leads.refused_because, leads.form_id, leads.assigned_because, leads.try_again_at, leads.created_at, leads.updated_at, leads.created_at::text as key,
  jsonb_build_object(
    'id', c.id, 'name', ${contactName('c')}, 'email', c.email, 'phone', c.phone,
    'known_since', case when c.created_at < leads.created_at - make_interval(secs => ${secondsTogether}) then to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end
  ) as contact,
  coalesce((select first.utm from leads first where first.contact_id = leads.contact_id and first.utm <> '{}' and first.id <= leads.id order by first.id limit 1), '{}') as first_utm,
  jsonb_build_object(
    'due_at', ${iso('leads.answer_due_at')}, 'answered_at', ${iso('leads.answered_at')}, 'by', leads.answered_by, 'seconds', leads.answer_seconds,
    'user', (select jsonb_build_object('id', answerer.id, 'name', answerer.name) from users answerer where answerer.id = leads.answered_user_id)
  ) as reaction,
  case when deals.id is not null then jsonb_build_object('id', deals.id, 'name', deals.title) end as deal,
  case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner`
const joined = sql`leads join contacts c on c.id = leads.contact_id left join users on users.id = leads.owner_id left join deals on deals.contact_id = leads.contact_id and deals.id = leads.deal_id`

/** `owner`: a user, or null for those nobody looks after. */
export type LeadFilter = Omit<z.output<typeof leadCountsQuery>, 'owner'> & { owner: number | null | undefined, now: Date, timeZone: string }

const fits = ({ owner, source, label, contact, reaction, now, timeZone, ...days }: LeadFilter) => sql.join([
  owner === undefined ? sql`true` : owner === null ? sql`leads.owner_id is null` : sql`leads.owner_id = ${owner}`,
  source === undefined ? sql`true` : sql`split_part(leads.source, ':', 1) = ${source}`,
  label === undefined ? sql`true` : sql`leads.labels @> array[${label}]::text[]`,
  contact === undefined ? sql`true` : sql`leads.contact_id = ${contact}`,
  reaction === undefined ? sql`true` : reactionIs(reaction, now),
  cameIn(days, timeZone),
], sql` and `)

/** The newest first. */
export async function listLeads(db: Db, filter: LeadFilter, status: LeadStatus | 'open' | undefined, limit: number, after: [string, number] | undefined): Promise<{ leads: StoredLead[], next: [string, number] | null }> {
  const found = await rows<Found>(db, sql`
    select ${columns}
    from ${joined}
    where ${fits(filter)}
      and ${status === undefined ? sql`true` : status === 'open' ? sql`leads.status in ('new', 'in_work')` : sql`leads.status = ${status}`}
      and ${after === undefined ? sql`true` : sql`(leads.created_at, leads.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
    order by leads.created_at desc, leads.id desc
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { leads: page.map(present), next: found.length > limit && last ? [last.key, last.id] : null }
}

export async function findLead(db: Db, id: number): Promise<StoredLead | undefined> {
  const found = await maybeOne<Found>(db, sql`select ${columns} from ${joined} where leads.id = ${id}`)
  return found && present(found)
}

/** Leads of the filter by state; those without a manager and those overdue are counted without the filter. */
export async function countLeads(db: Db, filter: LeadFilter): Promise<LeadCounts> {
  return one(db, sql`
    select
      count(*) filter (where status = 'new') as new,
      count(*) filter (where status = 'in_work') as in_work,
      count(*) filter (where status = 'converted') as converted,
      count(*) filter (where status = 'refused') as refused,
      (select count(*) from leads other where other.owner_id is null and other.status in ('new', 'in_work')) as nobodys,
      (select count(*) from leads where ${reactionIs('overdue', filter.now)}) as overdue
    from leads
    where ${fits(filter)}
  `)
}

const mostLabels = 200

/** Labels in use, those of most leads first. */
export async function labelsOfLeads(db: Db): Promise<{ label: string, leads: number }[]> {
  return rows(db, sql`
    select label, count(*) as leads
    from leads, unnest(leads.labels) as label
    group by label
    order by count(*) desc, label
    limit ${mostLabels}
  `)
}

/** Leads in, whose they are out; those that are gone are left out. */
export async function contactsOfLeads(db: Db, ids: number[]): Promise<Map<number, number>> {
  const found = await rows<{ id: number, contact_id: number }>(db, sql`select id, contact_id from leads where id = any(${ids}::bigint[])`)
  return new Map(found.map(row => [row.id, row.contact_id]))
}

export type OpenLead = { contact_id: number, id: number, source_label: string, status: LeadStatus, owner_id: number | null, labels: string[], refused_because: string | null, try_again_at: Date | null }

/** Of these, the ones nobody has finished, in the order they came in. */
export async function findOpen(db: Db, ids: number[]): Promise<OpenLead[]> {
  return rows(db, sql`
    select contact_id, id, source_label, status, owner_id, labels, refused_because, try_again_at
    from leads
    where id = any(${ids}::bigint[])
      and status in ('new', 'in_work')
    order by id
  `)
}

export type ChangedLead = {
  contact_id: number, id: number, source_label: string, status: LeadStatus, owner_id: number | null, assigned_because: string, refused_because: string | null
  before: { status: LeadStatus, owner_id: number | null, labels: string[], refused_because: string | null }
}

/**
 * What is left out stays, a reason of refusal as long as the lead is refused. Those that were not as `seen` are left alone
 * and left out. The caller holds the rows of the contacts.
 */
export async function changeLeads(tx: Db, changes: LeadChange[], because: string, now: Date): Promise<ChangedLead[]> {
  return rows(tx, sql`
    with wanted as (
      select *
      from unnest(
        ${changes.map(each => each.id)}::bigint[], ${changes.map(each => each.status ?? null)}::text[],
        ${changes.map(each => each.owner_id !== undefined)}::boolean[], ${changes.map(each => each.owner_id ?? null)}::bigint[],
        ${changes.map(each => each.labels === undefined ? null : JSON.stringify([...new Set(each.labels)]))}::jsonb[],
        ${changes.map(each => each.refused_because !== undefined)}::boolean[], ${changes.map(each => each.refused_because ?? null)}::text[],
        ${changes.map(each => each.seen?.status ?? null)}::text[], ${changes.map(each => each.seen?.owner_id ?? null)}::bigint[]
      ) as wanted (id, status, sets_owner, owner_id, labels, sets_reason, refused_because, seen_status, seen_owner)
    ), before as (
      select leads.contact_id, leads.id, leads.status, leads.owner_id, leads.labels, leads.refused_because
      from leads
      join wanted on wanted.id = leads.id
      where wanted.seen_status is null
        or (leads.status = wanted.seen_status and leads.owner_id is not distinct from wanted.seen_owner)
      for no key update of leads
    )
    update leads
    set status = coalesce(wanted.status, before.status),
      owner_id = case when wanted.sets_owner then wanted.owner_id else before.owner_id end,
      assigned_because = case when wanted.sets_owner and wanted.owner_id is distinct from before.owner_id then case when wanted.owner_id is null then '' else ${because} end else leads.assigned_because end,
      try_again_at = case when not wanted.sets_owner then leads.try_again_at end,
      labels = case when wanted.labels is null then before.labels else array(select jsonb_array_elements_text(wanted.labels)) end,
      refused_because = case when coalesce(wanted.status, before.status) <> 'refused' then null when wanted.sets_reason then nullif(wanted.refused_because, '') else before.refused_because end,
      deal_id = case when coalesce(wanted.status, before.status) = 'converted' then leads.deal_id end,
      updated_at = ${now}
    from before
    join wanted on wanted.id = before.id
    where leads.contact_id = before.contact_id
      and leads.id = before.id
    returning leads.contact_id, leads.id, leads.source_label, leads.status, leads.owner_id, leads.assigned_because, leads.refused_because,
      jsonb_build_object('status', before.status, 'owner_id', before.owner_id, 'labels', before.labels, 'refused_because', before.refused_because) as before
  `)
}

/** A lead becomes a deal, or nothing more than the contact (null). The caller holds the contact's row. */
export async function noteDeal(tx: Db, id: number, dealId: number | null): Promise<void> {
  await sql`update leads set deal_id = ${dealId}::bigint where id = ${id}::bigint`.execute(tx)
}

function present(found: Found): StoredLead {
  const { key: _, ...lead } = found
  return { ...lead, try_again_at: lead.try_again_at?.toISOString() ?? null, created_at: lead.created_at.toISOString(), updated_at: lead.updated_at.toISOString() }
}
