import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { EngagementSettings } from '../../shared/features.ts'

/**
 * The engagement score in SQL, see momentOfOne. Exponents are kept above −700: PostgreSQL refuses what is too small to
 * be told from nothing.
 */
const perSecond = ({ half_life_days: days }: EngagementSettings): RawBuilder<number> => sql`${Math.LN2 / (days * 86_400)}::double precision`
const share = (later: RawBuilder<unknown>, earlier: RawBuilder<unknown>, settings: EngagementSettings): RawBuilder<number> =>
  sql`exp(greatest(-700::double precision, date_part('epoch', ${earlier} - ${later}) * ${perSecond(settings)}))`
const after = (moment: RawBuilder<unknown>, sum: RawBuilder<unknown>, settings: EngagementSettings): RawBuilder<unknown> =>
  sql`${moment} + make_interval(secs => ln(${sum}) / ${perSecond(settings)})`

/** The moment at which this act of event `e` alone is worth exactly 1; null: it does not count. Orders are counted as orders. */
export function actMoment(settings: EngagementSettings): RawBuilder<Date | null> {
  const counted = Object.entries(settings.weights).filter(([type, weight]) => weight > 0 && type !== 'order.placed')
  return sql`case when not e.is_machine then e.occurred_at + (${counted.map(([, weight]) => Math.log2(weight) * settings.half_life_days * 86_400)}::double precision[])[array_position(${counted.map(([type]) => type)}::text[], e.type)] * interval '1 second' end`
}

/** The same of an order `o`. */
export function orderMoment(settings: EngagementSettings): RawBuilder<Date | null> {
  const weight = settings.weights['order.placed'] ?? 0
  return weight > 0 ? sql`case when o.status = 'placed' then o.placed_at + ${Math.log2(weight) * settings.half_life_days * 86_400}::double precision * interval '1 second' end` : sql`null::timestamptz`
}

/** An aggregate: of many moments (`act`, the latest of which is `latest_act` in each row) the one of their sum. */
export function sumOfMoments(act: RawBuilder<unknown>, latest: RawBuilder<unknown>, settings: EngagementSettings): RawBuilder<Date | null> {
  return sql`${after(sql`max(${latest})`, sql`sum(${share(latest, act, settings)})`, settings)}`
}

/** Of two moments, either of which may be missing, the one of their sum. */
export function joinedMoment(one: RawBuilder<unknown>, other: RawBuilder<unknown>, settings: EngagementSettings): RawBuilder<Date | null> {
  const [later, earlier] = [sql`greatest(${one}, ${other})`, sql`least(${one}, ${other})`]
  return sql`case when ${one} is null or ${other} is null then coalesce(${one}, ${other}) else ${after(later, sql`1 + ${share(later, earlier, settings)}`, settings)} end`
}
