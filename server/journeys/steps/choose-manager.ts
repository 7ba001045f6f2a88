import type { AssignmentRule } from '../../../shared/journeys.ts'

export type Choice = { user_id: number, because: 'user' | 'turn' | 'least_busy', load?: number }

/**
 * Who of the rule's people gets the next contact; undefined: nobody of them works here any more. `last`: who got the one before;
 * `load`: open leads and deals by user. In turn means the next in the list after `last`; of equally busy people the next in turn.
 */
export function chooseManager(rule: AssignmentRule, { working, last, load }: { working: ReadonlySet<number>, last: number | undefined, load: ReadonlyMap<number, number> }): Choice | undefined {
  if (rule.kind === 'user') return rule.user !== null && working.has(rule.user) ? { user_id: rule.user, because: 'user' } : undefined
  const place = last === undefined ? -1 : rule.users.indexOf(last)
  const inTurn = [...rule.users.slice(place + 1), ...rule.users.slice(0, place + 1)].filter(user => working.has(user))
  const [first] = inTurn
  if (first === undefined) return undefined
  if (rule.kind === 'round_robin') return { user_id: first, because: 'turn' }
  const loadOf = (user: number): number => load.get(user) ?? 0
  const user_id = inTurn.reduce((best, user) => loadOf(user) < loadOf(best) ? user : best, first)
  return { user_id, because: 'least_busy', load: loadOf(user_id) }
}
