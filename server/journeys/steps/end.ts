import type { AdvanceStep } from './step.ts'

export const end: AdvanceStep<'end'> = async people => people.map(() => ({ kind: 'go', outlet: 'next', outcome: 'ended' }))
