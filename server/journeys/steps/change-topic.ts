import { recordConsents } from '../../consent/record-consents.sql.ts'
import { insertEvents } from '../../events/insert-events.sql.ts'
import { grantsRefused, topicsInUse } from './change-topic.sql.ts'
import { noteChange, noteEvents } from './step.ts'
import type { AdvanceStep } from './step.ts'

const eventOf = { granted: 'subscription.confirmed', withdrawn: 'subscription.withdrawn' } as const

/**
 * Writes the ledger of consents with the wording as the proof. A withdrawal stays a withdrawal: what the person withdrew,
 * or was asked to confirm and has not, no journey grants; who is refused goes on, with the reason kept.
 */
export const changeTopic: AdvanceStep<'change_topic'> = async (people, context) => {
  const { db, now } = context
  const topics = await topicsInUse(db, people.flatMap(({ step }) => step.topic_id ?? []))
  const possible = people.flatMap(({ walker, step }) => step.topic_id !== null && topics.has(step.topic_id) ? [{ walker, step, topic_id: step.topic_id }] : [])
  const refused = await grantsRefused(db, possible.filter(({ step }) => step.action === 'grant').map(({ walker, topic_id }) => ({ contact_id: walker.contact_id, topic_id })))
  const refusalOf = (one: (typeof possible)[number]) => one.step.action === 'grant' ? refused.get(`${one.walker.contact_id}:${one.topic_id}`) : undefined
  const changed = await recordConsents(db, possible.filter(one => refusalOf(one) === undefined).map(({ walker, step, topic_id }) => ({
    contact_id: walker.contact_id, topic_id, action: step.action === 'grant' ? 'granted' as const : 'withdrawn' as const,
    wording: step.wording, source: `journey:${walker.journey_id}`, occurred_at: now,
  })))
  const journeys = new Map(possible.map(({ walker, topic_id }) => [`${walker.contact_id}:${topic_id}`, walker.journey_id]))
  noteEvents(context, await insertEvents(db, changed.flatMap(({ contact_id, topic_id, action }) => {
    const journey_id = journeys.get(`${contact_id}:${topic_id}`) ?? null
    return action === 'requested' ? [] : [{ type: eventOf[action], contact_id, occurred_at: now, properties: { topic_ids: [topic_id] }, source: `journey:${journey_id}`, message_id: null, campaign_id: null, journey_id }]
  }), now))
  for (const { contact_id } of changed) noteChange(context, contact_id, 'consent')
  return people.map(({ walker, step }) => step.topic_id === null || !topics.has(step.topic_id)
    ? { kind: 'fail', reason: 'topic_gone' }
    : { kind: 'go', outlet: 'next', outcome: 'next', reason: step.action === 'grant' ? refused.get(`${walker.contact_id}:${step.topic_id}`) ?? '' : '' })
}
