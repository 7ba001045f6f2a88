import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { one, withTransaction } from '../base/db.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { filterPredicate } from './list-contacts.sql.ts'
import type { ContactFilter } from './list-contacts.sql.ts'

const patience = 1500
const countedAtLeast = 10_000

/** How many contacts fit: exactly, when that takes at most a second and a half; else that they are more than so many. */
export async function countContacts(db: Db, filter: ContactFilter, now: Date): Promise<{ count: number, exact: boolean }> {
  const where = filterPredicate(filter, { ...await loadConditionContext(db), now })
  const all = sql`select from contacts c left join contact_rollups r on r.contact_id = c.id where ${where}`
  const counted = async (limit: number | null): Promise<number> => withTransaction(db, async tx => {
    await sql`select set_config('statement_timeout', ${String(patience)}, true)`.execute(tx)
    return (await one<{ count: number }>(tx, sql`select count(*) as count from (${all} limit ${limit}::bigint) as fitting`)).count
  })
  try {
    return { count: await counted(null), exact: true }
  } catch (error) {
    if ((error as { code?: unknown }).code !== '57014') throw error
  }
  const some = await counted(countedAtLeast + 1).catch(() => 0)
  return { count: Math.min(some, countedAtLeast), exact: false }
}
