import { sql } from 'kysely'
import type { FieldValue } from '../../shared/contacts.ts'
import type { DealState } from '../../shared/deals.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { StageInUse } from './pipelines.sql.ts'

export type NewDeal = {
  contact_id: number
  title: string
  /** minor units */
  amount: number | null
  currency: string
  stage: StageInUse
  owner_id: number | null
  /** 'staff', 'api', 'journey:4' */
  source: string
  /** what makes the deal one: a second run with the same key makes none */
  source_key?: string | null
  lost_reason?: string | null
  /** '2026-12-31' */
  expected_on?: string | null
  /** custom fields, checked */
  fields?: Record<string, FieldValue>
}

/** A deal as it is written, with where it came from when it moved. */
export type WrittenDeal = {
  contact_id: number, id: number, title: string, amount: number | null, currency: string, state: DealState, owner_id: number | null, lost_reason: string | null
  pipeline_id: number, pipeline: string, stage_id: number, stage: string, from_stage_id: number | null, from_stage: string | null, from_state: DealState | null
}

/** Deals in, those made out. A second run with the same keys makes none. The caller holds the contacts' rows. */
export async function createDeals(tx: Db, deals: NewDeal[], now: Date): Promise<WrittenDeal[]> {
  if (deals.length === 0) return []
  const column = <T>(of: (deal: NewDeal) => T): T[] => deals.map(of)
  return rows<WrittenDeal>(tx, sql`
    with given as (
      select *
      from unnest(
        ${column(deal => deal.contact_id)}::bigint[], ${column(deal => deal.stage.pipeline_id)}::bigint[], ${column(deal => deal.stage.id)}::bigint[], ${column(deal => deal.stage.kind)}::text[],
        ${column(deal => deal.title)}::text[], ${column(deal => deal.amount)}::bigint[], ${column(deal => deal.currency)}::text[], ${column(deal => deal.owner_id)}::bigint[],
        ${column(deal => deal.source)}::text[], ${column(deal => deal.source_key ?? null)}::text[], ${column(deal => deal.lost_reason ?? null)}::text[],
        ${column(deal => deal.expected_on ?? null)}::date[], ${column(deal => JSON.stringify(deal.fields ?? {}))}::jsonb[]
      ) with ordinality as given (contact_id, pipeline_id, stage_id, state, title, amount, currency, owner_id, source, source_key, lost_reason, expected_on, fields, place)
    ),
    made as (
      insert into deals (contact_id, pipeline_id, stage_id, state, title, amount, currency, owner_id, source, source_key, lost_reason, expected_on, fields, created_at, stage_since, closed_at, updated_at)
      select contact_id, pipeline_id, stage_id, state, title, amount, currency, owner_id, source, source_key, case when state = 'lost' then lost_reason end, expected_on, fields,
        ${now}::timestamptz, ${now}::timestamptz, case when state <> 'open' then ${now}::timestamptz end, ${now}::timestamptz
      from given
      order by place
      on conflict (contact_id, source_key) do nothing
      returning *
    )
    select made.contact_id, made.id, made.title, made.amount, made.currency, made.state, made.owner_id, made.lost_reason,
      made.pipeline_id, pipelines.name as pipeline, made.stage_id, stages.name as stage, null as from_stage_id, null as from_stage, null as from_state
    from made
    join pipelines on pipelines.id = made.pipeline_id
    join stages on stages.id = made.stage_id
    order by made.id
  `)
}

/** Fields left out stay. */
export type DealChange = {
  contact_id: number
  id: number
  /** nothing is written unless the deal is at it */
  revision?: number
  title?: string
  amount?: number | null
  currency?: string
  owner_id?: number | null
  stage?: StageInUse
  lost_reason?: string | null
  expected_on?: string | null
  /** custom fields, all of them, checked */
  fields?: Record<string, FieldValue>
}

/** What was written, with the names of where it stands now and stood before: the end of a statement whose `written` holds the deals. */
export const fromWritten = sql`
    select written.contact_id, written.id, written.title, written.amount, written.currency, written.state, written.owner_id, written.lost_reason,
      written.pipeline_id, pipelines.name as pipeline, written.stage_id, stages.name as stage, written.from_stage_id, written.from_stage, written.from_state
    from written
    join pipelines on pipelines.id = written.pipeline_id
    join stages on stages.id = written.stage_id
`

/** One deal changed; undefined: it is not at that revision any more. The caller holds the contact's row. */
export async function changeDeal(tx: Db, change: DealChange, now: Date): Promise<WrittenDeal | undefined> {
  const stage = change.stage
  const state = stage === undefined ? sql`before.state` : sql`${stage.kind}::text`
  const moved = stage === undefined ? sql`false` : sql`before.stage_id <> ${stage.id}::bigint`
  const [written] = await rows<WrittenDeal>(tx, sql`
    with before as (
      select deals.*, stages.name as stage
      from deals
      join stages on stages.id = deals.stage_id
      where deals.contact_id = ${change.contact_id}
        and deals.id = ${change.id}
        and ${change.revision === undefined ? sql`true` : sql`deals.revision = ${change.revision}`}
      for no key update of deals
    ),
    written as (
      update deals
      set title = ${change.title === undefined ? sql`before.title` : sql`${change.title}::text`},
        amount = ${change.amount === undefined ? sql`before.amount` : sql`${change.amount}::bigint`},
        currency = ${change.currency === undefined ? sql`before.currency` : sql`${change.currency}::text`},
        owner_id = ${change.owner_id === undefined ? sql`before.owner_id` : sql`${change.owner_id}::bigint`},
        pipeline_id = ${stage === undefined ? sql`before.pipeline_id` : sql`${stage.pipeline_id}::bigint`},
        stage_id = ${stage === undefined ? sql`before.stage_id` : sql`${stage.id}::bigint`},
        state = ${state},
        lost_reason = case when ${state} = 'lost' then ${change.lost_reason === undefined ? sql`before.lost_reason` : sql`${change.lost_reason}::text`} end,
        expected_on = ${change.expected_on === undefined ? sql`before.expected_on` : sql`${change.expected_on}::date`},
        fields = ${change.fields === undefined ? sql`before.fields` : sql`${JSON.stringify(change.fields)}::jsonb`},
        stale_told = before.stale_told and not ${moved},
        stage_since = case when ${moved} then ${now}::timestamptz else before.stage_since end,
        closed_at = case when ${state} = 'open' then null when before.state = ${state} then before.closed_at else ${now}::timestamptz end,
        revision = before.revision + 1,
        updated_at = ${now}
      from before
      where deals.contact_id = before.contact_id
        and deals.id = before.id
      returning deals.*, before.stage_id as from_stage_id, before.stage as from_stage, before.state as from_state
    )
    ${fromWritten}
  `)
  return written
}

/** Deals to move in, those that moved out; one that stands there already is left as it is. The caller holds the contacts' rows. */
export async function moveDeals(tx: Db, moves: { contact_id: number, id: number, stage: StageInUse }[], now: Date): Promise<WrittenDeal[]> {
  if (moves.length === 0) return []
  return rows<WrittenDeal>(tx, sql`
    with before as (
      select deals.contact_id, deals.id, deals.state, deals.stage_id, stages.name as stage, target.to_stage_id, target.to_pipeline_id, target.to_state
      from unnest(
        ${moves.map(move => move.contact_id)}::bigint[], ${moves.map(move => move.id)}::bigint[],
        ${moves.map(move => move.stage.id)}::bigint[], ${moves.map(move => move.stage.pipeline_id)}::bigint[], ${moves.map(move => move.stage.kind)}::text[]
      ) as target (contact_id, id, to_stage_id, to_pipeline_id, to_state)
      join deals on deals.contact_id = target.contact_id and deals.id = target.id
      join stages on stages.id = deals.stage_id
      where deals.stage_id <> target.to_stage_id
      order by deals.contact_id, deals.id
      for no key update of deals
    ),
    written as (
      update deals
      set pipeline_id = before.to_pipeline_id,
        stage_id = before.to_stage_id,
        state = before.to_state,
        lost_reason = case when before.to_state = 'lost' then deals.lost_reason end,
        stage_since = ${now},
        stale_told = false,
        closed_at = case when before.to_state = 'open' then null when before.state = before.to_state then deals.closed_at else ${now}::timestamptz end,
        revision = deals.revision + 1,
        updated_at = ${now}
      from before
      where deals.contact_id = before.contact_id
        and deals.id = before.id
      returning deals.*, before.stage_id as from_stage_id, before.stage as from_stage, before.state as from_state
    )
    ${fromWritten}
    order by written.id
  `)
}

/** Contact and pipeline ids in, the latest open deal of each pair out, keyed `contact:pipeline`. */
export async function latestOpenDeals(tx: Db, pairs: { contact_id: number, pipeline_id: number }[]): Promise<Map<string, number>> {
  if (pairs.length === 0) return new Map()
  const found = await rows<{ contact_id: number, pipeline_id: number, id: number }>(tx, sql`
    select deals.contact_id, deals.pipeline_id, max(deals.id) as id
    from unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.pipeline_id)}::bigint[]) as wanted (contact_id, pipeline_id)
    join deals on deals.contact_id = wanted.contact_id and deals.pipeline_id = wanted.pipeline_id
    where deals.state = 'open'
    group by deals.contact_id, deals.pipeline_id
  `)
  return new Map(found.map(row => [`${row.contact_id}:${row.pipeline_id}`, row.id]))
}

/** With its lines. */
export async function deleteDeal(tx: Db, contactId: number, id: number): Promise<boolean> {
  await sql`delete from deal_lines where contact_id = ${contactId} and deal_id = ${id}`.execute(tx)
  return (await rows(tx, sql`delete from deals where contact_id = ${contactId} and id = ${id} returning id`)).length > 0
}
