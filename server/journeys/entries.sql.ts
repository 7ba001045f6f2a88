import { sql } from 'kysely'
import { one } from '../base/db.ts'
import type { Db } from '../base/db.ts'

/**
 * How many entered in this period out ("ever" counts those from before there was a limit). The row is held until the
 * transaction ends: who enrols into the same journey takes turns, so a limit is exact however many workers there are.
 */
export async function holdEntries(db: Db, journeyId: number, period: string, now: Date): Promise<number> {
  await sql`
    insert into journey_entries (journey_id, period, people)
    select ${journeyId}, ${period}::text,
      case when ${period}::text = 'ever' then (select count(*) from enrolments where journey_id = ${journeyId} and test_wait_seconds is null and entered_at <= ${now}) else 0 end
    where not exists (select from journey_entries where journey_id = ${journeyId} and period = ${period}::text)
    on conflict do nothing
  `.execute(db)
  const { people } = await one<{ people: number }>(db, sql`
    select people
    from journey_entries
    where journey_id = ${journeyId}
      and period = ${period}::text
    for update
  `)
  return people
}

/** The caller holds the row. */
export async function addEntries(db: Db, journeyId: number, period: string, added: { people: number, refused: number }): Promise<void> {
  await sql`
    update journey_entries
    set people = people + ${added.people},
      refused = refused + ${added.refused}
    where journey_id = ${journeyId}
      and period = ${period}::text
  `.execute(db)
}
