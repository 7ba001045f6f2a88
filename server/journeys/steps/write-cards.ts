import type { ContactInput, FieldValue } from '../../../shared/contacts.ts'
import { saveContacts } from '../../contacts/save-contacts.sql.ts'
import { noteChange } from './step.ts'
import type { StepContext, StepResult, Walker } from './step.ts'

type Person = { walker: Walker, step: { field: string } }

/** Writes one field of each card as an edit would: the value is checked and normalised the same way, and what it refuses fails this person's step only. */
export async function writeCards<One extends Person>(people: One[], context: StepContext, valueOf: (person: One) => FieldValue): Promise<StepResult[]> {
  const results = new Map<One, StepResult>()
  for (const group of groupByJourney(people)) {
    const inputs = group.map((person): ContactInput => {
      const { walker, step: { field } } = person
      const value = valueOf(person)
      return field.startsWith('fields.') ? { id: walker.contact_id, fields: { [field.slice('fields.'.length)]: value } } : { id: walker.contact_id, [field]: value }
    })
    const outcomes = await saveContacts(context.db, inputs, { now: context.now, by: `journey:${group[0]!.walker.journey_id}`, mode: 'overwrite' })
    for (const [index, person] of group.entries()) {
      const outcome = outcomes[index]!
      if ('error' in outcome) {
        const { field, message } = outcome.error
        results.set(person, { kind: 'fail', reason: message === 'there is no such custom field' ? 'field_gone' : `${field}: ${message}` })
        continue
      }
      if (outcome.changed.length > 0) noteChange(context, person.walker.contact_id, ...outcome.changed)
      results.set(person, { kind: 'go', outlet: 'next', outcome: 'next' })
    }
  }
  return people.map(person => results.get(person)!)
}

/** By journey, which is named as the author; somebody who stands here twice comes in a group of their own, since each card is written once. */
function groupByJourney<One extends Person>(people: One[]): One[][] {
  const groups = new Map<string, One[]>()
  const times = new Map<string, number>()
  for (const person of people) {
    const { journey_id, contact_id } = person.walker
    const time = times.get(`${journey_id}:${contact_id}`) ?? 0
    times.set(`${journey_id}:${contact_id}`, time + 1)
    groups.set(`${journey_id}:${time}`, [...groups.get(`${journey_id}:${time}`) ?? [], person])
  }
  return [...groups.values()]
}
