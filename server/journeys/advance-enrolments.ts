import { sql } from 'kysely'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { outletsOf } from '../../shared/journey-problems.ts'
import type { JourneyStep } from '../../shared/journeys.ts'
import { claimDueEnrolments, writeProgress } from './advance-enrolments.sql.ts'
import type { LeftStep, Progress } from './advance-enrolments.sql.ts'
import { steps } from './steps/registry.ts'
import type { AdvanceStep, At, StepContext, StepResult, Walker } from './steps/step.ts'
import type { Moves } from '../segments/refresh-memberships.sql.ts'
import { loadGraphs } from './versions.sql.ts'

/** Steps one enrolment may take without any time passing; more is a circle that the checks did not foresee. */
const mostStepsAtOnce = 200

export type StepChange = { contact_id: number, keys: string[], events: [], moves: Moves }
export type Advanced = { changes: StepChange[], advanced: number }

/**
 * Moves everyone among the contacts whose time has come, as far as they get: in rounds, where all who stand at
 * steps of one kind are moved together. Their steps and their new places are written once, at the end.
 *
 * Runs in the caller's transaction, which holds the contacts' rows: crash anywhere and nothing has happened.
 * Returned are the contacts whose tags or fields steps changed, for the caller to let segments follow;
 * those who must wait for that stay due and go on when the caller calls again.
 */
export async function advanceEnrolments(tx: Db, app: App, { contactIds, now }: { contactIds: number[], now: Date }): Promise<Advanced> {
  const walkers = await claimDueEnrolments(tx, contactIds, now)
  if (walkers.length === 0) return { changes: [], advanced: 0 }
  const graphs = await loadGraphs(tx, [...new Set(walkers.map(walker => walker.version_id))])
  const context: StepContext = { db: tx, app, now, changed: new Map(), moves: { entered: [], left: [] } }

  const left: LeftStep[] = []
  const progress = new Map<number, Progress>()
  const stepsTaken = new Map<number, number>()
  let moving = walkers
  while (moving.length > 0) {
    const results = await advanceRound(moving, context)
    const going: Walker[] = []
    for (const [index, walker] of moving.entries()) {
      const result = results[index]!
      const reached = apply(walker, result)
      progress.set(walker.id, reached)
      if (result.kind === 'go' && reached.state === 'active') going.push(walker)
    }
    moving = going
  }
  await writeProgress(tx, [...progress.values()], left, now)
  await tellEnded(tx, [...progress.values()], now)
  await touchAll(tx, ['journeys', ...new Set(walkers.map(walker => `journey:${walker.journey_id}`))])
  return {
    changes: changesOf(context),
    advanced: left.length,
  }

  /** Writes the result into the walker and says where that leaves the enrolment. */
  function apply(walker: Walker, result: StepResult): Progress {
    const place = { contact_id: walker.contact_id, id: walker.id, journey_id: walker.journey_id, test: walker.test_wait_seconds !== null }
    const stay = { ...place, step_key: walker.step_key, visit: walker.visit, arrived_at: walker.arrived_at, since: walker.context.since ?? null }
    if (result.kind === 'fail') return { ...stay, state: 'failed', reason: result.reason, wake_at: null, waits_for: null, waits_message_id: null }
    if (result.kind === 'later') return { ...stay, state: 'active', reason: '', wake_at: now, waits_for: null, waits_message_id: null }
    if (result.kind === 'wait') return { ...stay, state: 'waiting', reason: '', wake_at: result.until, waits_for: result.event ?? null, waits_message_id: result.message_id ?? null }

    const taken = (stepsTaken.get(walker.id) ?? 0) + 1
    stepsTaken.set(walker.id, taken)
    if (taken > mostStepsAtOnce) return { ...stay, state: 'failed', reason: 'goes_round_without_wait', wake_at: null, waits_for: null, waits_message_id: null }

    left.push({ contact_id: walker.contact_id, id: walker.id, journey_id: walker.journey_id, step_key: walker.step_key, visit: walker.visit, outcome: result.outcome, reason: result.reason ?? '', arrived_at: walker.arrived_at, left_at: now })
    const step = stepOf(walker)!
    const to = outletsOf(step).find(outlet => outlet.name === result.outlet)?.to ?? null
    const kept = { ...walker.context }
    delete kept.woken_by
    walker.context = { ...kept, since: (result.since ?? new Date(walker.context.since ?? walker.arrived_at)).toISOString() }
    if (to === null) return { ...stay, since: walker.context.since ?? null, state: 'done', reason: '', wake_at: null, waits_for: null, waits_message_id: null }
    walker.step_key = to
    walker.visit += 1
    walker.state = 'active'
    walker.arrived_at = now
    return { ...place, step_key: to, visit: walker.visit, arrived_at: now, since: walker.context.since ?? null, state: 'active', reason: '', wake_at: now, waits_for: null, waits_message_id: null }
  }

  function stepOf(walker: Walker): JourneyStep | undefined {
    return graphs.get(walker.version_id)?.steps[walker.step_key]
  }

  async function advanceRound(people: Walker[], stepContext: StepContext): Promise<StepResult[]> {
    const results = new Map<Walker, StepResult>()
    const byKind = new Map<JourneyStep['kind'], At<JourneyStep['kind']>[]>()
    for (const walker of people) {
      const step = stepOf(walker)
      if (!step) results.set(walker, { kind: 'fail', reason: 'step_missing' })
      else byKind.set(step.kind, [...byKind.get(step.kind) ?? [], { walker, step } as At<JourneyStep['kind']>])
    }
    for (const [kind, group] of byKind) {
      const outcome = await advanceKind(steps[kind] as AdvanceStep<JourneyStep['kind']>, group, stepContext)
      for (const [index, { walker }] of group.entries()) results.set(walker, outcome[index]!)
    }
    return people.map(walker => results.get(walker)!)
  }
}

function changesOf({ changed, moves }: StepContext): StepChange[] {
  const entered = Map.groupBy(moves.entered, move => move.contact_id)
  const left = Map.groupBy(moves.left, move => move.contact_id)
  return [...changed].map(([contact_id, keys]) => ({ contact_id, keys: [...keys], events: [], moves: { entered: entered.get(contact_id) ?? [], left: left.get(contact_id) ?? [] } }))
}

/**
 * What goes wrong with one person must not stop the others: a set that fails is undone and split until the
 * failing ones are alone. Trouble of the database itself is not theirs and ends the transaction.
 */
async function advanceKind(advance: AdvanceStep<JourneyStep['kind']>, group: At<JourneyStep['kind']>[], context: StepContext): Promise<StepResult[]> {
  const changedBefore = new Map([...context.changed].map(([id, keys]) => [id, new Set(keys)]))
  const movesBefore = { entered: [...context.moves.entered], left: [...context.moves.left] }
  await sql`savepoint journey_step`.execute(context.db)
  try {
    const results = await advance(group, context)
    await sql`release savepoint journey_step`.execute(context.db)
    return results
  } catch (error) {
    if (!isAboutTheStep(error)) throw error
    await sql`rollback to savepoint journey_step`.execute(context.db)
    context.changed.clear()
    for (const [id, keys] of changedBefore) context.changed.set(id, keys)
    context.moves = movesBefore
    if (group.length === 1) {
      const { walker } = group[0]!
      context.app.log.warn({ error, journey_id: walker.journey_id, enrolment_id: walker.id, step: walker.step_key }, 'a journey step failed')
      return [{ kind: 'fail', reason: error instanceof Error ? error.message.slice(0, 300) : 'failed' }]
    }
    const middle = group.length >> 1
    return [...await advanceKind(advance, group.slice(0, middle), context), ...await advanceKind(advance, group.slice(middle), context)]
  }
}

/** Classes of SQLSTATE: 22 bad data, 23 broken constraint, 42 what a condition names does not fit. */
function isAboutTheStep(error: unknown): boolean {
  if (error instanceof AppError) return true
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^(22|23|42)[0-9A-Z]{3}$/.test(code)
}

async function tellEnded(tx: Db, progress: Progress[], now: Date): Promise<void> {
  const ended = progress.filter(one => one.state === 'done')
  if (ended.length === 0) return
  await appendEvents(tx, ended.map(one => ({
    key: `journey.ended:${one.id}`,
    type: 'journey.ended',
    contact: { id: one.contact_id },
    occurred_at: now,
    properties: { journey_id: one.journey_id, enrolment_id: one.id },
    source: `journey:${one.journey_id}`,
    journey_id: one.journey_id,
  })), now)
}
