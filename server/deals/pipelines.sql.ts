import { sql } from 'kysely'
import type { Pipeline, StageKind, StageRequirement } from '../../shared/deals.ts'
import type { Language } from '../../shared/company.ts'
import type { Db } from '../base/db.ts'
import { changedRows, maybeOne, one, rows, withTransaction } from '../base/db.ts'
import { writeLostReasons } from './lost-reasons.sql.ts'

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
        'probability', stages.probability, 'required_fields', to_jsonb(stages.required_fields), 'stale_days', stages.stale_days,
        'deals', (select count(*) from deals where deals.stage_id = stages.id)) order by stages.position, stages.id)
      from stages
      where stages.pipeline_id = pipelines.id
        and stages.archived_at is null
    ), '[]') as stages
  from pipelines
  where ${which}
  order by pipelines.archived_at nulls first, pipelines.position, pipelines.id`

const present = (found: FoundPipeline): Pipeline => ({ ...found, archived_at: found.archived_at?.toISOString() ?? null })

const firstPipeline: Record<Language, { name: string, stages: [string, StageKind, number][], reasons: string[] }> = {
  en: {
    name: 'Sales', stages: [['New', 'open', 10], ['In work', 'open', 30], ['Offer', 'open', 60], ['Won', 'won', 100], ['Lost', 'lost', 0]],
    reasons: ['Too expensive', 'Chose somebody else', 'Not needed any more', 'No answer', 'Not the right time'],
  },
  ru: {
    name: 'Продажи', stages: [['Новая', 'open', 10], ['В работе', 'open', 30], ['Предложение', 'open', 60], ['Выиграна', 'won', 100], ['Проиграна', 'lost', 0]],
    reasons: ['Дорого', 'Выбрали другого', 'Больше не нужно', 'Не отвечает', 'Не сейчас'],
  },
}

/** Makes the first pipeline and the usual reasons of a loss, in the company's language, when there was never one. Of two at once the second finds it there. */
export async function ensurePipeline(db: Db, language: Language): Promise<void> {
  if (await maybeOne(db, sql`select from pipelines limit 1`)) return
  await withTransaction(db, async tx => {
    await sql`select pg_advisory_xact_lock(7305011)`.execute(tx)
    if (await maybeOne(tx, sql`select from pipelines limit 1`)) return
    const { name, stages, reasons } = firstPipeline[language]
    await insertPipeline(tx, name, stages.map(([stage, kind, probability]) => ({ name: stage, kind, probability, required_fields: [], stale_days: null })))
    await writeLostReasons(tx, reasons)
  })
}

/** A stage as it is written; of a won or lost one the probability is 100 or 0 and it is never stale. */
export type StageSettings = { name: string, kind: StageKind, position: number, probability: number, required_fields: StageRequirement[], stale_days: number | null }

/** The number of the new pipeline, which comes after the others. A name that is taken breaks the constraint `pipelines_name`. */
export async function insertPipeline(tx: Db, name: string, stages: Omit<StageSettings, 'position'>[]): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into pipelines (name, position)
    select ${name}, coalesce(max(position), 0) + 1
    from pipelines
    returning id
  `)
  await insertStages(tx, id, stages.map((stage, index) => ({ ...stage, position: index + 1 })))
  return id
}

export async function insertStages(tx: Db, pipelineId: number, stages: StageSettings[]): Promise<void> {
  await sql`
    insert into stages (pipeline_id, name, kind, position, probability, required_fields, stale_days)
    select ${pipelineId}::bigint, name, kind, position, probability, array(select jsonb_array_elements_text(required_fields)), stale_days
    from jsonb_to_recordset(${JSON.stringify(stages)}::jsonb) as stage (name text, kind text, position integer, probability integer, required_fields jsonb, stale_days integer)
    order by position
  `.execute(tx)
}

/** Holds the pipeline against others who change it; whether it is there and in use. */
export async function holdPipeline(tx: Db, id: number): Promise<boolean> {
  return (await rows(tx, sql`select from pipelines where id = ${id} and archived_at is null for update`)).length > 0
}

/** A second run writes the same. */
export async function writePipeline(tx: Db, id: number, name: string, stages: (StageSettings & { id: number })[]): Promise<void> {
  await sql`update pipelines set name = ${name} where id = ${id}`.execute(tx)
  await sql`
    update stages
    set name = given.name,
      position = given.position,
      probability = given.probability,
      required_fields = array(select jsonb_array_elements_text(given.required_fields)),
      stale_days = given.stale_days
    from jsonb_to_recordset(${JSON.stringify(stages)}::jsonb) as given (id bigint, name text, position integer, probability integer, required_fields jsonb, stale_days integer)
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

export type StageInUse = { id: number, name: string, kind: StageKind, required_fields: StageRequirement[], pipeline_id: number, pipeline_name: string }

/** Stage ids in, those in use out, held until the transaction ends so that none is archived meanwhile. */
export async function usableStages(tx: Db, ids: number[]): Promise<Map<number, StageInUse>> {
  if (ids.length === 0) return new Map()
  const found = await rows<StageInUse>(tx, sql`
    select stages.id, stages.name, stages.kind, stages.required_fields, stages.pipeline_id, pipelines.name as pipeline_name
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
