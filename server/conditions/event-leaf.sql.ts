import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../shared/conditions.ts'
import type { EventLeaf, PropertyFilter } from '../../shared/conditions.ts'
import { cardField, isDay } from './card-fields.sql.ts'
import type { CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { numberPredicate, textPredicate, texts } from './field-leaf.sql.ts'
import { moment } from './moments.ts'

/**
 * Without `among`, every query starts from one contact's own events (the primary key begins with contact_id). With it,
 * the events of all contacts asked about are looked through together. Either way the cost follows the contacts asked
 * about, never the size of `events`; a window lets PostgreSQL skip whole months.
 */
export function compileEventLeaf(leaf: EventLeaf, options: CompileOptions): CompiledLeaf {
  const window = leaf.window
  const own = sql`from events e where ${sql.join(eventFilters(leaf, options, true), sql` and `)}`
  // A window that begins at a date of the card has to know whose card it is.
  const isTogether = options.among !== undefined && !(window && 'after_field' in window)
  return {
    predicate: isTogether ? togetherPredicate(leaf, options) : ownPredicate(leaf, own),
    actual: sql`(select jsonb_build_object('count', ${countedOf(leaf)}, 'last_at', max(e.occurred_at)) ${own})`,
    dependsOn: [
      `event:${leaf.event}`,
      ...(leaf.not_followed_by ? [`event:${leaf.not_followed_by.event}`] : []),
      ...(window && 'after_field' in window ? cardField(window.after_field, options).dependsOn : []),
    ],
    clockEdges: window && 'last' in window ? [{ kind: 'event', event: leaf.event, offset: durationMilliseconds(window.last) }] : [],
  }
}

/** A correction of an order is another `order.placed` of the same number: still one order. */
const countedOf = (leaf: EventLeaf): RawBuilder<unknown> =>
  leaf.event === 'order.placed' ? sql`count(distinct coalesce(e.properties ->> 'order_id', e.id::text))` : sql`count(*)`

const never = { exactly: 0 }
const countOf = (leaf: EventLeaf) => {
  const count = leaf.count ?? { at_least: 1 }
  return 'at_most' in count && count.at_most === 0 ? never : count
}

function ownPredicate(leaf: EventLeaf, events: RawBuilder<unknown>): RawBuilder<boolean> {
  const count = countOf(leaf)
  if ('at_least' in count && count.at_least === 1) return sql`exists (select ${events})`
  if ('exactly' in count && count.exactly === 0) return sql`(not exists (select ${events}))`
  // Counting stops one past what is asked for.
  const counted = (enough: number) => leaf.event === 'order.placed'
    ? sql`(select ${countedOf(leaf)} ${events})`
    : sql`(select count(*) from (select ${events} limit ${enough}::bigint) as enough)`
  if ('at_least' in count) return sql`(${counted(count.at_least)} >= ${count.at_least}::bigint)`
  if ('at_most' in count) return sql`(${counted(count.at_most + 1)} <= ${count.at_most}::bigint)`
  return sql`(${counted(count.exactly + 1)} = ${count.exactly}::bigint)`
}

function togetherPredicate(leaf: EventLeaf, options: CompileOptions): RawBuilder<boolean> {
  const count = countOf(leaf)
  const id = sql.ref(`${options.alias ?? 'c'}.id`)
  const contacts = sql`select e.contact_id from events e where ${sql.join(eventFilters(leaf, options, false), sql` and `)}`
  const having = (comparison: RawBuilder<unknown>) => sql`${contacts} group by e.contact_id having ${countedOf(leaf)} ${comparison}`
  if ('at_least' in count) return count.at_least === 1 ? sql`(${id} in (${contacts}))` : sql`(${id} in (${having(sql`>= ${count.at_least}::bigint`)}))`
  if ('at_most' in count) return sql`(${id} not in (${having(sql`> ${count.at_most}::bigint`)}))`
  return count.exactly === 0 ? sql`(${id} not in (${contacts}))` : sql`(${id} in (${having(sql`= ${count.exactly}::bigint`)}))`
}

function eventFilters(leaf: EventLeaf, options: CompileOptions, isOwn: boolean): RawBuilder<unknown>[] {
  const among = (contactId: RawBuilder<unknown>) => options.among === undefined ? [] : [options.among(contactId)]
  const filters: RawBuilder<unknown>[] = [
    ...(isOwn ? [sql`e.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)}`] : []),
    ...among(sql`e.contact_id`),
    sql`e.type = ${leaf.event}::text`,
  ]
  if (!leaf.include_machines) filters.push(sql`not e.is_machine`)
  filters.push(...windowFilters(leaf, options), ...(leaf.where ?? []).map(propertyPredicate))
  const followed = leaf.not_followed_by
  if (followed) {
    const later = [
      sql`later.contact_id = e.contact_id`,
      ...among(sql`later.contact_id`),
      sql`later.type = ${followed.event}::text`,
      sql`later.occurred_at >= e.occurred_at`,
      sql`later.id <> e.id`,
      ...(leaf.include_machines ? [] : [sql`not later.is_machine`]),
      ...(followed.same_property === undefined ? [] : [sql`lower(later.properties ->> ${followed.same_property}::text) = lower(e.properties ->> ${followed.same_property}::text)`]),
    ]
    filters.push(sql`not exists (select from events later where ${sql.join(later, sql` and `)})`)
  }
  return filters
}

function windowFilters(leaf: EventLeaf, options: CompileOptions): RawBuilder<unknown>[] {
  const window = leaf.window
  if (!window) return []
  if ('last' in window) return [sql`e.occurred_at > ${moment(options.now.getTime() - durationMilliseconds(window.last))}::timestamptz`]
  if ('after_field' in window) {
    const field = cardField(window.after_field, options)
    if (field.kind !== 'date') return [sql`false`]
    const day = sql`(${field.expression} #>> '{}')`
    const start = isDay(field)
      ? sql`(case when pg_input_is_valid(${day}, 'date') then ${day}::date::timestamp at time zone ${options.timeZone ?? 'UTC'}::text end)`
      : field.expression
    return [
      sql`e.occurred_at >= ${start}`,
      sql`e.occurred_at < ${start} + ${durationMilliseconds(window.within)}::double precision * interval '1 millisecond'`,
    ]
  }
  const filters: RawBuilder<unknown>[] = []
  if (!('from' in window || 'to' in window)) return [sql`false`]
  if (window.from !== undefined) filters.push(sql`e.occurred_at >= ${moment(Date.parse(window.from))}::timestamptz`)
  if (window.to !== undefined) filters.push(sql`e.occurred_at < ${moment(Date.parse(window.to))}::timestamptz`)
  return filters
}

// ── properties ───────────────────────────────────────────────────────────────────────────────────────
const opposite: Partial<Record<PropertyFilter['operator'], PropertyFilter['operator']>> = { is_not: 'is', unknown: 'known' }

/** A negative operator is the complement of its positive twin; `items.<key>` asks whether any line of the order fits. */
export function propertyPredicate(filter: PropertyFilter): RawBuilder<boolean> {
  const positive = opposite[filter.operator]
  if (positive !== undefined) return sql`(not ${propertyPredicate({ ...filter, operator: positive })})`
  if (filter.property === 'campaign_id' || filter.property === 'journey_id' || filter.property === 'message_id') {
    return valuePredicate(sql`to_jsonb(${sql.ref(`e.${filter.property}`)})`, filter)
  }
  if (!filter.property.startsWith('items.')) return valuePredicate(sql`(e.properties -> ${filter.property}::text)`, filter)
  const key = filter.property.slice('items.'.length)
  return sql`exists (
    select from jsonb_array_elements(case when jsonb_typeof(e.properties -> 'items') = 'array' then e.properties -> 'items' else '[]' end) as line
    where ${valuePredicate(sql`(line -> ${key}::text)`, filter)}
  )`
}

function valuePredicate(json: RawBuilder<unknown>, filter: PropertyFilter): RawBuilder<boolean> {
  const text = sql<string | null>`(${json} #>> '{}')`
  const { operator, value } = filter
  switch (operator) {
    case 'known': return sql`coalesce(${json} not in ('null'::jsonb, '""'::jsonb, '[]'::jsonb), false)`
    case 'is':
      return typeof value === 'number' ? numberPredicate(numberIn(json), 'is', value, one => one) : textPredicate(text, 'is', value)
    case 'one_of': return textPredicate(text, 'one_of', texts(value))
    case 'contains':
      return sql`(case when jsonb_typeof(${json}) = 'array'
        then exists (select from jsonb_array_elements_text(${json}) as element where lower(element) = lower(${String(value)}::text))
        else ${textPredicate(text, 'contains', value)} end)`
    default: return numberPredicate(numberIn(json), operator, value, one => one)
  }
}

/** Numbers come as JSON numbers, or as text from senders that do not care. */
function numberIn(json: RawBuilder<unknown>): RawBuilder<number | null> {
  return sql`(case jsonb_typeof(${json})
    when 'number' then (${json})::numeric
    when 'string' then case when (${json} #>> '{}') ~ '^-?[0-9]{1,15}(\\.[0-9]{1,10})?$' then (${json} #>> '{}')::numeric end
  end)`
}
