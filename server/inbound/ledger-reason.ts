import type { BounceOutcome } from './find-bounce.ts'

/** The word of the ledger for a bounce: the same as where the receiving server said so at once. */
export function ledgerReason(outcome: BounceOutcome, reason: string): string {
  if (outcome === 'hard') return reason === 'hostunknown' || reason === 'notaccept' ? 'unknown_domain' : 'unknown_recipient'
  return words[reason] ?? (outcome === 'failed_block' ? 'blocked' : 'bounced')
}

const words: Record<string, string> = { suspend: 'disabled_mailbox', mailboxfull: 'mailbox_full', exceedlimit: 'too_large', contenterror: 'content', notcompliantrfc: 'content' }
