import type { JourneyStep } from '../../../shared/journeys.ts'
import { chanceOf } from './chance.ts'
import { decidedWinners } from './winners.sql.ts'
import type { AdvanceStep } from './step.ts'

/** By weight, the same way for the same enrolment however often it comes here; once a winner is decided, everyone goes its way. */
export const splitRandom: AdvanceStep<'split_random'> = async (people, { db }) => {
  const withWinner = people.filter(({ step }) => step.winner !== null)
  const winners = withWinner.length === 0 ? new Map<string, string>() : await decidedWinners(db, withWinner.map(({ walker, step }) => ({ journey_id: walker.journey_id, step_key: walker.step_key, step })))
  return people.map(({ walker, step }) => {
    const winner = step.winner === null ? undefined : winners.get(`${walker.journey_id}:${walker.step_key}:${JSON.stringify(step)}`)
    const way = winner ?? chooseWay(step, chanceOf(`split:${walker.journey_id}:${walker.step_key}:${walker.contact_id}:${walker.trigger_key}`))
    if (way === undefined) return { kind: 'fail', reason: 'no_ways' }
    return { kind: 'go', outlet: `way:${way}`, outcome: `way:${way}`, ...winner === undefined ? {} : { reason: 'winner' } }
  })
}

/** Chance of [0, 1) in; the way whose share of the weights it falls into out. */
export function chooseWay({ ways }: Pick<Extract<JourneyStep, { kind: 'split_random' }>, 'ways'>, chance: number): string | undefined {
  const total = ways.reduce((sum, way) => sum + way.weight, 0)
  let rest = chance * total
  for (const way of ways) {
    rest -= way.weight
    if (rest < 0) return way.key
  }
  return ways.findLast(way => way.weight > 0)?.key ?? ways[0]?.key
}
