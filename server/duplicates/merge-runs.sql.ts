import type { MergeRun, DuplicateReason } from '../../shared/duplicates.ts'
import { maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'

/** Pairs that are merged together: certain, and nothing holds them. */
const mergeable = sql`level = 'certain' and held_because is null`

export type RunRow = { id: number, state: MergeRun['state'], automatic: boolean, total: number, merged: number, undone: number, upto_contact: number, upto_other: number, pairs_until: Date, started_by: number | null, started_at: Date }

/** All pairs there are now are to be merged. It runs once the caller's transaction commits. */
export async function insertRun(tx: Db, { by, now }: { by: number | null, now: Date }): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into merge_runs (state, automatic, total, pairs_until, started_at, started_by)
    select 'running', false, (select count(*) from duplicate_pairs where ${mergeable}), ${now}::timestamptz, ${now}::timestamptz, ${by}::bigint
    returning id`)
  await tellRuns(tx)
  return id
}

/** What is merged by itself on one day is one run: it goes on with the pairs found since, from the first on. */
export async function goOnByItself(tx: Db, now: Date): Promise<void> {
  const going = await maybeOne<{ id: number }>(tx, sql`
    update merge_runs
    set state = 'running', total = total + (select count(*) from duplicate_pairs where ${mergeable}), upto_contact = 0, upto_other = 0, pairs_until = ${now}::timestamptz, finished_at = null
    where id = (select max(id) from merge_runs where automatic)
      and state = 'done'
      and started_at > ${now}::timestamptz - interval '1 day'
    returning id`)
  if (going === undefined) await sql`
    insert into merge_runs (state, automatic, total, pairs_until, started_at)
    select 'running', true, count(*), ${now}::timestamptz, ${now}::timestamptz
    from duplicate_pairs
    where ${mergeable}`.execute(tx)
  await tellRuns(tx)
}

/** Whether a certain pair was found since merging by itself looked last: what it had to leave alone is not tried again and again. */
export async function isAnyToMerge(db: Db): Promise<boolean> {
  return (await one<{ found: boolean }>(db, sql`
    select exists (
      select
      from duplicate_pairs
      where ${mergeable}
        and found_at > coalesce((select max(pairs_until) from merge_runs where automatic), '-infinity')
    ) as found`)).found
}

/** The first run that is under way, held; undefined: none, or another worker is at it. */
export async function holdRun(tx: Db): Promise<RunRow | undefined> {
  return maybeOne(tx, sql`
    select id, state, automatic, total, merged, undone, upto_contact, upto_other, pairs_until, started_by, started_at
    from merge_runs
    where state in ('running', 'undoing')
    order by id
    limit 1
    for update skip locked`)
}

export type RunPair = { contact_id: number, other_id: number, reasons: DuplicateReason[], stays: number }

/** The next pair of the run that is still certain; `stays`: the card with more orders, else the older one. */
export async function nextPair(tx: Db, run: RunRow): Promise<RunPair | undefined> {
  return maybeOne(tx, sql`
    select pair.contact_id, pair.other_id, pair.reasons,
      case when coalesce(others.orders_count, 0) > coalesce(own.orders_count, 0) then pair.other_id else pair.contact_id end as stays
    from duplicate_pairs pair
    left join contact_rollups own on own.contact_id = pair.contact_id
    left join contact_rollups others on others.contact_id = pair.other_id
    where ${mergeable}
      and pair.found_at <= ${run.pairs_until}::timestamptz
      and (pair.contact_id, pair.other_id) > (${run.upto_contact}::bigint, ${run.upto_other}::bigint)
      and exists (select from contacts where id = pair.other_id)
      and not exists (select from duplicate_queue where contact_id in (pair.contact_id, pair.other_id))
    order by pair.contact_id, pair.other_id
    limit 1`)
}

/** The next merge of the run that can be undone, the newest first. */
export async function nextMergeOf(tx: Db, run: RunRow): Promise<number | undefined> {
  return (await maybeOne<{ id: number }>(tx, sql`
    select id
    from merges
    where run_id = ${run.id}::bigint
      and undone_at is null
      and (${run.upto_contact}::bigint = 0 or id < ${run.upto_contact}::bigint)
    order by id desc
    limit 1`))?.id
}

export async function saveRun(db: Db, id: number, change: Partial<Pick<RunRow, 'upto_contact' | 'upto_other'>> & { merged?: number, undone?: number }): Promise<void> {
  await sql`
    update merge_runs
    set upto_contact = coalesce(${change.upto_contact ?? null}::bigint, upto_contact), upto_other = coalesce(${change.upto_other ?? null}::bigint, upto_other),
      merged = merged + ${change.merged ?? 0}::integer, undone = undone + ${change.undone ?? 0}::integer
    where id = ${id}::bigint`.execute(db)
  await touch(db, 'duplicates')
}

export async function endRun(db: Db, run: RunRow, now: Date): Promise<void> {
  await sql`update merge_runs set state = ${run.state === 'undoing' ? 'undone' : 'done'}, finished_at = ${now}::timestamptz where id = ${run.id}::bigint`.execute(db)
  await touch(db, 'duplicates')
}

/** Every merge of it is undone, in the background. False: there is none that is done. */
export async function beginUndoingRun(tx: Db, id: number): Promise<boolean> {
  const begun = await maybeOne(tx, sql`
    update merge_runs
    set state = 'undoing', upto_contact = 0, upto_other = 0, finished_at = null
    where id = ${id}::bigint
      and state = 'done'
    returning id`)
  if (begun !== undefined) await tellRuns(tx)
  return begun !== undefined
}

async function tellRuns(tx: Db): Promise<void> {
  await notify(tx, 'duplicates')
  await touch(tx, 'duplicates')
}

export type ListedRun = RunRow & { started_by_name: string | null, finished_at: Date | null }
export async function listRuns(db: Db, filter: { id?: number, before: number | null, limit: number }): Promise<ListedRun[]> {
  return rows<ListedRun>(db, sql`
    select run.id, run.state, run.automatic, run.total, run.merged, run.undone, run.started_at, run.finished_at, users.name as started_by_name
    from merge_runs run
    left join users on users.id = run.started_by
    where (${filter.before}::bigint is null or run.id < ${filter.before}::bigint)
      and (${filter.id ?? null}::bigint is null or run.id = ${filter.id ?? null}::bigint)
    order by run.id desc
    limit ${filter.limit}::integer`)
}
