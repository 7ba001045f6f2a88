import { conditionFields, durationMilliseconds, recordFields } from '../../shared/conditions.ts'
import type { Condition, ConditionLeaf, CountTest, CouponLeaf, Duration, EventLeaf, FieldLeaf, JourneyLeaf, MeasureTest, PropertyFilter, RelatedLeaf, SentMailLeaf, SinceTest } from '../../shared/conditions.ts'
import { worldFields } from './random-conditions.ts'

/** The slow and plain reading of a condition that the compiled one is held against. For tests only; the company's time is UTC. */
export type Person = {
  /** built-in fields by name: texts, numbers, moments as Date; money in major units */
  card: Record<string, string | number | Date | null>
  fields: Record<string, unknown>
  /** `mail`: which of the person's mails the event is about */
  events: { type: string, at: Date, machine: boolean, properties: Record<string, unknown>, mail: number | null }[]
  mails: { campaign?: number, journey?: number, step?: string, template: number }[]
  leads: { status: string, source: string, utm: Record<string, string>, created_at: Date }[]
  deals: { state: string, pipeline_id: number, amount: number | null, created_at: Date, stage_since: Date, closed_at: Date | null, expected_on: string | null, stale: boolean, items: { name: string, price: number, quantity: number }[] }[]
  orders: { status: string, amount: number, coupon: string | null, placed_at: Date, items: { category: string | null, price: number | null, quantity: number }[] }[]
  coupons: { pool: number, given_at: Date, valid_until: Date | null, redeemed_at: Date | null }[]
  ways: { journey: number, state: string, reason: string, step: string, entered_at: Date, arrived_at: Date, ended_at: Date, test: boolean }[]
  tags: Map<number, Date>
  consents: Map<number, { status: string, since: Date }>
  segments: Map<number, Date>
}

export function holds(condition: Condition, person: Person, now: Date): boolean {
  if ('all' in condition) return condition.all.every(part => holds(part, person, now))
  if ('any' in condition) return condition.any.some(part => holds(part, person, now))
  if ('not' in condition) return !holds(condition.not, person, now)
  return leafHolds(condition, person, now)
}

function leafHolds(leaf: ConditionLeaf, person: Person, now: Date): boolean {
  if ('field' in leaf) return fieldHolds(leaf, kindOf(leaf.field), valueOf(leaf.field, person), person, now)
  if ('event' in leaf) return eventHolds(leaf, person, now)
  if ('related' in leaf) return relatedHolds(leaf, person, now)
  if ('mail' in leaf) return mailHolds(leaf, person, now) === leaf.happened
  if ('coupon' in leaf) return couponHolds(leaf, person, now) === leaf.happened
  if ('journey' in leaf) return journeyHolds(leaf, person, now) === leaf.happened
  if ('tag' in leaf) return (person.tags.has(leaf.tag) && sinceHolds(leaf.since, person.tags.get(leaf.tag), now)) === leaf.has
  if ('segment' in leaf) return (person.segments.has(leaf.segment) && sinceHolds(leaf.since, person.segments.get(leaf.segment), now)) === leaf.in
  if ('consent' in leaf) {
    const states = leaf.topic === null ? [...person.consents.values()] : [person.consents.get(leaf.topic)].filter(state => state !== undefined)
    return leaf.consent === 'none' ? states.length === 0 : states.some(state => state.status === leaf.consent && sinceHolds(leaf.since, state.since, now))
  }
  if ('mail_step' in leaf) return !leaf.happened
  throw new Error('this leaf is not known here')
}

function sinceHolds(since: SinceTest | undefined, at: Date | undefined, now: Date): boolean {
  if (!since) return true
  const edge = now.getTime() - durationMilliseconds(since.value)
  return at !== undefined && (since.operator === 'in_last' ? at.getTime() > edge : at.getTime() <= edge)
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

function momentOf(value: unknown): number | null {
  if (value instanceof Date) return value.getTime()
  return typeof value === 'string' ? dayStart(value) : null
}

function fieldHolds(leaf: FieldLeaf, kind: string, value: unknown, person: Person, now: Date): boolean {
  const isKnown = value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  if (leaf.operator === 'known') return isKnown
  if (leaf.operator === 'unknown') return !isKnown
  switch (kind) {
    case 'date': {
      if (leaf.operator.startsWith('anniversary')) return anniversaryHolds(leaf, value, zoneOf(person), now)
      return dateHolds(leaf, momentOf(value), now)
    }
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
    const inLast = at !== null && at > time - length && ((!leaf.field.startsWith('fields.') && leaf.field !== 'expected_on') || at <= time)
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

function zoneOf(person: Person): string {
  const zone = person.card['time_zone']
  try {
    return typeof zone === 'string' && new Intl.DateTimeFormat('en', { timeZone: zone }) ? zone : 'UTC'
  } catch {
    return 'UTC'
  }
}

const localDay = (at: Date, timeZone: string): string => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at)

function anniversaryHolds({ operator, value }: FieldLeaf, date: unknown, timeZone: string, now: Date): boolean {
  if (date === null || date === undefined) return false
  const born = date instanceof Date ? localDay(date, timeZone) : String(date)
  const today = dayStart(localDay(now, timeZone))
  const length = isDuration(value) ? durationMilliseconds(value) / oneDay : 0
  for (let day = operator === 'anniversary_in_last' ? -length : 0; day <= (operator === 'anniversary_in_next' ? length : 0); day++) {
    const then = new Date(today + day * oneDay)
    const isLeap = new Date(Date.UTC(then.getUTCFullYear(), 1, 29)).getUTCMonth() === 1
    const kept = born.endsWith('02-29') && !isLeap ? '02-28' : born.slice(5)
    if (then.toISOString().slice(5, 10) === kept) return true
  }
  return false
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
    && inWindow(leaf, event, person, now)
    && (leaf.where ?? []).every(filter => filterHolds(filter, event.properties))
    && (!leaf.where_item?.length || linesOf(event.properties).some(line => lineHolds(leaf.where_item ?? [], line)))
    && !isFollowed(leaf, event, person, now))
  const isOrder = leaf.event === 'order.placed'
  if (leaf.measure) {
    const { property } = leaf.measure
    // Of an order's corrections the latest is measured; of two at the same moment the one that came later.
    const measured = isOrder ? [...Map.groupBy(counted, event => event.properties['order_id'] ?? event).values()].map(all => all.reduce((one, other) => other.at >= one.at ? other : one)) : counted
    const values = property.startsWith('items.')
      ? measured.flatMap(event => linesOf(event.properties).filter(line => lineHolds(leaf.where_item ?? [], line)).map(line => line[property.slice(6)]))
      : measured.map(event => event.properties[property])
    return measureHolds(leaf.measure, values)
  }
  const number = leaf.by_day ? new Set(counted.map(event => localDay(event.at, 'UTC'))).size
    : isOrder ? new Set(counted.map(event => event.properties['order_id'] ?? event)).size : counted.length
  return countHolds(leaf.count, number)
}

function countHolds(count: CountTest | undefined, number: number): boolean {
  const wanted = count ?? { at_least: 1 }
  if ('at_least' in wanted) return number >= wanted.at_least
  return 'at_most' in wanted ? number <= wanted.at_most : number === wanted.exactly
}

function measureHolds({ of, operator, value }: MeasureTest, given: unknown[]): boolean {
  const values = given.filter(one => typeof one === 'number')
  if (values.length === 0 && of !== 'sum') return false
  const sum = values.reduce((all, one) => all + one, 0)
  const measured = of === 'sum' ? sum : of === 'average' ? sum / values.length : of === 'smallest' ? Math.min(...values) : Math.max(...values)
  return compare(operator, Math.round(measured * 1e6) / 1e6, value)
}

// ── records, mails, coupons, journeys ────────────────────────────────────────────────────────────────
function relatedHolds(leaf: RelatedLeaf, person: Person, now: Date): boolean {
  const all: Record<string, unknown>[] = { lead: person.leads, deal: person.deals, order: person.orders }[leaf.related]
  const found = all.filter(record => (leaf.where ?? []).every(filter => recordHolds(leaf.related, filter, record, person, now)))
  if (!leaf.measure) return countHolds(leaf.count, found.length)
  const { property } = leaf.measure
  return measureHolds(leaf.measure, property.startsWith('items.') ? found.flatMap(linesOf).map(line => line[property.slice(6)]) : found.map(record => record[property]))
}

function recordHolds(related: RelatedLeaf['related'], filter: FieldLeaf, record: Record<string, unknown>, person: Person, now: Date): boolean {
  const kind = (recordFields[related] as Record<string, string>)[filter.field] ?? ''
  if (filter.field.startsWith('utm.')) return fieldHolds(filter, kind, (record['utm'] as Record<string, string>)[`utm_${filter.field.slice(4)}`] ?? null, person, now)
  if (!filter.field.startsWith('items.')) return fieldHolds(filter, kind, record[filter.field], person, now)
  if (filter.operator === 'is_not') return !recordHolds(related, { ...filter, operator: 'is' }, record, person, now)
  return linesOf(record).some(line => fieldHolds(filter, kind, line[filter.field.slice(6)], person, now))
}

const saidBy: Record<SentMailLeaf['mail'], string[]> = {
  sent: ['email.sent'], opened: ['email.opened', 'email.clicked'], clicked: ['email.clicked'], replied: ['email.replied'], bounced: ['email.bounced'], unsubscribed: ['subscription.withdrawn'],
}

function mailHolds({ mail, of, link, window, include_machines }: SentMailLeaf, person: Person, now: Date): boolean {
  return person.events.some(event => {
    const about = event.mail === null ? undefined : person.mails[event.mail]
    if (about === undefined || !saidBy[mail].includes(event.type) || (event.machine && !include_machines)) return false
    if (link !== undefined && !String(event.properties['url'] ?? '').toLowerCase().includes(link.toLowerCase())) return false
    if (window && !sinceHolds('last' in window ? { operator: 'in_last', value: window.last } : { operator: 'more_than_ago', value: window.before }, event.at, now)) return false
    if (of === null) return true
    if ('campaign' in of) return about.campaign === of.campaign
    return 'template' in of ? about.template === of.template : about.journey === of.journey && (of.step === undefined || about.step === of.step)
  })
}

function couponHolds({ coupon, pool }: CouponLeaf, person: Person, now: Date): boolean {
  return person.coupons.some(one => {
    if (pool !== null && one.pool !== pool) return false
    const isOver = one.valid_until !== null && one.valid_until <= now
    switch (coupon) {
      case 'given': return true
      case 'redeemed': return one.redeemed_at !== null
      case 'open': return one.redeemed_at === null && !isOver
      case 'run_out': return one.redeemed_at === null && isOver
    }
  })
}

function journeyHolds({ journey, state, step, since }: JourneyLeaf, person: Person, now: Date): boolean {
  return person.ways.some(way => {
    if (way.journey !== journey || way.test) return false
    const onTheWay = way.state === 'active' || way.state === 'waiting'
    const byGoal = way.reason.startsWith('goal:')
    const fits = { in: onTheWay && (step === undefined || way.step === step), ever: true, finished: way.state === 'done' && !byGoal, goal: ['done', 'left'].includes(way.state) && byGoal, left: way.state === 'left' && !byGoal, failed: way.state === 'failed' }
    const at = state === 'in' && step !== undefined ? way.arrived_at : state === 'in' || state === 'ever' ? way.entered_at : way.ended_at
    return fits[state] && sinceHolds(since, at, now)
  })
}

function inWindow(leaf: EventLeaf, event: Person['events'][number], person: Person, now: Date): boolean {
  const { window } = leaf
  const at = event.at.getTime()
  if (!window) return true
  if ('last' in window) return at > now.getTime() - durationMilliseconds(window.last)
  if ('before' in window) return at <= now.getTime() - durationMilliseconds(window.before)
  if ('after_field' in window) {
    const from = momentOf(valueOf(window.after_field, person))
    return from !== null && at >= from && at < from + durationMilliseconds(window.within)
  }
  if ('after_event' in window) {
    return person.events.some(other => other !== event && other.type === window.after_event && (leaf.include_machines || !other.machine)
      && at >= other.at.getTime() && at < other.at.getTime() + durationMilliseconds(window.within))
  }
  if ('since_entry' in window) return false
  return (window.from === undefined || at >= Date.parse(window.from)) && (window.to === undefined || at < Date.parse(window.to))
}

function isFollowed(leaf: EventLeaf, event: Person['events'][number], person: Person, now: Date): boolean {
  const later = leaf.not_followed_by
  if (!later) return false
  const within = later.within ? durationMilliseconds(later.within) : Infinity
  if (later.within && event.at.getTime() > now.getTime() - within) return true
  const property = (one: Person['events'][number]) => one.properties[later.same_property ?? ''] as string | undefined
  return person.events.some(other => other !== event && other.type === later.event && other.at >= event.at
    && other.at.getTime() < event.at.getTime() + within
    && (leaf.include_machines || !other.machine)
    && (later.same_property === undefined || (property(other) !== undefined && property(other)?.toLowerCase() === property(event)?.toLowerCase())))
}

function filterHolds(filter: PropertyFilter, properties: Record<string, unknown>): boolean {
  if (filter.operator === 'is_not') return !filterHolds({ ...filter, operator: 'is' }, properties)
  if (filter.operator === 'unknown') return !filterHolds({ ...filter, operator: 'known' }, properties)
  if (!filter.property.startsWith('items.')) return propertyHolds(filter, properties[filter.property] ?? null)
  return linesOf(properties).some(line => propertyHolds(filter, line[filter.property.slice(6)] ?? null))
}

const linesOf = (order: Record<string, unknown>): Record<string, unknown>[] => (order['items'] ?? []) as Record<string, unknown>[]

/** All filters about this one line. */
function lineHolds(filters: PropertyFilter[], line: Record<string, unknown>): boolean {
  return filters.every(filter => filterHolds(filter, line))
}

function propertyHolds({ operator, value }: PropertyFilter, actual: unknown): boolean {
  if (operator === 'known') return actual !== null && actual !== ''
  if (typeof value === 'number') return compare(operator, typeof actual === 'number' ? actual : null, value)
  return compareText(operator, actual === null ? null : String(actual), value)
}
