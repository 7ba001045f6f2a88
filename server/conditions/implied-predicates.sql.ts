import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { conditionFields, durationMilliseconds } from '../../shared/conditions.ts'
import type { Condition, FieldLeaf, RelatedLeaf } from '../../shared/conditions.ts'
import { toMinor } from '../../shared/money.ts'
import type { CompileOptions } from './compile-condition.ts'
import { engagementPredicate } from './engagement-leaf.sql.ts'
import { moment } from './moments.ts'

const indexedTexts = new Set(['city', 'source', 'locale'])
const rollupNumbers = new Set(['orders_count', 'revenue'])
const rollupDates = new Set(['last_order_at', 'last_event_at', 'unsubscribed_at', 'bounced_at', 'complained_at'])

/**
 * Plainer predicates that follow from a condition: whoever fits the condition fits each of these too. Beside the
 * condition they change nothing but the plan, since indexes can answer them and their statistics tell how rare the
 * people are. Over `contacts c` and left-joined `contact_rollups r`, as compileCondition. Only what every path of the
 * tree demands is looked at.
 */
export function impliedPredicates(condition: Condition, options: CompileOptions): RawBuilder<unknown>[] {
  if ('all' in condition) return condition.all.flatMap(part => impliedPredicates(part, options))
  if ('any' in condition && condition.any.length === 1) return impliedPredicates(condition.any[0]!, options)
  if ('field' in condition) return impliedByField(condition, options)
  if ('related' in condition) return impliedByRecords(condition, options)
  if ('coupon' in condition && condition.happened) return [sql`exists (select from coupons implied where implied.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)})`]
  if ('journey' in condition && condition.happened) return [sql`exists (select from enrolments implied where implied.journey_id = ${condition.journey}::bigint and implied.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)})`]
  if ('mail' in condition && condition.happened && condition.of !== null && 'campaign' in condition.of) {
    return [sql`exists (select from events implied where implied.campaign_id = ${condition.of.campaign}::bigint and implied.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)})`]
  }
  if ('segment' in condition && condition.in) return [sql`exists (select from segment_memberships implied where implied.segment_id = ${condition.segment}::bigint and implied.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)})`]
  if ('tag' in condition && condition.has) return [sql`exists (select from contact_tags implied where implied.tag_id = ${condition.tag}::bigint and implied.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)})`]
  return []
}

function impliedByField({ field, operator, value }: FieldLeaf, options: CompileOptions): RawBuilder<unknown>[] {
  const contact = (name: string): RawBuilder<unknown> => sql.ref(`${options.alias ?? 'c'}.${name}`)
  const rollup = sql.ref(`${options.rollupAlias ?? 'r'}.${field}`)
  if (indexedTexts.has(field)) {
    if (operator === 'is') return [sql`lower(${contact(field)}) = lower(${String(value)}::text)`]
    if (operator === 'one_of' && Array.isArray(value)) return [sql`lower(${contact(field)}) = any(array(select lower(one) from unnest(${value.map(String)}::text[]) as one))`]
  }
  if (rollupNumbers.has(field)) {
    const least = operator === 'between' && Array.isArray(value) ? value[0] : ['is', 'at_least', 'more_than'].includes(operator) ? value : undefined
    // A contact without rollups counts as 0, so only what is more than that lets the join be a plain one.
    if (typeof least !== 'number' || least <= 0) return []
    const bound = conditionFields[field as keyof typeof conditionFields] === 'money' ? toMinor(least, options.currency) : Math.floor(least)
    return [sql`${rollup} >= ${bound}::bigint`]
  }
  if (field === 'engagement_score' && typeof value === 'number' && value > 0 && (operator === 'at_least' || operator === 'more_than')) return [engagementPredicate({ field, operator, value }, options)]
  if (rollupDates.has(field) && (operator === 'in_last' || operator === 'more_than_ago') && typeof value === 'object' && 'unit' in value) {
    const ago = moment(options.now.getTime() - durationMilliseconds(value))
    return [operator === 'in_last' ? sql`${rollup} > ${ago}::timestamptz` : sql`${rollup} <= ${ago}::timestamptz`]
  }
  return []
}

/** Whoever has such a lead or deal has any: there are far fewer of them than contacts. */
function impliedByRecords({ related, count, measure }: RelatedLeaf, options: CompileOptions): RawBuilder<unknown>[] {
  if (related === 'order' || measure || (count !== undefined && !('at_least' in count))) return []
  return [sql`exists (select from ${sql.table(related === 'lead' ? 'leads' : 'deals')} implied where implied.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)})`]
}
