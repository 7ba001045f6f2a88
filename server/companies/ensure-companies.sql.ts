import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Names in, ids out by the name in small letters; missing companies are made. */
export async function ensureCompanies(db: Db, names: string[]): Promise<Map<string, number>> {
  if (names.length === 0) return new Map()
  const distinct = [...new Map(names.map(name => [name.toLowerCase(), name])).values()].sort()
  const find = (): Promise<{ id: number, name: string }[]> => rows(db, sql`
    select companies.id, wanted.name
    from unnest(${distinct}::text[]) as wanted (name)
    join companies on lower(companies.name) = lower(wanted.name)
  `)
  let found = await find()
  if (found.length < distinct.length) {
    await sql`
      insert into companies (name)
      select name
      from unnest(${distinct}::text[]) as name
      on conflict do nothing
    `.execute(db)
    found = await find()
  }
  return new Map(found.map(company => [company.name.toLowerCase(), company.id]))
}
