import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { recordFields } from '../../shared/conditions.ts'
import type { ConditionFieldKind, FieldLeaf, RelatedKind, RelatedLeaf } from '../../shared/conditions.ts'
import { currencyDigits } from '../../shared/money.ts'
import { anniversaryPredicate, anniversaryWindow, isAnniversary, yearDayOfDay } from './anniversaries.sql.ts'
import type { ClockEdge, CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { countPredicate, measuredValue, measurePredicate } from './count-predicates.sql.ts'
import { dateOffsets, datePredicate, dayPredicate, numberPredicate, textPredicate } from './field-leaf.sql.ts'

const tables = { lead: 'leads', deal: 'deals', order: 'orders' } as const
const dependsOn: Record<RelatedKind, string[]> = { lead: ['lead'], deal: ['deal'], order: ['event:order.placed', 'event:order.cancelled'] }

export function recordFieldKind(record: RelatedKind, field: string): ConditionFieldKind | undefined {
  const fields: Record<string, ConditionFieldKind> = recordFields[record]
  return Object.hasOwn(fields, field) ? fields[field] : undefined
}

/**
 * Leads, deals and orders, all filters about one and the same record; `items.…` asks whether any line of the order or deal fits.
 * Amounts are those of the record's own currency, in its major units.
 */
export function compileRelatedLeaf(leaf: RelatedLeaf, options: CompileOptions): CompiledLeaf {
  const contactId = sql.ref(`${options.alias ?? 'c'}.id`)
  const where = leaf.where ?? []
  const needsZone = where.some(filter => isAnniversary(filter.operator))
  const table = sql.table(tables[leaf.related])
  const filters = (zone: RawBuilder<unknown>) => where.map(filter => recordPredicate(leaf.related, filter, options, zone))
  const onlyThis = leaf.related === 'lead' && options.leadAlias !== undefined ? [sql`rec.id = ${sql.ref(`${options.leadAlias}.id`)}`] : []
  const own = sql`from ${table} as rec where ${sql.join([sql`rec.contact_id = ${contactId}`, ...onlyThis, ...filters(sql.ref(`${options.alias ?? 'c'}.time_zone`))], sql` and `)}`
  const { among } = options
  const together = among === undefined ? undefined : sql`from ${table} as rec ${needsZone ? sql`join contacts as zoned on zoned.id = rec.contact_id` : sql``}
    where ${sql.join([among(sql`rec.contact_id`), ...filters(sql.ref('zoned.time_zone'))], sql` and `)}`
  const measured = (records: RawBuilder<unknown>) => measuredOf(leaf, records)
  return {
    predicate: leaf.measure
      ? measurePredicate(leaf.measure, { contactId, own: measured(own), together: together && measured(together) })
      : countPredicate(leaf.count, { contactId, own, together, rowContactId: sql`rec.contact_id` }),
    actual: sql`jsonb_build_object(
      'count', (select count(*) ${own}),
      'latest', (select coalesce(jsonb_agg(to_jsonb(latest) order by at desc, id desc), '[]') from (select ${shown[leaf.related]} ${own} order by at desc, rec.id desc limit 3) as latest)
      ${leaf.measure ? sql`, 'measured', ${measuredValue(leaf.measure, measured(own))}` : sql``}
    )`,
    dependsOn: [...dependsOn[leaf.related], ...(needsZone ? ['field:time_zone'] : [])],
    clockEdges: where.flatMap(filter => edgesOf(leaf.related, filter)),
  }
}

function edgesOf(record: RelatedKind, filter: FieldLeaf): ClockEdge[] {
  if (recordFieldKind(record, filter.field) !== 'date') return []
  if (isAnniversary(filter.operator)) return [{ kind: 'anniversary', record, field: filter.field, window: anniversaryWindow(filter) }]
  return dateOffsets(filter, isRecordDay(filter.field)).map(offset => ({ kind: 'record', record, field: filter.field, offset }))
}

// ── fields ───────────────────────────────────────────────────────────────────────────────────────────
/** Minor units as major ones of the row's own currency (ISO 4217): most have two digits, the others are named. */
export function inMajor(amount: RawBuilder<unknown>, currency: RawBuilder<unknown>): RawBuilder<number | null> {
  return sql`(${amount}::numeric / case ${sql.join(oddCurrencies.map(([digits, codes]) => sql`when ${currency} = any(${codes}::text[]) then ${10 ** digits}::numeric`), sql` `)} else 100 end)`
}
const oddCurrencies = [...Map.groupBy(Intl.supportedValuesOf('currency'), currencyDigits)].filter(([digits]) => digits !== 2)

const orderAmount = inMajor(sql`rec.amount`, sql`rec.currency`)
const linePrice = inMajor(sql`line.price`, sql`rec.currency`)

const shown: Record<RelatedKind, RawBuilder<unknown>> = {
  lead: sql`rec.id, rec.source_label as label, rec.status, null::numeric as amount, null::text as currency, rec.created_at as at`,
  deal: sql`rec.id, rec.title as label, rec.state as status, ${orderAmount} as amount, rec.currency, rec.created_at as at`,
  order: sql`rec.id, rec.order_id as label, rec.status, ${orderAmount} as amount, rec.currency, rec.placed_at as at`,
}

/** A day of the company's calendar, not a moment; it may lie ahead. */
export const isRecordDay = (field: string): boolean => field === 'expected_on'

function expressionOf(record: RelatedKind, field: string): RawBuilder<unknown> {
  if (isRecordDay(field)) return sql`${sql.ref(`rec.${field}`)}::text`
  if (field === 'stale') return sql`rec.stale_told`
  if (field === 'amount') return orderAmount
  // Links bring them as utm_source; other systems may send them without.
  if (field.startsWith('utm.')) return sql`coalesce(rec.utm ->> ${`utm_${field.slice(4)}`}::text, rec.utm ->> ${field.slice(4)}::text)`
  return sql.ref(`rec.${field}`)
}

const opposite: Partial<Record<string, string>> = { is_not: 'is', does_not_contain: 'contains', unknown: 'known' }

function recordPredicate(record: RelatedKind, filter: FieldLeaf, options: CompileOptions, zone: RawBuilder<unknown>): RawBuilder<boolean> {
  const kind = recordFieldKind(record, filter.field)
  if (kind === undefined) return sql`false`
  const isOneOfMany = filter.field === 'labels' || filter.field.startsWith('items.')
  if (!isOneOfMany) return valuePredicate(kind, expressionOf(record, filter.field), filter, options, zone)
  const positive = opposite[filter.operator]
  if (positive !== undefined) return sql`(not ${recordPredicate(record, { ...filter, operator: positive }, options, zone)})`
  if (filter.field === 'labels') return sql`exists (select from unnest(rec.labels) as label where ${valuePredicate(kind, sql.ref('label'), filter, options, zone)})`
  return sql`exists (
    select from ${linesOf(record)}
      and ${valuePredicate(kind, lineValue(record, filter.field), filter, options, zone)}
  )`
}

/** The lines of `rec`, up to where more is asked of them. What a product is called in the catalogue may change: a line keeps its own name. */
const linesOf = (record: RelatedKind): RawBuilder<unknown> => record === 'deal'
  ? sql`deal_lines line left join products on products.id = line.product_id where line.contact_id = rec.contact_id and line.deal_id = rec.id`
  : sql`order_lines line where line.contact_id = rec.contact_id and line.order_id = rec.id`

function lineValue(record: RelatedKind, field: string): RawBuilder<unknown> {
  const column = field.slice('items.'.length)
  if (column === 'price') return linePrice
  return record === 'deal' && column === 'sku' ? sql`products.sku` : sql.ref(`line.${column}`)
}

function valuePredicate(kind: ConditionFieldKind, value: RawBuilder<unknown>, filter: FieldLeaf, options: CompileOptions, zone: RawBuilder<unknown>): RawBuilder<boolean> {
  const isKnown = kind === 'text' || kind === 'choice' ? sql<boolean>`coalesce(${value} <> '', false)` : sql<boolean>`(${value} is not null)`
  if (filter.operator === 'known') return isKnown
  if (filter.operator === 'unknown') return sql`(not ${isKnown})`
  if (kind === 'boolean') return sql`coalesce(${value} = ${filter.value === true}::boolean, false)`
  if (isRecordDay(filter.field)) return isAnniversary(filter.operator) ? anniversaryPredicate(anniversaryWindow(filter), options, zone, yearDayOfDay(sql<string>`${value}`)) : dayPredicate(sql<string>`${value}`, filter, options)
  if (kind === 'date') return datePredicate(value, filter, options, zone)
  if (kind === 'text' || kind === 'choice') return textPredicate(sql`${value}`, filter.operator, filter.value)
  return numberPredicate(sql`${value}`, filter.operator, filter.value, one => one)
}

/** `contact_id, value` of what is measured: of the records, or of all their lines. */
function measuredOf({ related, measure }: RelatedLeaf, records: RawBuilder<unknown>): RawBuilder<unknown> {
  const property = measure?.property ?? ''
  if (!property.startsWith('items.')) return sql`select rec.contact_id, ${property === 'amount' ? orderAmount : sql`${sql.ref(`rec.${property}`)}::numeric`} as value ${records}`
  return sql`
    select rec.contact_id, line.value
    from (select rec.contact_id, rec.id, rec.currency ${records}) as rec
    cross join lateral (select ${lineValue(related, property)} as value from ${linesOf(related)}) as line`
}
