import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Reasons of a loss in their order. */
export async function listLostReasons(db: Db): Promise<string[]> {
  return (await rows<{ name: string }>(db, sql`select name from lost_reasons order by position, name`)).map(row => row.name)
}

/** The list as it shall be; deals keep the words they were lost with. A second run writes the same; two at once take turns. */
export async function writeLostReasons(tx: Db, reasons: string[]): Promise<void> {
  await sql`lock table lost_reasons in share row exclusive mode`.execute(tx)
  await sql`delete from lost_reasons`.execute(tx)
  await sql`
    insert into lost_reasons (name, position)
    select name, place
    from unnest(${reasons}::text[]) with ordinality as reason (name, place)
  `.execute(tx)
}
