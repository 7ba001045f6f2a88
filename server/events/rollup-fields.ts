import { knownEvents } from '../../shared/events.ts'
import type { ProcessedEvent } from './processed-event.ts'

const fields: Partial<Record<string, string[]>> = {
  'email.sent': ['mails_sent', 'last_mail_at'],
  'email.opened': ['opens', 'last_open_at'],
  'email.clicked': ['clicks', 'last_click_at'],
  'email.bounced': ['bounced_at'],
  'email.complained': ['complained_at'],
  'page.viewed': ['last_visit_at'],
  'subscription.confirmed': ['subscribed_at'],
  'subscription.withdrawn': ['unsubscribed_at'],
}

const orderFields = ['orders_count', 'revenue', 'average_order', 'first_order_at', 'last_order_at']

/** Pairs of a card field and a kind of event that changes it, orders among them: what may stand behind `field:revenue`. */
export const fieldCauses: { field: string, type: string }[] = [
  ...Object.entries(fields).flatMap(([type, changed]) => (changed ?? []).map(field => ({ field, type }))),
  ...orderFields.flatMap(field => ['order.placed', 'order.cancelled'].map(type => ({ field, type }))),
]

/** What of these counts only when a person did it. */
const actsOfPeople = new Set(['email.opened', 'email.clicked', 'page.viewed'])

/** The card fields an event may change, beside those of orders. */
export function rollupFieldsOf({ type, is_machine }: Pick<ProcessedEvent, 'type' | 'is_machine'>): string[] {
  const byPerson = !is_machine && (!Object.hasOwn(knownEvents, type) || knownEvents[type as keyof typeof knownEvents].person)
  return [...(is_machine && actsOfPeople.has(type) ? [] : fields[type] ?? []), ...(byPerson ? ['last_event_at', 'engagement_score'] : [])]
}

/** Whether an event leaves a trace in the rollups at all. Most of what the program itself puts on timelines does not. */
export function changesRollups(event: Pick<ProcessedEvent, 'type' | 'is_machine'>): boolean {
  return rollupFieldsOf(event).length > 0 || event.type === 'email.opened' || event.type === 'email.clicked'
}
