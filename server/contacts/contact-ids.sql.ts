import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** The next contacts in the order of ids. */
export async function contactIdsAfter(db: Db, after: number, limit: number): Promise<number[]> {
  return (await rows<{ id: number }>(db, sql`select id from contacts where id > ${after} order by id limit ${limit}`)).map(row => row.id)
}
