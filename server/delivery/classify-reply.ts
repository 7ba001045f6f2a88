import type { SmtpPhase, SmtpReply } from './smtp-reply.ts'

/**
 * What a refusal means. Only what is about the recipient marks the recipient: a block, a full mailbox or an
 * oversized mail says nothing about whether the address lives.
 */
export type ReplyMeaning =
  | { kind: 'deferred', reason: 'busy' | 'greylisted' | 'mailbox_full' | 'rate_limited' }
  | { kind: 'bounced', reason: 'unknown_recipient' | 'unknown_domain' | 'disabled_mailbox' }
  | { kind: 'failed', reason: 'blocked' | 'mailbox_full' | 'too_large' | 'sender_refused' | 'authentication' | 'content' | 'refused' }

type Rule = { reason: string, pattern: RegExp }

/** Read in order; the reply a rule was made from stands above it. */
const blocked: Rule[] = [
  // 550 5.2.1 Mailbox unavailable. Your IP address 11.22.33.44 is blacklisted using SPAMHAUS-XBL.
  // 554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using ee.countries.nerd.dk
  { reason: 'blocked', pattern: /spamhaus|spamcop|sorbs|barracuda|blacklist|black list|blocklist|block list|blocked|\brbl\b|dnsbl|uribl|surbl|banned|reputation|poor reverse|spam|bulk mail|unsolicited|junk|phish|virus|malware|abus|complaint/ },
  // 550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy
  { reason: 'blocked', pattern: /\bdmarc\b|\bdkim\b|\bspf\b|sender id|unauthenticated|reverse dns|\bptr\b|\bhelo\b|\behlo\b/ },
  // 550 Access from ip address 192.0.2.1 blocked. / 554 5.7.1 Relay access denied
  { reason: 'blocked', pattern: /relay(ing)? (access )?(denied|not permitted|not allowed)|not permitted to relay|unable to relay|we do not relay|access denied|access from ip|client host|denied by policy|policy (reasons|violation|restrictions)|not authori[sz]ed|prohibited|forbidden|your (ip|server|host)/ },
]

const aboutSender: Rule[] = [
  // 550 5.1.8 Sender address rejected: Domain not found / 553 sorry, your envelope sender domain must exist
  { reason: 'sender_refused', pattern: /sender (address )?(rejected|refused|denied|verify failed|unknown|is not)|envelope sender|return.path|mail from|from address|sender domain|verification failed for/ },
]

const aboutMail: Rule[] = [
  // 552 5.3.4 Message size exceeds fixed limit / 5.2.3 Message too large
  { reason: 'too_large', pattern: /too (large|big|long)|size (exceeds|limit)|exceed\w* (the )?(maximum|size|limit).*(size|message)|message size|maximum size/ },
  // 552 5.2.2 … user is over quota / 550 mailbox is full
  { reason: 'mailbox_full', pattern: /over ?quota|out of storage|quota (exceeded|exceed)|exceed\w* .*(quota|storage)|mailbox (is |size )?(full|limit)|mailfolder is full|inbox is full|not enough (disk|storage)|insufficient (system )?storage|disk full|full mailbox|storage (limit|quota)|переполнен/ },
]

const aboutRecipient: { reason: 'unknown_recipient' | 'unknown_domain' | 'disabled_mailbox', pattern: RegExp }[] = [
  // 550 5.2.1 The email account that you tried to reach is disabled / 554 delivery error: dd This user doesn't have a yahoo.com account
  { reason: 'disabled_mailbox', pattern: /(account|mailbox|user|recipient|address)[^.]{0,60}(disabled|inactive|deactivated|suspended|expired|closed|terminated|no longer|not active|locked)|(disabled|inactive|suspended|deactivated) (account|mailbox|user|recipient)/ },
  // 550 5.1.2 Host unknown / 550 5.1.7 No such domain neko.example.com
  { reason: 'unknown_domain', pattern: /no such (domain|host)|(domain|host)( name)? (is |was )?(does not exist|doesn't exist|not found|unknown|invalid|isn't in)|unknown (domain|host)|unrouteable|null mx|domain of .*does not|no mail exchanger|hostunknown/ },
  // 550 5.1.1 <x@y>: Recipient address rejected: User unknown in virtual mailbox table
  { reason: 'unknown_recipient', pattern: /(user|recipient|mailbox|address|account|addressee|local part|username)[^.;]{0,80}(unknown|not found|does ?n[o']t exist|does not exist|not exist|not known|unavailable|invalid|not listed|not recogni[sz]ed|undeliverable|isn't here|not here|not (a )?valid|rejected)|(unknown|no such|invalid|bad|non-?existent|unrouteable|undeliverable|not a valid) (local |e-?mail |destination )?(user|recipient|mailbox|address|account|person|addressee|id|local.part)|no mailbox (here )?(by|with) that name|doesn't have (a|an) .{1,60} account|not our customer|no (one|body) (here )?by that name|user (is )?not (known|found)|нет такого|не существует|не найден|неизвестн/ },
]

const codesOfRecipients: Record<string, 'unknown_recipient' | 'unknown_domain' | 'disabled_mailbox'> = {
  '5.1.1': 'unknown_recipient', '5.1.2': 'unknown_domain', '5.1.3': 'unknown_recipient', '5.1.4': 'unknown_recipient', '5.1.6': 'unknown_recipient',
  '5.1.10': 'unknown_domain', '5.0.1': 'unknown_recipient',
}

export function classifyReply(reply: SmtpReply, phase: SmtpPhase): ReplyMeaning {
  const text = reply.text.toLowerCase()
  const matching = (rules: Rule[]) => rules.find(rule => rule.pattern.test(text))?.reason
  const code = reply.enhanced ?? ''
  if (reply.code >= 400 && reply.code < 500) {
    if (/grey ?list|gray ?list|greylisted/.test(text)) return { kind: 'deferred', reason: 'greylisted' }
    if (code === '4.2.2' || matching(aboutMail) === 'mailbox_full') return { kind: 'deferred', reason: 'mailbox_full' }
    if (code === '4.7.0' || code.startsWith('4.7.6') || /rate|too (many|fast)|throttl|unexpected volume|limit/.test(text)) return { kind: 'deferred', reason: 'rate_limited' }
    return { kind: 'deferred', reason: 'busy' }
  }
  if (reply.code === 530 || reply.code === 535 || reply.code === 534 || reply.code === 538 || phase === 'auth') return { kind: 'failed', reason: 'authentication' }
  // A mail refused before its recipient was named is not the recipient's fault.
  if (phase === 'mail') return { kind: 'failed', reason: matching(blocked) === 'blocked' ? 'blocked' : 'sender_refused' }
  if (code === '5.1.7' || code === '5.1.8') {
    const domain = /no such domain/.test(text) && phase === 'rcpt'
    return domain ? { kind: 'bounced', reason: 'unknown_domain' } : { kind: 'failed', reason: 'sender_refused' }
  }
  if (code === '5.2.2' || matching(aboutMail) === 'mailbox_full') return { kind: 'failed', reason: 'mailbox_full' }
  if (code === '5.3.4' || code === '5.2.3' || reply.code === 552 || matching(aboutMail) === 'too_large') return { kind: 'failed', reason: 'too_large' }
  if (matching(blocked)) return { kind: 'failed', reason: 'blocked' }
  if (matching(aboutSender)) return { kind: 'failed', reason: 'sender_refused' }
  const byCode = codesOfRecipients[code]
  const byText = aboutRecipient.find(rule => rule.pattern.test(text))?.reason
  if (byCode) return { kind: 'bounced', reason: byText ?? byCode }
  if (code.startsWith('5.7.')) return { kind: 'failed', reason: 'blocked' }
  if (code.startsWith('5.6.')) return { kind: 'failed', reason: 'content' }
  if (code === '5.2.1') return { kind: 'bounced', reason: byText ?? 'disabled_mailbox' }
  if (byText) return { kind: 'bounced', reason: byText }
  return { kind: 'failed', reason: 'refused' }
}
