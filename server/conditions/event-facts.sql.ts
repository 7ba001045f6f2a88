import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../shared/conditions.ts'
import type { EventLeaf } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { CompileOptions } from './compile-condition.ts'
import { countedPredicate, isMetByNothing, measuredPredicate, zeroFits } from './count-predicates.sql.ts'
import { countedOf, windowFilters } from './event-leaf.sql.ts'
import { moment } from './moments.ts'
import { itemPredicate, numberIn, propertyPredicate } from './property-filter.sql.ts'

/** Bits of the contacts asked about, as a column of the query around: `from unnest(ids, bits) as facts (id, bits)`. */
const bits = sql.ref('facts.bits')

/**
 * What many conditions ask about the events of many contacts. Leaves over the same type of event share one reading of it,
 * instead of one plan and one reading each; whether each holds comes back as a bit per contact, and the conditions look
 * at the bit. First `ask` while compiling, then `read`, then run what was compiled beside the bits.
 */
export class EventFacts {
  readonly #readings = new Map<string, Reading>()
  readonly #places = new Map<string, { reading: Reading, place: number }>()
  readonly #defaults: string[] = []
  /** whom the leaves asked next are about */
  about: readonly number[] = []

  /** A predicate over `facts.bits`; nothing where a leaf cannot be answered from its own events and those around them. */
  ask(leaf: EventLeaf, options: CompileOptions): RawBuilder<boolean> | undefined {
    if (!isShareable(leaf)) return undefined
    const asked = JSON.stringify([leaf, options.now, options.timeZone])
    let known = this.#places.get(asked)
    if (known === undefined) {
      known = { reading: this.#readingOf(leaf), place: this.#defaults.length }
      this.#places.set(asked, known)
      this.#defaults.push(holdsForNothing(leaf) ? '1' : '0')
      known.reading.answers.push({ place: known.place, holds: holdsOf(leaf, options) })
      known.reading.from = Math.min(known.reading.from, earliestOf(leaf, options.now))
    }
    known.reading.about.add(this.about)
    return sql`(get_bit(${bits}, ${known.place}::int) = 1)`
  }

  /** Reads every type of event once; gives the bits of a contact, `0110…`. */
  async read(db: Db): Promise<(contactId: number) => string> {
    const places = new Map<number, string[]>()
    for (const reading of this.#readings.values()) {
      for (const { contact_id, held } of await rows<{ contact_id: number, held: string }>(db, readingOf(reading))) {
        let own = places.get(contact_id)
        if (own === undefined) places.set(contact_id, own = [...this.#defaults])
        for (const [index, { place }] of reading.answers.entries()) own[place] = held[index]!
      }
    }
    const nothing = this.#defaults.join('')
    return contactId => places.get(contactId)?.join('') ?? nothing
  }

  #readingOf(leaf: EventLeaf): Reading {
    const { window, not_followed_by: followed } = leaf
    const reading = {
      event: leaf.event, machines: leaf.include_machines === true,
      followedBy: followed === undefined ? null : { event: followed.event, property: followed.same_property ?? null },
      after: window && 'after_event' in window ? window.after_event : null,
    }
    const key = JSON.stringify(reading)
    let known = this.#readings.get(key)
    if (known === undefined) this.#readings.set(key, known = { ...reading, from: Infinity, about: new Set(), answers: [] })
    return known
  }
}

/** One type of event, with the moments of others around each where leaves ask for them. */
type Reading = {
  event: string
  machines: boolean
  followedBy: { event: string, property: string | null } | null
  after: string | null
  /** no leaf asks for anything before (ms since 1970) */
  from: number
  about: Set<readonly number[]>
  answers: { place: number, holds: RawBuilder<boolean> }[]
}

/** Windows that begin at the card or at a journey need what is not among the events; of a corrected order's sum, its last version. */
function isShareable({ event, window, measure }: EventLeaf): boolean {
  if (window && ('after_field' in window || 'since_entry' in window)) return false
  return measure === undefined || (event !== 'order.placed' && !measure.property.startsWith('items.'))
}

function readingOf({ event, machines, followedBy, after, from, about, answers }: Reading): RawBuilder<unknown> {
  const types = [...new Set([event, ...(followedBy ? [followedBy.event] : []), ...(after === null ? [] : [after])])]
  const mine = sql.join([
    sql`e.contact_id = any(${[...new Set([...about].flat())]}::bigint[])`,
    types.length === 1 ? sql`e.type = ${event}::text` : sql`e.type = any(${types}::text[])`,
    ...(machines ? [] : [sql`not e.is_machine`]),
    ...(from === -Infinity ? [] : [sql`e.occurred_at > ${moment(from)}::timestamptz`]),
  ], sql` and `)
  const held = sql`array_to_string(array[${sql.join(answers.map(({ holds }) => sql`(${holds})::int`))}]::int[], '') as held`
  if (types.length === 1 && followedBy === null && after === null) return sql`select e.contact_id, ${held} from events e where ${mine} group by e.contact_id`
  return sql`
    select e.contact_id, ${held}
    from (
      select e.*
        ${followedBy ? sql`, ${nextAt(event, followedBy)} as next_at` : sql``}
        ${after === null ? sql`` : sql`, ${previousAt(event, after)} as previous_at`}
      from events e
      where ${mine}
    ) as e
    where e.type = ${event}::text
    group by e.contact_id`
}

/** When the next event of that type came, at the same moment or after, never itself; with `property`: of the same value, and never without one. */
function nextAt(event: string, { event: other, property }: NonNullable<Reading['followedBy']>): RawBuilder<unknown> {
  const value = property === null ? undefined : sql`lower(e.properties ->> ${property}::text)`
  const among = sql.join([sql`e.contact_id`, ...(value ? [value] : [])])
  const next = event === other
    ? sql`case when count(*) over (partition by ${among}, e.type, e.occurred_at) > 1 then e.occurred_at else lead(e.occurred_at) over (partition by ${among}, e.type order by e.occurred_at, e.id) end`
    : sql`min(e.occurred_at) filter (where e.type = ${other}::text) over (partition by ${among} order by e.occurred_at desc)`
  return value ? sql`case when ${value} is not null then ${next} end` : next
}

function previousAt(event: string, other: string): RawBuilder<unknown> {
  return event === other
    ? sql`case when count(*) over (partition by e.contact_id, e.type, e.occurred_at) > 1 then e.occurred_at else lag(e.occurred_at) over (partition by e.contact_id, e.type order by e.occurred_at, e.id) end`
    : sql`max(e.occurred_at) filter (where e.type = ${other}::text) over (partition by e.contact_id order by e.occurred_at)`
}

/** Of the events `e` of one contact, with what is around them: an aggregate that says whether the leaf holds. */
function holdsOf(leaf: EventLeaf, options: CompileOptions): RawBuilder<boolean> {
  const filter = sql`filter (where ${sql.join([sql`true`, ...filtersOf(leaf, options)], sql` and `)})`
  if (leaf.measure) return measuredPredicate(leaf.measure, numberIn(sql`(e.properties -> ${leaf.measure.property}::text)`), filter)
  return countedPredicate(leaf.count, countedOf(leaf, options), filter)
}

function filtersOf(leaf: EventLeaf, options: CompileOptions): RawBuilder<unknown>[] {
  const { window, not_followed_by: followed } = leaf
  const length = (milliseconds: number) => sql`${milliseconds}::double precision * interval '1 millisecond'`
  const within = followed?.within && durationMilliseconds(followed.within)
  return [
    ...(window && 'after_event' in window
      ? [sql`e.previous_at > e.occurred_at - ${length(durationMilliseconds(window.within))}`]
      : windowFilters(leaf, options, false)),
    ...(leaf.where ?? []).map(propertyPredicate),
    ...(leaf.where_item?.length ? [itemPredicate(leaf.where_item)] : []),
    ...(followed === undefined
      ? []
      : within === undefined
        ? [sql`e.next_at is null`]
        // What may still be followed in time is not one of them yet.
        : [sql`e.occurred_at <= ${moment(options.now.getTime() - within)}::timestamptz`, sql`(e.next_at is null or e.next_at >= e.occurred_at + ${length(within)})`]),
  ]
}

function holdsForNothing(leaf: EventLeaf): boolean {
  return leaf.measure ? leaf.measure.of === 'sum' && zeroFits(leaf.measure) : isMetByNothing(leaf.count)
}

function earliestOf({ window }: EventLeaf, now: Date): number {
  if (window && 'last' in window) return now.getTime() - durationMilliseconds(window.last)
  // Half-open ranges begin at the moment itself, readings after it.
  if (window && 'from' in window && window.from !== undefined) return Date.parse(window.from) - 1
  return -Infinity
}
