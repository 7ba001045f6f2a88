import type { InboundOutcome } from '../../shared/inbound.ts'
import type { NewEvent } from '../events/append-events.sql.ts'
import type { MessageOfMail } from './messages-of-mails.sql.ts'
import type { Signs } from './find-signs.ts'
import { ledgerReason } from './ledger-reason.ts'
import type { InspectedMail } from './inspect-mail.ts'

/** What a mail means for us. `event`: what happened to the contact, null: nothing. */
export type Verdict = { outcome: InboundOutcome, detail: string, contact_id: number | null, message_id: number | null, event: NewEvent | null }

export type Known = {
  id: number
  received_at: Date
  signs: Signs
  /** the mail the signs name, undefined: it is not there any more, or the contact is erased */
  message: MessageOfMail | undefined
  /** whose address it came from */
  sender: number | null
  /** our own address, or that of a member of staff */
  own: boolean
  strangersWelcome: boolean
}

/**
 * What follows from a mail. Reports are believed only with something we signed in them: a forged one, or one about a mail
 * that is not ours, is listed and nothing more. Pure.
 */
export function judgeMail(mail: InspectedMail, known: Known): Verdict {
  const { signs, message, sender } = known
  const about = { contact_id: message?.contact_id ?? sender, message_id: message?.id ?? null }
  const verdict = (outcome: InboundOutcome, event: NewEvent | null = null, detail = ''): Verdict => ({ outcome, detail: detail.slice(0, 1000), event, ...about })
  const eventOf = (type: string, key: string, properties: Record<string, unknown>): NewEvent => ({
    key, type, contact: { id: about.contact_id! }, occurred_at: known.received_at, source: 'inbound',
    message_id: message?.id ?? null, campaign_id: message?.campaign_id ?? null, journey_id: message?.journey_id ?? null,
    properties: { ...properties, inbound_mail_id: known.id },
  })
  const nobodys = (): Verdict => ({ outcome: signs ? 'nothing_of_ours' : 'unproven', detail: firstReason(mail), contact_id: null, message_id: null, event: null })

  if (mail.kind === 'bounce' || mail.kind === 'delay') {
    if (!message) return nobodys()
    const address = message.to_email ?? ''
    const recipient = mail.recipients.find(each => each.address.toLowerCase() === address.toLowerCase()) ?? mail.recipients[0]
    const outcome = mail.kind === 'delay' ? 'delayed' : recipient?.outcome ?? 'soft'
    const properties = {
      reason: ledgerReason(outcome, recipient?.reason ?? 'unknown'), status: recipient?.status ?? null, reply: (recipient?.diagnostic ?? mail.subject).slice(0, 500), address, via: 'mail',
      // The mail was sent on and came back from there.
      ...(recipient !== undefined && recipient.address !== '' && recipient.address.toLowerCase() !== address.toLowerCase() ? { reported_address: recipient.address.slice(0, 320) } : {}),
    }
    if (outcome === 'delayed') return verdict('delayed', eventOf('email.delayed', `email.delayed:${message.id}:${known.received_at.toISOString().slice(0, 10)}`, properties), properties.reply)
    const hard = outcome === 'hard'
    return verdict(
      hard ? 'bounced_hard' : outcome === 'failed_block' ? 'blocked' : 'bounced_soft',
      eventOf('email.bounced', `email.bounced:${message.id}:${hard ? 'hard' : 'soft'}`, { ...properties, hard, blocked: outcome === 'failed_block' }), properties.reply,
    )
  }
  if (mail.kind === 'complaint') {
    const complaint = mail.complaints.find(each => each.unsubscribes) ?? mail.complaints[0]
    // How mails of ours were authenticated, or that one is not spam: nobody asks to be left alone.
    if (complaint === undefined || !complaint.unsubscribes) return verdict('report_noted', null, complaint?.type ?? '')
    if (!message) return nobodys()
    if (complaint.type === 'opt-out') return verdict('unsubscribed', eventOf('email.unsubscribed', `email.unsubscribed:${message.id}`, { via: 'mail', wording: `Feedback-Type: ${complaint.type}` }), complaint.type)
    return verdict('complained', eventOf('email.complained', `email.complained:${message.id}`, { kind: complaint.type, address: message.to_email, via: 'mail', reporter: complaint.user_agent }), complaint.type)
  }
  if (known.own) return { outcome: 'own', detail: '', contact_id: null, message_id: null, event: null }
  if (mail.kind === 'auto_reply') {
    if (about.contact_id === null) return verdict('nothing_of_ours')
    return verdict('auto_replied', eventOf('email.auto_replied', `inbound:${known.id}`, { subject: mail.subject.slice(0, 500), text: textOf(mail, 2000) }), mail.subject)
  }
  if (mail.kind === 'unsubscribe' || signs?.by === 'unsubscribe') {
    if (about.contact_id === null) return verdict('stranger')
    return verdict('unsubscribed', eventOf('email.unsubscribed', `inbound:${known.id}`, { via: 'mail', wording: `${mail.subject}\n${textOf(mail, 1000)}`.trim() }), mail.subject)
  }
  const reply = { subject: mail.subject.slice(0, 500), text: textOf(mail, 5000), from: mail.from?.address ?? '' }
  if (about.contact_id !== null) return verdict('replied', eventOf('email.replied', `inbound:${known.id}`, reply), mail.subject)
  if (!known.strangersWelcome || mail.from === null) return verdict('stranger')
  return verdict('replied', { ...eventOf('email.replied', `inbound:${known.id}`, reply), contact: { email: mail.from.address }, properties: { ...reply, inbound_mail_id: known.id, stranger: true } }, mail.subject)
}

const textOf = (mail: InspectedMail, most: number): string => (mail.visible_text ?? '').slice(0, most)
const firstReason = (mail: InspectedMail): string => mail.recipients[0] === undefined ? mail.complaints[0]?.type ?? '' : `${mail.recipients[0].address}: ${mail.recipients[0].diagnostic ?? mail.recipients[0].reason}`
