import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { recordConsents, type ConsentChange, type NewConsent } from '../consent/record-consents.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { insertEvents, type EventRow } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import type { ProcessedEvent } from '../events/processed-event.ts'
import { rollupFieldsOf } from '../events/rollup-fields.ts'
import { markMessages } from '../messages/mark-messages.sql.ts'
import { applyChanges, type Change } from './apply-changes.ts'

const eventOf = { requested: 'subscription.requested', granted: 'subscription.confirmed', withdrawn: 'subscription.withdrawn' } as const

/**
 * People gave or withdrew consents: recorded, told to their timelines, and everything that depends on them follows,
 * all in one transaction. `properties` go into the events.
 */
export async function changeConsents(app: App, db: Db, consents: NewConsent[], now: Date, properties: Record<string, unknown> = {}): Promise<ConsentChange[]> {
  if (!db.isTransaction) await ensureMonths(app, [now, ...consents.map(row => row.occurred_at)])
  return withTransaction(db, async tx => {
    const known = await lockContacts(tx, consents.map(row => row.contact_id))
    const ours = consents.filter(row => known.has(row.contact_id))
    const changed = await recordConsents(tx, ours)
    const events = await insertEvents(tx, subscriptionEvents(ours, changed, properties), now)
    await markMessages(tx, events)
    await applyChanges(tx, app, changesOfEvents(changed.map(change => change.contact_id), events), now)
    return changed
  })
}

/** One event for each contact and action, with all topics it was about. States that did not change make none. */
export function subscriptionEvents(consents: NewConsent[], changes: ConsentChange[], properties: Record<string, unknown>): EventRow[] {
  const events = new Map<string, EventRow & { properties: { topic_ids: number[] } }>()
  for (const change of changes) {
    const consent = consents.findLast(row => row.contact_id === change.contact_id && row.topic_id === change.topic_id && row.action === change.action)
    if (consent === undefined) continue
    const key = `${change.contact_id} ${change.action}`
    const event = events.get(key)
    if (event) event.properties.topic_ids.push(change.topic_id)
    else {
      const importId = /^import:(\d+)$/.exec(consent.source)?.[1]
      events.set(key, {
        type: eventOf[change.action], contact_id: change.contact_id, occurred_at: consent.occurred_at, source: consent.source,
        message_id: consent.message_id ?? null, campaign_id: null, journey_id: null, import_id: importId === undefined ? null : Number(importId),
        properties: { ...properties, topic_ids: [change.topic_id] },
      })
    }
  }
  return [...events.values()]
}

/** Contacts whose consents changed, and events that were written about them, as changes to follow. */
export function changesOfEvents(consentsChanged: number[], events: ProcessedEvent[]): Change[] {
  const changes = new Map<number, { keys: Set<string>, events: ProcessedEvent[] }>()
  const of = (contactId: number): { keys: Set<string>, events: ProcessedEvent[] } => {
    const change = changes.get(contactId) ?? { keys: new Set<string>(), events: [] }
    changes.set(contactId, change)
    return change
  }
  for (const contactId of consentsChanged) of(contactId).keys.add('consent')
  for (const event of events) {
    const change = of(event.contact_id)
    change.keys.add(`event:${event.type}`)
    for (const field of rollupFieldsOf(event)) change.keys.add(`field:${field}`)
    change.events.push(event)
  }
  return [...changes].map(([contact_id, change]) => ({ contact_id, keys: [...change.keys], events: change.events }))
}
