import type { AdvanceStep } from './step.ts'

/** So often as the step says it leads to its target, from then on to the next step. */
export const goTo: AdvanceStep<'go_to'> = async people => people.map(({ walker, step }) => {
  const times = walker.context.loops?.[walker.step_key] ?? 0
  if (step.most_times !== null && times >= step.most_times) return { kind: 'go', outlet: 'next', outcome: 'next', reason: `times:${times}` }
  walker.context = { ...walker.context, loops: { ...walker.context.loops, [walker.step_key]: times + 1 } }
  return { kind: 'go', outlet: 'to', outcome: 'again', reason: `times:${times + 1}` }
})
