import type { CountTest, EventLeaf, MeasureTest } from '../../shared/conditions.ts'

/** How often, or how much: a count and a measure exclude each other. */
export type CountMode = 'once' | 'at_least' | 'at_most' | 'exactly' | 'never'
export const countModes: CountMode[] = ['once', 'at_least', 'at_most', 'exactly', 'never']
export const measures = ['sum', 'average', 'smallest', 'largest'] as const
export type Measure = typeof measures[number]

export type Counted = { count?: CountTest | undefined, measure?: MeasureTest | undefined, by_day?: true | undefined }

export function readCount(leaf: Counted): { mode: CountMode, times: number } {
  const count = leaf.count ?? { at_least: 1 }
  if ('at_least' in count) return count.at_least === 1 ? { mode: 'once', times: 1 } : { mode: 'at_least', times: count.at_least }
  if ('at_most' in count) return count.at_most === 0 ? { mode: 'never', times: 0 } : { mode: 'at_most', times: count.at_most }
  return count.exactly === 0 ? { mode: 'never', times: 0 } : { mode: 'exactly', times: count.exactly }
}

export function withCount<Leaf extends Counted>(leaf: Leaf, mode: CountMode, times: number): Leaf {
  const { count: _, measure: _measure, by_day, ...rest } = leaf
  // "Once" and "never" are the same on days as they are in times.
  const byDay = by_day === true && mode !== 'once' && mode !== 'never' ? { by_day } : {}
  // One would be "once" again: the choice of "at least" means two or more.
  const count: CountTest | undefined = mode === 'once' ? undefined
    : mode === 'never' ? { exactly: 0 }
      : mode === 'at_least' ? { at_least: Math.max(2, times) }
        : mode === 'at_most' ? { at_most: Math.max(1, times) } : { exactly: Math.max(1, times) }
  return { ...rest, ...byDay, ...(count === undefined ? {} : { count }) } as Leaf
}

export function withMeasure<Leaf extends Counted>(leaf: Leaf, of: Measure, property: string): Leaf {
  const { count: _, by_day: _byDay, measure, ...rest } = leaf
  return { ...rest, measure: measure === undefined ? { of, property, operator: 'at_least', value: 1 } : { ...measure, of } } as Leaf
}

export const measureOperators: MeasureTest['operator'][] = ['at_least', 'at_most', 'more_than', 'less_than', 'between']

export function withMeasureOperator(measure: MeasureTest, operator: MeasureTest['operator']): MeasureTest {
  const first = Array.isArray(measure.value) ? measure.value[0] ?? 0 : measure.value
  return { ...measure, operator, value: operator === 'between' ? (Array.isArray(measure.value) ? measure.value : [first, first]) : first }
}

// ── when it happened ─────────────────────────────────────────────────────────────────────────────────
export type WindowMode = 'ever' | 'last' | 'before' | 'between' | 'after_field' | 'after_event' | 'since_entry'
type Window = EventLeaf['window']

export function windowMode(window: Window): WindowMode {
  if (window === undefined) return 'ever'
  if ('last' in window) return 'last'
  if ('before' in window) return 'before'
  if ('since_entry' in window) return 'since_entry'
  if ('after_event' in window) return 'after_event'
  return 'after_field' in window ? 'after_field' : 'between'
}

/** A window of another kind; a length of time that was chosen is kept. */
export function newWindow(mode: WindowMode, before: Window): Window {
  const length = before === undefined ? undefined : 'last' in before ? before.last : 'before' in before ? before.before : 'within' in before ? before.within : undefined
  switch (mode) {
    case 'ever': return undefined
    case 'last': return { last: length ?? { amount: 30, unit: 'days' } }
    case 'before': return { before: length ?? { amount: 30, unit: 'days' } }
    case 'between': return {}
    case 'after_field': return { within: length ?? { amount: 7, unit: 'days' }, after_field: 'subscribed_at' }
    case 'after_event': return { within: length ?? { amount: 7, unit: 'days' }, after_event: 'email.clicked' }
    case 'since_entry': return { since_entry: true }
  }
}

export function withWindow<Leaf extends { window?: Window }>(leaf: Leaf, window: Window): Leaf {
  const { window: _, ...rest } = leaf
  return { ...rest, ...(window === undefined ? {} : { window }) } as Leaf
}
