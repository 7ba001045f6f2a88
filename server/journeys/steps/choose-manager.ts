import type { AssignmentRule } from '../../../shared/journeys.ts'
import { choosePerson, type Person } from '../../leads/choose-person.ts'

/** A choice among the step's own people. */
export type OwnRule = Exclude<AssignmentRule, { kind: 'rules' }>

export type Choice = { user_id: number, because: 'user' | 'turn' | 'least_busy', load?: number, /** whose place it was, who is away */ turn: number }

/**
 * Who of the rule's people gets the next contact, chosen as leads are (leads/choose-person.ts): in turn after `last`, or the least
 * busy; whoever is away is stood in for or passed over. Undefined: nobody of them is left. `people`: all who can sign in.
 */
export function chooseManager(rule: OwnRule, people: ReadonlyMap<number, Person>, last: number | undefined): Choice | undefined {
  const members = rule.kind === 'user' ? [rule.user].filter(user => user !== null) : rule.users
  const { chosen } = choosePerson({ way: rule.kind === 'least_busy' ? 'by_load' : 'round_robin', members, in_hours: false, only_online: false, last: last ?? null }, people, { city: null, phone: null })
  if (chosen === null) return undefined
  const { person, turn } = chosen
  return { user_id: person.id, turn: turn.id, ...(rule.kind === 'least_busy' ? { because: 'least_busy', load: person.load } : { because: rule.kind === 'user' ? 'user' : 'turn' }) }
}
