import { sql } from 'kysely'
import type { RfmCuts } from '../../shared/features.ts'
import type { Db } from '../base/db.ts'
import { one, rows } from '../base/db.ts'
import type { PurchaseHistory } from './purchase-history.ts'

/** What is computed and stands in the rollups; null: not known. Amounts in minor units, the probability in percent. */
export type ComputedFeatures = {
  rfm_recency: number | null, rfm_frequency: number | null, rfm_monetary: number | null, rfm_class: string | null
  alive_probability: number | null, expected_orders: number | null, predicted_value: number | null
}
export type Customer = { contact_id: number, orders_count: number, revenue: number, last_order_at: Date | null, history: PurchaseHistory, kept: ComputedFeatures }

export type Calendar = { currency: string, timeZone: string, now: Date }

/**
 * The next customers in the order of ids with the days they bought on, and those who were customers and have no order
 * any more. A small statement on the key each time: nothing waits for it.
 */
export async function readCustomersAfter(db: Db, after: number, limit: number, { currency, timeZone, now }: Calendar): Promise<Customer[]> {
  const found = await rows<Omit<Customer, 'history' | 'kept'> & ComputedFeatures & { days: number[] | null, amounts: (number | null)[] | null }>(db, sql`
    select r.contact_id, r.orders_count, r.revenue, r.last_order_at, r.rfm_recency, r.rfm_frequency, r.rfm_monetary, r.rfm_class,
      r.alive_probability, r.expected_orders::double precision as expected_orders, r.predicted_value, bought.days, bought.amounts
    from (
      select *
      from contact_rollups
      where contact_id > ${after}::bigint
        and (orders_count > 0 or features_at is not null)
      order by contact_id
      limit ${limit}::bigint
    ) as r
    cross join lateral (
      select array_agg(day order by day) as days, array_agg(amount order by day) as amounts
      from (
        select (placed_at at time zone ${timeZone}::text)::date - date '1970-01-01' as day, sum(amount) filter (where currency = ${currency}::text)::double precision as amount
        from orders
        where orders.contact_id = r.contact_id
          and status = 'placed'
          and placed_at <= ${now}::timestamptz
        group by 1
      ) as purchases
    ) as bought
    order by r.contact_id
  `)
  return found.map(({ contact_id, orders_count, revenue, last_order_at, days, amounts, ...kept }) => ({
    contact_id, orders_count, revenue, last_order_at, history: { days: days ?? [], amounts: amounts ?? [] },
    kept: { ...kept, expected_orders: kept.expected_orders === null ? null : Math.round(kept.expected_orders * 100) / 100 },
  }))
}

export type Overview = { customers: number, first_day: number | null, today: number, cuts: RfmCuts | null }

/** All customers together: how many, when it began, and where their fifths lie. */
export async function overlookCustomers(db: Db, { timeZone, now }: Calendar): Promise<Overview> {
  const fifths = sql`array[0.2, 0.4, 0.6, 0.8]::double precision[]`
  const found = await one<{ customers: number, first_day: number | null, today: number, recency: Date[] | null, frequency: number[] | null, monetary: string[] | null }>(db, sql`
    select count(*) as customers, (min(first_order_at) at time zone ${timeZone}::text)::date - date '1970-01-01' as first_day,
      (${now}::timestamptz at time zone ${timeZone}::text)::date - date '1970-01-01' as today,
      percentile_disc(${fifths}) within group (order by last_order_at) as recency,
      percentile_disc(${fifths}) within group (order by orders_count) as frequency,
      percentile_disc(${fifths}) within group (order by revenue) as monetary
    from contact_rollups
    where orders_count > 0
  `)
  const { customers, first_day, today, recency, frequency, monetary } = found
  return { customers, first_day, today, cuts: recency && frequency && monetary ? { recency: recency.map(cut => cut.toISOString()), frequency, monetary: monetary.map(Number) } : null }
}

export async function countCustomers(db: Db): Promise<number> {
  return (await one<{ customers: number }>(db, sql`select count(*) as customers from contact_rollups where orders_count > 0`)).customers
}
