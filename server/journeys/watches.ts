import { keptMap } from '../base/kept.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { ClockEdge } from '../conditions/compile-condition.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'

/** Something people of a version are watched for wherever they are (exit, goals), or while they stand at a step (waits). */
export type Watch = {
  /** `exit_condition`, `goal:key`, or the key of the step */
  name: string
  kind: 'exit' | 'goal' | 'wait' | 'date'
  /** of `date`: none, the moment is computed anew */
  condition: Condition | null
  /** keys of changes after which it has to be looked at */
  dependsOn: string[]
  clockEdges: ClockEdge[]
}

/** Versions never change, so what was found once stays right. The oldest is dropped past this many. */
const kept = 500
const found = keptMap<number, Watch[]>()

/** In the order in which they decide: the exit before the goals, those in their order. A condition that cannot be compiled any more holds for nobody. */
export function watchesOf(versionId: number, graph: JourneyGraph): Watch[] {
  const known = found.get(versionId)
  if (known) return known
  const watches: Watch[] = [
    ...graph.exit_condition ? [{ name: 'exit_condition', kind: 'exit' as const, condition: graph.exit_condition }] : [],
    ...(graph.goals ?? []).map(goal => ({ name: `goal:${goal.key}`, kind: 'goal' as const, condition: goal.condition })),
    ...Object.entries(graph.steps).flatMap(([name, step]) => step.kind === 'wait_for_condition' ? [{ name, kind: 'wait' as const, condition: step.condition }] : []),
  ].flatMap(watch => {
    // What a condition depends on does not depend on the moment or the company.
    try {
      const { dependsOn, clockEdges } = compileCondition(watch.condition, { now: new Date(0), currency: 'USD', customFields: [], enrolmentAlias: 'n' })
      return [{ ...watch, dependsOn, clockEdges }]
    } catch {
      return []
    }
  })
  for (const [name, step] of Object.entries(graph.steps)) {
    if (step.kind !== 'wait_until') continue
    watches.push({ name, kind: 'date', condition: null, dependsOn: ['field:time_zone', ...'field' in step.until ? [`field:${step.until.field}`] : []], clockEdges: [] })
  }
  found.set(versionId, watches)
  for (const id of found.keys()) {
    if (found.size <= kept) break
    found.delete(id)
  }
  return watches
}
