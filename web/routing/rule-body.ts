import type { Condition } from '../../shared/conditions.ts'
import type { RoutingRule, RoutingRuleInput } from '../../shared/routing.ts'

/** A rule as it is sent. */
export type RuleBody = Omit<RoutingRuleInput, 'condition'> & { condition: Condition }

export const newRule: RuleBody = { name: '', condition: { all: [] }, way: 'round_robin', user_ids: [], team_id: null, in_hours: true, only_online: false, nobody_free: 'wait', stand_in_id: null }

export const bodyOf = ({ people, team, stand_in, ...rule }: RoutingRule): RuleBody => ({
  ...rule, user_ids: people.map(person => person.id), team_id: team?.id ?? null, stand_in_id: stand_in?.id ?? null,
})
