import type { CompanyOverview, CompanyPair, CompanyReason, DifferentCompanies, DuplicateCompany } from '../../shared/company-duplicates.ts'
import type { DuplicateLevel } from '../../shared/duplicates.ts'
import { changedRows, one, rows, sql, type Db } from '../base/db.ts'
import type { ComparableCompany } from './compare-companies.ts'
import type { PairKey } from './pairs.sql.ts'
import { mostInBlock } from './weights.ts'

/** Companies that were changed since they were compared, or never were. */
export async function uncompared(tx: Db, limit: number): Promise<{ id: number, revision: number }[]> {
  return rows(tx, sql`
    select companies.id, companies.revision
    from companies
    left join company_comparisons compared on compared.company_id = companies.id
    where compared.revision is distinct from companies.revision
    order by companies.id
    limit ${limit}`)
}

export async function setCompared(tx: Db, companies: { id: number, revision: number }[]): Promise<void> {
  await sql`
    insert into company_comparisons (company_id, revision)
    select id, revision
    from jsonb_to_recordset(${JSON.stringify(companies)}::jsonb) as compared (id bigint, revision integer)
    on conflict (company_id) do update
    set revision = excluded.revision`.execute(tx)
}

/** These are compared anew soon. */
export async function compareAgain(tx: Db, ids: number[]): Promise<void> {
  await sql`delete from company_comparisons where company_id = any(${ids}::bigint[])`.execute(tx)
}

export type PairOfCompanies = { company_id: number, other_company_id: number }
const sharing = (key: unknown) => sql`
  select array_agg(found.id) as ids
  from (
    select id
    from companies
    where duplicate_keys @> array[${key}]
    limit ${sql.lit(mostInBlock + 1)}
  ) as found`

/** Pairs of these companies with others that share a key which few have, without those somebody told apart. */
export async function companyCandidates(db: Db, ids: number[]): Promise<PairOfCompanies[]> {
  return rows<PairOfCompanies>(db, sql`
    with looked as materialized (
      select companies.id, key
      from companies
      cross join unnest(companies.duplicate_keys) as key
      where companies.id = any(${ids}::bigint[])
    ), candidates as (
      select distinct least(looked.id, other) as company_id, greatest(looked.id, other) as other_company_id
      from looked
      cross join lateral (${sharing(sql.ref('looked.key'))}) as block
      cross join unnest(block.ids) as other
      where cardinality(block.ids) <= ${sql.lit(mostInBlock)}
        and other <> looked.id
    )
    select company_id, other_company_id
    from candidates
    where not exists (select from different_companies said where (said.company_id, said.other_company_id) = (candidates.company_id, candidates.other_company_id))`)
}

/** The same for a company that is not written yet. */
export type TypedCompany = { name: string, domain: string | null, phone: string | null, address: string | null, fields: Record<string, unknown> }
const typedRow = (typed: TypedCompany) => sql`(select ${typed.name}::text as name, ${typed.domain}::text as domain, ${typed.phone}::text as phone, ${typed.address}::text as address, ${JSON.stringify(typed.fields)}::jsonb as fields)`
export async function candidatesOfTyped(db: Db, typed: TypedCompany): Promise<number[]> {
  return (await rows<{ id: number }>(db, sql`
    select distinct id
    from ${typedRow(typed)} as typed
    cross join unnest(company_keys(typed.name, typed.domain, typed.phone, typed.address, typed.fields)) as own (key)
    cross join lateral (${sharing(sql.ref('own.key'))}) as block
    cross join unnest(block.ids) as id
    where cardinality(block.ids) <= ${sql.lit(mostInBlock)}`)).map(row => row.id)
}

const comparable = sql`company_words(name) as words, company_own_domain(domain) as domain, phone, address, company_tax_number(fields) as tax`
export const comparableOfTyped = (db: Db, typed: TypedCompany): Promise<ComparableCompany> => one(db, sql`select ${comparable} from ${typedRow(typed)} as typed`)

export async function comparableCompanies(db: Db, ids: number[]): Promise<Map<number, ComparableCompany>> {
  const found = await rows<ComparableCompany & { id: number }>(db, sql`select id, ${comparable} from companies where id = any(${ids}::bigint[])`)
  return new Map(found.map(({ id, ...company }) => [id, company]))
}

export const countCompanies = async (db: Db): Promise<number> => (await one<{ many: number }>(db, sql`select count(*) as many from companies`)).many

export type FoundCompanies = PairOfCompanies & { score: number, level: DuplicateLevel, reasons: CompanyReason[] }

/** Writes what was found of these companies in place of what was. */
export async function replaceCompanyPairs(tx: Db, ids: number[], pairs: FoundCompanies[]): Promise<void> {
  await sql`delete from company_pairs where company_id = any(${ids}::bigint[]) or other_company_id = any(${ids}::bigint[])`.execute(tx)
  await sql`
    insert into company_pairs (company_id, other_company_id, score, level, reasons)
    select company_id, other_company_id, score, level, reasons
    from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as found (company_id bigint, other_company_id bigint, score real, level text, reasons jsonb)
    on conflict do nothing`.execute(tx)
}

const shown = (alias: string) => {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return sql<DuplicateCompany>`jsonb_build_object('id', ${column('id')}, 'name', ${column('name')}, 'domain', ${column('domain')}, 'phone', ${column('phone')}, 'address', ${column('address')},
    'contacts_count', (select count(*) from contacts where company_id = ${column('id')}), 'created_at', ${column('created_at')})`
}
const presentCompany = (row: DuplicateCompany): DuplicateCompany => ({ ...row, created_at: new Date(row.created_at).toISOString() })
type PairRow = { score: number, level: DuplicateLevel, reasons: CompanyReason[], company: DuplicateCompany, other: DuplicateCompany }
const pairs = sql`
  select pair.score, pair.level, pair.reasons, ${shown('companies')} as company, ${shown('other')} as other
  from company_pairs pair
  join companies on companies.id = pair.company_id
  join companies other on other.id = pair.other_company_id`
const present = ({ company, other, ...pair }: PairRow): CompanyPair => ({ ...pair, stays: other.contacts_count > company.contacts_count ? other.id : company.id, companies: [presentCompany(company), presentCompany(other)] })

/** The surest first. `after`: the last of the page before. */
export async function listCompanyPairs(db: Db, level: DuplicateLevel, after: PairKey | undefined, limit: number): Promise<CompanyPair[]> {
  return (await rows<PairRow>(db, sql`
    ${pairs}
    where pair.level = ${level}
      and ${after === undefined ? sql`true` : sql`(-pair.score, pair.company_id, pair.other_company_id) > (-(${after[0]}::real), ${after[1]}::bigint, ${after[2]}::bigint)`}
    order by pair.score desc, pair.company_id, pair.other_company_id
    limit ${limit}`)).map(present)
}

export async function pairsOfCompany(db: Db, id: number): Promise<CompanyPair[]> {
  return (await rows<PairRow>(db, sql`
    ${pairs}
    where ${id}::bigint in (pair.company_id, pair.other_company_id)
    order by pair.score desc, pair.company_id, pair.other_company_id
    limit 20`)).map(present)
}

export async function shownCompanies(db: Db, ids: number[]): Promise<Map<number, DuplicateCompany>> {
  return new Map((await rows<{ company: DuplicateCompany }>(db, sql`select ${shown('companies')} as company from companies where id = any(${ids}::bigint[])`)).map(({ company }) => [company.id, presentCompany(company)]))
}

export async function countCompanyPairs(db: Db): Promise<CompanyOverview> {
  return one(db, sql`
    select count(*) filter (where level = 'certain') as certain, count(*) filter (where level = 'likely') as likely, count(*) filter (where level = 'possible') as possible,
      (select count(*) from different_companies) as different
    from company_pairs pair
    join companies on companies.id = pair.company_id
    join companies other on other.id = pair.other_company_id`)
}

/** These two are different companies, said somebody. A second time changes nothing. */
export async function sayDifferentCompanies(tx: Db, ids: [number, number], by: number | null, now: Date): Promise<void> {
  const [company_id, other_company_id] = [Math.min(...ids), Math.max(...ids)]
  await sql`
    insert into different_companies (company_id, other_company_id, said_by, said_at)
    values (${company_id}::bigint, ${other_company_id}::bigint, ${by}::bigint, ${now}::timestamptz)
    on conflict do nothing`.execute(tx)
  await sql`delete from company_pairs where company_id = ${company_id}::bigint and other_company_id = ${other_company_id}::bigint`.execute(tx)
}

/** False: nobody said so. */
export async function unsayDifferentCompanies(tx: Db, ids: [number, number]): Promise<boolean> {
  return await changedRows(tx, sql`delete from different_companies where company_id = ${Math.min(...ids)}::bigint and other_company_id = ${Math.max(...ids)}::bigint`) > 0
}

/** Whom the company that goes was told apart from, the one that stays is, too. */
export async function carryDifferences(tx: Db, from: number, into: number): Promise<void> {
  await sql`
    insert into different_companies (company_id, other_company_id, said_by, said_at)
    select least(third, ${into}::bigint), greatest(third, ${into}::bigint), said_by, said_at
    from different_companies said
    cross join lateral (select said.company_id + said.other_company_id - ${from}::bigint as third) as other
    where ${from}::bigint in (said.company_id, said.other_company_id)
      and third <> ${into}::bigint
    on conflict do nothing`.execute(tx)
}

export type DifferentRow = DifferentCompanies & { key: string }
export async function listDifferentCompanies(db: Db, after: [string, number, number] | undefined, limit: number): Promise<DifferentRow[]> {
  const found = await rows<{ company: DuplicateCompany, other: DuplicateCompany, said_by: string | null, said_at: Date, key: string }>(db, sql`
    select ${shown('companies')} as company, ${shown('other')} as other, users.name as said_by, said.said_at, said.said_at::text as key
    from different_companies said
    join companies on companies.id = said.company_id
    join companies other on other.id = said.other_company_id
    left join users on users.id = said.said_by
    where ${after === undefined ? sql`true` : sql`(said.said_at, -said.company_id, -said.other_company_id) < (${after[0]}::timestamptz, ${-after[1]}::bigint, ${-after[2]}::bigint)`}
    order by said.said_at desc, said.company_id, said.other_company_id
    limit ${limit}`)
  return found.map(row => ({ companies: [presentCompany(row.company), presentCompany(row.other)], said_by: row.said_by, said_at: row.said_at.toISOString(), key: row.key }))
}
