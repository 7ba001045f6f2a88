import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { FieldLeaf } from '../../shared/conditions.ts'
import { usualEngagement } from '../../shared/features.ts'
import type { ClockEdge, CompileOptions } from './compile-condition.ts'
import { moment } from './moments.ts'

type Bound = { score: number, above: boolean }

const halfLife = (options: CompileOptions): number => (options.engagementHalfLifeDays ?? usualEngagement.half_life_days) * 86_400_000
/** Half of the last decimal shown. */
const shown = 0.05

/** Half of it is gone after each half-life; without any act it is 0. Shown with one decimal, but turning over needs more. */
export function engagementScore(options: CompileOptions): RawBuilder<number> {
  const kept = sql.ref(`${options.rollupAlias ?? 'r'}.engagement_at`)
  // Beyond these exponents nothing is left of it, or PostgreSQL refuses.
  return sql`coalesce(round(power(2::double precision, least(1000, greatest(-60, date_part('epoch', ${kept} - ${options.now}::timestamptz) * 1000 / ${halfLife(options)}::double precision)))::numeric, 6), 0)`
}

/**
 * What is kept is the moment at which the score is exactly 1, so "at least x" is a comparison of that moment with one
 * that lies half-life · log2(x) after now: an index answers it, and it turns over at one moment known beforehand.
 */
export function engagementPredicate({ operator, value }: FieldLeaf, options: CompileOptions): RawBuilder<boolean> {
  const bounds = boundsOf(operator, value)
  const all = sql.join([sql`true`, ...bounds.map(bound => boundPredicate(bound, options))], sql` and `)
  return operator === 'is_not' ? sql`(not (${all}))` : sql`(${all})`
}

export function engagementEdges({ operator, value }: FieldLeaf, options: CompileOptions): ClockEdge[] {
  return boundsOf(operator, value).filter(bound => bound.score > 0).map(({ score }): ClockEdge => ({ kind: 'field', field: 'engagement_at', offset: -offsetOf(score, options) }))
}

/** The next moment a score falls through a bound of the leaf; null: it will not. */
export function engagementChange({ operator, value }: FieldLeaf, score: number, options: CompileOptions): number | null {
  const next = Math.max(...boundsOf(operator, value).map(bound => bound.score).filter(bound => bound > 0 && bound < score))
  return Number.isFinite(next) ? options.now.getTime() + halfLife(options) * Math.log2(score / next) : null
}

const offsetOf = (score: number, options: CompileOptions): number => halfLife(options) * Math.log2(score)

function boundPredicate({ score, above }: Bound, options: CompileOptions): RawBuilder<boolean> {
  // No score is below 0, every one is at least that.
  if (score <= 0) return above ? sql`true` : sql`false`
  const reached = sql<boolean>`coalesce(${sql.ref(`${options.rollupAlias ?? 'r'}.engagement_at`)} > ${moment(options.now.getTime() + offsetOf(score, options))}::timestamptz, false)`
  return above ? reached : sql`(not ${reached})`
}

/** A score is never exactly a number but for a moment: "is 3" means that 3.0 is shown, and "more than" is "at least". */
function boundsOf(operator: string, value: unknown): Bound[] {
  const [first, last] = (Array.isArray(value) ? value : [value, value]).map(Number) as [number, number]
  switch (operator) {
    case 'at_least': case 'more_than': return [{ score: first, above: true }]
    case 'at_most': case 'less_than': return [{ score: first, above: false }]
    case 'between': return [{ score: first, above: true }, { score: last, above: false }]
    case 'is': case 'is_not': return [{ score: first - shown, above: true }, { score: first + shown, above: false }]
    default: return []
  }
}
