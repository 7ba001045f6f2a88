import type { AcceptedOutcome } from '../../shared/inbound.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { inspectMail } from './inspect-mail.ts'
import { ledgerReason } from './ledger-reason.ts'

/** Whom a report is about and what would follow for them. `email` is normalised; `properties` go into the event. */
export type ReportedRecipient = { email: string, outcome: AcceptedOutcome, words: string, type: string, properties: Record<string, unknown> }

/** The recipients a person may accept; none of a delay, or of a report that says nothing of the person's wishes. Pure. */
export function reportedRecipients(raw: Buffer): ReportedRecipient[] {
  const mail = inspectMail(raw)
  const found: ReportedRecipient[] = []
  if (mail.kind === 'bounce') {
    for (const { address, outcome, reason, status, diagnostic } of mail.recipients) {
      const email = normaliseEmail(address)
      if (email === null || outcome === 'delayed') continue
      const words = (diagnostic ?? mail.subject).slice(0, 500).toWellFormed()
      found.push({
        email, outcome: outcome === 'hard' ? 'bounced_hard' : outcome === 'failed_block' ? 'blocked' : 'bounced_soft', words, type: 'email.bounced',
        properties: { reason: ledgerReason(outcome, reason), status, reply: words, address: email, via: 'mail', hard: outcome === 'hard', blocked: outcome === 'failed_block' },
      })
    }
  } else if (mail.kind === 'complaint') {
    for (const { type, unsubscribes, recipients, user_agent } of mail.complaints) {
      for (const address of unsubscribes ? recipients : []) {
        const email = normaliseEmail(address)
        if (email === null) continue
        found.push(type === 'opt-out'
          ? { email, outcome: 'unsubscribed', words: type, type: 'email.unsubscribed', properties: { via: 'mail', wording: `Feedback-Type: ${type}` } }
          : { email, outcome: 'complained', words: type, type: 'email.complained', properties: { kind: type, address: email, via: 'mail', reporter: user_agent } })
      }
    }
  }
  return [...new Map(found.map(each => [each.email, each])).values()].slice(0, 1000)
}
