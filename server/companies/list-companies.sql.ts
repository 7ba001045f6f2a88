import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type CompanyRow = { id: number, name: string, domain: string | null, contacts_count: number, key: string }

/** Companies whose name holds the text, by name, with how many contacts work there. */
export async function listCompanies(db: Db, search: string, limit: number, after: [string, number] | undefined): Promise<CompanyRow[]> {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  return rows(db, sql`
    select companies.id, companies.name, companies.domain, lower(companies.name) as key,
      (select count(*) from contacts where contacts.company_id = companies.id) as contacts_count
    from companies
    where lower(companies.name) like ${pattern}
      and ${after === undefined ? sql`true` : sql`(lower(companies.name), companies.id) > (${after[0]}, ${after[1]}::bigint)`}
    order by lower(companies.name), companies.id
    limit ${limit}
  `)
}
