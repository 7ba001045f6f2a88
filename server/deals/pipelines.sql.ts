import { sql } from 'kysely'
import type { Pipeline, StageKind } from '../../shared/deals.ts'
import type { Language } from '../../shared/company.ts'
import type { Db } from '../base/db.ts'
import { changedRows, maybeOne, one, rows, withTransaction } from '../base/db.ts'

type FoundPipeline = Omit<Pipeline, 'archived_at'> & { archived_at: Date | null }

/** Pipelines in their order, archived ones last. */
export async function listPipelines(db: Db): Promise<Pipeline[]> {
  return (await rows<FoundPipeline>(db, selectPipelines(sql`true`))).map(present)
}

export async function findPipeline(db: Db, id: number): Promise<Pipeline | undefined> {
  const found = await maybeOne<FoundPipeline>(db, selectPipelines(sql`pipelines.id = ${id}`))
  return found && present(found)
}

const selectPipelines = (which: ReturnType<typeof sql>) => sql`
  select pipelines.id, pipelines.name, pipelines.archived_at,
    coalesce((
      select jsonb_agg(jsonb_build_object('id', stages.id, 'name', stages.name, 'kind', stages.kind,
        'deals', (select count(*) from deals where deals.stage_id = stages.id)) order by stages.position, stages.id)
      from stages
      where stages.pipeline_id = pipelines.id
        and stages.archived_at is null
    ), '[]') as stages
  from pipelines
  where ${which}
  order by pipelines.archived_at nulls first, pipelines.position, pipelines.id`

const present = (found: FoundPipeline): Pipeline => ({ ...found, archived_at: found.archived_at?.toISOString() ?? null })

const firstPipeline: Record<Language, { name: string, stages: [string, StageKind][] }> = {
  en: { name: 'Sales', stages: [['New', 'open'], ['In work', 'open'], ['Offer', 'open'], ['Won', 'won'], ['Lost', 'lost']] },
  ru: { name: 'Продажи', stages: [['Новая', 'open'], ['В работе', 'open'], ['Предложение', 'open'], ['Выиграна', 'won'], ['Проиграна', 'lost']] },
}

/** Makes the first pipeline, in the company's language, when there was never one. Of two at once the second finds it there. */
export async function ensurePipeline(db: Db, language: Language): Promise<void> {
  if (await maybeOne(db, sql`select from pipelines limit 1`)) return
  await withTransaction(db, async tx => {
    await sql`select pg_advisory_xact_lock(7305011)`.execute(tx)
    if (await maybeOne(tx, sql`select from pipelines limit 1`)) return
    const { name, stages } = firstPipeline[language]
    await insertPipeline(tx, name, stages.map(([stage, kind]) => ({ name: stage, kind })))
  })
}

/** The number of the new pipeline, which comes after the others. A name that is taken breaks the constraint `pipelines_name`. */
export async function insertPipeline(tx: Db, name: string, stages: { name: string, kind: StageKind }[]): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into pipelines (name, position)
    select ${name}, coalesce(max(position), 0) + 1
    from pipelines
    returning id
  `)
  await insertStages(tx, id, stages.map((stage, index) => ({ ...stage, position: index + 1 })))
  return id
}

export async function insertStages(tx: Db, pipelineId: number, stages: { name: string, kind: StageKind, position: number }[]): Promise<void> {
  await sql`
    insert into stages (pipeline_id, name, kind, position)
    select ${pipelineId}::bigint, name, kind, position
    from unnest(${stages.map(stage => stage.name)}::text[], ${stages.map(stage => stage.kind)}::text[], ${stages.map(stage => stage.position)}::integer[])
      with ordinality as stage (name, kind, position, place)
    order by place
  `.execute(tx)
}

/** Holds the pipeline against others who change it; whether it is there and in use. */
export async function holdPipeline(tx: Db, id: number): Promise<boolean> {
  return (await rows(tx, sql`select from pipelines where id = ${id} and archived_at is null for update`)).length > 0
}

/** A second run writes the same. */
export async function writePipeline(tx: Db, id: number, name: string, stages: { id: number, name: string, position: number }[]): Promise<void> {
  await sql`update pipelines set name = ${name} where id = ${id}`.execute(tx)
  await sql`
    update stages
    set name = given.name,
      position = given.position
    from unnest(${stages.map(stage => stage.id)}::bigint[], ${stages.map(stage => stage.name)}::text[], ${stages.map(stage => stage.position)}::integer[]) as given (id, name, position)
    where stages.id = given.id
      and stages.pipeline_id = ${id}
  `.execute(tx)
}

/** Stages nobody stands at go out of use; those that got a deal meanwhile stay. Returns the ids archived. Holds them, so that no deal comes in. */
export async function archiveStages(tx: Db, ids: number[], now: Date): Promise<number[]> {
  if (ids.length === 0) return []
  await sql`select from stages where id = any(${ids}::bigint[]) order by id for update`.execute(tx)
  const archived = await rows<{ id: number }>(tx, sql`
    update stages
    set archived_at = ${now}
    where id = any(${ids}::bigint[])
      and not exists (select from deals where deals.stage_id = stages.id)
    returning id
  `)
  return archived.map(row => row.id)
}

/** Out of use, unless a deal is open in it or it is the last one. Deals that have ended stay readable. */
export async function archivePipeline(tx: Db, id: number, now: Date): Promise<'archived' | 'has_open_deals' | 'is_the_last'> {
  await sql`select from pipelines where archived_at is null order by id for update`.execute(tx)
  if (await maybeOne(tx, sql`select from deals where pipeline_id = ${id} and state = 'open' limit 1`)) return 'has_open_deals'
  const archived = await changedRows(tx, sql`
    update pipelines
    set archived_at = ${now}
    where id = ${id}
      and exists (select from pipelines other where other.id <> ${id} and other.archived_at is null)
  `)
  return archived > 0 ? 'archived' : 'is_the_last'
}

export type StageInUse = { id: number, name: string, kind: StageKind, pipeline_id: number, pipeline_name: string }

/** Stage ids in, those in use out, held until the transaction ends so that none is archived meanwhile. */
export async function usableStages(tx: Db, ids: number[]): Promise<Map<number, StageInUse>> {
  if (ids.length === 0) return new Map()
  const found = await rows<StageInUse>(tx, sql`
    select stages.id, stages.name, stages.kind, stages.pipeline_id, pipelines.name as pipeline_name
    from stages
    join pipelines on pipelines.id = stages.pipeline_id
    where stages.id = any(${[...new Set(ids)]}::bigint[])
      and stages.archived_at is null
      and pipelines.archived_at is null
    order by stages.id
    for share of stages, pipelines
  `)
  return new Map(found.map(stage => [stage.id, stage]))
}

/** The first stage of each kind of the pipelines in use, or of one; by pipeline, the pipelines in their order. */
export async function firstStages(db: Db, pipelineId?: number): Promise<{ pipeline_id: number, open: number, won: number, lost: number }[]> {
  return rows(db, sql`
    select pipelines.id as pipeline_id,
      (array_agg(stages.id order by stages.position, stages.id) filter (where stages.kind = 'open'))[1] as open,
      (array_agg(stages.id order by stages.position, stages.id) filter (where stages.kind = 'won'))[1] as won,
      (array_agg(stages.id order by stages.position, stages.id) filter (where stages.kind = 'lost'))[1] as lost
    from pipelines
    join stages on stages.pipeline_id = pipelines.id
    where pipelines.archived_at is null
      and stages.archived_at is null
      and ${pipelineId === undefined ? sql`true` : sql`pipelines.id = ${pipelineId}`}
    group by pipelines.id
    order by pipelines.position, pipelines.id
  `)
}
