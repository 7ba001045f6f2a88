import { chanceOf } from './chance.ts'
import type { AdvanceStep } from './step.ts'

/** Who is kept back is so each time they come: what is compared later are people, not their ways. */
export const holdOut: AdvanceStep<'hold_out'> = async people => people.map(({ walker, step }) =>
  chanceOf(`hold_out:${walker.journey_id}:${walker.step_key}:${walker.contact_id}`) * 100 < step.percent
    ? { kind: 'go', outlet: 'next_held', outcome: 'held' }
    : { kind: 'go', outlet: 'next', outcome: 'next' })
