import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'

export type NewLead = { contact_id: number, source: string, source_label: string, utm: Record<string, string>, form_id: number | null, owner_id: number | null, assigned_because: string, labels?: string[] }
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
        ${leads.map(lead => lead.assigned_because)}::text[], ${leads.map(lead => JSON.stringify([...new Set(lead.labels)]))}::jsonb[]
      ) with ordinality as given (contact_id, source, source_label, utm, form_id, owner_id, assigned_because, labels, place)
    )
    insert into leads (contact_id, source, source_label, utm, form_id, owner_id, assigned_because, labels, created_at, updated_at)
    select contact_id, source, source_label, utm, form_id, owner_id, assigned_because, array(select jsonb_array_elements_text(labels)), ${now}::timestamptz, ${now}::timestamptz
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

/** Managers who can sign in, whoever got a lead longest ago first. The caller holds the routing. */
export async function nextManagers(tx: Db): Promise<Manager[]> {
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

/** A contact, a source and its words in; the lead of them that nobody has finished yet out. */
export async function findOpenLead(db: Db, { contact_id, source, source_label }: { contact_id: number, source: string, source_label: string }): Promise<number | undefined> {
  return (await maybeOne<{ id: number }>(db, sql`
    select id
    from leads
    where contact_id = ${contact_id}::bigint
      and source = ${source}
      and source_label = ${source_label}
      and status in ('new', 'in_work')
    order by id
    limit 1
  `))?.id
}

/** Contacts and sources in; those who have a lead from it that nobody has finished yet out, as `contact:source`. */
export async function findOpenLeadsOf(db: Db, pairs: { contact_id: number, source: string }[]): Promise<Set<string>> {
  const found = await rows<{ contact_id: number, source: string }>(db, sql`
    select distinct leads.contact_id, leads.source
    from leads
    join unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.source)}::text[]) as wanted (contact_id, source)
      on leads.contact_id = wanted.contact_id and leads.source = wanted.source
    where leads.status in ('new', 'in_work')
  `)
  return new Set(found.map(lead => `${lead.contact_id}:${lead.source}`))
}

/** The latest open lead of each contact that has one. */
export async function latestOpenLeads(db: Db, contactIds: number[]): Promise<Map<number, number>> {
  const found = await rows<{ contact_id: number, id: number }>(db, sql`select contact_id, max(id) as id from leads where contact_id = any(${contactIds}::bigint[]) and status in ('new', 'in_work') group by contact_id`)
  return new Map(found.map(lead => [lead.contact_id, lead.id]))
}

/** Leads of a source that are still new go; their contacts out. The caller holds the contacts' rows. */
export async function deleteNewLeads(tx: Db, source: string, contactIds: number[]): Promise<number[]> {
  const gone = await rows<{ contact_id: number }>(tx, sql`delete from leads where contact_id = any(${contactIds}::bigint[]) and source = ${source} and status = 'new' returning contact_id`)
  return [...new Set(gone.map(lead => lead.contact_id))]
}

/** Open leads of these contacts that nobody looks after go to their new manager; their contacts out. The caller holds the contacts' rows. */
export async function giveLeads(tx: Db, gifts: { contact_id: number, owner_id: number, because: string, all: boolean }[], now: Date): Promise<number[]> {
  if (gifts.length === 0) return []
  const given = await rows<{ contact_id: number }>(tx, sql`
    update leads
    set owner_id = gift.owner_id,
      assigned_because = gift.because,
      updated_at = ${now}
    from unnest(${gifts.map(gift => gift.contact_id)}::bigint[], ${gifts.map(gift => gift.owner_id)}::bigint[], ${gifts.map(gift => gift.because)}::text[], ${gifts.map(gift => gift.all)}::boolean[]) as gift (contact_id, owner_id, because, every)
    where leads.contact_id = gift.contact_id
      and leads.status in ('new', 'in_work')
      and (leads.owner_id is null or (gift.every and leads.owner_id <> gift.owner_id))
    returning leads.contact_id
  `)
  return [...new Set(given.map(row => row.contact_id))]
}
