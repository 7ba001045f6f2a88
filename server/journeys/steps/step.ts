import type { Db } from '../../base/db.ts'
import type { App } from '../../base/app.ts'
import type { ProcessedEvent } from '../../events/processed-event.ts'
import { rollupFieldsOf } from '../../events/rollup-fields.ts'
import type { Outlet } from '../../../shared/journey-problems.ts'
import type { JourneyStep } from '../../../shared/journeys.ts'
import type { Moves } from '../../segments/refresh-memberships.sql.ts'

/** What an enrolment remembers on its way. What ended a wait (`woken_by`, `met`, `answer`) is forgotten when the step is left. */
export type EnrolmentContext = {
  /** an event counts for the next wait when it came after this */
  since?: string
  /** the event that ended the wait at the present step */
  woken_by?: number
  /** the condition waited for at the present step was true, be it so still or not */
  met?: true
  /** what came back from outside for the step that waits for it */
  answer?: unknown
  /** a goal (`goal:key`) or the exit condition (`exit_condition`) was met: the person leaves the present step for it */
  reached?: string
  /** goals that were reached already: each counts once */
  goals?: string[]
  /** how often the person went round, by `go_to` step */
  loops?: Record<string, number>
  /** the journeys that started one another up to this one */
  via?: number[]
  /** when they were taken over to the version they are on; what was mailed before is not mailed again */
  moved_at?: string
  /** they were moved to a version in which what they wait for is another: it counts from here */
  waiting_since?: string
  /** of a test run: where its mails go, and whether steps really act on cards and the world */
  test?: { mails_to: string, acts: boolean }
  /** what steps found out, by step: the coupon given, the answer of a webhook, the way taken */
  learned?: Record<string, unknown>
}

/** One person standing at a step, in memory while the batch is being advanced. */
export type Walker = {
  contact_id: number
  id: number
  journey_id: number
  version_id: number
  step_key: string
  visit: number
  /** `active`: just arrived, or woken by what it waits for; `waiting`: was waiting here and its time has come */
  state: 'active' | 'waiting'
  wake_at: Date
  entered_at: Date
  arrived_at: Date
  /** what enrolled them: `event:12`, `segment:3:…`, `manual:…`, `journey:4:…` */
  trigger_key: string
  context: EnrolmentContext
  test_wait_seconds: number | null
}
export type At<Kind extends JourneyStep['kind']> = { walker: Walker, step: Extract<JourneyStep, { kind: Kind }> }

export type StepResult =
  /** `since`: from when on an event counts for the next wait, given when time has passed here; `learned`: kept in the enrolment's context under the step's key */
  | { kind: 'go', outlet: Outlet['name'], outcome: string, reason?: string, since?: Date, learned?: unknown }
  /** `for`: an event's type; `condition`: until wakeByConditions finds it true; `answer`: until wakeAnswered brings what came from outside. At `until` the step is asked again with the state `waiting`. */
  | { kind: 'wait', until: Date, for?: string, message_id?: number | null }
  /** to be asked again once what this run changed has reached the segments */
  | { kind: 'later' }
  /** goes the way `next_failed` when the step has one, else stops here as failed */
  | { kind: 'fail', reason: string }

export type StepContext = {
  db: Db
  app: App
  now: Date
  /** keys of what steps of this run changed, by contact */
  changed: Map<number, Set<string>>
  /** into and out of static segments by steps of this run */
  moves: Moves
  /** events that steps put on timelines in this run: journeys follow them */
  events: ProcessedEvent[]
  /** enrolments that a step of this run took out of their journey: nothing more is done with them */
  takenOut: Set<number>
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

/** Events a step has inserted for people who stand at it: segments and journeys follow them as they would any other. */
export function noteEvents(context: StepContext, events: ProcessedEvent[]): void {
  context.events.push(...events)
  for (const event of events) noteChange(context, event.contact_id, `event:${event.type}`, ...rollupFieldsOf(event).map(field => `field:${field}`))
}

/** When a wait of this length ends that begins now, or began before the person was moved. A test run cuts every wait. */
export function waitUntil(walker: Walker, milliseconds: number, now: Date): Date {
  const cut = walker.test_wait_seconds === null ? milliseconds : Math.min(milliseconds, walker.test_wait_seconds * 1000)
  return new Date((waitsSince(walker) ?? now).getTime() + cut)
}

/** Since when somebody who was moved between versions waits at this step; undefined: they have only just come. */
export const waitsSince = ({ context: { waiting_since } }: Walker): Date | undefined => waiting_since === undefined ? undefined : new Date(waiting_since)
