import { conditionFields, durationMilliseconds } from '../../shared/conditions.ts'
import type { Condition, ConditionLeaf, Duration, EventLeaf, FieldLeaf, PropertyFilter } from '../../shared/conditions.ts'
import { worldFields } from './random-conditions.ts'

/** The slow and plain reading of a condition that the compiled one is held against. For tests only; times in UTC. */
export type Person = {
  /** built-in fields by name: texts, numbers, moments as Date; money in major units */
  card: Record<string, string | number | Date | null>
  fields: Record<string, unknown>
  events: { type: string, at: Date, machine: boolean, properties: Record<string, unknown> }[]
  tags: number[]
  consents: Map<number, string>
  segments: Set<number>
}

export function holds(condition: Condition, person: Person, now: Date): boolean {
  if ('all' in condition) return condition.all.every(part => holds(part, person, now))
  if ('any' in condition) return condition.any.some(part => holds(part, person, now))
  if ('not' in condition) return !holds(condition.not, person, now)
  return leafHolds(condition, person, now)
}

function leafHolds(leaf: ConditionLeaf, person: Person, now: Date): boolean {
  if ('field' in leaf) return fieldHolds(leaf, person, now)
  if ('event' in leaf) return eventHolds(leaf, person, now)
  if ('tag' in leaf) return person.tags.includes(leaf.tag) === leaf.has
  if ('segment' in leaf) return person.segments.has(leaf.segment) === leaf.in
  if ('consent' in leaf) {
    const statuses = leaf.topic === null ? [...person.consents.values()] : [person.consents.get(leaf.topic)].filter(status => status !== undefined)
    return leaf.consent === 'none' ? statuses.length === 0 : statuses.includes(leaf.consent)
  }
  if ('mail_step' in leaf) return !leaf.happened
  throw new Error('this leaf is not known here yet')
}

function valueOf(name: string, person: Person): unknown {
  if (name.startsWith('fields.')) return person.fields[name.slice(7)] ?? null
  if (name === 'average_order') {
    const [orders, revenue] = [Number(person.card['orders_count'] ?? 0), Number(person.card['revenue'] ?? 0)]
    return orders > 0 ? Math.round(100 * revenue / orders) / 100 : null
  }
  const value = person.card[name] ?? null
  return value === null && ['orders_count', 'revenue', 'opens', 'clicks', 'mails_sent'].includes(name) ? 0 : value
}

function kindOf(name: string): string {
  if (name.startsWith('fields.')) return worldFields.find(field => field.key === name.slice(7))?.kind ?? 'text'
  return conditionFields[name as keyof typeof conditionFields]
}

const isDuration = (value: unknown): value is Duration => typeof value === 'object' && value !== null && 'unit' in value
const dayStart = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const oneDay = 86_400_000

function momentOf(name: string, person: Person): number | null {
  const value = valueOf(name, person)
  if (value instanceof Date) return value.getTime()
  return typeof value === 'string' ? dayStart(value) : null
}

function fieldHolds(leaf: FieldLeaf, person: Person, now: Date): boolean {
  const value = valueOf(leaf.field, person)
  const isKnown = value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  if (leaf.operator === 'known') return isKnown
  if (leaf.operator === 'unknown') return !isKnown
  switch (kindOf(leaf.field)) {
    case 'date': return dateHolds(leaf, momentOf(leaf.field, person), now)
    case 'number': case 'money': case 'user': return compare(leaf.operator, typeof value === 'number' ? value : null, leaf.value)
    case 'boolean': return value === leaf.value
    case 'multi_choice': return (Array.isArray(value) && value.includes(leaf.value)) === (leaf.operator === 'contains')
    default: return compareText(leaf.operator, typeof value === 'string' ? value : null, leaf.value)
  }
}

function dateHolds(leaf: FieldLeaf, at: number | null, now: Date): boolean {
  const time = now.getTime()
  if (isDuration(leaf.value)) {
    const length = durationMilliseconds(leaf.value)
    const inLast = at !== null && at > time - length && (!leaf.field.startsWith('fields.') || at <= time)
    if (leaf.operator === 'in_last') return inLast
    if (leaf.operator === 'not_in_last') return !inLast
    if (at === null) return false
    return leaf.operator === 'more_than_ago' ? at <= time - length : at > time && at <= time + length
  }
  if (at === null) return false
  const [first, last] = Array.isArray(leaf.value) ? leaf.value.map(String) : [String(leaf.value), String(leaf.value)]
  if (leaf.operator === 'before') return at < dayStart(first ?? '')
  if (leaf.operator === 'after') return at >= dayStart(first ?? '') + oneDay
  return at >= dayStart(first ?? '') && at < dayStart(last ?? '') + oneDay
}

function compare(operator: string, value: number | null, against: unknown): boolean {
  if (value === null) return operator === 'is_not'
  const [first, last] = (Array.isArray(against) ? against : [against]).map(Number) as [number, number]
  switch (operator) {
    case 'is': return value === first
    case 'is_not': return value !== first
    case 'at_least': return value >= first
    case 'at_most': return value <= first
    case 'more_than': return value > first
    case 'less_than': return value < first
    default: return value >= first && value <= last
  }
}

function compareText(operator: string, value: string | null, against: unknown): boolean {
  if (value === null) return operator === 'is_not' || operator === 'does_not_contain'
  const [text, wanted] = [value.toLowerCase(), String(against).toLowerCase()]
  switch (operator) {
    case 'is': return text === wanted
    case 'is_not': return text !== wanted
    case 'contains': return text.includes(wanted)
    case 'does_not_contain': return !text.includes(wanted)
    case 'starts_with': return text.startsWith(wanted)
    default: return (against as string[]).some(one => one.toLowerCase() === text)
  }
}

function eventHolds(leaf: EventLeaf, person: Person, now: Date): boolean {
  const counted = person.events.filter(event => event.type === leaf.event
    && (leaf.include_machines || !event.machine)
    && inWindow(leaf, event.at.getTime(), person, now)
    && (leaf.where ?? []).every(filter => filterHolds(filter, event.properties))
    && !isFollowed(leaf, event, person))
  const number = leaf.event === 'order.placed' ? new Set(counted.map(event => event.properties['order_id'] ?? event)).size : counted.length
  const wanted = leaf.count ?? { at_least: 1 }
  if ('at_least' in wanted) return number >= wanted.at_least
  return 'at_most' in wanted ? number <= wanted.at_most : number === wanted.exactly
}

function inWindow(leaf: EventLeaf, at: number, person: Person, now: Date): boolean {
  const { window } = leaf
  if (!window) return true
  if ('last' in window) return at > now.getTime() - durationMilliseconds(window.last)
  if ('after_field' in window) {
    const from = momentOf(window.after_field, person)
    return from !== null && at >= from && at < from + durationMilliseconds(window.within)
  }
  if (!('from' in window || 'to' in window)) throw new Error('this window is not known here yet')
  return (window.from === undefined || at >= Date.parse(window.from)) && (window.to === undefined || at < Date.parse(window.to))
}

function isFollowed(leaf: EventLeaf, event: Person['events'][number], person: Person): boolean {
  const later = leaf.not_followed_by
  if (!later) return false
  const property = (one: Person['events'][number]) => one.properties[later.same_property ?? ''] as string | undefined
  return person.events.some(other => other !== event && other.type === later.event && other.at >= event.at
    && (leaf.include_machines || !other.machine)
    && (later.same_property === undefined || (property(other) !== undefined && property(other)?.toLowerCase() === property(event)?.toLowerCase())))
}

function filterHolds(filter: PropertyFilter, properties: Record<string, unknown>): boolean {
  if (filter.operator === 'is_not') return !filterHolds({ ...filter, operator: 'is' }, properties)
  if (filter.operator === 'unknown') return !filterHolds({ ...filter, operator: 'known' }, properties)
  if (!filter.property.startsWith('items.')) return propertyHolds(filter, properties[filter.property] ?? null)
  const lines = (properties['items'] ?? []) as Record<string, unknown>[]
  return lines.some(line => propertyHolds(filter, line[filter.property.slice(6)] ?? null))
}

function propertyHolds({ operator, value }: PropertyFilter, actual: unknown): boolean {
  if (operator === 'known') return actual !== null && actual !== ''
  if (typeof value === 'number') return compare(operator, typeof actual === 'number' ? actual : null, value)
  return compareText(operator, actual === null ? null : String(actual), value)
}
