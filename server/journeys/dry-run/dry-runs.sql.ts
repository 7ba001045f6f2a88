import { sql } from 'kysely'
import { maybeOne, one, rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import type { DryRunOptions, DryRunResult } from '../../../shared/dry-runs.ts'
import type { JourneyGraph } from '../../../shared/journeys.ts'

export type DryRun = {
  id: number, journey_id: number, graph: JourneyGraph, options: DryRunOptions, state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled', progress: number
  /** the numbers, and by step (`''`: the whole) a few of the people behind them */
  result: DryRunResult & { examples: Record<string, number[]> } | null
  error: string | null, created_at: Date, finished_at: Date | null
}
const columns = sql.raw('id, journey_id, graph, options, state, progress, result, error, created_at, finished_at')

export async function insertDryRun(db: Db, run: { journey_id: number, graph: JourneyGraph, options: DryRunOptions, by: number | null }, now: Date): Promise<DryRun> {
  return await one<DryRun>(db, sql`
    insert into dry_runs (journey_id, graph, options, created_by, created_at)
    values (${run.journey_id}, ${JSON.stringify(run.graph)}::jsonb, ${JSON.stringify(run.options)}::jsonb, ${run.by}::bigint, ${now})
    returning ${columns}
  `)
}

export async function findDryRun(db: Db, id: number): Promise<DryRun | undefined> {
  return await maybeOne<DryRun>(db, sql`select ${columns} from dry_runs where id = ${id}`)
}

/** The latest one of a journey. */
export async function latestDryRun(db: Db, journeyId: number): Promise<DryRun | undefined> {
  return await maybeOne<DryRun>(db, sql`select ${columns} from dry_runs where journey_id = ${journeyId} order by id desc limit 1`)
}

/** Only the latest result is of use: earlier ones go, and what still runs of them ends. */
export async function dropEarlierDryRuns(db: Db, journeyId: number): Promise<void> {
  await sql`delete from dry_runs where journey_id = ${journeyId}`.execute(db)
}

/** Writes how it goes unless it was cancelled or is gone; whether it may go on. */
export async function reportDryRun(db: Db, id: number, progress: number): Promise<boolean> {
  const going = await rows(db, sql`
    update dry_runs
    set state = 'running',
      progress = ${progress}
    where id = ${id}
      and state in ('queued', 'running')
    returning id
  `)
  return going.length > 0
}

export async function finishDryRun(db: Db, id: number, outcome: { result: DryRun['result'] } | { error: string }, now: Date): Promise<void> {
  await sql`
    update dry_runs
    set state = ${'result' in outcome ? 'done' : 'failed'},
      progress = ${'result' in outcome ? 100 : 0},
      result = ${'result' in outcome ? JSON.stringify(outcome.result) : null}::jsonb,
      error = ${'error' in outcome ? outcome.error : null},
      finished_at = ${now}
    where id = ${id}
      and state in ('queued', 'running')
  `.execute(db)
}

export async function cancelDryRun(db: Db, journeyId: number, now: Date): Promise<number> {
  const cancelled = await rows(db, sql`
    update dry_runs
    set state = 'cancelled',
      finished_at = ${now}
    where journey_id = ${journeyId}
      and state in ('queued', 'running')
    returning id
  `)
  return cancelled.length
}

/** Contacts by id, to be shown as people. */
export async function namesOf(db: Db, contactIds: number[]): Promise<{ contact_id: number, name: string | null, email: string | null }[]> {
  return await rows(db, sql`
    select id as contact_id, nullif(concat_ws(' ', first_name, last_name), '') as name, email
    from contacts
    where id = any(${contactIds}::bigint[])
    order by id
  `)
}
