import type { z } from 'zod'
import type { RoutingRules, routingRulesBody } from '../../shared/routing.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, invalid } from '../base/errors.ts'
import { touch } from '../base/live.ts'
import { readCondition } from '../conditions/check-condition.ts'
import { findTeams, findUserIds } from '../staff/teams.sql.ts'
import { findRoutingRules, holdRouting, routingRevision, writeRoutingRules } from './routing.sql.ts'

export async function readRouting(db: Db): Promise<RoutingRules> {
  const rules = await findRoutingRules(db)
  return { data: rules.map(({ members: _members, last_user_id: _last, ...rule }) => rule), next_cursor: null, revision: await routingRevision(db) }
}

/** All rules at once, or an error that names the rule and its field. */
export async function saveRouting(db: Db, { rules, revision }: z.output<typeof routingRulesBody>): Promise<void> {
  await withTransaction(db, async (tx) => {
    await holdRouting(tx)
    if (await routingRevision(tx) !== revision) throw conflict('changed_meanwhile', 'Somebody has changed the rules meanwhile. Look at them again.')
    const [known, users, teams] = [
      new Set((await findRoutingRules(tx)).map(rule => rule.id)), await findUserIds(tx, rules.flatMap(rule => [...rule.user_ids, ...rule.stand_in_id === null ? [] : [rule.stand_in_id]])), new Set((await findTeams(tx)).map(team => team.id)),
    ]
    const checked = []
    for (const [index, rule] of rules.entries()) {
      const at = `rules.${index}`
      const wrong = (field: string, message: string) => invalid([{ field: `${at}.${field}`, message }])
      if (rule.id !== undefined && !known.has(rule.id)) throw wrong('id', 'there is no such rule')
      if (rule.user_ids.some(id => !users.has(id))) throw wrong('user_ids', 'there is no such member of staff')
      if (rule.team_id !== null && !teams.has(rule.team_id)) throw wrong('team_id', 'there is no such team')
      if (rule.user_ids.length === 0 && rule.team_id === null) throw wrong('user_ids', 'choose people or a team')
      if (rule.nobody_free === 'person' && (rule.stand_in_id === null || !users.has(rule.stand_in_id))) throw wrong('stand_in_id', 'choose who takes it')
      const { condition, errors } = await readCondition(tx, rule.condition, { path: `${at}.condition` })
      if (condition === null) throw invalid(errors)
      checked.push({ ...rule, condition, stand_in_id: rule.nobody_free === 'person' ? rule.stand_in_id : null })
    }
    await writeRoutingRules(tx, checked)
    await touch(tx, 'routing')
  })
}
