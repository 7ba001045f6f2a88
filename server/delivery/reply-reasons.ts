/** Whom or what an answer is about. */
export type ReplyAbout = 'recipient' | 'sender' | 'content' | 'server'
/** hard: this address will never take mail; block: we or the mail are refused; rate: too much at once; soft: later or elsewhere it may work. */
export type ReplyOutcome = 'hard' | 'soft' | 'block' | 'rate' | 'ok'

/**
 * Why a mail was not taken, by the names that Sisimai (libsisimai.org) has made usual, and what each means for us.
 * Only what says that nobody will ever read mail at the address is hard. A suspended account is soft: it may be
 * opened again, and the rule for repeated soft bounces excludes it soon enough if it is not.
 */
export const replyReasons = {
  userunknown: { outcome: 'hard', about: 'recipient' },
  hostunknown: { outcome: 'hard', about: 'recipient' },
  hasmoved: { outcome: 'hard', about: 'recipient' },
  notaccept: { outcome: 'hard', about: 'recipient' },
  suspend: { outcome: 'soft', about: 'recipient' },
  mailboxfull: { outcome: 'soft', about: 'recipient' },
  filtered: { outcome: 'soft', about: 'recipient' },
  exceedlimit: { outcome: 'soft', about: 'content' },
  contenterror: { outcome: 'soft', about: 'content' },
  notcompliantrfc: { outcome: 'soft', about: 'content' },
  spamdetected: { outcome: 'block', about: 'content' },
  virusdetected: { outcome: 'block', about: 'content' },
  policyviolation: { outcome: 'block', about: 'content' },
  securityerror: { outcome: 'block', about: 'content' },
  authfailure: { outcome: 'block', about: 'sender' },
  badreputation: { outcome: 'block', about: 'sender' },
  blocked: { outcome: 'block', about: 'sender' },
  requireptr: { outcome: 'block', about: 'sender' },
  rejected: { outcome: 'block', about: 'sender' },
  norelaying: { outcome: 'block', about: 'sender' },
  failedstarttls: { outcome: 'soft', about: 'server' },
  speeding: { outcome: 'rate', about: 'sender' },
  toomanyconn: { outcome: 'rate', about: 'sender' },
  greylisted: { outcome: 'soft', about: 'server' },
  expired: { outcome: 'soft', about: 'server' },
  networkerror: { outcome: 'soft', about: 'server' },
  systemerror: { outcome: 'soft', about: 'server' },
  systemfull: { outcome: 'soft', about: 'server' },
  mailererror: { outcome: 'soft', about: 'server' },
  syntaxerror: { outcome: 'soft', about: 'server' },
  onhold: { outcome: 'soft', about: 'server' },
} as const satisfies Record<string, { outcome: ReplyOutcome, about: ReplyAbout }>

export type ReplyReason = keyof typeof replyReasons
