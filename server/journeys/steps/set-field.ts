import { writeCards } from './write-cards.ts'
import type { AdvanceStep } from './step.ts'

export const setField: AdvanceStep<'set_field'> = (people, context) => writeCards(people, context, ({ step }) => step.value)
