import { outletsOf, reachableSteps } from '../../shared/journey-problems.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'
import { goalPlace, start, targetOf, waysInto } from './ways.ts'
import type { Place } from './ways.ts'

export type OutlineRow =
  /** `meets`: branches listed above come together here */
  | { kind: 'step', key: string, depth: number, number: number, from: Place, meets: boolean }
  /** a way out with a name of its own: yes, no, did not happen */
  | { kind: 'branch', place: Place, depth: number }
  /** the way joins a step that is listed elsewhere */
  | { kind: 'goes_to', key: string, depth: number, from: Place }
  /** the branch ends and goes on at the step listed after all branches */
  | { kind: 'joins', depth: number, from: Place }
  /** the way ends here; a step can be added */
  | { kind: 'open', depth: number, from: Place }
  /** what reaching a goal leads to, below its name */
  | { kind: 'goal', key: string, place: Place, depth: number }
  | { kind: 'unreachable', key: string, depth: number }

/**
 * The graph as an ordered list: the same for the list view, the keyboard and a screen reader. A step that several
 * ways lead to is listed once, outside of the branches when all of them meet there.
 */
export function outline(graph: JourneyGraph): OutlineRow[] {
  const shape = JSON.stringify([graph.first, (graph.goals ?? []).map(goal => [goal.key, goal.to]), Object.entries(graph.steps).map(([key, step]) => [key, outletsOf(step).map(outlet => [outlet.name, outlet.to])])])
  if (latest?.shape !== shape) latest = { shape, rows: makeOutline(graph) }
  return latest.rows
}

/** The list changes with the ways only, and is asked for with every letter typed into a step. */
let latest: { shape: string, rows: OutlineRow[] } | null = null

function makeOutline(graph: JourneyGraph): OutlineRow[] {
  const rows: OutlineRow[] = []
  const listed = new Set<string>()
  let number = 0
  const follow = (place: Place, depth: number, stopAt: string | null) => {
    let from = place
    let meets = false
    for (;;) {
      const key = targetOf(graph, from)
      if (key !== null && key === stopAt) {
        rows.push({ kind: 'joins', depth, from })
        return
      }
      const step = key === null ? undefined : graph.steps[key]
      if (key === null || !step) {
        rows.push({ kind: 'open', depth, from })
        return
      }
      if (listed.has(key)) {
        rows.push({ kind: 'goes_to', key, depth, from })
        return
      }
      listed.add(key)
      rows.push({ kind: 'step', key, depth, number: ++number, from, meets })
      meets = false
      const outlets = outletsOf(step)
      if (outlets.length === 0) return
      if (outlets.length === 1) {
        from = { step: key, outlet: outlets[0]!.name }
        continue
      }
      const meeting = meetingPoint(graph, outlets.map(outlet => outlet.to), listed)
      for (const outlet of outlets) {
        rows.push({ kind: 'branch', place: { step: key, outlet: outlet.name }, depth: depth + 1 })
        follow({ step: key, outlet: outlet.name }, depth + 2, meeting ?? stopAt)
      }
      if (meeting === null) return
      from = wayTo(graph, meeting, key)
      meets = true
    }
  }
  follow(start, 0, null)
  for (const goal of graph.goals ?? []) {
    rows.push({ kind: 'goal', key: goal.key, place: goalPlace(goal.key), depth: 0 })
    follow(goalPlace(goal.key), 1, null)
  }
  for (const key of Object.keys(graph.steps)) if (!listed.has(key)) rows.push({ kind: 'unreachable', key, depth: 0 })
  return rows
}

/** The first step that every branch comes to (before ending or going back). */
export function meetingPoint(graph: JourneyGraph, heads: (string | null)[], listed: ReadonlySet<string>): string | null {
  const ordered = (head: string | null): string[] => {
    const seen = new Set<string>()
    const open = head === null ? [] : [head]
    for (const key of open) {
      const step = graph.steps[key]
      if (!step || seen.has(key) || listed.has(key)) continue
      seen.add(key)
      for (const outlet of outletsOf(step)) if (outlet.to !== null) open.push(outlet.to)
    }
    return [...seen]
  }
  const [first = [], ...others] = heads.map(ordered)
  const sets = others.map(other => new Set(other))
  const common = first.filter(key => sets.every(other => other.has(key)))
  // of all steps the branches share, the one all others come after
  return common.find(key => { const behind = reachableSteps(graph, key); return common.every(other => behind.has(other)) }) ?? null
}

function wayTo(graph: JourneyGraph, key: string, inside: string): Place {
  const within = reachableSteps(graph, inside)
  return waysInto(graph, key).find(place => place.step !== null && within.has(place.step)) ?? start
}

/** Where a way may be led: every step but the one it leaves. */
export function possibleTargets(graph: JourneyGraph, place: Place): string[] {
  return outline(graph).flatMap(row => row.kind === 'step' && row.key !== place.step ? row.key : [])
}
