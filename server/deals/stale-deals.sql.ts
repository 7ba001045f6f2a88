import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { fromWritten } from './write-deals.sql.ts'
import type { WrittenDeal } from './write-deals.sql.ts'

/** Open deals that stand at their stage longer than it allows and of which that was not told yet, some at a time. */
export async function findUntoldStale(db: Db, limit: number, now: Date): Promise<{ contact_id: number, id: number }[]> {
  return rows(db, sql`
    select stale.contact_id, stale.id
    from stages
    cross join lateral (
      select deals.contact_id, deals.id
      from deals
      where deals.stage_id = stages.id
        and deals.state = 'open'
        and not deals.stale_told
        and deals.stage_since < ${now}::timestamptz - make_interval(days => stages.stale_days)
      order by deals.stage_since
      limit ${limit}
    ) as stale
    where stages.stale_days is not null
      and stages.archived_at is null
    limit ${limit}
  `)
}

/** Deals in, those marked out: one that moved, was closed or was told meanwhile is left. The caller holds the contacts' rows. */
export async function markStale(tx: Db, ids: { contact_id: number, id: number }[], now: Date): Promise<(WrittenDeal & { days: number })[]> {
  return rows(tx, sql`
    with written as (
      update deals
      set stale_told = true
      from unnest(${ids.map(deal => deal.contact_id)}::bigint[], ${ids.map(deal => deal.id)}::bigint[]) as wanted (contact_id, id), stages
      where deals.contact_id = wanted.contact_id
        and deals.id = wanted.id
        and stages.id = deals.stage_id
        and deals.state = 'open'
        and not deals.stale_told
        and deals.stage_since < ${now}::timestamptz - make_interval(days => stages.stale_days)
      returning deals.*, deals.stage_id as from_stage_id, stages.name as from_stage, deals.state as from_state
    )
    select told.*, stages.stale_days as days
    from (${fromWritten}) as told
    join stages on stages.id = told.stage_id
    order by told.id
  `)
}
