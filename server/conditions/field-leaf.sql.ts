import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../shared/conditions.ts'
import type { Duration, FieldLeaf } from '../../shared/conditions.ts'
import { toMinor } from '../../shared/money.ts'
import { anniversaryPredicate, anniversaryWindow, isAnniversary, yearDayOfDay, yearDayOfMoment } from './anniversaries.sql.ts'
import { cardField, isDay } from './card-fields.sql.ts'
import type { CardField } from './card-fields.sql.ts'
import type { ClockEdge, CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { engagementEdges, engagementPredicate } from './engagement-leaf.sql.ts'
import { dayOf, isCalendarDay, moment } from './moments.ts'

type Predicate = RawBuilder<boolean>
const never = sql<boolean>`false`

export function compileFieldLeaf(leaf: FieldLeaf, options: CompileOptions): CompiledLeaf {
  const field = cardField(leaf.field, options)
  return {
    predicate: predicateOf(field, leaf, options),
    actual: sql`to_jsonb(${field.expression})`,
    dependsOn: isAnniversary(leaf.operator) ? [...field.dependsOn, 'field:time_zone'] : field.dependsOn,
    clockEdges: field.kind === 'date' ? dateEdges(leaf, isDay(field)) : leaf.field === 'engagement_score' ? engagementEdges(leaf, options) : [],
  }
}

function predicateOf(field: CardField, leaf: FieldLeaf, options: CompileOptions): Predicate {
  if (leaf.operator === 'known') return known(field)
  if (leaf.operator === 'unknown') return sql`(not ${known(field)})`
  if (leaf.field === 'engagement_score') return engagementPredicate(leaf, options)
  switch (field.kind) {
    case 'text': case 'link': case 'choice': return textPredicate(asText(field), leaf.operator, leaf.value)
    case 'multi_choice': return choicesPredicate(field, leaf.operator, leaf.value)
    case 'boolean': return sql`coalesce(${field.expression} = to_jsonb(${leaf.value === true}::boolean), false)`
    case 'number': case 'user': return numberPredicate(asNumber(field), leaf.operator, leaf.value, value => value)
    // A custom amount is kept as it is written, in major units; built-in ones are in minor units.
    case 'money': return numberPredicate(asNumber(field), leaf.operator, leaf.value, value => field.custom ? value : toMinor(value, options.currency))
    case 'date': {
      const zone = sql.ref(`${options.alias ?? 'c'}.time_zone`)
      if (!isDay(field)) return datePredicate(field.expression, leaf, options, zone)
      // A custom moment is looked at by its day.
      const day = sql<string | null>`left(${asText(field)}, 10)`
      return isAnniversary(leaf.operator) ? anniversaryPredicate(anniversaryWindow(leaf), options, zone, yearDayOfDay(day)) : dayPredicate(day, leaf, options)
    }
  }
}

function known(field: CardField): Predicate {
  if (!field.custom) return field.kind === 'text' ? sql`coalesce(${field.expression} <> '', false)` : sql`(${field.expression} is not null)`
  return sql`coalesce(${field.expression} not in ('null'::jsonb, '""'::jsonb, '[]'::jsonb), false)`
}

function asText(field: CardField): RawBuilder<string | null> {
  return field.custom ? sql`(${field.expression} #>> '{}')` : sql`${field.expression}`
}

function asNumber(field: CardField): RawBuilder<number | null> {
  if (!field.custom) return sql`${field.expression}`
  return sql`(case when jsonb_typeof(${field.expression}) = 'number' then (${field.expression})::numeric end)`
}

// ── text ─────────────────────────────────────────────────────────────────────────────────────────────
export function textPredicate(text: RawBuilder<string | null>, operator: string, value: unknown): Predicate {
  switch (operator) {
    case 'is': return sql`coalesce(lower(${text}) = lower(${String(value)}::text), false)`
    case 'is_not': return sql`coalesce(lower(${text}) <> lower(${String(value)}::text), true)`
    case 'contains': return sql`coalesce(strpos(lower(${text}), lower(${String(value)}::text)) > 0, false)`
    case 'does_not_contain': return sql`coalesce(strpos(lower(${text}), lower(${String(value)}::text)) = 0, true)`
    case 'starts_with': return sql`coalesce(starts_with(lower(${text}), lower(${String(value)}::text)), false)`
    case 'one_of': return sql`coalesce(lower(${text}) in (select lower(chosen) from unnest(${texts(value)}::text[]) as chosen), false)`
    default: return never
  }
}

export const texts = (value: unknown): string[] => Array.isArray(value) ? value.map(String) : [String(value)]

function choicesPredicate(field: CardField, operator: string, value: unknown): Predicate {
  const has = sql<boolean>`coalesce(${field.expression} ? ${String(value)}::text, false)`
  if (operator === 'contains') return has
  return operator === 'does_not_contain' ? sql`(not ${has})` : never
}

// ── numbers ──────────────────────────────────────────────────────────────────────────────────────────
export function numberPredicate(number: RawBuilder<number | null>, operator: string, value: unknown, scale: (value: number) => number): Predicate {
  const against = (one: unknown) => sql`${scale(Number(one))}::numeric`
  switch (operator) {
    case 'is': return sql`coalesce(${number} = ${against(value)}, false)`
    case 'is_not': return sql`coalesce(${number} <> ${against(value)}, true)`
    case 'at_least': return sql`coalesce(${number} >= ${against(value)}, false)`
    case 'at_most': return sql`coalesce(${number} <= ${against(value)}, false)`
    case 'more_than': return sql`coalesce(${number} > ${against(value)}, false)`
    case 'less_than': return sql`coalesce(${number} < ${against(value)}, false)`
    case 'between': return Array.isArray(value) ? sql`coalesce(${number} between ${against(value[0])} and ${against(value[1])}, false)` : never
    default: return never
  }
}

// ── dates ────────────────────────────────────────────────────────────────────────────────────────────
const isDuration = (value: unknown): value is Duration => typeof value === 'object' && value !== null && 'unit' in value

/** Of a moment. Those of the program are past, so the upper bound of `in_last` needs no watching. `zone`: the contact's, for anniversaries. */
export function datePredicate(date: RawBuilder<unknown>, leaf: FieldLeaf, options: CompileOptions, zone: RawBuilder<unknown>): Predicate {
  const { value } = leaf
  if (isAnniversary(leaf.operator)) return anniversaryPredicate(anniversaryWindow(leaf), options, zone, yearDayOfMoment(date, zone, options))
  if (isDuration(value)) {
    const ago = moment(options.now.getTime() - durationMilliseconds(value))
    switch (leaf.operator) {
      case 'in_last': return sql`coalesce(${date} > ${ago}::timestamptz, false)`
      case 'more_than_ago': return sql`coalesce(${date} <= ${ago}::timestamptz, false)`
      case 'not_in_last': return sql`coalesce(${date} <= ${ago}::timestamptz, true)`
      case 'in_next': return sql`coalesce(${date} > ${options.now}::timestamptz and ${date} <= ${moment(options.now.getTime() + durationMilliseconds(value))}::timestamptz, false)`
      default: return never
    }
  }
  const [first, last] = Array.isArray(value) ? value.map(String) : [String(value), String(value)]
  if (first === undefined || last === undefined) return never
  switch (leaf.operator) {
    case 'before': return sql`coalesce(${date} < ${startOf(first, options)}, false)`
    case 'after': return isCalendarDay(first) ? sql`coalesce(${date} >= ${startOfNext(first, options)}, false)` : sql`coalesce(${date} > ${startOf(first, options)}, false)`
    case 'between': return sql`coalesce(${date} >= ${startOf(first, options)} and ${isCalendarDay(last) ? sql`${date} < ${startOfNext(last, options)}` : sql`${date} <= ${startOf(last, options)}`}, false)`
    default: return never
  }
}

function startOf(text: string, options: CompileOptions): RawBuilder<Date> {
  return isCalendarDay(text) ? sql`(${text}::timestamp at time zone ${options.timeZone ?? 'UTC'}::text)` : sql`${moment(Date.parse(text))}::timestamptz`
}

function startOfNext(day: string, options: CompileOptions): RawBuilder<Date> {
  return sql`((${day}::timestamp + interval '1 day') at time zone ${options.timeZone ?? 'UTC'}::text)`
}

/**
 * Custom dates are days written as `2026-11-24`, compared as text: their order is the calendar's. A day begins
 * after a moment exactly when it is later than the moment's own day.
 */
export function dayPredicate(text: RawBuilder<string | null>, leaf: FieldLeaf, options: CompileOptions): Predicate {
  const zone = options.timeZone ?? 'UTC'
  const day = sql`(${text}) collate "C"`
  const { value } = leaf
  if (isDuration(value)) {
    const today = dayOf(options.now, zone)
    const past = dayOf(moment(options.now.getTime() - durationMilliseconds(value)), zone)
    const within = sql<boolean>`coalesce(${day} > ${past} and ${day} <= ${today}, false)`
    switch (leaf.operator) {
      case 'in_last': return within
      case 'not_in_last': return sql`(not ${within})`
      case 'more_than_ago': return sql`coalesce(${day} <= ${past} and ${text} <> '', false)`
      case 'in_next': return sql`coalesce(${day} > ${today} and ${day} <= ${dayOf(moment(options.now.getTime() + durationMilliseconds(value)), zone)}, false)`
      default: return never
    }
  }
  const days = (Array.isArray(value) ? value : [value]).map(one => isCalendarDay(String(one)) ? String(one) : dayOf(moment(Date.parse(String(one))), zone))
  switch (leaf.operator) {
    case 'before': return sql`coalesce(${day} < ${days[0]} and ${text} <> '', false)`
    case 'after': return sql`coalesce(${day} > ${days[0]}, false)`
    case 'between': return sql`coalesce(${day} >= ${days[0]} and ${day} <= ${days[1]}, false)`
    default: return never
  }
}

function dateEdges(leaf: FieldLeaf, mayLieAhead: boolean): ClockEdge[] {
  if (isAnniversary(leaf.operator)) return [{ kind: 'anniversary', field: leaf.field, window: anniversaryWindow(leaf) }]
  return dateOffsets(leaf, mayLieAhead).map(offset => ({ kind: 'field', field: leaf.field, offset }))
}

/** How long after a date the answer turns over. */
export function dateOffsets({ operator, value }: FieldLeaf, mayLieAhead: boolean): number[] {
  if (!isDuration(value)) return []
  const length = durationMilliseconds(value)
  switch (operator) {
    case 'in_last': case 'not_in_last': return mayLieAhead ? [length, 0] : [length]
    case 'more_than_ago': return [length]
    case 'in_next': return length === 0 ? [] : [-length, 0]
    default: return []
  }
}
