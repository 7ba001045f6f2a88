import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { knownEvents } from '../../shared/events.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { ProcessedEvent } from './processed-event.ts'
import { changesRollups } from './rollup-fields.ts'

/** Known types that are no acts of the person; custom types are. */
const notByPerson = Object.entries(knownEvents).filter(([, { person }]) => !person).map(([type]) => type)

type Rollup = { column: string, value: RawBuilder<unknown>, merge: 'add' | 'latest' | 'earliest' }
const count = (column: string, where: RawBuilder<unknown>): Rollup => ({ column, value: sql`count(*) filter (where ${where})`, merge: 'add' })
const latest = (column: string, where: RawBuilder<unknown>): Rollup => ({ column, value: sql`max(e.occurred_at) filter (where ${where})`, merge: 'latest' })
const opened = sql`e.type = 'email.opened'`
const clicked = sql`e.type = 'email.clicked'`
const byPerson = sql`not e.is_machine and not (e.type = any(${sql.lit(`{${notByPerson.join(',')}}`)}::text[]))`

/** How each rollup follows from events `e` of one contact: the one definition, for new events and for all of them. */
const rollups: Rollup[] = [
  count('mails_sent', sql`e.type = 'email.sent'`),
  latest('last_mail_at', sql`e.type = 'email.sent'`),
  count('opens', sql`${opened} and not e.is_machine`),
  count('machine_opens', sql`${opened} and e.is_machine`),
  latest('last_open_at', sql`${opened} and not e.is_machine`),
  count('clicks', sql`${clicked} and not e.is_machine`),
  count('machine_clicks', sql`${clicked} and e.is_machine`),
  latest('last_click_at', sql`${clicked} and not e.is_machine`),
  latest('last_visit_at', sql`e.type = 'page.viewed' and not e.is_machine`),
  latest('subscribed_at', sql`e.type = 'subscription.confirmed'`),
  latest('unsubscribed_at', sql`e.type = 'subscription.withdrawn'`),
  latest('bounced_at', sql`e.type = 'email.bounced'`),
  latest('complained_at', sql`e.type = 'email.complained'`),
  count('events_count', byPerson),
  { column: 'first_event_at', value: sql`min(e.occurred_at) filter (where ${byPerson})`, merge: 'earliest' },
  latest('last_event_at', byPerson),
]
const columns = sql.join(rollups.map(rollup => sql.ref(rollup.column)))
const values = sql.join(rollups.map(rollup => rollup.value))

/** Orders of one contact `o`; revenue is that in the company's currency. */
const orderRollups = (currency: string): Rollup[] => [
  { column: 'orders_count', value: sql`count(*) filter (where o.status = 'placed')`, merge: 'add' },
  { column: 'revenue', value: sql`coalesce(sum(o.amount) filter (where o.status = 'placed' and o.currency = ${currency}), 0)::bigint`, merge: 'add' },
  { column: 'first_order_at', value: sql`min(o.placed_at) filter (where o.status = 'placed')`, merge: 'earliest' },
  { column: 'last_order_at', value: sql`max(o.placed_at) filter (where o.status = 'placed')`, merge: 'latest' },
]

const merged = (rollup: Rollup): RawBuilder<unknown> => {
  const kept = sql.ref(`contact_rollups.${rollup.column}`)
  const added = sql.ref(`excluded.${rollup.column}`)
  const both = rollup.merge === 'add' ? sql`${kept} + ${added}` : rollup.merge === 'latest' ? sql`greatest(${kept}, ${added})` : sql`least(${kept}, ${added})`
  return sql`${sql.ref(rollup.column)} = ${both}`
}

/**
 * New events in; what they add to the rollups of their contacts is written, and new contacts get their row, empty as yet.
 * The caller holds the contacts.
 */
export async function addToRollups(tx: Db, happened: Pick<ProcessedEvent, 'contact_id' | 'type' | 'occurred_at' | 'is_machine'>[]): Promise<void> {
  const created = happened.filter(event => event.type === 'contact.created').map(event => event.contact_id)
  if (created.length > 0) {
    await sql`
      insert into contact_rollups (contact_id)
      select distinct contact_id
      from unnest(${created}::bigint[]) as created (contact_id)
      order by contact_id
      on conflict do nothing
    `.execute(tx)
  }
  const events = happened.filter(changesRollups)
  if (events.length === 0) return
  await sql`
    insert into contact_rollups (contact_id, ${columns})
    select e.contact_id, ${values}
    from unnest(
      ${events.map(event => event.contact_id)}::bigint[], ${events.map(event => event.type)}::text[],
      ${events.map(event => event.occurred_at)}::timestamptz[], ${events.map(event => event.is_machine)}::boolean[]
    ) as e (contact_id, type, occurred_at, is_machine)
    group by e.contact_id
    order by e.contact_id
    on conflict (contact_id) do update
    set ${sql.join(rollups.map(merged))}
  `.execute(tx)
}

export type OrderDifference = { contact_id: number, orders: number, revenue: number, first_order_at: Date | null, last_order_at: Date | null, look_again: boolean }

/**
 * What changed about contacts' orders in; written as differences. `look_again`: an order was cancelled or moved, so
 * the first and last order are looked up among the contact's own.
 */
export async function addOrderDifferences(tx: Db, differences: OrderDifference[]): Promise<void> {
  if (differences.length === 0) return
  await sql`
    insert into contact_rollups (contact_id, orders_count, revenue, first_order_at, last_order_at)
    select *
    from unnest(
      ${differences.map(one => one.contact_id)}::bigint[], ${differences.map(one => one.orders)}::integer[], ${differences.map(one => one.revenue)}::bigint[],
      ${differences.map(one => one.first_order_at)}::timestamptz[], ${differences.map(one => one.last_order_at)}::timestamptz[]
    )
    on conflict (contact_id) do update
    set orders_count = contact_rollups.orders_count + excluded.orders_count,
      revenue = contact_rollups.revenue + excluded.revenue,
      first_order_at = least(contact_rollups.first_order_at, excluded.first_order_at),
      last_order_at = greatest(contact_rollups.last_order_at, excluded.last_order_at)
  `.execute(tx)
  const again = differences.filter(one => one.look_again).map(one => one.contact_id)
  if (again.length === 0) return
  await sql`
    update contact_rollups
    set first_order_at = placed.first, last_order_at = placed.last
    from unnest(${again}::bigint[]) as looked (contact_id)
    left join lateral (
      select min(placed_at) as first, max(placed_at) as last
      from orders
      where orders.contact_id = looked.contact_id
        and orders.status = 'placed'
    ) placed on true
    where contact_rollups.contact_id = looked.contact_id
  `.execute(tx)
}

export type RollupDifference = { contact_id: number, kept: Record<string, unknown>, found: Record<string, unknown> }

/** Contacts in; rollups that differ from what follows from all their events and orders out. Changes nothing. */
export async function compareRollups(db: Db, contactIds: number[], currency: string): Promise<RollupDifference[]> {
  return rows<RollupDifference>(db, sql`
    with found as (${recomputed(contactIds, currency)})
    select found.contact_id, to_jsonb(kept) as kept, to_jsonb(found) as found
    from found
    left join contact_rollups kept on kept.contact_id = found.contact_id
    where to_jsonb(kept) is distinct from to_jsonb(found)
    order by found.contact_id
  `)
}

/** Contacts in; their rollups written anew from all their events and orders. The caller holds the contacts. */
export async function rewriteRollups(tx: Db, contactIds: number[], currency: string): Promise<void> {
  if (contactIds.length === 0) return
  const all = [...orderRollups(currency), ...rollups]
  await sql`
    insert into contact_rollups (contact_id, ${sql.join(all.map(rollup => sql.ref(rollup.column)))})
    select contact_id, ${sql.join(all.map(rollup => sql.ref(rollup.column)))}
    from (${recomputed(contactIds, currency)}) as found
    order by contact_id
    on conflict (contact_id) do update
    set ${sql.join(all.map(rollup => sql`${sql.ref(rollup.column)} = ${sql.ref(`excluded.${rollup.column}`)}`))}
  `.execute(tx)
}

/** One row a contact, with the columns of contact_rollups in their order. */
function recomputed(contactIds: number[], currency: string): RawBuilder<unknown> {
  const ofOrders = orderRollups(currency)
  return sql`
    select c.id as contact_id, ${sql.join(ofOrders.map(rollup => sql`ordered.${sql.ref(rollup.column)}::${sql.raw(typeOf(rollup))} as ${sql.ref(rollup.column)}`))},
      ${sql.join(rollups.map(rollup => sql`happened.${sql.ref(rollup.column)}::${sql.raw(typeOf(rollup))} as ${sql.ref(rollup.column)}`))}
    from contacts c
    cross join lateral (
      select ${sql.join(ofOrders.map(rollup => sql`${rollup.value} as ${sql.ref(rollup.column)}`))}
      from orders o
      where o.contact_id = c.id
    ) ordered
    cross join lateral (
      select ${sql.join(rollups.map(rollup => sql`${rollup.value} as ${sql.ref(rollup.column)}`))}
      from events e
      where e.contact_id = c.id
    ) happened
    where c.id = any(${contactIds}::bigint[])
  `
}

const typeOf = (rollup: Rollup): string => rollup.merge !== 'add' ? 'timestamptz' : rollup.column === 'revenue' ? 'bigint' : 'integer'
