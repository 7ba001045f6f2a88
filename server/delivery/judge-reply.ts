import { classifyParts } from './classify-reply.ts'
import type { ReplyReason } from './reply-reasons.ts'
import type { SmtpPhase, SmtpReply } from './smtp-reply.ts'

/**
 * What a refusal means for the ledger. Only what is about the recipient marks the recipient: a block, a full mailbox or an
 * oversized mail says nothing about whether the address lives.
 */
export type ReplyMeaning =
  | { kind: 'deferred', reason: 'busy' | 'greylisted' | 'mailbox_full' | 'rate_limited' | 'blocked' }
  | { kind: 'bounced', reason: 'unknown_recipient' | 'unknown_domain' }
  | { kind: 'failed', reason: 'blocked' | 'disabled_mailbox' | 'mailbox_full' | 'too_large' | 'sender_refused' | 'authentication' | 'content' | 'refused' | 'suppressed_by_provider' }

/** The answer to one command of ours, by its words and by where in the conversation it came. */
export function judgeReply(reply: SmtpReply, phase: SmtpPhase): ReplyMeaning {
  const { outcome, reason, about } = classifyParts(reply)
  if (reply.code < 500) {
    if (reason === 'greylisted') return { kind: 'deferred', reason: 'greylisted' }
    if (reason === 'mailboxfull') return { kind: 'deferred', reason: 'mailbox_full' }
    if (outcome === 'rate' || reason === 'badreputation') return { kind: 'deferred', reason: 'rate_limited' }
    return { kind: 'deferred', reason: outcome === 'block' ? 'blocked' : 'busy' }
  }
  if (phase === 'auth' || (reason === 'securityerror' && about === 'sender') || [530, 534, 535, 538].includes(reply.code)) return { kind: 'failed', reason: 'authentication' }
  // A mail refused before its recipient was named is not the recipient's fault.
  if (phase === 'mail' && about === 'recipient') return { kind: 'failed', reason: 'sender_refused' }
  // Too much at once, with whatever code, is said to slow us down.
  if (outcome === 'rate') return { kind: 'deferred', reason: 'rate_limited' }
  if (outcome === 'hard') return { kind: 'bounced', reason: reason === 'hostunknown' || reason === 'notaccept' ? 'unknown_domain' : 'unknown_recipient' }
  if (reason === 'rejected') return { kind: 'failed', reason: phase === 'mail' || /sender|from|originator/i.test(reply.text) ? 'sender_refused' : 'blocked' }
  return { kind: 'failed', reason: failures[reason ?? 'onhold'] ?? (outcome === 'block' ? 'blocked' : 'refused') }
}

const failures: { [reason in ReplyReason]?: (ReplyMeaning & { kind: 'failed' })['reason'] } = {
  suspend: 'disabled_mailbox', mailboxfull: 'mailbox_full', exceedlimit: 'too_large', contenterror: 'content', notcompliantrfc: 'content', failedstarttls: 'authentication',
}
