import { sql } from 'kysely'
import type { ContactFeatures, EngagementSettings } from '../../shared/features.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'
import { readCompany } from '../company/company.sql.ts'
import { readEngagement, scoreAt } from '../events/engagement.ts'
import { byPerson } from '../events/rollups.sql.ts'
import type { ComputedFeatures } from './customers.sql.ts'
import { readCustomersAfter } from './customers.sql.ts'
import { summarise } from './purchase-history.ts'
import { findStanding } from './runs.sql.ts'

type Kept = ComputedFeatures & { orders_count: number, revenue: number, first_order_at: Date | null, last_order_at: Date | null, engagement_at: Date | null, interval: number | null }

/** The computed features of a contact with what each was made of; undefined: there is no such contact. */
export async function readContactFeatures(db: Db, contactId: number, now: Date): Promise<ContactFeatures | undefined> {
  const kept = await maybeOne<Kept>(db, sql`
    select coalesce(r.orders_count, 0) as orders_count, coalesce(r.revenue, 0) as revenue, r.first_order_at, r.last_order_at, r.engagement_at,
      r.rfm_recency, r.rfm_frequency, r.rfm_monetary, r.rfm_class, r.alive_probability, r.expected_orders, r.predicted_value,
      case when r.orders_count > 1 then round(extract(epoch from r.last_order_at - r.first_order_at) / 86400 / (r.orders_count - 1), 1)::double precision end as interval
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where c.id = ${contactId}::bigint
  `)
  if (kept === undefined) return undefined
  const { currency, time_zone: timeZone } = await readCompany(db)
  const settings = await readEngagement(db)
  const standing = await findStanding(db)
  return {
    currency,
    computed_at: standing?.finished_at.toISOString() ?? null,
    engagement: { score: round(scoreAt(kept.engagement_at, now, settings), 1), half_life_days: settings.half_life_days, ...await readActs(db, contactId, settings, now) },
    active_days: await readActiveDays(db, contactId, timeZone, now),
    order_interval_days: kept.interval,
    rfm: kept.rfm_class === null || kept.rfm_recency === null || kept.rfm_frequency === null || kept.rfm_monetary === null ? null : {
      recency: kept.rfm_recency, frequency: kept.rfm_frequency, monetary: kept.rfm_monetary, class: kept.rfm_class,
      last_order_at: kept.last_order_at?.toISOString() ?? null, orders_count: kept.orders_count, revenue: toMajor(kept.revenue, currency),
    },
    rfm_reason: kept.rfm_class !== null ? null : kept.orders_count === 0 ? 'no_orders' : standing !== undefined && standing.result.rfm.cuts === null ? 'few_customers' : 'not_computed',
    prediction: await readPrediction(db, contactId, kept, { currency, timeZone, now }, standing?.result.amounts.reason ?? null),
    prediction_reason: kept.expected_orders !== null ? null : kept.orders_count === 0 ? 'no_orders' : standing?.result.purchases.reason ?? 'not_computed',
    topics: await rows(db, sql`
      select topics.id as topic_id, topics.name_en, topics.name_ru, reactions.sent, reactions.opened, reactions.clicked
      from topic_reactions reactions
      join topics on topics.id = reactions.topic_id
      where reactions.contact_id = ${contactId}::bigint
        and reactions.sent > 0
      order by topics.position, topics.id
    `),
  }
}

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits

async function readPrediction(db: Db, contactId: number, kept: Kept, calendar: { currency: string, timeZone: string, now: Date }, valueReason: NonNullable<ContactFeatures['prediction']>['value_reason']): Promise<ContactFeatures['prediction']> {
  if (kept.expected_orders === null) return null
  const [customer] = await readCustomersAfter(db, contactId - 1, 1, calendar)
  const history = customer?.contact_id === contactId ? customer.history : { days: [], amounts: [] }
  const summary = summarise(history, Infinity)
  return {
    alive_probability: kept.alive_probability, expected_orders: round(kept.expected_orders, 2),
    predicted_value: kept.predicted_value === null ? null : toMajor(kept.predicted_value, calendar.currency),
    purchases: history.days.length, first_at: kept.first_order_at?.toISOString() ?? null, last_at: kept.last_order_at?.toISOString() ?? null,
    mean_purchase: summary === null || summary.valued === 0 ? null : toMajor(Math.round(summary.meanAmount), calendar.currency),
    value_reason: kept.predicted_value === null ? valueReason : null,
  }
}

/** The acts that make up the score: by type, and the newest of them. Looked up by the contact alone. */
async function readActs(db: Db, contactId: number, settings: EngagementSettings, now: Date): Promise<Pick<ContactFeatures['engagement'], 'by_type' | 'latest'>> {
  const weights = Object.entries(settings.weights).filter(([, weight]) => weight > 0)
  const acts = sql`
    with weights as (
      select *
      from unnest(${weights.map(([type]) => type)}::text[], ${weights.map(([, weight]) => weight)}::double precision[]) as given (type, weight)
    ), acts as (
      select e.type, e.occurred_at as at, weights.weight, null as order_id
      from events e
      join weights on weights.type = e.type
      where e.contact_id = ${contactId}::bigint
        and e.type <> 'order.placed'
        and not e.is_machine
      union all
      select weights.type, o.placed_at, weights.weight, o.order_id
      from orders o
      join weights on weights.type = 'order.placed'
      where o.contact_id = ${contactId}::bigint
        and o.status = 'placed'
    ), worth as (
      select *, weight * power(2::double precision, greatest(-1000, date_part('epoch', at - ${now}::timestamptz) / ${settings.half_life_days * 86_400}::double precision)) as points
      from acts
    )`
  const by_type = await rows<ContactFeatures['engagement']['by_type'][number]>(db, sql`
    ${acts}
    select type, count(*) as acts, min(weight) as weight, sum(points) as points
    from worth
    group by type
    order by sum(points) desc, type
  `)
  const latest = await rows<{ type: string, at: Date, weight: number, points: number, order_id: string | null }>(db, sql`
    ${acts}
    select *
    from worth
    order by at desc, type
    limit 30
  `)
  return {
    by_type: by_type.map(one => ({ ...one, points: round(one.points, 2) })),
    latest: latest.map(one => ({ ...one, at: one.at.toISOString(), points: round(one.points, 2) })),
  }
}

async function readActiveDays(db: Db, contactId: number, timeZone: string, now: Date): Promise<ContactFeatures['active_days']> {
  const from = (days: number): Date => new Date(now.getTime() - days * 86_400_000)
  const [found] = await rows<ContactFeatures['active_days']>(db, sql`
    select count(distinct day) filter (where occurred_at > ${from(30)}::timestamptz) as last_30, count(distinct day) as last_90
    from (
      select e.occurred_at, (e.occurred_at at time zone ${timeZone}::text)::date as day
      from events e
      where e.contact_id = ${contactId}::bigint
        and e.occurred_at > ${from(90)}::timestamptz
        and e.occurred_at <= ${now}::timestamptz
        and ${byPerson}
        and e.type <> 'subscription.confirmed' -- also written for whole imports and by staff; who confirms clicks
    ) as acts
  `)
  return found ?? { last_30: 0, last_90: 0 }
}
