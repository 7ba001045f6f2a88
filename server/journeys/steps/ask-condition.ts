import { BrokenCondition } from '../broken-condition.ts'
import { amongIds } from '../../conditions/among-ids.sql.ts'
import { leavesOf } from '../../conditions/check-condition.ts'
import { compileCondition, compileLeaf } from '../../conditions/compile-condition.ts'
import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { durationMilliseconds } from '../../../shared/conditions.ts'
import type { Condition } from '../../../shared/conditions.ts'
import type { Db } from '../../base/db.ts'
import { askEnrolments } from './ask-condition.sql.ts'
import { firstTrueSince } from './first-true.ts'
import { waitsSince, waitUntil } from './step.ts'
import type { AdvanceStep, At, StepResult } from './step.ts'

/** A condition of more leaves keeps no truth of each beside its answer. */
const mostExplainedLeaves = 12

/**
 * The truth of each leaf is kept as the reason (`leaves:101`, in the order they are written), so that the way taken can be
 * explained later. Someone a step of this run just changed is asked later, when their segments have followed.
 */
export const askCondition: AdvanceStep<'condition'> = async (people, { db, now, changed }) => {
  const answers = await ask(db, people.filter(({ walker }) => !changed.has(walker.contact_id)), now)
  return people.map(({ walker }) => {
    if (changed.has(walker.contact_id)) return { kind: 'later' }
    const given = answers.get(walker.id)
    if (!given) return { kind: 'fail', reason: 'contact_gone' }
    return { kind: 'go', outlet: given.answer ? 'next_yes' : 'next_no', outcome: given.answer ? 'yes' : 'no', reason: given.reason }
  })
}

/**
 * Passes at once when the condition holds already, else as soon as it does: wake-by-changes.ts looks at it again when
 * something it depends on changes or a clock edge of it is passed. Once it was true the person goes on, be it so still or not.
 */
export const waitForCondition: AdvanceStep<'wait_for_condition'> = async (people, { db, now, changed }) => {
  const isArriving = ({ walker }: At<'wait_for_condition'>): boolean => walker.state === 'active' && walker.context.met === undefined
  const arriving = people.filter(person => isArriving(person) && !changed.has(person.walker.contact_id))
  const answers = await ask(db, arriving, now)
  const before = await firstTrueSince(db, arriving.filter(({ walker }) => waitsSince(walker) && !answers.get(walker.id)?.answer), now)
  return people.map((person): StepResult => {
    const { walker, step } = person
    if (walker.context.met) return { kind: 'go', outlet: 'next', outcome: 'met', since: now }
    if (!isArriving(person)) return { kind: 'go', outlet: 'next_timeout', outcome: 'timeout', since: walker.wake_at }
    if (changed.has(walker.contact_id)) return { kind: 'later' }
    const given = answers.get(walker.id)
    if (given?.answer) return { kind: 'go', outlet: 'next', outcome: 'met', reason: given.reason }
    const was = before.get(walker)
    if (was) return { kind: 'go', outlet: 'next', outcome: 'met', reason: 'had_happened', since: was }
    const until = waitUntil(walker, durationMilliseconds(step.timeout), now)
    return until <= now ? { kind: 'go', outlet: 'next_timeout', outcome: 'timeout', since: until } : { kind: 'wait', until, for: 'condition' }
  })
}

/** One statement per step and version, for all who stand at it. */
async function ask(db: Db, people: (At<'condition'> | At<'wait_for_condition'>)[], now: Date): Promise<Map<number, { answer: boolean, reason: string }>> {
  const given = new Map<number, { answer: boolean, reason: string }>()
  if (people.length === 0) return given
  const context = { ...await loadConditionContext(db), now }
  for (const group of Map.groupBy(people, ({ walker }) => `${walker.version_id}:${walker.step_key}`).values()) {
    const { condition } = group[0]!.step
    const options = { ...context, enrolmentAlias: 'n', among: amongIds(group.map(person => person.walker.contact_id)) }
    const { predicate, leaves } = compiled(condition, options)
    for (const { id, answer, leaves: truths } of await askEnrolments(db, group.map(person => person.walker), predicate, leaves)) {
      given.set(id, { answer, reason: truths === '' ? '' : `leaves:${truths}` })
    }
  }
  return given
}

function compiled(condition: Condition, options: Parameters<typeof compileCondition>[1]) {
  try {
    const leaves = leavesOf(condition)
    return {
      predicate: compileCondition(condition, options).predicate,
      leaves: leaves.length <= mostExplainedLeaves ? leaves.map(({ leaf }) => compileLeaf(leaf, options).predicate) : [],
    }
  } catch (error) {
    throw new BrokenCondition(error)
  }
}
