import { badAddress } from '../../base/call-outside.ts'
import { readCompany } from '../../company/company.sql.ts'
import { toMajor } from '../../../shared/money.ts'
import { loadContactsForMail } from '../../templates/mail-data.sql.ts'
import type { ContactForMail } from '../../templates/mail-scope.ts'
import { fillTexts } from '../../templates/render-texts.ts'
import { enqueueCalls, outcomesOf } from '../../webhooks/webhook-calls.sql.ts'
import type { CallOutcome } from '../../webhooks/webhook-calls.sql.ts'
import { eventsThatEnrolled, journeyNames } from './lookups.sql.ts'
import type { EnrollingEvent } from './lookups.sql.ts'
import type { AdvanceStep, At, StepContext, StepResult } from './step.ts'

/** A call is tried for about a day; whoever has no answer then (no worker was there to send it) is asked again as long after. */
const longestWait = 2 * 86_400_000
const mostBody = 256 * 1024

/** What flows/send-webhooks.ts wakes the person with. */
export type WebhookAnswer = { state: 'done' | 'failed', outcome: string, status: number | null, answer: unknown }

/**
 * Enqueues a call and waits until it is answered, which takes a moment or, when the other side is down, up to a day.
 * The call is one by enrolment, step and visit; whoever is tried again after a failure is called for anew.
 */
export const callWebhook: AdvanceStep<'call_webhook'> = async (people, context) => {
  const { db, now } = context
  const answered = (person: At<'call_webhook'>): WebhookAnswer | undefined => person.walker.context.answer as WebhookAnswer | undefined
  const asking = people.filter(person => answered(person) === undefined)
  const known = await outcomesOf(db, asking.map(({ walker }) => ({ ...walker, enrolment_id: walker.id })))
  const callOf = ({ walker }: At<'call_webhook'>): CallOutcome | undefined => known.get(`${walker.contact_id}:${walker.id}:${walker.step_key}:${walker.visit}`)
  const arriving = asking.filter(person => person.walker.state === 'active' && (callOf(person) === undefined || callOf(person)!.state === 'failed'))
  const faults = await enqueue(arriving, context)
  const wait: StepResult = { kind: 'wait', until: new Date(now.getTime() + longestWait), for: 'answer' }
  return people.map((person): StepResult => {
    const answer = answered(person)
    if (answer !== undefined) return resultOf(answer)
    const fault = faults.get(person)
    if (fault !== undefined) return { kind: 'fail', reason: fault }
    if (arriving.includes(person)) return wait
    const call = callOf(person)
    if (call === undefined) return { kind: 'fail', reason: 'webhook_gone' }
    return call.state === 'done' || call.state === 'failed' ? resultOf({ ...call, state: call.state, answer: null }) : wait
  })
}

const resultOf = ({ state, outcome, status, answer }: WebhookAnswer): StepResult => state === 'done'
  ? { kind: 'go', outlet: 'next', outcome: 'next', reason: `status:${status}`, learned: { status, answer } }
  : { kind: 'fail', reason: outcome === 'bad_status' ? `webhook_bad_status:${status}` : `webhook_${outcome}` }

/** Calls for those who can be called for; why not for the others. */
async function enqueue(people: At<'call_webhook'>[], { db, now }: StepContext): Promise<Map<At<'call_webhook'>, string>> {
  const faults = new Map<At<'call_webhook'>, string>()
  if (people.length === 0) return faults
  const facts = await loadFacts(people, db, now)
  const filled = await fillTexts(db, people.map(({ walker, step }, index) => ({ contact_id: walker.contact_id, text: step.body, more: facts[index]! })), 'json', now)
  const calls = people.flatMap((person, index) => {
    const { walker, step } = person
    const text = filled[index]!
    const body = step.body.trim() === '' ? JSON.stringify({ type: 'journey.step', timestamp: now.toISOString(), data: facts[index] }) : 'error' in text ? text : text.text
    const fault = badAddress(step.url) !== null ? 'bad_url' : typeof body !== 'string' ? `webhook_body: ${body.error}` : !isJson(body) ? 'webhook_body_not_json' : Buffer.byteLength(body) > mostBody ? 'webhook_body_too_long' : undefined
    if (fault !== undefined || typeof body !== 'string') {
      faults.set(person, fault ?? 'webhook_body_not_json')
      return []
    }
    return [{ contact_id: walker.contact_id, journey_id: walker.journey_id, enrolment_id: walker.id, step_key: walker.step_key, visit: walker.visit, url: step.url, body, save: step.save }]
  })
  await enqueueCalls(db, calls, now)
  return faults
}

/** The names a body may use: the card, the way through the journey, the event that started it. */
async function loadFacts(people: At<'call_webhook'>[], db: StepContext['db'], now: Date): Promise<Record<string, unknown>[]> {
  const contacts = new Map((await loadContactsForMail(db, people.map(({ walker }) => walker.contact_id))).map(contact => [contact.id, contact]))
  const [names, events, { currency }] = [await journeyNames(db, people.map(({ walker }) => walker.journey_id)), await eventsThatEnrolled(db, people.map(({ walker }) => walker)), await readCompany(db)]
  return people.map(({ walker }) => ({
    contact: card(contacts.get(walker.contact_id), currency),
    enrolment: { id: walker.id, journey_id: walker.journey_id, journey: names.get(walker.journey_id) ?? '', step: walker.step_key, visit: walker.visit, is_test: walker.test_wait_seconds !== null, learned: walker.context.learned ?? {}, at: now.toISOString() },
    event: eventFacts(events.get(walker.id)),
  }))
}

function card(contact: ContactForMail | undefined, currency: string): Record<string, unknown> | null {
  if (!contact) return null
  const { revenue, first_order_at, last_order_at, subscribed_at, ...rest } = contact
  return { ...rest, revenue: toMajor(revenue, currency), currency, first_order_at, last_order_at, subscribed_at }
}

const eventFacts = (event: EnrollingEvent | undefined): Record<string, unknown> | null => event === undefined ? null : { id: event.id, type: event.type, occurred_at: event.occurred_at.toISOString(), properties: event.properties }

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
