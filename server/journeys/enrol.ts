import type { Db } from '../base/db.ts'
import { amongIds } from '../conditions/among-ids.sql.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { ConditionContext } from '../conditions/compile-condition.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { propertyPredicate } from '../conditions/event-leaf.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { filterContacts, filterEvents, insertEnrolments } from './enrol.sql.ts'
import type { Candidate, Enrolled } from './enrol.sql.ts'
import { activeJourneys } from './versions.sql.ts'
import type { ActiveJourney } from './versions.sql.ts'

/**
 * An older event starts no journey: a purchase history brought in today must not send thank-you mails
 * for orders of last year. A till that was offline for a weekend still does.
 */
export const freshForMilliseconds = 3 * 86_400_000

/** Enrols by triggers of kind `event` and `form`. Returns the contacts enrolled; advancing them is the caller's next step. */
export async function enrolByEvents(db: Db, events: ProcessedEvent[], now: Date): Promise<number[]> {
  const fresh = events.filter(event => !event.is_machine && event.occurred_at.getTime() > now.getTime() - freshForMilliseconds)
  if (fresh.length === 0) return []
  const candidates: Candidate[] = []
  const journeys = new Map<number, ActiveJourney>()
  for (const journey of await activeJourneys(db)) {
    const starting = await startingEvents(db, journey, fresh)
    if (starting.length > 0) journeys.set(journey.journey_id, journey)
    for (const event of starting) candidates.push({ ...candidate(journey, event.contact_id), trigger_key: `event:${event.id}`, since: event.occurred_at })
  }
  return await enrolAllowed(db, journeys, candidates, now)
}

async function startingEvents(db: Db, { graph }: ActiveJourney, events: ProcessedEvent[]): Promise<ProcessedEvent[]> {
  const { trigger } = graph
  if (trigger.kind === 'form') return firstOfEachContact(events.filter(event => isFormSubscription(event, trigger.form_id)))
  if (trigger.kind !== 'event') return []
  const ofType = events.filter(event => event.type === trigger.event)
  if (ofType.length === 0 || !trigger.where || trigger.where.length === 0) return ofType
  const matching = await filterEvents(db, ofType, trigger.where.map(propertyPredicate))
  return ofType.filter(event => matching.has(event.id))
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

/** Enrols by triggers of kind `segment_entered`. */
export async function enrolBySegments(db: Db, entered: { contact_id: number, segment_id: number }[], now: Date): Promise<number[]> {
  if (entered.length === 0) return []
  const candidates: Candidate[] = []
  const journeys = new Map<number, ActiveJourney>()
  for (const journey of await activeJourneys(db)) {
    const { trigger } = journey.graph
    if (trigger.kind !== 'segment_entered') continue
    journeys.set(journey.journey_id, journey)
    for (const membership of entered) {
      if (membership.segment_id !== trigger.segment_id) continue
      candidates.push({ ...candidate(journey, membership.contact_id), trigger_key: `segment:${membership.segment_id}:${now.toISOString()}`, since: now })
    }
  }
  return await enrolAllowed(db, journeys, candidates, now)
}

export function candidate({ journey_id, version_id, graph }: ActiveJourney, contactId: number): Omit<Candidate, 'trigger_key' | 'since'> {
  return { contact_id: contactId, journey_id, version_id, first: graph.first ?? '', reentry: graph.reentry }
}

async function enrolAllowed(db: Db, journeys: Map<number, ActiveJourney>, candidates: Candidate[], now: Date): Promise<number[]> {
  if (candidates.length === 0) return []
  const meeting = await meetingEntryCondition(db, [...journeys.values()], candidates, now)
  const enrolled = await insertEnrolments(db, candidates.filter(one => meeting(one)), now)
  await tellEntered(db, enrolled, candidates, now)
  return [...new Set(enrolled.map(one => one.contact_id))]
}

/** Asks each journey's entry condition once, for all its candidates. */
export async function meetingEntryCondition(db: Db, journeys: ActiveJourney[], candidates: { contact_id: number, journey_id: number }[], now: Date): Promise<(one: { contact_id: number, journey_id: number }) => boolean> {
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
export async function tellEntered(db: Db, enrolled: Enrolled[], candidates: { contact_id: number, journey_id: number, trigger_key: string }[], now: Date): Promise<void> {
  const because = new Map(candidates.map(one => [`${one.contact_id}:${one.journey_id}`, one.trigger_key]))
  await appendEvents(db, enrolled.map(one => ({
    key: `journey.entered:${one.id}`,
    type: 'journey.entered',
    contact: { id: one.contact_id },
    occurred_at: now,
    properties: { journey_id: one.journey_id, enrolment_id: one.id, because: because.get(`${one.contact_id}:${one.journey_id}`) ?? '' },
    source: `journey:${one.journey_id}`,
    journey_id: one.journey_id,
  })), now)
}
