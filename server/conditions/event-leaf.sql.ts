import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../shared/conditions.ts'
import type { EventLeaf } from '../../shared/conditions.ts'
import { cardField, indexedDate, isDay } from './card-fields.sql.ts'
import type { ClockEdge, CompiledLeaf, CompileOptions } from './compile-condition.ts'
import { countPredicate, measuredValue, measurePredicate } from './count-predicates.sql.ts'
import { moment } from './moments.ts'
import { itemPredicate, lineFilters, linesOf, numberIn, propertyPredicate } from './property-filter.sql.ts'

/**
 * With `facts`, most leaves are answered from one reading they share with others (event-facts.sql.ts).
 * Without `among`, every query starts from one contact's own events (the primary key begins with contact_id). With it,
 * the events of all contacts asked about are looked through together. Either way the cost follows the contacts asked
 * about, never the size of `events`; a window lets PostgreSQL skip whole months.
 */
export function compileEventLeaf(leaf: EventLeaf, options: CompileOptions): CompiledLeaf {
  const { window } = leaf
  const contactId = sql.ref(`${options.alias ?? 'c'}.id`)
  const own = sql`from events e where ${sql.join(eventFilters(leaf, options, true), sql` and `)}`
  // Since the entry into a journey: whose entry, only the query around knows.
  const isTogether = options.among !== undefined && !(window && 'since_entry' in window)
  const together = isTogether ? sql`from events e ${anchorJoin(leaf, options)} where ${sql.join(eventFilters(leaf, options, false), sql` and `)}` : undefined
  const counted = countedOf(leaf, options)
  return {
    predicate: options.facts?.ask(leaf, options) ?? (leaf.measure
      ? measurePredicate(leaf.measure, { contactId, own: measuredOf(leaf, own), together: together && measuredOf(leaf, together) })
      : countPredicate(leaf.count, { contactId, own, together, rowContactId: sql`e.contact_id`, counted })),
    actual: sql`(select jsonb_build_object(
      'count', ${countedOf({ ...leaf, by_day: undefined }, options) ?? sql`count(*)`}, 'last_at', max(e.occurred_at)
      ${leaf.by_day ? sql`, 'days', ${counted}` : sql``}
      ${leaf.measure ? sql`, 'measured', ${measuredValue(leaf.measure, measuredOf(leaf, own))}` : sql``}
    ) ${own})`,
    dependsOn: [
      `event:${leaf.event}`,
      ...(leaf.not_followed_by ? [`event:${leaf.not_followed_by.event}`] : []),
      ...(window && 'after_field' in window ? cardField(window.after_field, options).dependsOn : []),
      ...(window && 'after_event' in window ? [`event:${window.after_event}`] : []),
    ],
    clockEdges: edgesOf(leaf),
  }
}

function edgesOf({ event, window, not_followed_by: followed }: EventLeaf): ClockEdge[] {
  const edge = (offset: number): ClockEdge => ({ kind: 'event', event, offset })
  return [
    ...(window && 'last' in window ? [edge(durationMilliseconds(window.last))] : []),
    ...(window && 'before' in window ? [edge(durationMilliseconds(window.before))] : []),
    ...(followed?.within ? [edge(durationMilliseconds(followed.within))] : []),
  ]
}

/** A correction of an order is another `order.placed` of the same number: still one order. */
const orderKey = sql`coalesce(e.properties ->> 'order_id', e.id::text)`

export function countedOf(leaf: EventLeaf, options: CompileOptions): RawBuilder<unknown> | undefined {
  if (leaf.by_day) return sql`count(distinct (e.occurred_at at time zone ${options.timeZone ?? 'UTC'}::text)::date)`
  return leaf.event === 'order.placed' ? sql`count(distinct ${orderKey})` : undefined
}

/** `contact_id, value` of what is measured. Of an order's corrections the last one counts; of its lines those that fit `where_item`. */
function measuredOf(leaf: EventLeaf, events: RawBuilder<unknown>): RawBuilder<unknown> {
  const property = leaf.measure?.property ?? ''
  const measured = leaf.event === 'order.placed'
    ? sql`select distinct on (e.contact_id, ${orderKey}) e.contact_id, e.properties ${events} order by e.contact_id, ${orderKey}, e.occurred_at desc, e.id desc`
    : sql`select e.contact_id, e.properties ${events}`
  if (!property.startsWith('items.')) return sql`select m.contact_id, ${numberIn(sql`(m.properties -> ${property}::text)`)} as value from (${measured}) as m`
  return sql`
    select m.contact_id, ${numberIn(sql`(line -> ${property.slice('items.'.length)}::text)`)} as value
    from (${measured}) as m
    cross join lateral ${linesOf(sql`m.properties`)}
    where ${lineFilters(leaf.where_item ?? [])}`
}

// ── which events ─────────────────────────────────────────────────────────────────────────────────────
function eventFilters(leaf: EventLeaf, options: CompileOptions, isOwn: boolean): RawBuilder<unknown>[] {
  return [
    ...(isOwn ? [sql`e.contact_id = ${sql.ref(`${options.alias ?? 'c'}.id`)}`] : []),
    ...amongFilter(options, 'e.contact_id'),
    sql`e.type = ${leaf.event}::text`,
    ...(leaf.include_machines ? [] : [sql`not e.is_machine`]),
    ...windowFilters(leaf, options, isOwn),
    ...(leaf.where ?? []).map(propertyPredicate),
    ...(leaf.where_item?.length ? [itemPredicate(leaf.where_item)] : []),
    ...followedFilters(leaf, options),
  ]
}

const amongFilter = (options: CompileOptions, column: string): RawBuilder<unknown>[] => options.among === undefined ? [] : [options.among(sql.ref(column))]

const lengthOf = (milliseconds: number): RawBuilder<unknown> => sql`${milliseconds}::double precision * interval '1 millisecond'`

export function windowFilters(leaf: EventLeaf, options: CompileOptions, isOwn: boolean): RawBuilder<unknown>[] {
  const { window } = leaf
  if (!window) return []
  const ago = (milliseconds: number) => moment(options.now.getTime() - milliseconds)
  if ('last' in window) return [sql`e.occurred_at > ${ago(durationMilliseconds(window.last))}::timestamptz`]
  if ('before' in window) return [sql`e.occurred_at <= ${ago(durationMilliseconds(window.before))}::timestamptz`]
  if ('after_field' in window) {
    const start = anchorMoment(window.after_field, isOwn ? options : { ...options, alias: 'anchor', rollupAlias: 'anchor' })
    return start === undefined ? [sql`false`] : [sql`e.occurred_at >= ${start}`, sql`e.occurred_at < ${start} + ${lengthOf(durationMilliseconds(window.within))}`]
  }
  if ('after_event' in window) {
    return [otherEvent('earlier', leaf, window.after_event, options, [
      sql`earlier.occurred_at <= e.occurred_at`,
      sql`earlier.occurred_at > e.occurred_at - ${lengthOf(durationMilliseconds(window.within))}`,
    ])]
  }
  if ('since_entry' in window) return [options.enrolmentAlias === undefined ? sql`false` : sql`e.occurred_at >= ${sql.ref(`${options.enrolmentAlias}.entered_at`)}`]
  return [
    ...(window.from === undefined ? [] : [sql`e.occurred_at >= ${moment(Date.parse(window.from))}::timestamptz`]),
    ...(window.to === undefined ? [] : [sql`e.occurred_at < ${moment(Date.parse(window.to))}::timestamptz`]),
  ]
}

/** The date of the card a window begins at, as a moment; a custom date begins at the company's midnight. */
function anchorMoment(name: string, options: CompileOptions): RawBuilder<unknown> | undefined {
  const field = cardField(name, options)
  if (field.kind !== 'date') return undefined
  const day = sql`(${field.expression} #>> '{}')`
  return isDay(field)
    ? sql`(case when pg_input_is_valid(${day}, 'date') then ${day}::date::timestamp at time zone ${options.timeZone ?? 'UTC'}::text end)`
    : field.expression
}

/** Asked about all together, a window that begins at a date of the card brings the cards with it. */
function anchorJoin({ window }: EventLeaf, options: CompileOptions): RawBuilder<unknown> {
  if (!window || !('after_field' in window)) return sql``
  const place = indexedDate(window.after_field) ?? { table: 'contacts', contactId: 'id' }
  const id = `anchor.${place.contactId}`
  return sql`join ${sql.table(place.table)} as anchor on ${sql.join([sql`${sql.ref(id)} = e.contact_id`, ...amongFilter(options, id)], sql` and `)}`
}

function followedFilters(leaf: EventLeaf, options: CompileOptions): RawBuilder<unknown>[] {
  const followed = leaf.not_followed_by
  if (!followed) return []
  const within = followed.within && durationMilliseconds(followed.within)
  const later = otherEvent('later', leaf, followed.event, options, [
    sql`later.occurred_at >= e.occurred_at`,
    ...(within === undefined ? [] : [sql`later.occurred_at < e.occurred_at + ${lengthOf(within)}`]),
    ...(followed.same_property === undefined ? [] : [sql`lower(later.properties ->> ${followed.same_property}::text) = lower(e.properties ->> ${followed.same_property}::text)`]),
  ])
  // What may still be followed in time is not one of them yet.
  const isOver = within === undefined ? [] : [sql`e.occurred_at <= ${moment(options.now.getTime() - within)}::timestamptz`]
  return [...isOver, sql`not ${later}`]
}

/** Whether another event of that type of the same contact is there. */
function otherEvent(alias: 'earlier' | 'later', leaf: EventLeaf, type: string, options: CompileOptions, filters: RawBuilder<unknown>[]): RawBuilder<boolean> {
  return sql`exists (select from events as ${sql.ref(alias)} where ${sql.join([
    sql`${sql.ref(`${alias}.contact_id`)} = e.contact_id`,
    ...amongFilter(options, `${alias}.contact_id`),
    sql`${sql.ref(`${alias}.type`)} = ${type}::text`,
    sql`${sql.ref(`${alias}.id`)} <> e.id`,
    ...(leaf.include_machines ? [] : [sql`not ${sql.ref(`${alias}.is_machine`)}`]),
    ...filters,
  ], sql` and `)})`
}
