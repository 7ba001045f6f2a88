import { amongIds } from '../../conditions/among-ids.sql.ts'
import { leavesOf } from '../../conditions/check-condition.ts'
import { compileCondition, compileLeaf } from '../../conditions/compile-condition.ts'
import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { askEnrolments } from './ask-condition.sql.ts'
import type { AdvanceStep, At, StepResult } from './step.ts'

/** A condition of more leaves keeps no truth of each beside its answer. */
const mostExplainedLeaves = 12

/**
 * One statement per condition step and version, for all who stand at it. The truth of each leaf is kept as the
 * reason (`leaves:101`, in the order they are written), so that the way taken can be explained later.
 * Someone a step of this run just changed is asked later, when their segments have followed.
 */
export const askCondition: AdvanceStep<'condition'> = async (people, { db, now, changed }) => {
  const context = { ...await loadConditionContext(db), now }
  const results = new Map<number, StepResult>()
  const groups = new Map<string, At<'condition'>[]>()
  for (const person of people) {
    if (changed.has(person.walker.contact_id)) {
      results.set(person.walker.id, { kind: 'later' })
      continue
    }
    const key = `${person.walker.version_id}:${person.walker.step_key}`
    groups.set(key, [...groups.get(key) ?? [], person])
  }
  for (const group of groups.values()) {
    const { condition } = group[0]!.step
    const options = { ...context, enrolmentAlias: 'n', among: amongIds(group.map(person => person.walker.contact_id)) }
    const leaves = leavesOf(condition)
    const answers = await askEnrolments(db, group.map(person => person.walker), compileCondition(condition, options).predicate,
      leaves.length <= mostExplainedLeaves ? leaves.map(({ leaf }) => compileLeaf(leaf, options).predicate) : [])
    for (const { id, answer, leaves: truths } of answers) {
      results.set(id, { kind: 'go', outlet: answer ? 'next_yes' : 'next_no', outcome: answer ? 'yes' : 'no', reason: truths === '' ? '' : `leaves:${truths}` })
    }
  }
  return people.map(({ walker }) => results.get(walker.id) ?? { kind: 'fail', reason: 'contact_gone' })
}
