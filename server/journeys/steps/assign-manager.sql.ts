import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

/**
 * Waits for others who are giving out contacts or leads (the same lock as leads/create-leads.sql.ts, nextManagers), so that
 * a turn is nobody's twice; then for each step, keyed `journey:step`, who came last.
 */
export async function lockTurns(tx: Db): Promise<Map<string, number>> {
  await sql`select pg_advisory_xact_lock(7305010)`.execute(tx)
  const found = await rows<{ journey_id: number, step_key: string, last_user_id: number }>(tx, sql`select journey_id, step_key, last_user_id from assignment_turns`)
  return new Map(found.map(turn => [`${turn.journey_id}:${turn.step_key}`, turn.last_user_id]))
}

/** A second run writes the same. */
export async function writeTurns(tx: Db, turns: { journey_id: number, step_key: string, last_user_id: number }[]): Promise<void> {
  if (turns.length === 0) return
  await sql`
    insert into assignment_turns (journey_id, step_key, last_user_id)
    select *
    from unnest(${turns.map(turn => turn.journey_id)}::bigint[], ${turns.map(turn => turn.step_key)}::text[], ${turns.map(turn => turn.last_user_id)}::bigint[])
    on conflict (journey_id, step_key) do update
    set last_user_id = excluded.last_user_id
  `.execute(tx)
}

/** User ids in, how many open leads and deals each has out. */
export async function loadOfUsers(db: Db, userIds: number[]): Promise<Map<number, number>> {
  const found = await rows<{ id: number, load: number }>(db, sql`
    select users.id,
      (select count(*) from leads where leads.owner_id = users.id and leads.status in ('new', 'in_work'))
        + (select count(*) from deals where deals.owner_id = users.id and deals.state = 'open') as load
    from unnest(${[...new Set(userIds)]}::bigint[]) as users (id)
  `)
  return new Map(found.map(user => [user.id, user.load]))
}
