import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Deal, DealState, DealSums, DealWithLines } from '../../shared/deals.ts'
import type { DealLine } from '../../shared/deal-lines.ts'
import { lineTotal } from '../../shared/deal-lines.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'
import { inMajor } from '../conditions/related-leaf.sql.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { dealsThatPassed } from './stage-passages.sql.ts'
import type { Passage } from './stage-passages.sql.ts'

export type DealFilter = { [Name in keyof Passage]?: Passage[Name] | undefined } & {
  pipeline?: number | undefined, stage?: number | undefined, owner?: number | null | undefined, state?: DealState | undefined, contact?: number | undefined, search?: string | undefined,
  stale?: 'yes' | undefined, next_step?: 'none' | 'overdue' | undefined, expected_from?: string | undefined, expected_to?: string | undefined, expected?: 'none' | undefined, /** per cent */ probability_from?: number | undefined,
  closed_from?: string | undefined, closed_to?: string | undefined, currency?: string | undefined, lost_reason?: string | undefined,
  /** major units */ amount_from?: number | undefined, amount_to?: number | undefined
}
type Found = Omit<Deal, 'next_step' | 'created_at' | 'stage_since' | 'closed_at' | 'updated_at'> & { created_at: Date, stage_since: Date, closed_at: Date | null, updated_at: Date, step_id: number | null, step_title: string | null, step_due_at: Date | null }

const isStale = (now: Date) => sql`(deals.state = 'open' and deals.stage_since < ${now}::timestamptz - make_interval(days => stages.stale_days)) is true`
const columns = (now: Date) => sql`
  deals.id, deals.revision, jsonb_build_object('id', c.id, 'name', ${contactName('c')}, 'email', c.email) as contact, deals.title, deals.amount, deals.currency,
  jsonb_build_object('id', pipelines.id, 'name', pipelines.name) as pipeline, jsonb_build_object('id', stages.id, 'name', stages.name, 'kind', stages.kind) as stage,
  deals.state, case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner, deals.source, deals.lost_reason, deals.fields,
  deals.expected_on::text, ${isStale(now)} as stale, step.id as step_id, step.title as step_title, step.due_at as step_due_at,
  deals.created_at, deals.stage_since, deals.closed_at, deals.updated_at`
const joined = sql`
  deals
  join contacts c on c.id = deals.contact_id
  join pipelines on pipelines.id = deals.pipeline_id
  join stages on stages.id = deals.stage_id
  left join users on users.id = deals.owner_id
  left join lateral (
    select tasks.id, tasks.title, tasks.due_at
    from tasks
    where tasks.contact_id = deals.contact_id
      and tasks.deal_id = deals.id
      and tasks.done_at is null
    order by tasks.due_at, tasks.id
    limit 1
  ) as step on true`
const companyZone = sql`coalesce((select value ->> 'time_zone' from settings where key = 'company'), 'UTC')`
const openTask = sql`select from tasks where tasks.contact_id = deals.contact_id and tasks.deal_id = deals.id and tasks.done_at is null`
const major = inMajor(sql`deals.amount`, sql`deals.currency`)

/** Asks `deals` joined with `stages`. */
function fitting(filter: DealFilter, now: Date): RawBuilder<unknown> {
  const { pipeline, stage, owner, state, contact, search, stale, next_step, expected_from, expected_to, expected, probability_from, closed_from, closed_to, currency, lost_reason, amount_from, amount_to, passed, ...passage } = filter
  const typed = search?.toWellFormed().replaceAll('\u0000', '').trim().toLowerCase()
  return sql.join([
    sql`true`,
    ...(pipeline === undefined ? [] : [sql`deals.pipeline_id = ${pipeline}`]),
    ...(stage === undefined ? [] : [sql`deals.stage_id = ${stage}`]),
    ...(owner === undefined ? [] : owner === null ? [sql`deals.owner_id is null`] : [sql`deals.owner_id = ${owner}`]),
    ...(state === undefined ? [] : [sql`deals.state = ${state}`]),
    ...(contact === undefined ? [] : [sql`deals.contact_id = ${contact}`]),
    ...(stale === undefined ? [] : [isStale(now)]),
    ...(next_step === undefined ? [] : next_step === 'none' ? [sql`not exists (${openTask})`] : [sql`exists (${openTask} and tasks.due_at < ${now}::timestamptz)`]),
    ...(expected_from === undefined ? [] : [sql`deals.expected_on >= ${expected_from}::date`]),
    ...(expected_to === undefined ? [] : [sql`deals.expected_on <= ${expected_to}::date`]),
    ...(expected === undefined ? [] : [sql`deals.expected_on is null`]),
    ...(probability_from === undefined ? [] : [sql`stages.probability >= ${probability_from}`]),
    ...(passed === undefined ? [] : [sql`(deals.contact_id, deals.id) in (${dealsThatPassed({ ...passage, passed }, companyZone)})`]),
    ...(closed_from === undefined ? [] : [sql`deals.closed_at >= ${closed_from}::date::timestamp at time zone ${companyZone}`]),
    ...(closed_to === undefined ? [] : [sql`deals.closed_at < (${closed_to}::date + 1)::timestamp at time zone ${companyZone}`]),
    ...(currency === undefined ? [] : [sql`deals.currency = ${currency}`]),
    ...(lost_reason === undefined ? [] : [lost_reason === '-' ? sql`coalesce(deals.lost_reason, '') = ''` : sql`deals.lost_reason = ${lost_reason}`]),
    ...(amount_from === undefined ? [] : [sql`${major} >= ${amount_from}::numeric`]),
    ...(amount_to === undefined ? [] : [sql`${major} <= ${amount_to}::numeric`]),
    ...(typed ? [sql`lower(deals.title) like ${`%${typed.replace(/[\\%_]/g, '\\$&')}%`}`] : []),
  ], sql` and `)
}

/** The newest first, before the given number. */
export async function listDeals(db: Db, filter: DealFilter, limit: number, before: number | undefined, now: Date): Promise<{ deals: Deal[], next: number | null }> {
  const found = await rows<Found>(db, sql`
    select ${columns(now)}
    from ${joined}
    where ${fitting(filter, now)}
      and ${before === undefined ? sql`true` : sql`deals.id < ${before}`}
    order by deals.id desc
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  return { deals: page.map(present), next: found.length > limit ? page.at(-1)!.id : null }
}

export async function findDeal(db: Db, id: number, now: Date): Promise<DealWithLines | undefined> {
  const found = await maybeOne<Found>(db, sql`select ${columns(now)} from ${joined} where deals.id = ${id}`)
  return found && { ...present(found), company: await companyOf(db, found), lines: await linesOf(db, found) }
}

async function companyOf(db: Db, { id, contact }: Found): Promise<DealWithLines['company']> {
  return await maybeOne<{ id: number, name: string }>(db, sql`
    select companies.id, companies.name
    from deals
    join contacts c on c.id = deals.contact_id
    join companies on companies.id = coalesce(deals.company_id, c.company_id)
    where deals.contact_id = ${contact.id}
      and deals.id = ${id}
  `) ?? null
}

async function linesOf(db: Db, { id, contact, currency }: Found): Promise<DealLine[]> {
  const found = await rows<Omit<DealLine, 'total'>>(db, sql`
    select id, product_id, name, quantity::float8, price, discount_percent::float8, discount
    from deal_lines
    where contact_id = ${contact.id}
      and deal_id = ${id}
    order by position, id
  `)
  return found.map((row) => {
    const line = { ...row, price: toMajor(row.price, currency), discount: row.discount === null ? null : toMajor(row.discount, currency) }
    return { ...line, total: toMajor(lineTotal(line, currency), currency) }
  })
}

/** How many deals fit and what they come to, by stage; weighted by how likely each stage is. */
export async function sumDeals(db: Db, filter: DealFilter, now: Date): Promise<DealSums['data']> {
  const found = await rows<{ stage_id: number, currency: string, deals: number, amount: number, weighted: number }>(db, sql`
    select deals.stage_id, deals.currency, count(*) as deals, coalesce(sum(deals.amount), 0)::bigint as amount,
      round(coalesce(sum(deals.amount * stages.probability), 0) / 100.0)::bigint as weighted
    from deals
    join stages on stages.id = deals.stage_id
    where ${fitting(filter, now)}
    group by deals.stage_id, deals.currency
    order by deals.stage_id, deals.currency
  `)
  return [...Map.groupBy(found, row => row.stage_id)].map(([stage_id, group]) => ({
    stage_id,
    deals: group.reduce((sum, row) => sum + row.deals, 0),
    amounts: group.map(({ currency, amount, weighted }) => ({ currency, amount: toMajor(amount, currency), weighted: toMajor(weighted, currency) })),
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

function present({ step_id, step_title, step_due_at, ...found }: Found): Deal {
  return {
    ...found,
    next_step: step_id === null ? null : { id: step_id, title: step_title!, due_at: step_due_at?.toISOString() ?? null },
    amount: found.amount === null ? null : toMajor(found.amount, found.currency),
    created_at: found.created_at.toISOString(), stage_since: found.stage_since.toISOString(),
    closed_at: found.closed_at?.toISOString() ?? null, updated_at: found.updated_at.toISOString(),
  }
}
