import { maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import type { HeldCompany } from './write-companies.sql.ts'

/** The company as it was, for being there again under its number. */
export type CompanyRow = HeldCompany & { created_at: string }
/** What was moved, by table. */
export type MovedOfCompany = Record<string, number[]>
export type RememberedCompanyMerge = { id: number, into_id: number, from_id: number, into_before: CompanyRow | null, into_after: CompanyRow | null, from_card: CompanyRow | null, moved: MovedOfCompany | null, merged_at: Date, undone_at: Date | null }

/** Holds both, in the order of their numbers. */
export async function holdCompanies(tx: Db, ids: number[]): Promise<Map<number, CompanyRow>> {
  const found = await rows<CompanyRow>(tx, sql`
    select id, revision, name, domain, phone, address, owner_id, fields, to_jsonb(created_at) #>> '{}' as created_at
    from companies
    where id = any(${ids}::bigint[])
    order by id
    for update`)
  return new Map(found.map(company => [company.id, company]))
}

export async function insertCompanyMerge(tx: Db, merge: { into: CompanyRow, into_after: CompanyRow, from: CompanyRow, moved: MovedOfCompany, by: number | null, now: Date }): Promise<number> {
  return (await one<{ id: number }>(tx, sql`
    insert into company_merges (into_id, from_id, into_before, into_after, from_card, moved, merged_at, merged_by)
    values (${merge.into.id}::bigint, ${merge.from.id}::bigint, ${JSON.stringify(merge.into)}::jsonb, ${JSON.stringify(merge.into_after)}::jsonb, ${JSON.stringify(merge.from)}::jsonb, ${JSON.stringify(merge.moved)}::jsonb, ${merge.now}::timestamptz, ${merge.by}::bigint)
    returning id`)).id
}

/** Held, so that it is undone once. */
export async function holdCompanyMerge(tx: Db, id: number): Promise<RememberedCompanyMerge | undefined> {
  return maybeOne(tx, sql`select id, into_id, from_id, into_before, into_after, from_card, moved, merged_at, undone_at from company_merges where id = ${id}::bigint for update`)
}

export async function setCompanyMergeUndone(tx: Db, id: number, by: number | null, now: Date): Promise<void> {
  await sql`update company_merges set undone_at = ${now}::timestamptz, undone_by = ${by}::bigint, into_before = null, into_after = null, from_card = null, moved = null where id = ${id}::bigint`.execute(tx)
}

/** A company that went is there again, under its number. False: another has its name by now. An owner who is gone since is left out. */
export async function insertCompanyRow(tx: Db, company: CompanyRow, now: Date): Promise<boolean> {
  return await maybeOne(tx, sql`
    insert into companies (id, name, domain, phone, address, owner_id, fields, revision, created_at, updated_at)
    overriding system value
    values (${company.id}::bigint, ${company.name}, ${company.domain}, ${company.phone}, ${company.address}, (select id from users where id = ${company.owner_id}::bigint), ${JSON.stringify(company.fields)}::jsonb, ${company.revision + 1}::integer, ${company.created_at}::timestamptz, ${now}::timestamptz)
    on conflict do nothing
    returning id`) !== undefined
}

/** Of which company a number that is gone is now. */
export async function standingCompany(db: Db, id: number): Promise<number | undefined> {
  return (await maybeOne<{ id: number }>(db, sql`
    with recursive stands (id) as (
      select ${id}::bigint
      union
      select merge.into_id
      from stands
      join company_merges merge on merge.from_id = stands.id and merge.undone_at is null
    )
    select companies.id
    from stands
    join companies using (id)`))?.id
}

export type ListedCompanyMerge = { id: number, into_id: number, into_name: string, from_id: number, from_name: string | null, merged_at: Date, merged_by: string | null, undone_at: Date | null, remembered: boolean }
/** The newest first, of companies that are there. `company`: of one, as the one that stayed. */
export async function listCompanyMerges(db: Db, filter: { id?: number, company?: number | undefined, before: number | null, limit: number }): Promise<ListedCompanyMerge[]> {
  return rows(db, sql`
    select merge.id, merge.into_id, companies.name as into_name, merge.from_id, merge.from_card ->> 'name' as from_name, merge.merged_at, users.name as merged_by, merge.undone_at, merge.from_card is not null as remembered
    from company_merges merge
    join companies on companies.id = merge.into_id
    left join users on users.id = merge.merged_by
    where (${filter.before}::bigint is null or merge.id < ${filter.before}::bigint)
      and (${filter.id ?? null}::bigint is null or merge.id = ${filter.id ?? null}::bigint)
      and (${filter.company ?? null}::bigint is null or merge.into_id = ${filter.company ?? null}::bigint)
    order by merge.id desc
    limit ${filter.limit}::integer`)
}

/** Merges before that moment cannot be undone any more. */
export async function forgetCompanyMergesBefore(db: Db, before: Date): Promise<void> {
  await sql`
    update company_merges
    set into_before = null, into_after = null, from_card = null, moved = null
    where merged_at < ${before}::timestamptz
      and from_card is not null`.execute(db)
}
