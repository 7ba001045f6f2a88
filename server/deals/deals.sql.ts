import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Deal, DealState, DealSums } from '../../shared/deals.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

export type DealFilter = { pipeline?: number | undefined, stage?: number | undefined, owner?: number | null | undefined, state?: DealState | undefined, contact?: number | undefined, search?: string | undefined }
type Found = Omit<Deal, 'created_at' | 'stage_since' | 'closed_at' | 'updated_at'> & { created_at: Date, stage_since: Date, closed_at: Date | null, updated_at: Date }

const columns = sql`
  deals.id, deals.revision, jsonb_build_object('id', c.id, 'name', ${contactName('c')}, 'email', c.email) as contact, deals.title, deals.amount, deals.currency,
  jsonb_build_object('id', pipelines.id, 'name', pipelines.name) as pipeline, jsonb_build_object('id', stages.id, 'name', stages.name, 'kind', stages.kind) as stage,
  deals.state, case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner, deals.source, deals.lost_reason,
  deals.created_at, deals.stage_since, deals.closed_at, deals.updated_at`
const joined = sql`
  deals
  join contacts c on c.id = deals.contact_id
  join pipelines on pipelines.id = deals.pipeline_id
  join stages on stages.id = deals.stage_id
  left join users on users.id = deals.owner_id`

function fitting({ pipeline, stage, owner, state, contact, search }: DealFilter): RawBuilder<unknown> {
  const typed = search?.toWellFormed().replaceAll('\u0000', '').trim().toLowerCase()
  return sql.join([
    sql`true`,
    ...(pipeline === undefined ? [] : [sql`deals.pipeline_id = ${pipeline}`]),
    ...(stage === undefined ? [] : [sql`deals.stage_id = ${stage}`]),
    ...(owner === undefined ? [] : owner === null ? [sql`deals.owner_id is null`] : [sql`deals.owner_id = ${owner}`]),
    ...(state === undefined ? [] : [sql`deals.state = ${state}`]),
    ...(contact === undefined ? [] : [sql`deals.contact_id = ${contact}`]),
    ...(typed ? [sql`lower(deals.title) like ${`%${typed.replace(/[\\%_]/g, '\\$&')}%`}`] : []),
  ], sql` and `)
}

/** The newest first, before the given number. */
export async function listDeals(db: Db, filter: DealFilter, limit: number, before: number | undefined): Promise<{ deals: Deal[], next: number | null }> {
  const found = await rows<Found>(db, sql`
    select ${columns}
    from ${joined}
    where ${fitting(filter)}
      and ${before === undefined ? sql`true` : sql`deals.id < ${before}`}
    order by deals.id desc
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  return { deals: page.map(present), next: found.length > limit ? page.at(-1)!.id : null }
}

export async function findDeal(db: Db, id: number): Promise<Deal | undefined> {
  const found = await maybeOne<Found>(db, sql`select ${columns} from ${joined} where deals.id = ${id}`)
  return found && present(found)
}

/** How many deals fit and what they come to, by stage. */
export async function sumDeals(db: Db, filter: DealFilter): Promise<DealSums['data']> {
  const found = await rows<{ stage_id: number, currency: string, deals: number, amount: number }>(db, sql`
    select deals.stage_id, deals.currency, count(*) as deals, coalesce(sum(deals.amount), 0)::bigint as amount
    from deals
    where ${fitting(filter)}
    group by deals.stage_id, deals.currency
    order by deals.stage_id, deals.currency
  `)
  return [...Map.groupBy(found, row => row.stage_id)].map(([stage_id, group]) => ({
    stage_id,
    deals: group.reduce((sum, row) => sum + row.deals, 0),
    amounts: group.map(({ currency, amount }) => ({ currency, amount: toMajor(amount, currency) })),
  }))
}

/** The contact of a deal, which is held before the deal is changed. */
export async function contactOfDeal(db: Db, id: number): Promise<number | undefined> {
  return (await maybeOne<{ contact_id: number }>(db, sql`select contact_id from deals where id = ${id}`))?.contact_id
}

/** Deals standing at a stage, some at a time. */
export async function dealsAtStage(db: Db, stageId: number, limit: number): Promise<{ contact_id: number, id: number }[]> {
  return rows(db, sql`select contact_id, id from deals where stage_id = ${stageId} order by id limit ${limit}`)
}

function present(found: Found): Deal {
  return {
    ...found,
    amount: found.amount === null ? null : toMajor(found.amount, found.currency),
    created_at: found.created_at.toISOString(), stage_since: found.stage_since.toISOString(),
    closed_at: found.closed_at?.toISOString() ?? null, updated_at: found.updated_at.toISOString(),
  }
}
