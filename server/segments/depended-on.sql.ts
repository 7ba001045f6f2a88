import { rows, sql, type Db } from '../base/db.ts'

/** Everything any segment depends on: for cards of which everything may be different. */
export async function dependedOn(db: Db): Promise<string[]> {
  const found = await rows<{ key: string }>(db, sql`select distinct unnest(depends_on) as key from segments where archived_at is null and kind = 'live'`)
  return found.map(row => row.key)
}
