import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

/** Who came last, for each step, keyed `journey:step`. The caller holds the routing. */
export async function readTurns(tx: Db): Promise<Map<string, number>> {
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
