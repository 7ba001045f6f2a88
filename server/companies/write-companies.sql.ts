import { sql } from 'kysely'
import type { FieldValue } from '../../shared/contacts.ts'
import { changedRows, maybeOne, one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export type CompanyValues = { name: string, domain: string | null, phone: string | null, address: string | null, owner_id: number | null, fields: Record<string, FieldValue> }
export type HeldCompany = CompanyValues & { id: number, revision: number }

/** Holds the company against others who change it. */
export const holdCompany = (tx: Db, id: number): Promise<HeldCompany | undefined> => maybeOne(tx, sql`
  select id, revision, name, domain, phone, address, owner_id, fields
  from companies
  where id = ${id}::bigint
  for update`)

/** Companies by name (in any case), number or domain, held against others who change them, the first made first. */
export const holdCompanies = (tx: Db, { names = [], ids = [], domains = [] }: { names?: string[], ids?: number[], domains?: string[] }): Promise<HeldCompany[]> => rows(tx, sql`
  select id, revision, name, domain, phone, address, owner_id, fields
  from companies
  where id in (
    select id from companies where lower(name) = any(select lower(name) from unnest(${names}::text[]) as given (name))
    union
    select id from companies where domain = any(${domains}::text[])
    union
    select unnest(${ids}::bigint[])
  )
  order by id
  for update`)

/** Companies of these names made; the numbers of those there were not before. */
export async function insertNamed(tx: Db, names: string[], now: Date): Promise<number[]> {
  return (await rows<{ id: number }>(tx, sql`
    insert into companies (name, created_at, updated_at)
    select name, ${now}, ${now}
    from unnest(${names}::text[]) as name
    order by lower(name)
    on conflict do nothing
    returning id
  `)).map(row => row.id)
}

export type WrittenCompany = HeldCompany & { changes: Record<string, [FieldValue, FieldValue]> }

/** Companies written at their new revisions, and what was changed of them, by whom; of those just made nothing is told. The caller holds them. */
export async function writeCompanies(tx: Db, companies: WrittenCompany[], made: ReadonlySet<number>, by: string, now: Date): Promise<void> {
  if (companies.length === 0) return
  await sql`
    update companies
    set name = given.name, domain = given.domain, phone = given.phone, address = given.address, owner_id = given.owner_id, fields = given.fields, revision = given.revision, updated_at = ${now}
    from jsonb_to_recordset(${JSON.stringify(companies)}::jsonb) as given (id bigint, name text, domain text, phone text, address text, owner_id bigint, fields jsonb, revision integer)
    where companies.id = given.id
  `.execute(tx)
  const told = companies.filter(company => !made.has(company.id))
  await sql`
    insert into company_changes (company_id, changed_at, changed_by, changes)
    select id, ${now}, ${by}, changes
    from unnest(${told.map(company => company.id)}::bigint[], ${told.map(company => JSON.stringify(company.changes))}::jsonb[]) as told (id, changes)
  `.execute(tx)
}

/** undefined: there is a company of this name. */
export async function insertCompany(tx: Db, values: CompanyValues, now: Date): Promise<number | undefined> {
  const made = await maybeOne<{ id: number }>(tx, sql`
    insert into companies (name, domain, phone, address, owner_id, fields, created_at, updated_at)
    values (${values.name}, ${values.domain}, ${values.phone}, ${values.address}, ${values.owner_id}, ${JSON.stringify(values.fields)}::jsonb, ${now}, ${now})
    on conflict do nothing
    returning id
  `)
  return made?.id
}

/** Writes the values and what was changed of them, by whom. The caller holds the company. False: another company has the name. */
export async function updateCompany(tx: Db, id: number, values: CompanyValues, changes: Record<string, [FieldValue, FieldValue]>, by: string, now: Date): Promise<boolean> {
  if (changes['name'] !== undefined) {
    const { taken } = await one<{ taken: boolean }>(tx, sql`select exists (select from companies where lower(name) = lower(${values.name}) and id <> ${id}::bigint) as taken`)
    if (taken) return false
  }
  await sql`
    update companies
    set name = ${values.name}, domain = ${values.domain}, phone = ${values.phone}, address = ${values.address}, owner_id = ${values.owner_id},
      fields = ${JSON.stringify(values.fields)}::jsonb, revision = revision + 1, updated_at = ${now}
    where id = ${id}::bigint`.execute(tx)
  await sql`
    insert into company_changes (company_id, changed_at, changed_by, changes)
    values (${id}, ${now}, ${by}, ${JSON.stringify(changes)}::jsonb)`.execute(tx)
  return true
}

/** False: there is no such company. Whoever works there must have been taken out before. */
export const deleteCompany = async (tx: Db, id: number): Promise<boolean> => await changedRows(tx, sql`delete from companies where id = ${id}::bigint`) > 0
