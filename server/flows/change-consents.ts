import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { recordConsents, type ConsentChange, type NewConsent } from '../consent/record-consents.sql.ts'
import { holdContacts } from '../consent/hold-contacts.sql.ts'
import { appendEvents, type NewEvent } from '../events/append-events.sql.ts'
import { applyChanges } from './apply-changes.ts'

const eventOf = { requested: 'subscription.requested', granted: 'subscription.confirmed', withdrawn: 'subscription.withdrawn' } as const

/**
 * People gave or withdrew consents: recorded, told to their timelines, and everything that depends on them follows,
 * all in one transaction. `properties` go into the events (a form's id lets journeys begin).
 */
export async function changeConsents(app: App, db: Db, consents: NewConsent[], now: Date, properties: Record<string, unknown> = {}): Promise<ConsentChange[]> {
  return withTransaction(db, async tx => {
    await holdContacts(tx, consents.map(row => row.contact_id))
    const changes = await recordConsents(tx, consents)
    await appendEvents(tx, subscriptionEvents(consents, changes, properties), now)
    await applyChanges(tx, app, [...new Set(changes.map(change => change.contact_id))].map(contact_id => ({ contact_id, keys: ['consent'], events: [] })), now)
    return changes
  })
}

/** One event for each contact and action, with all topics it was about. States that did not change make none. */
export function subscriptionEvents(consents: NewConsent[], changes: ConsentChange[], properties: Record<string, unknown>): NewEvent[] {
  const events = new Map<string, NewEvent & { properties: { topic_ids: number[] } & Record<string, unknown> }>()
  for (const change of changes) {
    const consent = consents.findLast(row => row.contact_id === change.contact_id && row.topic_id === change.topic_id && row.action === change.action)
    if (consent === undefined) continue
    const key = `${change.contact_id} ${change.action}`
    const event = events.get(key)
    if (event) event.properties.topic_ids.push(change.topic_id)
    else {
      events.set(key, {
        type: eventOf[change.action], contact: { id: change.contact_id }, occurred_at: consent.occurred_at, source: consent.source,
        ...(consent.message_id ? { message_id: consent.message_id } : {}),
        properties: { ...properties, topic_ids: [change.topic_id] },
      })
    }
  }
  return [...events.values()]
}
