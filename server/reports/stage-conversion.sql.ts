import { sql } from 'kysely'
import type { SalesReport } from '../../shared/sales-report.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { passedBefore, staysSince } from '../deals/stage-passages.sql.ts'
import type { SalesQuestion } from './sales.sql.ts'

type Stage = { id: number, name: string, position: number, pipeline: { id: number, name: string } }
type Counted = { stage_id: number, furthest: number | null, entered: number, won: number, lost: number }
type Stays = { stage_id: number, stays: number, mean_days: number, median_days: number }

/** What became of the deals that came to each open stage in the time, and how long they stood there; one pass over the events since then. */
export async function stageConversion(db: Db, { from, to, pipeline, currency, timeZone }: SalesQuestion): Promise<SalesReport['stages']> {
  const since = sql`${from}::date::timestamp at time zone ${timeZone}`
  const until = sql`(${to}::date + 1)::timestamp at time zone ${timeZone}`
  const stages = await rows<Stage>(db, sql`
    select stages.id, stages.name, stages.position, jsonb_build_object('id', pipelines.id, 'name', pipelines.name) as pipeline
    from stages
    join pipelines on pipelines.id = stages.pipeline_id
    where stages.kind = 'open'
      and stages.archived_at is null
      and pipelines.archived_at is null
      and ${pipeline === undefined ? sql`true` : sql`pipelines.id = ${pipeline}`}
    order by pipelines.position, pipelines.id, stages.position, stages.id
  `)
  const counted = await rows<Counted>(db, sql`
    with ${staysSince(since)},
    ${passedBefore(until)}
    select stage_id, furthest, count(*) as entered, count(*) filter (where state = 'won') as won, count(*) filter (where state = 'lost') as lost
    from passed
    where currency = ${currency}
    group by stage_id, furthest
  `)
  const stays = await rows<Stays>(db, sql`
    with ${staysSince(since)}
    select stage_id, count(*) as stays, (avg(extract(epoch from ended - began)) / 86400)::float8 as mean_days,
      percentile_cont(0.5) within group (order by extract(epoch from ended - began)::float8 / 86400) as median_days
    from stays
    where began < ${until}
      and ended is not null
      and currency = ${currency}
    group by stage_id
  `)
  const byStage = Map.groupBy(counted, row => row.stage_id)
  const stayOf = new Map(stays.map(row => [row.stage_id, row]))
  return stages.flatMap((stage) => {
    const own = byStage.get(stage.id) ?? []
    const sum = (of: (row: Counted) => number): number => own.reduce((total, row) => total + of(row), 0)
    const stay = stayOf.get(stage.id)
    if (own.length === 0) return []
    return [{
      pipeline: stage.pipeline, stage: { id: stage.id, name: stage.name }, entered: sum(row => row.entered), won: sum(row => row.won), lost: sum(row => row.lost),
      onward: stages.filter(other => other.pipeline.id === stage.pipeline.id && other.position > stage.position).map(other => ({
        stage: { id: other.id, name: other.name }, deals: sum(row => row.furthest !== null && row.furthest >= other.position ? row.entered : row.won),
      })),
      stays: stay?.stays ?? 0, mean_days: stay?.mean_days ?? null, median_days: stay?.median_days ?? null,
    }]
  })
}
