import { sql } from 'kysely'
import type { OrderProperties } from '../../shared/events.ts'
import { toMinor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { addOrderDifferences } from './rollups.sql.ts'
import type { OrderDifference } from './rollups.sql.ts'

export type OrderEvent = { id: number, contact_id: number, type: string, occurred_at: Date, properties: Record<string, unknown>, import_id: number | null, amount: number | null, currency: string | null }
export type Attribution = { message_id: number | null, campaign_id: number | null, journey_id: number | null }
export type OrdersChanged = {
  /** of each order touched, by `contact:order_id` */
  attributions: Map<string, Attribution>
  /** mails whose orders and revenue have to be counted again */
  messages: { contact_id: number, message_id: number }[]
  /** contacts whose rollups changed, with the fields */
  changed: Map<number, string[]>
}
type Options = { currency: string, attributionDays: number }

/**
 * `order.placed`, `order.cancelled` and human clicks in; orders, their lines, their attribution and the rollups follow.
 * An order is what its latest `order.placed` says (by time, then by number of the event), cancelled when no order.placed
 * is later than the cancellation: so corrections, repeats and late arrivals come to the same in any order.
 * A second run changes nothing. The caller holds the contacts.
 */
export async function followOrders(tx: Db, events: OrderEvent[], clicks: { contact_id: number, occurred_at: Date }[], options: Options): Promise<OrdersChanged> {
  const folded = foldOrders(events)
  const written = folded.length === 0 ? [] : await writeOrders(tx, folded)
  await writeLines(tx, written.filter(order => order.new_contents), events)
  const moved = await attribute(tx, written.map(order => order.id), written.map(order => order.contact_id), clicks, options.attributionDays)

  await addOrderDifferences(tx, differences(written, options.currency), options.currency)
  const changed = new Map<number, string[]>()
  for (const order of written) changed.set(order.contact_id, ['field:orders_count', 'field:revenue', 'field:average_order', 'field:first_order_at', 'field:last_order_at', 'field:engagement_score'])
  const messages = new Map<string, { contact_id: number, message_id: number }>()
  const attributions = new Map<string, Attribution>()
  for (const order of moved) {
    attributions.set(`${order.contact_id}:${order.order_id}`, { message_id: order.message_id, campaign_id: order.campaign_id, journey_id: order.journey_id })
    for (const message_id of [order.message_id, order.old_message_id]) {
      if (message_id !== null) messages.set(`${order.contact_id}:${message_id}`, { contact_id: order.contact_id, message_id })
    }
  }
  return { attributions, messages: [...messages.values()], changed }
}

type FoldedOrder = {
  contact_id: number
  order_id: string
  placed_at: Date
  contents: OrderEvent | null
  cancelled_at: Date | null
}

/** The events of one order in the batch as one. Pure. */
export function foldOrders(events: OrderEvent[]): FoldedOrder[] {
  const orders = new Map<string, FoldedOrder>()
  for (const event of events) {
    const order_id = String(event.properties['order_id'] ?? '')
    if (order_id === '') continue
    const key = `${event.contact_id}:${order_id}`
    const order = orders.get(key) ?? { contact_id: event.contact_id, order_id, placed_at: event.occurred_at, contents: null, cancelled_at: null }
    orders.set(key, order)
    if (event.type === 'order.cancelled') {
      if (order.cancelled_at === null || event.occurred_at > order.cancelled_at) order.cancelled_at = event.occurred_at
      // While only cancellations are known the first of them stands for the time.
      if (order.contents === null && event.occurred_at < order.placed_at) order.placed_at = event.occurred_at
      continue
    }
    if (order.contents === null || event.occurred_at < order.placed_at) order.placed_at = event.occurred_at
    if (order.contents === null || isLater(event, order.contents)) order.contents = event
  }
  return [...orders.values()]
}

const isLater = (a: OrderEvent, b: OrderEvent): boolean => a.occurred_at > b.occurred_at || (a.occurred_at.getTime() === b.occurred_at.getTime() && a.id > b.id)

type OrderState = { status: 'placed' | 'cancelled', amount: number, currency: string, placed_at: Date }
type WrittenOrder = OrderState & { contact_id: number, id: number, order_id: string, new_contents: boolean, contents_event_id: number | null, before: OrderState | null }

async function writeOrders(tx: Db, orders: FoldedOrder[]): Promise<WrittenOrder[]> {
  const column = <T>(of: (order: FoldedOrder) => T): T[] => orders.map(of)
  const newer = sql`(orders.contents_at is null or (excluded.contents_at, excluded.contents_event_id) > (orders.contents_at, orders.contents_event_id)) and excluded.contents_at is not null`
  const latestContents = sql`greatest(orders.contents_at, excluded.contents_at)`
  const latestCancelled = sql`greatest(orders.cancelled_at, excluded.cancelled_at)`
  const written = await rows<Omit<WrittenOrder, 'before'> & { old_status: 'placed' | 'cancelled' | null, old_amount: number, old_currency: string, old_placed_at: Date, old_contents_event_id: number | null }>(tx, sql`
    with given as (
      select *
      from unnest(
        ${column(order => order.contact_id)}::bigint[], ${column(order => order.order_id)}::text[], ${column(order => order.placed_at)}::timestamptz[],
        ${column(order => order.contents?.amount ?? 0)}::bigint[], ${column(order => order.contents?.currency ?? 'XXX')}::text[],
        ${column(order => couponOf(order.contents))}::text[], ${column(order => order.contents?.import_id ?? null)}::bigint[],
        ${column(order => order.contents?.occurred_at ?? null)}::timestamptz[], ${column(order => order.contents?.id ?? null)}::bigint[],
        ${column(order => order.cancelled_at)}::timestamptz[]
      ) as given (contact_id, order_id, placed_at, amount, currency, coupon, import_id, contents_at, contents_event_id, cancelled_at)
    ),
    before as materialized (
      select orders.*
      from given
      join orders on orders.contact_id = given.contact_id and orders.order_id = given.order_id
    ),
    written as (
      insert into orders (contact_id, order_id, placed_at, amount, currency, coupon, import_id, contents_at, contents_event_id, cancelled_at, status)
      select contact_id, order_id, placed_at, amount, currency, coupon, import_id, contents_at, contents_event_id, cancelled_at,
        case when cancelled_at >= contents_at or contents_at is null then 'cancelled' else 'placed' end
      from given
      order by contact_id, order_id
      on conflict (contact_id, order_id) do update
      set placed_at = case when (orders.contents_at is null) = (excluded.contents_at is null) then least(orders.placed_at, excluded.placed_at) when orders.contents_at is null then excluded.placed_at else orders.placed_at end,
        amount = case when ${newer} then excluded.amount else orders.amount end,
        currency = case when ${newer} then excluded.currency else orders.currency end,
        coupon = case when ${newer} then excluded.coupon else orders.coupon end,
        import_id = case when ${newer} then excluded.import_id else orders.import_id end,
        contents_event_id = case when ${newer} then excluded.contents_event_id else orders.contents_event_id end,
        contents_at = ${latestContents},
        cancelled_at = ${latestCancelled},
        status = case when ${latestContents} is null or ${latestCancelled} >= ${latestContents} then 'cancelled' else 'placed' end
      returning *
    )
    select written.contact_id, written.id, written.order_id, written.status, written.amount, written.currency, written.placed_at, written.contents_event_id,
      written.contents_event_id is distinct from before.contents_event_id as new_contents,
      before.status as old_status, before.amount as old_amount, before.currency as old_currency, before.placed_at as old_placed_at
    from written
    left join before on before.contact_id = written.contact_id and before.id = written.id
  `)
  return written.map(({ old_status, old_amount, old_currency, old_placed_at, ...order }) => ({
    ...order,
    before: old_status === null ? null : { status: old_status, amount: old_amount, currency: old_currency, placed_at: old_placed_at },
  }))
}

const couponOf = (event: OrderEvent | null): string | null => {
  const coupon = event?.properties['coupon']
  return typeof coupon === 'string' && coupon !== '' ? coupon : null
}

/** The lines of orders with new contents, and the products they name. */
async function writeLines(tx: Db, orders: WrittenOrder[], events: OrderEvent[]): Promise<void> {
  if (orders.length === 0) return
  const byId = new Map(events.map(event => [event.id, event]))
  const lines = orders.flatMap(order => {
    const event = order.contents_event_id === null ? undefined : byId.get(order.contents_event_id)
    const items = event?.properties['items']
    return !Array.isArray(items) ? [] : (items as OrderProperties['items']).map((item, index) => ({
      contact_id: order.contact_id, order_id: order.id, line_number: index + 1, currency: order.currency, occurred_at: event!.occurred_at,
      sku: item.sku || null, name: item.name || null, category: item.category || null,
      price: typeof item.price === 'number' ? toMinor(item.price, order.currency) : null,
      quantity: item.quantity ?? 1,
    }))
  })
  const replaced = orders.filter(order => order.before !== null)
  if (replaced.length > 0) {
    await sql`
      delete from order_lines
      using unnest(${replaced.map(order => order.contact_id)}::bigint[], ${replaced.map(order => order.id)}::bigint[]) as replaced (contact_id, order_id)
      where order_lines.contact_id = replaced.contact_id
        and order_lines.order_id = replaced.order_id
    `.execute(tx)
  }
  if (lines.length === 0) return
  await sql`
    insert into order_lines (contact_id, order_id, line_number, sku, name, category, price, quantity)
    select *
    from unnest(
      ${lines.map(line => line.contact_id)}::bigint[], ${lines.map(line => line.order_id)}::bigint[], ${lines.map(line => line.line_number)}::integer[],
      ${lines.map(line => line.sku)}::text[], ${lines.map(line => line.name)}::text[], ${lines.map(line => line.category)}::text[],
      ${lines.map(line => line.price)}::bigint[], ${lines.map(line => line.quantity)}::numeric[]
    )
  `.execute(tx)
  await writeProducts(tx, lines)
}

/** The catalogue as orders know it: the latest name, category and price of each product. */
async function writeProducts(tx: Db, lines: { sku: string | null, name: string | null, category: string | null, price: number | null, currency: string, occurred_at: Date }[]): Promise<void> {
  const latest = new Map<string, typeof lines[number]>()
  for (const line of lines) {
    if (line.sku === null) continue
    const known = latest.get(line.sku)
    if (known === undefined || line.occurred_at >= known.occurred_at) latest.set(line.sku, line)
  }
  const products = [...latest.values()]
  if (products.length === 0) return
  // Locking in one order, and only what really changes: popular products are in everybody's batches.
  await sql`
    insert into products (sku, name, category, price, currency, updated_at)
    select given.*
    from unnest(
      ${products.map(line => line.sku)}::text[], ${products.map(line => line.name ?? line.sku)}::text[], ${products.map(line => line.category)}::text[],
      ${products.map(line => line.price)}::bigint[], ${products.map(line => line.currency)}::text[], ${products.map(line => line.occurred_at)}::timestamptz[]
    ) as given (sku, name, category, price, currency, occurred_at)
    left join products known on known.sku = given.sku
    where known.sku is null
       or (known.updated_at <= given.occurred_at and (known.name, known.category, known.price, known.currency) is distinct from (given.name, coalesce(given.category, known.category), coalesce(given.price, known.price), given.currency))
    order by given.sku
    on conflict (sku) do update
    set name = excluded.name, category = coalesce(excluded.category, products.category), price = coalesce(excluded.price, products.price),
      currency = excluded.currency, updated_at = excluded.updated_at
    where products.updated_at <= excluded.updated_at
  `.execute(tx)
}

type AttributedOrder = Attribution & { contact_id: number, order_id: string, old_message_id: number | null }

/**
 * Gives the orders, and those placed within the window after one of the clicks, to the last mail a person clicked
 * within the window before. Returns all of them with what they have now and had before.
 */
async function attribute(tx: Db, orderIds: number[], contactIds: number[], clicks: { contact_id: number, occurred_at: Date }[], days: number): Promise<AttributedOrder[]> {
  if (orderIds.length === 0 && clicks.length === 0) return []
  return rows<AttributedOrder>(tx, sql`
    with touched as materialized (
      select orders.contact_id, orders.id, orders.order_id, orders.placed_at, orders.message_id as old_message_id
      from unnest(${contactIds}::bigint[], ${orderIds}::bigint[]) as given (contact_id, id)
      join orders on orders.contact_id = given.contact_id and orders.id = given.id
      union
      select orders.contact_id, orders.id, orders.order_id, orders.placed_at, orders.message_id
      from unnest(${clicks.map(click => click.contact_id)}::bigint[], ${clicks.map(click => click.occurred_at)}::timestamptz[]) as click (contact_id, occurred_at)
      join orders on orders.contact_id = click.contact_id and orders.placed_at >= click.occurred_at and orders.placed_at <= click.occurred_at + ${days} * interval '1 day'
    ),
    attributed as materialized (
      select touched.*, click.message_id, click.campaign_id, click.journey_id
      from touched
      left join lateral (
        select events.message_id, events.campaign_id, events.journey_id
        from events
        where events.contact_id = touched.contact_id
          and events.type = 'email.clicked'
          and not events.is_machine
          and events.message_id is not null
          and events.occurred_at >= touched.placed_at - ${days} * interval '1 day'
          and events.occurred_at <= touched.placed_at
        order by events.occurred_at desc, events.id desc
        limit 1
      ) click on true
    ),
    moved as (
      update orders
      set message_id = attributed.message_id, campaign_id = attributed.campaign_id, journey_id = attributed.journey_id
      from attributed
      where orders.contact_id = attributed.contact_id
        and orders.id = attributed.id
        and orders.message_id is distinct from attributed.message_id
      returning orders.id
    )
    select contact_id, order_id, message_id, campaign_id, journey_id, old_message_id
    from attributed
  `)
}

/** What the orders add to and take from the rollups of their contacts. Pure. */
export function differences(orders: Pick<WrittenOrder, 'contact_id' | 'status' | 'amount' | 'currency' | 'placed_at' | 'before'>[], currency: string): OrderDifference[] {
  const byContact = new Map<number, OrderDifference>()
  const worth = (order: OrderState | null): number => order?.status === 'placed' && order.currency === currency ? order.amount : 0
  for (const order of orders) {
    const difference = byContact.get(order.contact_id) ?? { contact_id: order.contact_id, orders: 0, revenue: 0, first_order_at: null, last_order_at: null, placed: [], look_again: false }
    byContact.set(order.contact_id, difference)
    const was = order.before?.status === 'placed'
    const is = order.status === 'placed'
    difference.orders += Number(is) - Number(was)
    difference.revenue += worth(order) - worth(order.before)
    if (is) {
      if (difference.first_order_at === null || order.placed_at < difference.first_order_at) difference.first_order_at = order.placed_at
      if (difference.last_order_at === null || order.placed_at > difference.last_order_at) difference.last_order_at = order.placed_at
    }
    if (is && !was) difference.placed.push(order.placed_at)
    if (was && (!is || order.placed_at.getTime() !== order.before!.placed_at.getTime())) difference.look_again = true
  }
  return [...byContact.values()]
}

/**
 * Contacts in; orders that differ from what follows from all their events out, in the form of rollup differences.
 * Changes nothing: what it writes to find out is undone.
 */
export async function compareOrders(tx: Db, contactIds: number[], options: Options): Promise<{ contact_id: number, kept: Record<string, unknown>, found: Record<string, unknown> }[]> {
  const read = (): Promise<{ contact_id: number, orders: unknown }[]> => rows(tx, sql`
    select orders.contact_id, jsonb_agg(to_jsonb(orders) - 'id' || jsonb_build_object('lines',
      (select coalesce(jsonb_agg(to_jsonb(order_lines) - 'order_id' order by line_number), '[]') from order_lines where order_lines.contact_id = orders.contact_id and order_lines.order_id = orders.id)
    ) order by orders.order_id) as orders
    from orders
    where orders.contact_id = any(${contactIds}::bigint[])
    group by orders.contact_id
  `)
  await sql`savepoint comparing_orders`.execute(tx)
  const kept = new Map((await read()).map(row => [row.contact_id, row.orders]))
  await rewriteOrders(tx, contactIds, options)
  const found = new Map((await read()).map(row => [row.contact_id, row.orders]))
  await sql`rollback to savepoint comparing_orders`.execute(tx)
  return [...new Set([...kept.keys(), ...found.keys()])]
    .filter(id => JSON.stringify(kept.get(id)) !== JSON.stringify(found.get(id)))
    .map(contact_id => ({ contact_id, kept: { orders: kept.get(contact_id) ?? [] }, found: { orders: found.get(contact_id) ?? [] } }))
}

/**
 * Contacts in; their orders made anew from all their events (after events were taken away, or to prove that they are
 * right). The rollups are not touched: rewriteRollups. The caller holds the contacts.
 */
export async function rewriteOrders(tx: Db, contactIds: number[], options: Options): Promise<OrdersChanged['messages']> {
  const events = await rows<OrderEvent>(tx, sql`
    select id, contact_id, type, occurred_at, properties, import_id, amount, currency
    from events
    where contact_id = any(${contactIds}::bigint[])
      and type in ('order.placed', 'order.cancelled')
  `)
  const before = await rows<{ contact_id: number, message_id: number }>(tx, sql`
    with gone as (
      delete from orders
      where contact_id = any(${contactIds}::bigint[])
      returning contact_id, message_id
    )
    select distinct contact_id, message_id
    from gone
    where message_id is not null
  `)
  const folded = foldOrders(events)
  const written = folded.length === 0 ? [] : await writeOrders(tx, folded)
  await writeLines(tx, written, events)
  const after = await attribute(tx, written.map(order => order.id), written.map(order => order.contact_id), [], options.attributionDays)
  const messages = [...before, ...after.flatMap(order => order.message_id === null ? [] : { contact_id: order.contact_id, message_id: order.message_id })]
  return [...new Map(messages.map(one => [`${one.contact_id}:${one.message_id}`, one])).values()]
}
