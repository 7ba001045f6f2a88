import type { JourneyGraph } from '../../shared/journeys.ts'
import type { Db } from '../base/db.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import type { Walker } from './steps/step.ts'
import { whoMeets } from './wake-by-changes.ts'
import { watchesOf } from './watches.ts'

/**
 * People about to move in; those out who meet the exit condition (`exit_condition`) or a goal they had not reached yet
 * (`goal:key`). Asked whenever somebody moves, so that nobody is mailed who should have left, be the clock's own look at
 * it late. One statement for each condition of a version. Locks nothing.
 */
export async function findReached(db: Db, walkers: Walker[], graphs: Map<number, JourneyGraph>, now: Date): Promise<Map<Walker, string>> {
  const reached = new Map<Walker, string>()
  let context: Awaited<ReturnType<typeof loadConditionContext>> | undefined
  for (const [versionId, people] of Map.groupBy(walkers, walker => walker.version_id)) {
    const graph = graphs.get(versionId)
    if (!graph) continue
    for (const watch of watchesOf(versionId, graph)) {
      if (watch.kind !== 'exit' && watch.kind !== 'goal') continue
      const open = people.filter(walker => !reached.has(walker) && !walker.context.goals?.includes(watch.name.slice('goal:'.length)))
      for (const walker of open) if (walker.context.reached === watch.name) reached.set(walker, watch.name)
      context ??= await loadConditionContext(db)
      for (const walker of await whoMeets(db, watch, open.filter(one => !reached.has(one)), { ...context, now })) reached.set(walker, watch.name)
    }
  }
  return reached
}
