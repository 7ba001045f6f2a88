import type { Condition } from './conditions.ts'
import type { JourneyGraph, JourneyStep } from './journeys.ts'

/** `next`, `next_yes` …; of splits `way:<key>`. */
export type Outlet = { name: string; to: string | null }

/** The ways out of a step, in the order they are drawn. */
export function outletsOf(step: JourneyStep): Outlet[] {
  const failed = 'next_failed' in step && step.next_failed !== undefined ? [{ name: 'next_failed', to: step.next_failed }] : []
  switch (step.kind) {
    case 'end': return []
    case 'condition': return [{ name: 'next_yes', to: step.next_yes }, { name: 'next_no', to: step.next_no }]
    case 'wait_for_event': case 'wait_for_condition': return [{ name: 'next', to: step.next }, { name: 'next_timeout', to: step.next_timeout }]
    case 'wait_until': return [{ name: 'next', to: step.next }, ...(step.next_past === undefined ? [] : [{ name: 'next_past', to: step.next_past }])]
    case 'split_by_value': return [...step.cases.map(one => ({ name: `way:${one.key}`, to: one.next })), { name: 'next_else', to: step.next_else }]
    case 'split_random': return step.ways.map(way => ({ name: `way:${way.key}`, to: way.next }))
    case 'hold_out': return [{ name: 'next', to: step.next }, { name: 'next_held', to: step.next_held }]
    case 'go_to': return [{ name: 'to', to: step.to }, { name: 'next', to: step.next }]
    default: return [{ name: 'next', to: step.next }, ...failed]
  }
}

/** The step with one of its ways out leading elsewhere. */
export function withOutlet(step: JourneyStep, name: string, to: string | null): JourneyStep {
  if (!name.startsWith('way:')) return { ...step, [name]: to } as JourneyStep
  const led = <Way extends { key: string, next: string | null }>(way: Way): Way => `way:${way.key}` === name ? { ...way, next: to } : way
  if (step.kind === 'split_by_value') return { ...step, cases: step.cases.map(led) }
  return step.kind === 'split_random' ? { ...step, ways: step.ways.map(led) } : step
}

/** Steps people can come to: from the start and from where a reached goal jumps to, or from one step. */
export function reachableSteps(graph: JourneyGraph, from?: string | null): Set<string> {
  const reached = new Set<string>()
  const roots = from === undefined ? [graph.first, ...(graph.goals ?? []).map(goal => goal.to)] : [from]
  const open = roots.filter(key => key !== null)
  while (open.length > 0) {
    const key = open.pop()!
    const step = graph.steps[key]
    if (!step || reached.has(key)) continue
    reached.add(key)
    for (const outlet of outletsOf(step)) if (outlet.to !== null) open.push(outlet.to)
  }
  return reached
}

export function mailStepsIn(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(mailStepsIn)
  if ('any' in condition) return condition.any.flatMap(mailStepsIn)
  if ('not' in condition) return mailStepsIn(condition.not)
  return 'mail_step' in condition ? [condition.mail_step] : []
}

export function isEmptyCondition(condition: Condition): boolean {
  return ('all' in condition && condition.all.length === 0) || ('any' in condition && condition.any.length === 0)
}
