import { sql } from 'kysely'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { outletsOf } from '../../shared/journey-problems.ts'
import type { JourneyStep } from '../../shared/journeys.ts'
import { BrokenCondition } from './broken-condition.ts'
import { claimDueEnrolments, writeProgress } from './advance-enrolments.sql.ts'
import type { LeftStep, Progress } from './advance-enrolments.sql.ts'
import { actingSteps, steps } from './steps/registry.ts'
import type { AdvanceStep, At, EnrolmentContext, StepContext, StepResult, Walker } from './steps/step.ts'
import type { Moves } from '../segments/refresh-memberships.sql.ts'
import { loadGraphs } from './versions.sql.ts'
import { findReached } from './find-reached.ts'
import { watchesOf } from './watches.ts'

/** Steps one enrolment may take without any time passing; more is a circle that the checks did not foresee. */
const mostStepsAtOnce = 200

export type StepChange = { contact_id: number, keys: string[], events: ProcessedEvent[], moves: Moves }
/** `moved`: who left a step, and whether their way ended by it. */
export type Moved = { contact_id: number, journey_id: number, ended: boolean }
export type Advanced = { changes: StepChange[], moved: Moved[], advanced: number }

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
  if (walkers.length === 0) return { changes: [], moved: [], advanced: 0 }
  const graphs = await loadGraphs(tx, [...new Set(walkers.map(walker => walker.version_id))])
  const context: StepContext = { db: tx, app, now, changed: new Map(), events: [], moves: { entered: [], left: [] }, takenOut: new Set() }

  const left: LeftStep[] = []
  const progress = new Map<number, Progress>()
  const stepsTaken = new Map<number, number>()
  const goals: ReachedGoal[] = []
  for (const [walker, reached] of await findReached(tx, walkers, graphs, now)) progress.set(walker.id, leaveFor(walker, reached))
  let moving = walkers.filter(walker => !progress.has(walker.id) || progress.get(walker.id)!.state === 'active')
  while (moving.length > 0) {
    const results = await advanceRound(moving, context)
    const going: Walker[] = []
    for (const [index, walker] of moving.entries()) {
      if (context.takenOut.has(walker.id)) continue
      const reached = apply(walker, results[index]!)
      progress.set(walker.id, reached)
      if (reached.goes) going.push(walker)
    }
    moving = going
  }
  for (const id of context.takenOut) progress.delete(id)
  const places = [...progress.values()]
  await writeProgress(tx, places, left.filter(step => !context.takenOut.has(step.id)), now)
  await tellEnded(tx, places, now)
  await tellGoals(tx, goals, now)
  await touchAll(tx, ['journeys', ...new Set(walkers.map(walker => `journey:${walker.journey_id}`))])
  const went = new Set(left.map(step => step.id))
  return {
    changes: changesOf(context),
    moved: places.filter(place => !place.test && went.has(place.id)).map(place => ({ contact_id: place.contact_id, journey_id: place.journey_id, ended: place.state !== 'active' && place.state !== 'waiting' })),
    advanced: left.length,
  }

  /** Whoever met the exit condition or a goal leaves the step they stand at, whatever it is: for the step the goal jumps to, or for good. */
  function leaveFor(walker: Walker, reached: string): Progress {
    const goal = graphs.get(walker.version_id)?.goals?.find(one => `goal:${one.key}` === reached)
    left.push({ contact_id: walker.contact_id, id: walker.id, journey_id: walker.journey_id, step_key: walker.step_key, visit: walker.visit, outcome: goal ? 'goal' : 'exit', reason: reached, arrived_at: walker.arrived_at, left_at: now })
    const { reached: _reached, ...rest } = forgetWaking(walker.context)
    walker.context = goal ? { ...rest, since: now.toISOString(), goals: [...rest.goals ?? [], goal.key] } : rest
    if (goal) goals.push({ ...placeOf(walker), goal: goal.key })
    const stay = { wake_at: null, waits_for: null, waits_message_id: null, reason: reached }
    if (!goal || goal.to === null) return { ...placeOf(walker), ...stay, state: goal ? 'done' : 'left' }
    walker.step_key = goal.to
    walker.visit += 1
    walker.state = 'active'
    walker.arrived_at = now
    return { ...placeOf(walker), ...stay, reason: '', state: 'active', wake_at: now }
  }

  /** A step that changed the card may have led to a goal or the exit: that is asked before the next step does anything. */
  function hasToBeLookedAt(walker: Walker): boolean {
    const changed = context.changed.get(walker.contact_id)
    const graph = graphs.get(walker.version_id)
    return changed !== undefined && graph !== undefined
      && watchesOf(walker.version_id, graph).some(watch => (watch.kind === 'exit' || watch.kind === 'goal') && watch.dependsOn.some(key => changed.has(key)))
  }

  /** Writes the result into the walker and says where that leaves the enrolment; `goes`: the walker has come to another step. */
  function apply(walker: Walker, result: StepResult): Progress & { goes: boolean } {
    const stay = { ...placeOf(walker), reason: '', wake_at: null, waits_for: null, waits_message_id: null, goes: false }
    if (result.kind === 'later') return { ...stay, state: 'active', wake_at: now }
    if (result.kind === 'wait') return { ...stay, state: 'waiting', wake_at: result.until, waits_for: result.for ?? null, waits_message_id: result.message_id ?? null }
    const step = stepOf(walker)
    if (result.kind === 'fail') {
      if (step && 'next_failed' in step && step.next_failed !== undefined) return apply(walker, { kind: 'go', outlet: 'next_failed', outcome: 'failed', reason: result.reason })
      return { ...stay, context: forgetWaking(walker.context), state: 'failed', reason: result.reason }
    }

    const taken = (stepsTaken.get(walker.id) ?? 0) + 1
    stepsTaken.set(walker.id, taken)
    if (taken > mostStepsAtOnce) return { ...stay, state: 'failed', reason: 'goes_round_without_wait' }

    left.push({ contact_id: walker.contact_id, id: walker.id, journey_id: walker.journey_id, step_key: walker.step_key, visit: walker.visit, outcome: result.outcome, reason: result.reason ?? '', arrived_at: walker.arrived_at, left_at: now })
    const to = outletsOf(step!).find(outlet => outlet.name === result.outlet)?.to ?? null
    walker.context = {
      ...forgetWaking(walker.context),
      since: (result.since ?? new Date(walker.context.since ?? walker.arrived_at)).toISOString(),
      ...result.learned === undefined ? {} : { learned: { ...walker.context.learned, [walker.step_key]: result.learned } },
    }
    if (to === null) return { ...stay, context: walker.context, state: 'done' }
    walker.step_key = to
    walker.visit += 1
    walker.state = 'active'
    walker.arrived_at = now
    return { ...stay, ...placeOf(walker), state: 'active', wake_at: now, goes: true }
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
      else if (hasToBeLookedAt(walker)) results.set(walker, { kind: 'later' })
      else if (walker.context.test?.acts === false && actingSteps.has(step.kind)) results.set(walker, { kind: 'go', outlet: 'next', outcome: 'would_do' })
      else byKind.set(step.kind, [...byKind.get(step.kind) ?? [], { walker, step } as At<JourneyStep['kind']>])
    }
    for (const [kind, group] of byKind) {
      const outcome = await advanceKind(steps[kind] as AdvanceStep<JourneyStep['kind']>, group, stepContext)
      for (const [index, { walker }] of group.entries()) results.set(walker, outcome[index]!)
    }
    return people.map(walker => results.get(walker)!)
  }
}

function changesOf({ changed, events: all, moves }: StepContext): StepChange[] {
  const events = Map.groupBy(all, event => event.contact_id)
  const entered = Map.groupBy(moves.entered, move => move.contact_id)
  const left = Map.groupBy(moves.left, move => move.contact_id)
  return [...changed].map(([contact_id, keys]) => ({ contact_id, keys: [...keys], events: events.get(contact_id) ?? [], moves: { entered: entered.get(contact_id) ?? [], left: left.get(contact_id) ?? [] } }))
}

function placeOf(walker: Walker): Pick<Progress, 'contact_id' | 'id' | 'journey_id' | 'test' | 'step_key' | 'visit' | 'arrived_at' | 'context'> {
  return {
    contact_id: walker.contact_id, id: walker.id, journey_id: walker.journey_id, test: walker.test_wait_seconds !== null,
    step_key: walker.step_key, visit: walker.visit, arrived_at: walker.arrived_at, context: walker.context,
  }
}

function forgetWaking({ woken_by: _woken, met: _met, answer: _answer, waiting_since: _since, ...rest }: EnrolmentContext): EnrolmentContext {
  return rest
}

/**
 * What goes wrong with one person must not stop the others: a set that fails is undone and split until the
 * failing ones are alone. Trouble of the database itself is not theirs and ends the transaction.
 */
async function advanceKind(advance: AdvanceStep<JourneyStep['kind']>, group: At<JourneyStep['kind']>[], context: StepContext): Promise<StepResult[]> {
  const changedBefore = new Map([...context.changed].map(([id, keys]) => [id, new Set(keys)]))
  const movesBefore = { entered: [...context.moves.entered], left: [...context.moves.left] }
  const eventsBefore = context.events.length
  const takenOutBefore = [...context.takenOut]
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
    context.events.length = eventsBefore
    context.takenOut = new Set(takenOutBefore)
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
  if (error instanceof AppError || error instanceof BrokenCondition) return true
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^(22|23|42)[0-9A-Z]{3}$/.test(code)
}

async function tellEnded(tx: Db, progress: Progress[], now: Date): Promise<void> {
  const ended = progress.filter(one => !one.test && (one.state === 'done' || one.state === 'left'))
  if (ended.length === 0) return
  await appendEvents(tx, ended.map(one => ({
    key: `journey.ended:${one.id}`,
    type: 'journey.ended',
    contact: { id: one.contact_id },
    occurred_at: now,
    properties: { journey_id: one.journey_id, enrolment_id: one.id, ...one.reason === '' ? {} : { reason: one.reason } },
    source: `journey:${one.journey_id}`,
    journey_id: one.journey_id,
  })), now)
}

type ReachedGoal = Pick<Progress, 'contact_id' | 'id' | 'journey_id' | 'test'> & { goal: string }

async function tellGoals(tx: Db, goals: ReachedGoal[], now: Date): Promise<void> {
  if (goals.length === 0) return
  await appendEvents(tx, goals.filter(one => !one.test).map(one => ({
    key: `journey.goal_reached:${one.id}:${one.goal}`,
    type: 'journey.goal_reached',
    contact: { id: one.contact_id },
    occurred_at: now,
    properties: { journey_id: one.journey_id, enrolment_id: one.id, goal: one.goal },
    source: `journey:${one.journey_id}`,
    journey_id: one.journey_id,
  })), now)
}
