import { addTags, removeTags } from '../../contacts/tags.sql.ts'
import { appendEvents } from '../../events/append-events.sql.ts'
import { existingTags } from './lookups.sql.ts'
import { noteChange } from './step.ts'
import type { At, AdvanceStep, StepContext, StepResult } from './step.ts'

export const addTag: AdvanceStep<'add_tag'> = (people, context) => change(people, context, addTags, 'tag.added')
export const removeTag: AdvanceStep<'remove_tag'> = (people, context) => change(people, context, removeTags, 'tag.removed')

async function change(people: (At<'add_tag'> | At<'remove_tag'>)[], context: StepContext, write: typeof addTags, event: string): Promise<StepResult[]> {
  const tags = await existingTags(context.db, people.flatMap(({ step }) => step.tag_id ?? []))
  const possible = people.filter(({ step }) => step.tag_id !== null && tags.has(step.tag_id))
  const changed = await write(context.db, possible.map(({ walker, step }) => ({ contact_id: walker.contact_id, tag_id: step.tag_id! })), context.now)
  const journeys = new Map(possible.map(({ walker, step }) => [`${walker.contact_id}:${step.tag_id}`, walker.journey_id]))
  for (const { contact_id } of changed) noteChange(context, contact_id, 'tag')
  if (changed.length > 0) {
    await appendEvents(context.db, changed.map(({ contact_id, tag_id }) => {
      const journeyId = journeys.get(`${contact_id}:${tag_id}`)!
      return { type: event, contact: { id: contact_id }, occurred_at: context.now, properties: { tag_id, by: `journey:${journeyId}` }, source: `journey:${journeyId}`, journey_id: journeyId }
    }), context.now)
  }
  return people.map(({ step }) => step.tag_id !== null && tags.has(step.tag_id)
    ? { kind: 'go', outlet: 'next', outcome: 'next' }
    : { kind: 'fail', reason: 'tag_gone' })
}
