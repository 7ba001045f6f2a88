import type { ContactInput } from '../../../shared/contacts.ts'
import { saveContacts } from '../../contacts/save-contacts.sql.ts'
import { noteChange } from './step.ts'
import type { AdvanceStep, At, StepResult } from './step.ts'

/** Writes the card as an edit would: the value is checked and normalised the same way, and what it refuses fails this person's step only. */
export const setField: AdvanceStep<'set_field'> = async (people, context) => {
  const results = new Map<At<'set_field'>, StepResult>()
  for (const group of groupByJourney(people)) {
    const inputs = group.map(({ walker, step }): ContactInput => step.field.startsWith('fields.')
      ? { id: walker.contact_id, fields: { [step.field.slice('fields.'.length)]: step.value } }
      : { id: walker.contact_id, [step.field]: step.value })
    const outcomes = await saveContacts(context.db, inputs, { now: context.now, by: `journey:${group[0]!.walker.journey_id}`, mode: 'overwrite' })
    for (const [index, person] of group.entries()) {
      const outcome = outcomes[index]!
      if ('error' in outcome) {
        results.set(person, { kind: 'fail', reason: `${outcome.error.field}: ${outcome.error.message}` })
        continue
      }
      if (outcome.changed.length > 0) noteChange(context, person.walker.contact_id, ...outcome.changed)
      results.set(person, { kind: 'go', outlet: 'next', outcome: 'next' })
    }
  }
  return people.map(person => results.get(person)!)
}

/** By journey, which is named as the author; somebody who stands here twice comes in a group of their own, since each card is written once. */
function groupByJourney(people: At<'set_field'>[]): At<'set_field'>[][] {
  const groups = new Map<string, At<'set_field'>[]>()
  const times = new Map<string, number>()
  for (const person of people) {
    const { journey_id, contact_id } = person.walker
    const time = times.get(`${journey_id}:${contact_id}`) ?? 0
    times.set(`${journey_id}:${contact_id}`, time + 1)
    groups.set(`${journey_id}:${time}`, [...groups.get(`${journey_id}:${time}`) ?? [], person])
  }
  return [...groups.values()]
}
