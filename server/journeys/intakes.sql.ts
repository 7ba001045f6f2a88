import { sql } from 'kysely'
import { maybeOne, one } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export type Intake = { id: number, journey_id: number, segment_id: number, key: string, people: number, looked_at: number, enrolled: number, after_contact_id: number, created_at: Date, finished_at: Date | null }
const intakeColumns = sql.raw('id, journey_id, segment_id, key, people, looked_at, enrolled, after_contact_id, created_at, finished_at')

/** Everybody who is in the segment is to be let in; how many those are is counted now. Its number and the count. */
export async function insertIntake(db: Db, intake: { journey_id: number, segment_id: number, key: string }, now: Date): Promise<{ id: number, people: number }> {
  return await one<{ id: number, people: number }>(db, sql`
    insert into journey_intakes (journey_id, segment_id, key, people, created_at)
    values (
      ${intake.journey_id}, ${intake.segment_id}, ${intake.key},
      (select count(*) from segment_memberships where segment_id = ${intake.segment_id}), ${now}
    )
    returning id, people
  `)
}

/** The intake itself, held until the transaction ends: two runs of its job take turns. */
export async function holdIntake(db: Db, id: number): Promise<Intake | undefined> {
  return await maybeOne<Intake>(db, sql`select ${intakeColumns} from journey_intakes where id = ${id} for update`)
}

/** The latest intake of a journey. Locks nothing. */
export async function latestIntake(db: Db, journeyId: number): Promise<Intake | undefined> {
  return await maybeOne<Intake>(db, sql`
    select ${intakeColumns}
    from journey_intakes
    where journey_id = ${journeyId}
    order by id desc
    limit 1
  `)
}

export async function writeIntakeProgress(tx: Db, id: number, progress: { looked_at: number, enrolled: number, after: number, finished: boolean }, now: Date): Promise<void> {
  await sql`
    update journey_intakes
    set looked_at = looked_at + ${progress.looked_at},
      enrolled = enrolled + ${progress.enrolled},
      after_contact_id = ${progress.after},
      finished_at = ${progress.finished ? now : null}::timestamptz
    where id = ${id}
  `.execute(tx)
}
