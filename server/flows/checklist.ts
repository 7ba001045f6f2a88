import type { Checklist, ChecklistItem, ChecklistKey } from '../../shared/start.ts'
import type { ChecklistFacts } from './checklist.sql.ts'

export type ChecklistSettings = { sender_email: string, smtp: 'environment' | 'settings' | 'senders' | null }

/** From the first address to a shop that reports its orders: what is done, what is open, where each is done. Pure. */
export function buildChecklist(facts: ChecklistFacts, settings: ChecklistSettings): Checklist {
  const item = (key: ChecklistKey, state: ChecklistItem['state'], to: string, detail = '', count: number | null = null): ChecklistItem => ({ key, state, detail, count, to })
  const data = [
    item('sender', isPlaceholder(settings.sender_email) ? 'open' : 'done', '/settings', settings.sender_email),
    item('smtp', settings.smtp === null ? 'partly' : 'done', '/settings/sending', settings.smtp ?? 'test_mailbox'),
    item('domain', facts.sender_domain_verified ? 'done' : facts.sender_domain === null ? 'open' : 'partly', '/settings/sending', facts.sender_domain ?? ''),
    item('contacts', facts.contacts ? 'done' : 'open', facts.contacts ? '/contacts' : '/imports', '', facts.imports),
    item('consents', facts.consents ? 'done' : 'open', '/settings/topics'),
    item('form', facts.form === null ? 'open' : facts.form_submitted ? 'done' : 'partly', '/forms', facts.form ?? ''),
    item('segment', facts.segment_members > 0 ? 'done' : 'open', '/segments', facts.segment ?? '', facts.segment_members),
    item('journey', facts.journey === null ? 'open' : 'done', '/journeys', facts.journey ?? ''),
    item('first_mail', facts.mail_sent ? 'done' : 'open', '/campaigns'),
    item('shop', facts.key_used ? 'done' : facts.keys > 0 ? 'partly' : 'open', '/settings/api-keys', '', facts.keys),
  ]
  return { data, done: data.filter(each => each.state === 'done').length, total: data.length }
}

/** Addresses nobody can receive answers at (RFC 2606). */
const isPlaceholder = (address: string): boolean => /@(?:[^@]+\.)?(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/i.test(address) || !address.includes('@')
