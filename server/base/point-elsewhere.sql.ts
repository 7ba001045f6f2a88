import { rows, sql, type Db } from './db.ts'

/**
 * Rows that name one record name another from now on: all of them, or those of the numbers given that still do. Out: their
 * numbers. For tables that hang on a record they are not distributed by; what hangs on contacts is copied (hung-rows.sql.ts).
 */
export async function pointElsewhere(tx: Db, table: string, column: string, { from, into, only }: { from: number, into: number, only?: number[] }): Promise<number[]> {
  return (await rows<{ id: number }>(tx, sql`
    update ${sql.table(table)}
    set ${sql.ref(column)} = ${into}::bigint
    where ${sql.ref(column)} = ${from}::bigint
      and ${only === undefined ? sql`true` : sql`id = any(${only}::bigint[])`}
    returning id`)).map(row => row.id)
}
