import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { amongIds } from '../conditions/among-ids.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { ConditionContext } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { dayOf, hourOf } from '../conditions/moments.ts'
import { propertyPredicate } from '../conditions/property-filter.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import type { Moves } from '../segments/refresh-memberships.sql.ts'
import { durationMilliseconds } from '../../shared/conditions.ts'
import { addEntries, holdEntries } from './entries.sql.ts'
import { filterContacts, matchEvents, insertEnrolments } from './enrol.sql.ts'
import type { Candidate, Enrolled } from './enrol.sql.ts'
import { activeJourneys } from './versions.sql.ts'
import type { ActiveJourney } from './versions.sql.ts'

/**
 * An older event starts no journey: a purchase history brought in today must not send thank-you mails
 * for orders of last year. A till that was offline for a weekend still does.
 */
export const freshForMilliseconds = 3 * 86_400_000

/** Enrols by triggers of kind `event` and `form`. Returns who was enrolled; advancing them is the caller's next step. */
export async function enrolByEvents(db: Db, happened: ProcessedEvent[], now: Date): Promise<Enrolled[]> {
  const fresh = happened.filter(event => !event.is_machine && event.occurred_at.getTime() > now.getTime() - freshForMilliseconds)
  if (fresh.length === 0) return []
  const candidates: Candidate[] = []
  const journeys = new Map<number, ActiveJourney>()
  const active = await activeJourneys(db)
  const starting = await startingEvents(db, active, fresh)
  for (const [index, journey] of active.entries()) {
    const events = starting[index]!
    if (events.length > 0) journeys.set(journey.journey_id, journey)
    for (const event of events) candidates.push({ ...candidate(journey, event.contact_id), trigger_key: `event:${event.id}`, since: event.occurred_at })
  }
  return (await enrolAllowed(db, journeys, candidates, now)).enrolled
}

/** For each journey the events that start it. What their triggers ask of properties is asked of all events together. */
async function startingEvents(db: Db, active: ActiveJourney[], events: ProcessedEvent[]): Promise<ProcessedEvent[][]> {
  const asking = active.flatMap(({ graph: { trigger } }) => trigger.kind === 'event' && trigger.where && trigger.where.length > 0 && events.some(event => event.type === trigger.event) ? [{ event: trigger.event, where: trigger.where }] : [])
  const types = new Set(asking.map(trigger => trigger.event))
  const questions = asking.map(({ event, where }) => sql<boolean>`(case when e.type = ${event}::text then ${sql.join(where.map(propertyPredicate), sql` and `)} else false end)`)
  const matching = await matchEvents(db, events.filter(event => types.has(event.type)), questions)
  const matchingOf = new Map(asking.map((trigger, index) => [trigger.where, matching[index]!]))
  return active.map(({ graph: { trigger } }) => {
    if (trigger.kind === 'form') return firstOfEachContact(events.filter(event => isFormSubscription(event, trigger.form_id)))
    if (trigger.kind !== 'event') return []
    const asked = trigger.where && trigger.where.length > 0 ? matchingOf.get(trigger.where) ?? new Set() : undefined
    return events.filter(event => event.type === trigger.event && (asked === undefined || asked.has(event.id)))
  })
}

/** One submission may confirm several topics: it starts the journey once. */
function firstOfEachContact(events: ProcessedEvent[]): ProcessedEvent[] {
  const seen = new Set<number>()
  return events.filter(event => !seen.has(event.contact_id) && seen.add(event.contact_id))
}

function isFormSubscription(event: ProcessedEvent, formId: number | null): boolean {
  if (event.type !== 'subscription.confirmed') return false
  const form = /^form:(\d+)$/.exec(event.source)?.[1]
  return form !== undefined && (formId === null || Number(form) === formId)
}

/** Enrols by triggers of kind `segment_entered` and `segment_left`. Who entered and left within one change does so once. */
export async function enrolBySegments(db: Db, moves: Moves, now: Date): Promise<Enrolled[]> {
  if (moves.entered.length + moves.left.length === 0) return []
  const candidates: Candidate[] = []
  const journeys = new Map<number, ActiveJourney>()
  for (const journey of await activeJourneys(db)) {
    const { trigger } = journey.graph
    if (trigger.kind !== 'segment_entered' && trigger.kind !== 'segment_left') continue
    journeys.set(journey.journey_id, journey)
    for (const { contact_id, segment_id } of trigger.kind === 'segment_entered' ? moves.entered : moves.left) {
      if (segment_id !== trigger.segment_id) continue
      candidates.push({ ...candidate(journey, contact_id), trigger_key: `${trigger.kind === 'segment_entered' ? 'segment' : 'left_segment'}:${segment_id}:${now.toISOString()}`, since: now })
    }
  }
  return (await enrolAllowed(db, journeys, candidates, now)).enrolled
}

export function candidate({ journey_id, version_id, graph }: ActiveJourney, contactId: number): Omit<Candidate, 'trigger_key' | 'since'> {
  return {
    contact_id: contactId, journey_id, version_id, first: graph.first ?? '', reentry: graph.reentry,
    ...graph.reentry === 'again' && graph.reentry_after ? { again_after_ms: durationMilliseconds(graph.reentry_after) } : {},
  }
}

export type Refusal = 'does_not_meet_entry_condition' | 'entry_limit_reached'
export type EntryResult = {
  enrolled: Enrolled[]
  /** why somebody was kept out, by `contact:journey`, where it was neither the re-entry rule nor a repeated key */
  refused: Map<string, Refusal>
}

/**
 * Whom the entry condition, the re-entry rule and the entry limit let in is enrolled, with "entered the journey" on the
 * timeline. The caller holds the contacts' rows; the rows of journeys with a limit are held too, in the order of their ids.
 */
export async function enrolAllowed(db: Db, journeys: Map<number, ActiveJourney>, candidates: Candidate[], now: Date): Promise<EntryResult> {
  if (candidates.length === 0) return { enrolled: [], refused: new Map() }
  const meeting = await meetingEntryCondition(db, [...journeys.values()], candidates, now)
  const refused = new Map<string, Refusal>(candidates.filter(one => !meeting(one)).map(one => [`${one.contact_id}:${one.journey_id}`, 'does_not_meet_entry_condition']))
  const allowed = candidates.filter(one => meeting(one))
  const rooms = await holdRooms(db, [...new Set(allowed.map(one => one.journey_id))].flatMap(id => journeys.get(id) ?? []), now)
  const { enrolled, full } = await insertEnrolments(db, allowed.map(one => ({ ...one, ...rooms.has(one.journey_id) ? { room: rooms.get(one.journey_id)!.room } : {} })), now)
  for (const [journeyId, { period }] of rooms) {
    const people = enrolled.filter(one => one.journey_id === journeyId).length
    const turnedAway = full.filter(one => one.journey_id === journeyId).length
    if (people + turnedAway > 0) await addEntries(db, journeyId, period, { people, refused: turnedAway })
  }
  for (const one of full) refused.set(`${one.contact_id}:${one.journey_id}`, 'entry_limit_reached')
  await tellEntered(db, enrolled, now)
  return { enrolled, refused }
}

/** An hour or a day is one of the company's calendar. */
async function holdRooms(db: Db, journeys: ActiveJourney[], now: Date): Promise<Map<number, { period: string, room: number }>> {
  const limited = journeys.flatMap(({ journey_id, graph: { entry_limit: limit } }) => limit ? [{ journey_id, limit }] : []).sort((one, other) => one.journey_id - other.journey_id)
  const rooms = new Map<number, { period: string, room: number }>()
  if (limited.length === 0) return rooms
  const { timeZone = 'UTC' } = await loadConditionContext(db)
  for (const { journey_id, limit } of limited) {
    const period = limit.per === 'ever' ? 'ever' : limit.per === 'day' ? dayOf(now, timeZone) : hourOf(now, timeZone)
    rooms.set(journey_id, { period, room: Math.max(0, limit.people - await holdEntries(db, journey_id, period, now)) })
  }
  return rooms
}

/** Asks each journey's entry condition once, for all its candidates. */
async function meetingEntryCondition(db: Db, journeys: ActiveJourney[], candidates: { contact_id: number, journey_id: number }[], now: Date): Promise<(one: { contact_id: number, journey_id: number }) => boolean> {
  const allowed = new Map<number, Set<number>>()
  let context: ConditionContext | undefined
  for (const { journey_id, graph } of journeys) {
    if (!graph.entry_condition) continue
    context ??= { ...await loadConditionContext(db), now }
    const ids = candidates.filter(one => one.journey_id === journey_id).map(one => one.contact_id)
    allowed.set(journey_id, await filterContacts(db, ids, compileCondition(graph.entry_condition, { ...context, among: amongIds(ids) }).predicate))
  }
  return one => allowed.get(one.journey_id)?.has(one.contact_id) ?? true
}

/** Puts "entered the journey" on the timeline of each. */
async function tellEntered(db: Db, enrolled: Enrolled[], now: Date): Promise<void> {
  await appendEvents(db, enrolled.map(one => ({
    key: `journey.entered:${one.id}`,
    type: 'journey.entered',
    contact: { id: one.contact_id },
    occurred_at: now,
    properties: { journey_id: one.journey_id, enrolment_id: one.id, because: one.trigger_key },
    source: `journey:${one.journey_id}`,
    journey_id: one.journey_id,
  })), now)
}
