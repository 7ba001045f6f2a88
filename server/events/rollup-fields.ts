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

const ofPeopleOnly = new Set(['email.opened', 'email.clicked', 'page.viewed'])

/** The card fields an event may change, beside those of orders. */
export function rollupFieldsOf({ type, is_machine }: Pick<ProcessedEvent, 'type' | 'is_machine'>): string[] {
  // Opens, clicks and visits of machines are counted apart; whatever else is marked as a machine's counts all the same.
  if (is_machine) return ofPeopleOnly.has(type) ? [] : fields[type] ?? []
  const byPerson = !Object.hasOwn(knownEvents, type) || knownEvents[type as keyof typeof knownEvents].person
  return [...fields[type] ?? [], ...(byPerson ? ['last_event_at'] : [])]
}
