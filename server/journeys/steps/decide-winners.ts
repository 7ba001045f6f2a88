import { durationMilliseconds } from '../../../shared/conditions.ts'
import type { App } from '../../base/app.ts'
import { touchAll } from '../../base/live.ts'
import { activeJourneys } from '../versions.sql.ts'
import { countWays, keepWinner } from './decide-winners.sql.ts'
import type { WayNumbers } from './decide-winners.sql.ts'
import { decidedWinners } from './winners.sql.ts'
import type { Split, SplitStep } from './winners.sql.ts'

/**
 * Decides the winners of random splits whose first people have had their time: the way that did best by person, from then
 * on everyone's. The numbers it was decided by are kept. Deciding twice changes nothing. Always false: one pass decides all.
 */
export async function decideWinners(app: App): Promise<boolean> {
  const now = app.now()
  const splits = (await activeJourneys(app.db)).flatMap(({ journey_id, version_id, graph }) => Object.entries(graph.steps).flatMap(([step_key, step]) =>
    step.kind === 'split_random' && step.winner !== null ? [{ journey_id, version_id, step_key, step }] : []))
  if (splits.length === 0) return false
  const decided = await decidedWinners(app.db, splits)
  for (const split of splits) {
    if (decided.has(`${split.journey_id}:${split.step_key}:${JSON.stringify(split.step)}`)) continue
    const ways = await countWays(app.db, split, split.version_id)
    const winner = winnerOf(split.step, ways, now)
    if (winner === undefined) continue
    await keepWinner(app.db, split satisfies Split, winner, { measure: split.step.winner!.measure, ways: ways.map(({ way, people, value }) => ({ way, people, value })) }, now)
    await touchAll(app.db, [`journey:${split.journey_id}`])
  }
  return false
}

/** The way with the most by person; of equals the one of more weight, then the first. Undefined: too early to say. */
export function winnerOf(step: Pick<SplitStep, 'ways' | 'winner'>, counted: WayNumbers[], now: Date): string | undefined {
  if (step.winner === null) return undefined
  const people = counted.reduce((sum, way) => sum + way.people, 0)
  const last = Math.max(...counted.map(way => way.last_left_at.getTime()))
  if (people < step.winner.after_people || last + durationMilliseconds(step.winner.after) > now.getTime()) return undefined
  const shares = new Map(counted.map(way => [way.way, way.value / way.people]))
  const ranked = step.ways.filter(way => shares.has(way.key)).sort((one, other) => shares.get(other.key)! - shares.get(one.key)! || other.weight - one.weight)
  return ranked[0]?.key
}
