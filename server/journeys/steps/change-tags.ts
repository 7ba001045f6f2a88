import { addTags } from '../../contacts/tags.sql.ts'
import { removeTags } from '../../contacts/tags.sql.ts'
import { existingTags } from './lookups.sql.ts'
import { noteChange } from './step.ts'
import type { At, AdvanceStep, StepContext, StepResult } from './step.ts'

export const addTag: AdvanceStep<'add_tag'> = (people, context) => change(people, context, addTags)
export const removeTag: AdvanceStep<'remove_tag'> = (people, context) => change(people, context, removeTags)

async function change(people: At<'add_tag' | 'remove_tag'>[], context: StepContext, write: typeof addTags): Promise<StepResult[]> {
  const tags = await existingTags(context.db, people.flatMap(({ step }) => step.tag_id ?? []))
  const possible = people.filter(({ step }) => step.tag_id !== null && tags.has(step.tag_id))
  await write(context.db, possible.map(({ walker, step }) => ({ contact_id: walker.contact_id, tag_id: step.tag_id! })), context.now)
  for (const { walker } of possible) noteChange(context, walker.contact_id, 'tag')
  return people.map(({ step }) => step.tag_id !== null && tags.has(step.tag_id)
    ? { kind: 'go', outlet: 'next', outcome: 'next' }
    : { kind: 'fail', reason: 'tag_gone' })
}
