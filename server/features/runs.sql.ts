import { sql } from 'kysely'
import type { FeatureResult } from '../../shared/features.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'
import { touch } from '../base/live.ts'

export type RunRow = {
  id: number, state: 'running' | 'done' | 'failed', phase: 'reading' | 'fitting' | 'writing', started_at: Date, finished_at: Date | null
  customers: number, looked_at: number, changed: number, error: string | null, is_silent: boolean
}

/** What is silent for so long was cut off. */
const silence = sql`interval '10 minutes'`
const columns = sql`id, state, phase, started_at, finished_at, customers, looked_at, changed, error, (state = 'running' and heartbeat_at < now() - ${silence}) as is_silent`

/** A new computation; nothing while another one is under way. One that was cut off counts as failed from now on. */
export async function startRun(tx: Db, now: Date): Promise<number | undefined> {
  await sql`select pg_advisory_xact_lock(7305005)`.execute(tx)
  await sql`
    update feature_runs
    set state = 'failed', finished_at = heartbeat_at, error = 'was cut off'
    where state = 'running'
      and heartbeat_at < now() - ${silence}
  `.execute(tx)
  return (await maybeOne<{ id: number }>(tx, sql`
    insert into feature_runs (started_at, heartbeat_at)
    select ${now}::timestamptz, now()
    where not exists (select from feature_runs where state = 'running')
    returning id
  `))?.id
}

/** How far a computation is; open pages hear of it. */
export async function noteProgress(db: Db, id: number, progress: { phase: RunRow['phase'], customers: number, looked_at: number, changed: number }): Promise<void> {
  await sql`
    update feature_runs
    set heartbeat_at = now(), phase = ${progress.phase}, customers = ${progress.customers}::integer, looked_at = ${progress.looked_at}::integer, changed = ${progress.changed}::integer
    where id = ${id}::bigint
  `.execute(db)
  await touch(db, 'features')
}

/** The end of one. The results of the last ninety are kept. */
export async function finishRun(db: Db, id: number, end: { result: FeatureResult } | { error: string }, now: Date): Promise<void> {
  const result = 'result' in end ? JSON.stringify(end.result) : null
  const error = 'error' in end ? end.error : null
  await sql`
    update feature_runs
    set state = ${error === null ? 'done' : 'failed'}, finished_at = ${now}::timestamptz, heartbeat_at = now(), result = ${result}::jsonb, error = ${error}
    where id = ${id}::bigint
  `.execute(db)
  await sql`delete from feature_runs where id <= ${id}::bigint - 90`.execute(db)
  await touch(db, 'features')
}

export async function findLatestRun(db: Db): Promise<RunRow | undefined> {
  return (await rows<RunRow>(db, sql`select ${columns} from feature_runs order by id desc limit 1`))[0]
}

/** What stands on the cards: the last that was done. */
export async function findStanding(db: Db): Promise<{ finished_at: Date, result: FeatureResult } | undefined> {
  return maybeOne(db, sql`select finished_at, result from feature_runs where state = 'done' order by id desc limit 1`)
}

/** Whether a job of this key waits for its turn (`waiting`) or is there at all. */
export async function isJobThere(db: Db, key: string, which: 'waiting' | 'any'): Promise<boolean> {
  return (await rows(db, sql`select from graphile_worker.jobs where key = ${key} and (${which === 'any'}::boolean or locked_at is null) limit 1`)).length > 0
}
