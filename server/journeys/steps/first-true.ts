import { durationMilliseconds } from '../../../shared/conditions.ts'
import { mailStepsIn } from '../../../shared/journey-problems.ts'
import type { Db } from '../../base/db.ts'
import { compileCondition } from '../../conditions/compile-condition.ts'
import { loadConditionContext } from '../../conditions/condition-context.sql.ts'
import { asksCalendar, asOf } from '../dry-run/as-of.ts'
import { firstMoments } from '../dry-run/ask.sql.ts'
import { askedAt, atTheirMoments } from '../dry-run/at-moments.sql.ts'
import { BrokenCondition } from '../broken-condition.ts'
import { waitsSince, waitUntil } from './step.ts'
import type { At, Walker } from './step.ts'

/**
 * People who were moved to a wait for another condition in; for each for whom it held at some time since they began to
 * wait, and before the time-out, the first such moment out: looked at as a dry run does, whenever something happened and
 * once a day. Reactions to the journey's mails and anniversaries are asked only as they are now. Locks nothing.
 */
export async function firstTrueSince(db: Db, people: At<'wait_for_condition'>[], now: Date): Promise<Map<Walker, Date>> {
  const first = new Map<Walker, Date>()
  if (people.length === 0) return first
  const context = { timeZone: 'UTC', ...await loadConditionContext(db) }
  for (const group of Map.groupBy(people, ({ walker }) => `${walker.version_id}:${walker.step_key}`).values()) {
    const { condition, timeout } = group[0]!.step
    if (mailStepsIn(condition).length > 0 || asksCalendar(condition)) continue
    const waiting = group.map(({ walker }) => ({
      contact_id: walker.contact_id, at: waitsSince(walker)!.getTime(), entered: walker.entered_at.getTime(),
      until: Math.min(now.getTime(), waitUntil(walker, durationMilliseconds(timeout), now).getTime()),
    }))
    const moments = await firstMoments(db, waiting, ...questionOf(condition, context))
    for (const [index, moment] of moments.entries()) if (moment !== null) first.set(group[index]!.walker, new Date(moment))
  }
  return first
}

function questionOf(condition: At<'wait_for_condition'>['step']['condition'], context: Awaited<ReturnType<typeof loadConditionContext>> & { timeZone: string }) {
  try {
    const { predicate, dependsOn } = compileCondition(asOf(condition), { ...context, now: askedAt })
    return [dependsOn.flatMap(key => key.startsWith('event:') ? [key.slice('event:'.length)] : []), atTheirMoments(predicate, context.timeZone)] as const
  } catch (error) {
    throw new BrokenCondition(error)
  }
}
