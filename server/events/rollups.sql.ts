import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { knownEvents } from '../../shared/events.ts'
import type { EngagementSettings } from '../../shared/features.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { momentOfOne, readEngagement } from './engagement.ts'
import { actMoment, joinedMoment, orderMoment, sumOfMoments } from './engagement.sql.ts'
import type { ProcessedEvent } from './processed-event.ts'
import { changesRollups } from './rollup-fields.ts'

/** Known types that are no acts of the person; custom types are. */
const notByPerson = Object.entries(knownEvents).filter(([, { person }]) => !person).map(([type]) => type)

type Rollup = { column: string, value: RawBuilder<unknown>, merge: 'add' | 'latest' | 'earliest' | 'engagement' }
const count = (column: string, where: RawBuilder<unknown>): Rollup => ({ column, value: sql`count(*) filter (where ${where})`, merge: 'add' })
const latest = (column: string, where: RawBuilder<unknown>): Rollup => ({ column, value: sql`max(e.occurred_at) filter (where ${where})`, merge: 'latest' })
const opened = sql`e.type = 'email.opened'`
const clicked = sql`e.type = 'email.clicked'`
/** An act of the person: event `e`. */
export const byPerson = sql`not e.is_machine and not (e.type = any(${sql.lit(`{${notByPerson.join(',')}}`)}::text[]))`

/** How each rollup follows from events `e` of one contact: the one definition, for new events and for all of them. Engagement is given. */
const eventRollups = (engagement: RawBuilder<unknown>): Rollup[] => [
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
  { column: 'engagement_at', value: engagement, merge: 'engagement' },
]
const columnsOf = (rollups: Rollup[]): RawBuilder<unknown> => sql.join(rollups.map(rollup => sql.ref(rollup.column)))

/** Orders of one contact `o`; revenue is that in the company's currency. */
const orderRollups = (currency: string): Rollup[] => [
  { column: 'orders_count', value: sql`count(*) filter (where o.status = 'placed')`, merge: 'add' },
  { column: 'revenue', value: sql`coalesce(sum(o.amount) filter (where o.status = 'placed' and o.currency = ${currency}), 0)::bigint`, merge: 'add' },
  { column: 'first_order_at', value: sql`min(o.placed_at) filter (where o.status = 'placed')`, merge: 'earliest' },
  { column: 'last_order_at', value: sql`max(o.placed_at) filter (where o.status = 'placed')`, merge: 'latest' },
]

const merged = (settings: EngagementSettings) => (rollup: Rollup): RawBuilder<unknown> => {
  const kept = sql.ref(`contact_rollups.${rollup.column}`)
  const added = sql.ref(`excluded.${rollup.column}`)
  const both = {
    add: sql`${kept} + ${added}`, latest: sql`greatest(${kept}, ${added})`, earliest: sql`least(${kept}, ${added})`, engagement: joinedMoment(kept, added, settings),
  }
  return sql`${sql.ref(rollup.column)} = ${both[rollup.merge]}`
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
  const settings = await readEngagement(tx)
  const rollups = eventRollups(sql`max(e.engagement_at)`)
  await sql`
    insert into contact_rollups (contact_id, ${columnsOf(rollups)})
    select e.contact_id, ${sql.join(rollups.map(rollup => rollup.value))}
    from unnest(
      ${events.map(event => event.contact_id)}::bigint[], ${events.map(event => event.type)}::text[],
      ${events.map(event => event.occurred_at)}::timestamptz[], ${events.map(event => event.is_machine)}::boolean[], ${engagementOf(events, settings)}::timestamptz[]
    ) as e (contact_id, type, occurred_at, is_machine, engagement_at)
    group by e.contact_id
    order by e.contact_id
    on conflict (contact_id) do update
    set ${sql.join(rollups.map(merged(settings)))}
  `.execute(tx)
}

/**
 * For each event the engagement all events of its contact add up to, at the first of them; null at the others. Summed
 * here and not by PostgreSQL, which would take a logarithm and a power for each event.
 */
function engagementOf(events: Pick<ProcessedEvent, 'contact_id' | 'type' | 'occurred_at' | 'is_machine'>[], settings: EngagementSettings): (Date | null)[] {
  const acts = new Map<number, { at: Date, weight: number }[]>()
  for (const { contact_id, type, occurred_at, is_machine } of events) {
    const weight = is_machine || type === 'order.placed' ? 0 : settings.weights[type] ?? 0
    if (weight === 0) continue
    const known = acts.get(contact_id)
    if (known) known.push({ at: occurred_at, weight })
    else acts.set(contact_id, [{ at: occurred_at, weight }])
  }
  return events.map(({ contact_id }) => {
    const ofContact = acts.get(contact_id)
    acts.delete(contact_id)
    return ofContact === undefined ? null : momentOfOne(ofContact, settings)
  })
}

export type OrderDifference = {
  contact_id: number, orders: number, revenue: number, first_order_at: Date | null, last_order_at: Date | null
  /** when the orders were placed that are new here or stand again */
  placed: Date[]
  look_again: boolean
}

/**
 * What changed about contacts' orders in; written as differences. `look_again`: an order was cancelled or moved, so
 * the first and last order and the engagement are found anew from all that is known of the contact.
 */
export async function addOrderDifferences(tx: Db, differences: OrderDifference[], currency: string): Promise<void> {
  if (differences.length === 0) return
  const settings = await readEngagement(tx)
  const weight = settings.weights['order.placed'] ?? 0
  await sql`
    insert into contact_rollups (contact_id, orders_count, revenue, first_order_at, last_order_at, engagement_at)
    select *
    from unnest(
      ${differences.map(one => one.contact_id)}::bigint[], ${differences.map(one => one.orders)}::integer[], ${differences.map(one => one.revenue)}::bigint[],
      ${differences.map(one => one.first_order_at)}::timestamptz[], ${differences.map(one => one.last_order_at)}::timestamptz[],
      ${differences.map(one => momentOfOne(one.placed.map(at => ({ at, weight })), settings))}::timestamptz[]
    )
    on conflict (contact_id) do update
    set orders_count = contact_rollups.orders_count + excluded.orders_count,
      revenue = contact_rollups.revenue + excluded.revenue,
      first_order_at = least(contact_rollups.first_order_at, excluded.first_order_at),
      last_order_at = greatest(contact_rollups.last_order_at, excluded.last_order_at),
      engagement_at = ${joinedMoment(sql`contact_rollups.engagement_at`, sql`excluded.engagement_at`, settings)}
  `.execute(tx)
  const again = differences.filter(one => one.look_again).map(one => one.contact_id)
  if (again.length === 0) return
  await sql`
    update contact_rollups
    set first_order_at = found.first_order_at, last_order_at = found.last_order_at, engagement_at = found.engagement_at
    from (${recomputed(again, currency, settings)}) as found
    where contact_rollups.contact_id = found.contact_id
  `.execute(tx)
}

export type RollupDifference = { contact_id: number, kept: Record<string, unknown>, found: Record<string, unknown> }

/** What is computed in the background from all customers together (computed-features.sql.ts) and does not follow from events alone. */
const computedElsewhere = ['rfm_recency', 'rfm_frequency', 'rfm_monetary', 'rfm_class', 'alive_probability', 'expected_orders', 'predicted_value', 'features_at']

/**
 * Contacts in; rollups that differ from what follows from all their events and orders out. Changes nothing. Engagement
 * is a sum of logarithms, so it is the same within a second.
 */
export async function compareRollups(db: Db, contactIds: number[], currency: string): Promise<RollupDifference[]> {
  return rows<RollupDifference>(db, sql`
    with found as (${recomputed(contactIds, currency, await readEngagement(db))})
    select found.contact_id, to_jsonb(kept) - ${computedElsewhere}::text[] as kept, to_jsonb(found) as found
    from found
    left join contact_rollups kept on kept.contact_id = found.contact_id
    where to_jsonb(kept) - ${[...computedElsewhere, 'engagement_at']}::text[] is distinct from to_jsonb(found) - 'engagement_at'
       or (kept.engagement_at is null) <> (found.engagement_at is null)
       or abs(date_part('epoch', kept.engagement_at - found.engagement_at)) > 1
    order by found.contact_id
  `)
}

/** Contacts in; their rollups written anew from all their events and orders. The caller holds the contacts. */
export async function rewriteRollups(tx: Db, contactIds: number[], currency: string): Promise<void> {
  if (contactIds.length === 0) return
  const settings = await readEngagement(tx)
  const all = [...orderRollups(currency), ...eventRollups(summedActs(settings))]
  await sql`
    insert into contact_rollups (contact_id, ${columnsOf(all)})
    select contact_id, ${columnsOf(all)}
    from (${recomputed(contactIds, currency, settings)}) as found
    order by contact_id
    on conflict (contact_id) do update
    set ${sql.join(all.map(rollup => sql`${sql.ref(rollup.column)} = ${sql.ref(`excluded.${rollup.column}`)}`))}
  `.execute(tx)
}

const summedActs = (settings: EngagementSettings): RawBuilder<unknown> => sumOfMoments(sql`e.act`, sql`e.latest_act`, settings)

/** One row a contact, with what its rollups are by all its orders and events. */
function recomputed(contactIds: number[], currency: string, settings: EngagementSettings): RawBuilder<unknown> {
  const ofOrders = orderRollups(currency)
  const ofEvents = eventRollups(summedActs(settings))
  const kept = (from: string, rollup: Rollup): RawBuilder<unknown> => rollup.merge === 'engagement'
    ? sql`${joinedMoment(sql`ordered.engagement_at`, sql`happened.engagement_at`, settings)} as engagement_at`
    : sql`${sql.ref(`${from}.${rollup.column}`)}::${sql.raw(typeOf(rollup))} as ${sql.ref(rollup.column)}`
  return sql`
    select c.id as contact_id, ${sql.join([...ofOrders.map(rollup => kept('ordered', rollup)), ...ofEvents.map(rollup => kept('happened', rollup))])}
    from contacts c
    cross join lateral (
      select ${sql.join(ofOrders.map(rollup => sql`${rollup.value} as ${sql.ref(rollup.column)}`))},
        ${sumOfMoments(sql`o.act`, sql`o.latest_act`, settings)} as engagement_at
      from (
        select o.*, ${orderMoment(settings)} as act, max(${orderMoment(settings)}) over () as latest_act
        from orders o
        where o.contact_id = c.id
      ) as o
    ) ordered
    cross join lateral (
      select ${sql.join(ofEvents.map(rollup => sql`${rollup.value} as ${sql.ref(rollup.column)}`))}
      from (
        select e.*, max(e.act) over () as latest_act
        from (select e.*, ${actMoment(settings)} as act from events e where e.contact_id = c.id) as e
      ) as e
    ) happened
    where c.id = any(${contactIds}::bigint[])
  `
}

const typeOf = (rollup: Rollup): string => rollup.merge !== 'add' ? 'timestamptz' : rollup.column === 'revenue' ? 'bigint' : 'integer'
