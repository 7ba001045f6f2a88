import type { MessageOutcome } from '../messages/claim-messages.sql.ts'
import type { MessageKind } from '../messages/queue-messages.sql.ts'
import type { MailOutcome } from './smtp-pool.ts'

/** Minutes to the next try, by the number of tries: a mailbox that is busy for two days is given up. */
export const retryMinutes = [2, 10, 30, 60, 120, 240, 480, 720, 1200]

type Tried = { contact_id: number, id: number, kind: MessageKind, attempts: number }

/**
 * What follows for the ledger from what the transport said. `attempts`: this try included.
 * Marketing whose answer was lost is not sent again; a mail somebody waits for is.
 */
export function settleOutcome(message: Tried, outcome: MailOutcome, now: Date, downFor: number): MessageOutcome {
  const row = { contact_id: message.contact_id, id: message.id, reason: 'reason' in outcome ? outcome.reason : null, detail: outcome.detail.slice(0, 1000), send_after: null, uncounted: false }
  const after = (milliseconds: number) => new Date(now.getTime() + milliseconds)
  const later = (): MessageOutcome => {
    const minutes = retryMinutes[message.attempts - 1]
    return minutes === undefined ? { ...row, state: 'failed', reason: 'deferred_too_long' } : { ...row, state: 'queued', send_after: after(minutes * 60_000) }
  }
  switch (outcome.kind) {
    case 'sent': return { ...row, state: 'sent' }
    case 'bounced': return { ...row, state: 'bounced' }
    case 'unknown':
      return message.kind === 'campaign' || message.kind === 'journey'
        ? { ...row, state: 'unknown', reason: 'connection_lost' }
        : { ...row, state: 'queued', reason: 'connection_lost', send_after: after(30_000) }
    case 'held':
      // The next sender of the stream may take it at once; without one the batches themselves wait.
      return { ...row, state: 'queued', reason: `sender_${outcome.reason === 'sender_refused' ? 'address' : outcome.reason}`, send_after: after(1_000), uncounted: true }
    case 'not_sent':
      return { ...row, state: 'queued', reason: 'server_unreachable', send_after: after(Math.max(1_000, downFor)), uncounted: true }
    case 'failed':
      // What is refused whoever the recipient is, is for the administrator to mend: the mails wait.
      if (outcome.reason !== 'authentication' && outcome.reason !== 'sender_refused') return { ...row, state: 'failed' }
      return later()
    case 'deferred': return later()
  }
}
