import type { Db } from '../../base/db.ts'
import type { App } from '../../base/app.ts'
import type { Outlet } from '../../../shared/journey-problems.ts'
import type { JourneyStep } from '../../../shared/journeys.ts'
import type { Moves } from '../../segments/refresh-memberships.sql.ts'

/** One person standing at a step, in memory while the batch is being advanced. */
export type Walker = {
  contact_id: number
  id: number
  journey_id: number
  version_id: number
  step_key: string
  visit: number
  /** `active`: just arrived, or woken by its event; `waiting`: was waiting here and its time has come */
  state: 'active' | 'waiting'
  wake_at: Date
  arrived_at: Date
  /** `moved_at`: when they were taken over to the version they are on; what was mailed before is not mailed again */
  context: { since?: string, woken_by?: number, moved_at?: string }
  test_wait_seconds: number | null
}
export type At<Kind extends JourneyStep['kind']> = { walker: Walker, step: Extract<JourneyStep, { kind: Kind }> }

export type StepResult =
  /** `since`: from when on an event counts for the next wait, given when time has passed here */
  | { kind: 'go', outlet: Outlet['name'], outcome: string, reason?: string, since?: Date }
  | { kind: 'wait', until: Date, event?: string, message_id?: number | null }
  /** to be asked again once what this run changed has reached the segments */
  | { kind: 'later' }
  | { kind: 'fail', reason: string }

export type StepContext = {
  db: Db
  app: App
  now: Date
  /** keys of what steps of this run changed, by contact */
  changed: Map<number, Set<string>>
  /** into and out of static segments by steps of this run */
  moves: Moves
}

/** A set of people standing at steps of one kind in; what becomes of each, in the same order, out. */
export type AdvanceStep<Kind extends JourneyStep['kind']> = (people: At<Kind>[], context: StepContext) => Promise<StepResult[]>

export function noteChange({ changed }: StepContext, contactId: number, ...keys: string[]): void {
  const known = changed.get(contactId)
  if (known) for (const key of keys) known.add(key)
  else changed.set(contactId, new Set(keys))
}

/** Moves made in static segments: told on the timelines and followed by other segments and journeys once the run is over. */
export function noteMoves(context: StepContext, moves: Moves): void {
  context.moves.entered.push(...moves.entered)
  context.moves.left.push(...moves.left)
  for (const move of [...moves.entered, ...moves.left]) noteChange(context, move.contact_id, `segment:${move.segment_id}`)
}

/** A test run cuts every wait. */
export function waitUntil(walker: Walker, milliseconds: number, now: Date): Date {
  const cut = walker.test_wait_seconds === null ? milliseconds : Math.min(milliseconds, walker.test_wait_seconds * 1000)
  return new Date(now.getTime() + cut)
}
