import { durationMilliseconds } from '../../../shared/conditions.ts'
import { waitUntil } from './step.ts'
import type { AdvanceStep } from './step.ts'

/** Time counts from the arrival at the step. */
export const advanceWait: AdvanceStep<'wait'> = async (people, { now }) =>
  people.map(({ walker, step }) => walker.state === 'waiting'
    ? { kind: 'go', outlet: 'next', outcome: 'next', since: walker.wake_at }
    : { kind: 'wait', until: waitUntil(walker, durationMilliseconds(step.duration), now) })
