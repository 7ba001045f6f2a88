import { sql } from 'kysely'
import { one } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export type Seeds = { offers: number | null, lostBuyers: number | null, journeys: string[] }

/** What the ready-made journeys refer to, and which of them are there already. Locks nothing. */
export async function findSeeds(db: Db): Promise<Seeds> {
  return await one<Seeds>(db, sql`
    select
      (select id from topics where key = 'offers') as offers,
      (select id from segments where example_key = 'lost_buyers') as "lostBuyers",
      array(select example_key from journeys where example_key is not null) as journeys
  `)
}
