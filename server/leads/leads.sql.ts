import { sql } from 'kysely'
import type { Lead, LeadStatus } from '../../shared/leads.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

type Found = Omit<Lead, 'created_at' | 'updated_at'> & { created_at: Date, updated_at: Date, key: string }

const columns = sql`
  leads.id, jsonb_build_object('id', c.id, 'name', ${contactName('c')}, 'email', c.email, 'phone', c.phone) as contact, leads.status, leads.source, leads.source_label,
  leads.utm, leads.form_id, leads.assigned_because, leads.created_at, leads.updated_at, leads.created_at::text as key,
  case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner`
const joined = sql`leads join contacts c on c.id = leads.contact_id left join users on users.id = leads.owner_id`

/** The newest first. `owner`: a user, or null for those nobody looks after. */
export async function listLeads(db: Db, { status, owner }: { status: LeadStatus | undefined, owner: number | null | undefined }, limit: number, after: [string, number] | undefined): Promise<{ leads: Lead[], next: [string, number] | null }> {
  const found = await rows<Found>(db, sql`
    select ${columns}
    from ${joined}
    where ${status === undefined ? sql`true` : sql`leads.status = ${status}`}
      and ${owner === undefined ? sql`true` : owner === null ? sql`leads.owner_id is null` : sql`leads.owner_id = ${owner}`}
      and ${after === undefined ? sql`true` : sql`(leads.created_at, leads.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
    order by leads.created_at desc, leads.id desc
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { leads: page.map(present), next: found.length > limit && last ? [last.key, last.id] : null }
}

export async function findLead(db: Db, id: number): Promise<Lead | undefined> {
  const found = await maybeOne<Found>(db, sql`select ${columns} from ${joined} where leads.id = ${id}`)
  return found && present(found)
}

/** What is left out stays. The status before and after; undefined: the lead is gone. The caller holds the contact's row. */
export async function changeLead(db: Db, id: number, { status, owner_id }: { status?: LeadStatus | undefined, owner_id?: number | null | undefined }, now: Date): Promise<{ from: LeadStatus, to: LeadStatus } | undefined> {
  return maybeOne(db, sql`
    with before as (
      select contact_id, id, status
      from leads
      where id = ${id}
      for no key update
    )
    update leads
    set status = coalesce(${status ?? null}, leads.status),
      owner_id = ${owner_id === undefined ? sql`leads.owner_id` : sql`${owner_id}::bigint`},
      assigned_because = ${owner_id === undefined ? sql`leads.assigned_because` : sql`''`},
      updated_at = ${now}
    from before
    where leads.contact_id = before.contact_id
      and leads.id = before.id
    returning before.status as "from", leads.status as "to"
  `)
}

function present(found: Found): Lead {
  const { key: _, ...lead } = found
  return { ...lead, created_at: lead.created_at.toISOString(), updated_at: lead.updated_at.toISOString() }
}
