import { rows, sql, type Db } from '../base/db.ts'
import type { Change } from './check-domain.ts'

export async function insertDomainChange(db: Db, domainId: number, changes: Change[], now: Date): Promise<void> {
  await sql`
    insert into domain_changes (sending_domain_id, at, changes)
    values (${domainId}::bigint, ${now}::timestamptz, ${JSON.stringify(changes)}::jsonb)`.execute(db)
}

/** What changed at a domain, the latest first, before an id. */
export const listDomainChanges = (db: Db, domainId: number, before: number | null, limit: number): Promise<{ id: number, at: Date, changes: Change[] }[]> => rows(db, sql`
  select id, at, changes
  from domain_changes
  where sending_domain_id = ${domainId}::bigint
    and (${before}::bigint is null or id < ${before}::bigint)
  order by id desc
  limit ${limit}`)
