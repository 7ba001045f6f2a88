import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type NewLead = { contact_id: number, source: string, source_label: string, utm: Record<string, string>, form_id: number | null, owner_id: number | null, assigned_because: string }
export type CreatedLead = NewLead & { id: number }

/** Leads in, the same with their numbers out. A second run makes them again: ask findOpenLeads first. */
export async function createLeads(tx: Db, leads: NewLead[], now: Date): Promise<CreatedLead[]> {
  if (leads.length === 0) return []
  const ids = await rows<{ id: number }>(tx, sql`
    with given as (
      select *
      from unnest(
        ${leads.map(lead => lead.contact_id)}::bigint[], ${leads.map(lead => lead.source)}::text[], ${leads.map(lead => lead.source_label)}::text[],
        ${leads.map(lead => JSON.stringify(lead.utm))}::jsonb[], ${leads.map(lead => lead.form_id)}::bigint[], ${leads.map(lead => lead.owner_id)}::bigint[],
        ${leads.map(lead => lead.assigned_because)}::text[]
      ) with ordinality as given (contact_id, source, source_label, utm, form_id, owner_id, assigned_because, place)
    )
    insert into leads (contact_id, source, source_label, utm, form_id, owner_id, assigned_because, created_at, updated_at)
    select contact_id, source, source_label, utm, form_id, owner_id, assigned_because, ${now}::timestamptz, ${now}::timestamptz
    from given
    order by place
    returning id
  `)
  return leads.map((lead, index) => ({ ...lead, id: ids[index]!.id }))
}

/** Contacts and a form in; those who have a lead from it that nobody has finished yet out. */
export async function findOpenLeads(db: Db, pairs: { contact_id: number, form_id: number }[]): Promise<Set<string>> {
  const found = await rows<{ contact_id: number, form_id: number }>(db, sql`
    select distinct leads.contact_id, leads.form_id
    from leads
    join unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.form_id)}::bigint[]) as wanted (contact_id, form_id)
      on leads.contact_id = wanted.contact_id and leads.form_id = wanted.form_id
    where leads.status in ('new', 'in_work')
  `)
  return new Set(found.map(lead => `${lead.contact_id}:${lead.form_id}`))
}

export type Manager = { id: number, name: string }

/** Managers who can sign in, whoever got a lead longest ago first. Waits for others who are giving out leads. */
export async function nextManagers(tx: Db): Promise<Manager[]> {
  await sql`select pg_advisory_xact_lock(7305010)`.execute(tx)
  return rows<Manager>(tx, sql`
    select users.id, users.name
    from users
    where users.role = 'manager'
      and users.disabled_at is null
    order by (select max(leads.id) from leads where leads.owner_id = users.id) nulls first, users.id
  `)
}

/** User ids in, those who can sign in with their names out. */
export async function namesOfUsers(db: Db, ids: number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const found = await rows<Manager>(db, sql`
    select id, name
    from users
    where id = any(${[...new Set(ids)]}::bigint[])
      and disabled_at is null
  `)
  return new Map(found.map(user => [user.id, user.name]))
}
