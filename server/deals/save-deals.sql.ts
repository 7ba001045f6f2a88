import { sql } from 'kysely'
import type { DealState } from '../../shared/deals.ts'
import type { DealLineBody } from '../../shared/deal-lines.ts'
import { toMinor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { KnownProduct } from './check-deal.ts'

/** All of a deal that a save may write; `id` null: not made yet. */
export type DealRow = {
  contact_id: number, id: number | null, company_id: number | null, pipeline_id: number, stage_id: number, state: DealState, title: string, amount: number | null, currency: string
  owner_id: number | null, source: string, source_key: string, lost_reason: string | null, expected_on: string | null, stale_told: boolean, created_at: Date, stage_since: Date, closed_at: Date | null
}
export type HeldDeal = DealRow & { id: number, revision: number, stage: string, has_lines: boolean, source_key: string }

/** Two saves from one source take turns, so that a number of the source makes one deal. */
export async function holdDealSource(tx: Db, source: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`deals:${source}`}, 0))`.execute(tx)
}

/** Whose deals these are, before their contacts are held. */
export async function contactsOfSourceKeys(db: Db, keys: string[]): Promise<number[]> {
  return (await rows<{ contact_id: number }>(db, sql`select distinct contact_id from deals where source_key = any(${keys}::text[])`)).map(row => row.contact_id)
}

/** Deals of a source by their keys, held; the caller holds their contacts. */
export async function heldDeals(tx: Db, keys: string[]): Promise<Map<string, HeldDeal>> {
  const found = await rows<HeldDeal>(tx, sql`
    select deals.contact_id, deals.id, deals.revision, deals.company_id, deals.pipeline_id, deals.stage_id, stages.name as stage, deals.state, deals.title, deals.amount, deals.currency, deals.owner_id, deals.source, deals.source_key,
      deals.lost_reason, deals.expected_on::text, deals.stale_told, deals.created_at, deals.stage_since, deals.closed_at,
      exists (select from deal_lines where deal_lines.contact_id = deals.contact_id and deal_lines.deal_id = deals.id) as has_lines
    from deals
    join stages on stages.id = deals.stage_id
    where deals.source_key = any(${keys}::text[])
    order by deals.contact_id, deals.id
    for no key update of deals
  `)
  return new Map(found.map(deal => [deal.source_key, deal]))
}

/** Deals in, the same with their numbers out, in their order: those without one are made, the others written over. The caller holds them and their contacts. */
export async function writeDealRows<Row extends DealRow>(tx: Db, deals: Row[], now: Date): Promise<(Row & { id: number })[]> {
  if (deals.length === 0) return []
  const column = <T>(of: (deal: DealRow) => T): T[] => deals.map(of)
  const written = await rows<{ id: number, source_key: string }>(tx, sql`
    with given as (
      select *
      from unnest(
        ${column(deal => deal.contact_id)}::bigint[], ${column(deal => deal.id)}::bigint[], ${column(deal => deal.company_id)}::bigint[], ${column(deal => deal.pipeline_id)}::bigint[], ${column(deal => deal.stage_id)}::bigint[],
        ${column(deal => deal.state)}::text[], ${column(deal => deal.title)}::text[], ${column(deal => deal.amount)}::bigint[], ${column(deal => deal.currency)}::text[], ${column(deal => deal.owner_id)}::bigint[],
        ${column(deal => deal.source)}::text[], ${column(deal => deal.source_key)}::text[], ${column(deal => deal.lost_reason)}::text[], ${column(deal => deal.expected_on)}::date[], ${column(deal => deal.stale_told)}::boolean[],
        ${column(deal => deal.created_at)}::timestamptz[], ${column(deal => deal.stage_since)}::timestamptz[], ${column(deal => deal.closed_at)}::timestamptz[]
      ) with ordinality as given (contact_id, id, company_id, pipeline_id, stage_id, state, title, amount, currency, owner_id, source, source_key, lost_reason, expected_on, stale_told, created_at, stage_since, closed_at, place)
    ),
    made as (
      insert into deals (contact_id, company_id, pipeline_id, stage_id, state, title, amount, currency, owner_id, source, source_key, lost_reason, expected_on, stale_told, created_at, stage_since, closed_at, updated_at)
      select contact_id, company_id, pipeline_id, stage_id, state, title, amount, currency, owner_id, source, source_key, lost_reason, expected_on, stale_told, created_at, stage_since, closed_at, ${now}::timestamptz
      from given
      where id is null
      order by place
      returning id, source_key
    ),
    changed as (
      update deals
      set company_id = given.company_id, pipeline_id = given.pipeline_id, stage_id = given.stage_id, state = given.state, title = given.title, amount = given.amount, currency = given.currency,
        owner_id = given.owner_id, lost_reason = given.lost_reason, expected_on = given.expected_on, stale_told = given.stale_told, created_at = given.created_at,
        stage_since = given.stage_since, closed_at = given.closed_at, revision = deals.revision + 1, updated_at = ${now}::timestamptz
      from given
      where deals.contact_id = given.contact_id
        and deals.id = given.id
      returning deals.id, deals.source_key
    )
    select id, source_key from made
    union all
    select id, source_key from changed
  `)
  const ids = new Map(written.map(deal => [deal.source_key, deal.id]))
  return deals.map(deal => ({ ...deal, id: ids.get(deal.source_key)! }))
}

export type LinesOfDeal = { contact_id: number, id: number, currency: string, lines: DealLineBody[] }

/** The lines of these deals as they shall be, in their order. A second run writes the same. */
export async function writeLines(tx: Db, deals: LinesOfDeal[]): Promise<void> {
  if (deals.length === 0) return
  const lines = deals.flatMap(({ contact_id, id, currency, lines: own }) => own.map((line, index) => ({ ...line, contact_id, deal_id: id, currency, position: index + 1 })))
  const column = <T>(of: (line: typeof lines[number]) => T): T[] => lines.map(of)
  await sql`
    delete from deal_lines
    using unnest(${deals.map(deal => deal.contact_id)}::bigint[], ${deals.map(deal => deal.id)}::bigint[]) as gone (contact_id, deal_id)
    where deal_lines.contact_id = gone.contact_id
      and deal_lines.deal_id = gone.deal_id
  `.execute(tx)
  await sql`
    insert into deal_lines (contact_id, deal_id, position, product_id, name, quantity, price, discount_percent, discount)
    select *
    from unnest(
      ${column(line => line.contact_id)}::bigint[], ${column(line => line.deal_id)}::bigint[], ${column(line => line.position)}::integer[], ${column(line => line.product_id)}::bigint[], ${column(line => line.name)}::text[],
      ${column(line => line.quantity)}::numeric[], ${column(line => toMinor(line.price, line.currency))}::bigint[], ${column(line => line.discount_percent)}::numeric[],
      ${column(line => line.discount === null ? null : toMinor(line.discount, line.currency))}::bigint[]
    )
  `.execute(tx)
}

/** `product`: the code in the catalogue; null: the line is of nothing there. Money in minor units. */
export type KeptLine = { product: string | null, quantity: number, price: number, discount_percent: number | null, discount: number | null }
export type KeyedDeal = { id: number, contact_id: number, source_key: string, currency: string, /** the row itself */ values: Record<string, unknown>, lines: KeptLine[] }

/** Deals by their keys or numbers with their lines, as they are now. */
export async function keyedDeals(db: Db, { keys = [], ids = [] }: { keys?: string[], ids?: number[] }): Promise<KeyedDeal[]> {
  return rows<KeyedDeal>(db, sql`
    select deals.id, deals.contact_id, deals.source_key, deals.currency, to_jsonb(deals) as values,
      (select coalesce(jsonb_agg(jsonb_build_object('product', products.sku, 'quantity', line.quantity, 'price', line.price, 'discount_percent', line.discount_percent, 'discount', line.discount) order by line.position), '[]')
        from deal_lines line
        left join products on products.id = line.product_id
        where line.contact_id = deals.contact_id
          and line.deal_id = deals.id) as lines
    from deals
    where deals.source_key = any(${keys}::text[])
       or deals.id = any(${ids}::bigint[])
  `)
}

/** Those whose code or name is asked for (in small letters). */
export async function productsNamed(db: Db, names: string[]): Promise<Map<string, KnownProduct>> {
  if (names.length === 0) return new Map()
  const found = await rows<KnownProduct>(db, sql`
    select id, sku, name, price, currency
    from products
    where lower(sku) = any(${names}::text[])
       or lower(name) = any(${names}::text[])
    order by id desc
  `)
  // A code is surer than a name.
  return new Map([...found.map(product => [product.name.toLowerCase(), product] as const), ...found.map(product => [product.sku.toLowerCase(), product] as const)])
}

/** Staff by small letters of email, and all their numbers. */
export async function staffByEmail(db: Db): Promise<Map<string, number>> {
  return new Map((await rows<{ email: string, id: number }>(db, sql`select lower(email) as email, id from users`)).map(user => [user.email, user.id]))
}
