import { durationMilliseconds } from '../../../shared/conditions.ts'
import type { Condition, ConditionLeaf, EventLeaf, FieldLeaf } from '../../../shared/conditions.ts'
import { askedAt, enteredAt } from './at-moments.sql.ts'

/**
 * A condition put so that it knows nothing of what came after the moment it is asked for: events up to then, tags and
 * memberships held by then, orders counted up to then. Other fields of the card are taken as they are now.
 */
export function asOf(condition: Condition): Condition {
  if ('all' in condition) return { all: condition.all.map(asOf) }
  if ('any' in condition) return { any: condition.any.map(asOf) }
  if ('not' in condition) return { not: asOf(condition.not) }
  return leafAsOf(condition)
}

const until = new Date(askedAt.getTime() + 1).toISOString()
const heldBy = { operator: 'more_than_ago', value: { amount: 0, unit: 'minutes' } } as const

function leafAsOf(leaf: ConditionLeaf): Condition {
  if ('event' in leaf) return eventAsOf(leaf)
  if ('field' in leaf) return orderFieldAsOf(leaf) ?? leaf
  if ('tag' in leaf && leaf.since === undefined) return leaf.has ? { ...leaf, since: heldBy } : { not: { ...leaf, has: true, since: heldBy } }
  if ('segment' in leaf && leaf.since === undefined) return leaf.in ? { ...leaf, since: heldBy } : { not: { ...leaf, in: true, since: heldBy } }
  if ('consent' in leaf && leaf.since === undefined && leaf.consent !== 'none') return { ...leaf, since: heldBy }
  return leaf
}

function eventAsOf(leaf: EventLeaf): Condition {
  const { window } = leaf
  if (window === undefined) return { ...leaf, window: { to: until } }
  if ('last' in window) return { ...leaf, window: { from: new Date(askedAt.getTime() - durationMilliseconds(window.last) + 1).toISOString(), to: until } }
  if ('since_entry' in window) return { ...leaf, window: { from: enteredAt.toISOString(), to: until } }
  if ('from' in window && window.to === undefined) return { ...leaf, window: { ...window, to: until } }
  return leaf
}

/** Orders have their moments, so what the card says of them can be said of any day. */
function orderFieldAsOf(leaf: FieldLeaf): Condition | null {
  const { value } = leaf
  if (leaf.field === 'orders_count' && typeof value === 'number' && Number.isInteger(value)) {
    const atLeast = (count: number): Condition => count <= 0 ? { all: [] } : eventAsOf({ event: 'order.placed', count: { at_least: count } })
    switch (leaf.operator) {
      case 'at_least': return atLeast(value)
      case 'more_than': return atLeast(value + 1)
      case 'less_than': return { not: atLeast(value) }
      case 'at_most': return { not: atLeast(value + 1) }
      case 'is': return { all: [atLeast(value), { not: atLeast(value + 1) }] }
      case 'is_not': return { not: { all: [atLeast(value), { not: atLeast(value + 1) }] } }
      default: return null
    }
  }
  if (leaf.field !== 'last_order_at') return null
  const ever = eventAsOf({ event: 'order.placed' })
  if (leaf.operator === 'known') return ever
  if (leaf.operator === 'unknown') return { not: ever }
  if (typeof value !== 'object' || Array.isArray(value)) return null
  const lately = eventAsOf({ event: 'order.placed', window: { last: value } })
  switch (leaf.operator) {
    case 'in_last': return lately
    case 'not_in_last': return { not: lately }
    case 'more_than_ago': return { all: [ever, { not: lately }] }
    default: return null
  }
}

/** Whether the answer rests on the card as it is today. */
export function usesCard(condition: Condition): boolean {
  if ('all' in condition) return condition.all.some(usesCard)
  if ('any' in condition) return condition.any.some(usesCard)
  if ('not' in condition) return usesCard(condition.not)
  if ('field' in condition) return orderFieldAsOf(condition) === null
  return !('event' in condition || 'mail_step' in condition)
}

/** Anniversaries are asked for the calendar day of one moment, so they cannot be asked for many at once. */
export const asksCalendar = (condition: Condition): boolean => JSON.stringify(condition).includes('"anniversary_')
