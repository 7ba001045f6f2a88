import { classifyReply } from '../delivery/classify-reply.ts'
import type { Provider } from './provider-signatures.ts'

/** What a provider reports, in one form for all. What is nothing to us (sent, opened, clicked: we count those ourselves) is left out. */
export type ProviderEvent = {
  kind: 'hard' | 'soft' | 'blocked' | 'delayed' | 'complained' | 'unsubscribed'
  /** the provider's own name of the event; '' when it has none */
  id: string
  email: string
  /** `contact.message`, which every mail we hand over carries */
  own: string
  /** Message-ID, without <> where the provider leaves them out */
  mail_key: string
  status: string | null
  reply: string
}

type Fields = Record<string, unknown>
const objectOf = (value: unknown): Fields => typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : {}
const listOf = (value: unknown): unknown[] => Array.isArray(value) ? value : []
const textOf = (value: unknown): string => typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

/** A report as it was parsed, its events out. Never throws: what is not understood is left out. */
export function providerEvents(provider: Provider, json: unknown): ProviderEvent[] {
  return readers[provider](json).filter(event => event.email !== '' || event.own !== '').map(event => ({
    ...event, email: event.email.slice(0, 320), id: event.id.slice(0, 200), reply: event.reply.slice(0, 1000), mail_key: event.mail_key.slice(0, 500),
    // Providers call "hard" what is about us or the content, too; the words of the receiving server tell.
    kind: event.kind === 'hard' && event.reply !== '' && classifyReply(event.reply).outcome === 'block' ? 'blocked' : event.kind,
  }))
}

const readers: Record<Provider, (json: unknown) => ProviderEvent[]> = {
  ses(json) {
    const { mail, bounce, complaint, deliveryDelay, eventType, notificationType } = objectOf(json)
    const sent = objectOf(mail)
    const header = (name: string): string => textOf(listOf(sent['headers']).map(objectOf).find(each => textOf(each['name']).toLowerCase() === name)?.['value'])
    const own = textOf(listOf(objectOf(sent['tags'])['otklik'])[0]) || header('x-otklik-message')
    const about = { own, mail_key: header('message-id') }
    const recipients = (list: unknown): Fields[] => listOf(list).map(objectOf)
    const type = textOf(eventType) || textOf(notificationType)
    if (type === 'Bounce') {
      const report = objectOf(bounce)
      const kind = report['bounceType'] !== 'Permanent' ? 'soft' : 'hard'
      return recipients(report['bouncedRecipients']).map(each => ({ ...about, kind, id: textOf(report['feedbackId']), email: textOf(each['emailAddress']), status: textOf(each['status']) || null, reply: textOf(each['diagnosticCode']) }))
    }
    if (type === 'Complaint') {
      const report = objectOf(complaint)
      const kind = report['complaintFeedbackType'] === 'not-spam' || report['complaintFeedbackType'] === 'auth-failure' ? null : 'complained' as const
      return kind === null ? [] : recipients(report['complainedRecipients']).map(each => ({ ...about, kind, id: textOf(report['feedbackId']), email: textOf(each['emailAddress']), status: null, reply: textOf(report['complaintFeedbackType']) }))
    }
    if (type === 'DeliveryDelay') return recipients(objectOf(deliveryDelay)['delayedRecipients']).map(each => ({ ...about, kind: 'delayed', id: '', email: textOf(each['emailAddress']), status: textOf(each['status']) || null, reply: textOf(each['diagnosticCode']) }))
    return []
  },

  sendgrid: json => listOf(json).map(objectOf).flatMap(event => {
    const reason = textOf(event['reason'])
    const dropped = /bounced address|invalid/i.test(reason) ? 'hard' as const : null
    const kinds: Record<string, ProviderEvent['kind'] | null> = { bounce: event['type'] === 'blocked' ? 'blocked' : 'hard', dropped, deferred: 'delayed', spamreport: 'complained', unsubscribe: 'unsubscribed', group_unsubscribe: 'unsubscribed' }
    const kind = kinds[textOf(event['event'])] ?? null
    return kind === null ? [] : [{ kind, id: textOf(event['sg_event_id']), email: textOf(event['email']), own: textOf(event['otklik']), mail_key: textOf(event['smtp-id']), status: textOf(event['status']) || null, reply: reason || textOf(event['response']) }]
  }),

  mailgun(json) {
    const event = objectOf(objectOf(json)['event-data'])
    const delivery = objectOf(event['delivery-status'])
    const kinds: Record<string, ProviderEvent['kind']> = { failed: event['severity'] === 'temporary' ? 'delayed' : 'hard', complained: 'complained', unsubscribed: 'unsubscribed' }
    const kind = kinds[textOf(event['event'])]
    // Mailgun refused by its own list: nothing left, so nothing is known of the address that was not known before.
    if (kind === undefined || /^suppress-/.test(textOf(event['reason']))) return []
    const code = textOf(delivery['code'])
    return [{
      kind, id: textOf(event['id']), email: textOf(event['recipient']), own: textOf(objectOf(event['user-variables'])['otklik']), mail_key: textOf(objectOf(objectOf(event['message'])['headers'])['message-id']),
      status: textOf(delivery['enhanced-code']) || null, reply: [/^\d{3}$/.test(code) ? code : '', textOf(delivery['message']) || textOf(delivery['description'])].filter(Boolean).join(' '),
    }]
  },

  postmark(json) {
    const event = objectOf(json)
    const about = { id: textOf(event['ID']), email: textOf(event['Email']) || textOf(event['Recipient']), own: textOf(objectOf(event['Metadata'])['otklik']), mail_key: '', status: null, reply: textOf(event['Details']) || textOf(event['Description']) }
    if (event['RecordType'] === 'SpamComplaint') return [{ ...about, kind: 'complained' }]
    if (event['RecordType'] === 'SubscriptionChange') return event['SuppressSending'] === true && event['SuppressionReason'] === 'ManualSuppression' ? [{ ...about, kind: 'unsubscribed' }] : []
    const kinds: Record<string, ProviderEvent['kind']> = { HardBounce: 'hard', BadEmailAddress: 'hard', SoftBounce: 'soft', Transient: 'soft', DnsError: 'soft', Undeliverable: 'soft', Blocked: 'blocked', SpamNotification: 'blocked', DMARCPolicy: 'blocked', SMTPApiError: 'blocked', Unsubscribe: 'unsubscribed', SpamComplaint: 'complained' }
    const kind = event['RecordType'] === 'Bounce' ? kinds[textOf(event['Type'])] : undefined
    return kind === undefined ? [] : [{ ...about, kind }]
  },

  brevo: json => (Array.isArray(json) ? json : [json]).map(objectOf).flatMap(event => {
    const kinds: Record<string, ProviderEvent['kind']> = { hard_bounce: 'hard', invalid_email: 'hard', soft_bounce: 'soft', blocked: 'blocked', deferred: 'delayed', spam: 'complained', complaint: 'complained', unsubscribed: 'unsubscribed', unsubscribe: 'unsubscribed' }
    const kind = kinds[textOf(event['event'])]
    const own = /^otklik:(\d+\.\d+)$/.exec(textOf(event['X-Mailin-custom']))?.[1] ?? ''
    return kind === undefined ? [] : [{ kind, id: [event['id'], event['ts_event'], event['event'], event['message-id']].map(textOf).join(':'), email: textOf(event['email']), own, mail_key: textOf(event['message-id']), status: null, reply: textOf(event['reason']) }]
  }),

  sparkpost: json => listOf(json).flatMap(each => Object.values(objectOf(objectOf(each)['msys'])).map(objectOf)).flatMap(event => {
    const bounceClass = Number(textOf(event['bounce_class']))
    const bounced = [10, 30].includes(bounceClass) ? 'hard' as const : bounceClass >= 50 && bounceClass <= 54 ? 'blocked' as const : bounceClass === 90 ? 'unsubscribed' as const : 'soft' as const
    const complaint = ['not-spam', 'auth-failure'].includes(textOf(event['fbtype'])) ? null : 'complained' as const
    const kinds: Record<string, ProviderEvent['kind'] | null> = { bounce: bounced, out_of_band: bounced, delay: 'delayed', policy_rejection: 'blocked', spam_complaint: complaint, list_unsubscribe: 'unsubscribed', link_unsubscribe: 'unsubscribed' }
    const kind = kinds[textOf(event['type'])] ?? null
    return kind === null ? [] : [{ kind, id: textOf(event['event_id']), email: textOf(event['rcpt_to']) || textOf(event['raw_rcpt_to']), own: textOf(objectOf(event['rcpt_meta'])['otklik']), mail_key: '', status: null, reply: textOf(event['raw_reason']) || textOf(event['reason']) }]
  }),

  unisender_go: json => listOf(objectOf(json)['events_by_user']).map(objectOf).flatMap(user => listOf(user['events'])).map(objectOf).flatMap(event => {
    if (event['event_name'] !== 'transactional_email_status') return []
    const data = objectOf(event['event_data'])
    const kinds: Record<string, ProviderEvent['kind']> = { hard_bounced: 'hard', soft_bounced: 'soft', spam: 'complained', unsubscribed: 'unsubscribed', delayed: 'delayed' }
    const kind = kinds[textOf(data['status'])]
    const delivery = objectOf(data['delivery_info'])
    return kind === undefined ? [] : [{ kind, id: [data['job_id'], data['status'], data['email'], data['event_time']].map(textOf).join(':'), email: textOf(data['email']), own: textOf(objectOf(data['metadata'])['otklik']), mail_key: '', status: null, reply: textOf(delivery['destination_response']) || textOf(delivery['delivery_status']) }]
  }),
}
