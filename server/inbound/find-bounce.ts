import { classifyParts, takeApart } from '../delivery/classify-reply.ts'
import { replyReasons, type ReplyReason } from '../delivery/reply-reasons.ts'
import { readDeliveryStatus, type StatusOfRecipient } from './delivery-status.ts'
import type { MailEnvelope } from './mail-envelope.ts'
import { findAddress, findAddresses } from './read-addresses.ts'
import { headerOf, type Header, type MailPart } from './read-mime.ts'
import { commandIn, readPlainReport, type PlainFailure } from './plain-report.ts'

/**
 * hard: nobody will ever read mail there; soft: it may work another time; delayed: still being tried;
 * failed_block: refused because of who sends or what the mail says, which is no fault of the address.
 */
export type BounceOutcome = 'hard' | 'soft' | 'delayed' | 'failed_block'
export type BouncedRecipient = { address: string, outcome: BounceOutcome, reason: ReplyReason, status: string | null, diagnostic: string | null }
export type Bounce = { kind: 'bounce' | 'delay', recipients: BouncedRecipient[], rule: string }

type Failure = { address: string | null, diagnostic: string, status: string, delayed: boolean, command: string }

/**
 * A report that a mail was not, or not yet, delivered; null when the mail is none. `text`: what the reporting program
 * says; `returned`: headers of the mail that came back.
 */
export function findBounce(root: MailPart, envelope: MailEnvelope, text: string, returned: Header[]): Bounce | null {
  const statuses = readDeliveryStatus(root, text)
  const failed = statuses.filter(each => !['delivered', 'relayed', 'expanded', 'deliverable'].includes(each.action))
  if (statuses.length > 0 && failed.length === 0) return null
  const plain = readPlainReport(root.headers, envelope, text, returned, failed.length > 0 || root.type === 'multipart/report' && root.parameters.get('report-type')?.toLowerCase() !== 'disposition-notification')
  if (failed.length === 0 && plain === null) return null
  const failures = failed.length > 0 ? failed.map(each => ofStatus(each, plain?.failures ?? [], text)) : plain!.failures
  const recipients = failures.flatMap(failure => {
    const address = failure.address ?? addressOfReturned(returned, envelope)
    return address === null ? [] : [judge(failure, address)]
  })
  const once = [...new Map(recipients.map(each => [each.address.toLowerCase(), each])).values()]
  const delayed = failures.length > 0 && failures.every(failure => failure.delayed)
  return { kind: delayed ? 'delay' : 'bounce', recipients: once, rule: failed.length > 0 ? 'delivery-status' : plain!.rule }
}

/** The report's own words, and where it gives none, or only a number, those of the text beside it. */
function ofStatus(status: StatusOfRecipient, plain: PlainFailure[], text: string): Failure {
  const original = findAddress(status.original)
  const final = findAddress(status.final)
  const address = final ?? original
  const beside = plain.find(each => each.address !== null && [original, final].some(one => one?.toLowerCase() === each.address!.toLowerCase())) ?? (plain.length === 1 ? plain[0] : undefined)
  const own = status.diagnostic.replace(/^(?:smtp|x-[\w-]+|dns|unknown)\s*;\s*/i, '')
  const says = /[\p{L}]{3}/u.test(own.replace(/^\d{3}[ -]?[\d.]*/, ''))
  return {
    address: original !== null && final !== null && isLocalName(final) ? original : address,
    diagnostic: says ? status.diagnostic : [own, beside?.diagnostic ?? ''].filter(each => each !== '').join(' '),
    status: status.status,
    delayed: status.action === 'delayed' || (status.action === '' && beside?.delayed === true),
    command: commandIn(`${status.diagnostic} ${beside?.diagnostic ?? ''}`) || commandIn(text),
  }
}

const isLocalName = (address: string): boolean => /@(?:localhost|local|[^.]+)$/i.test(address)

function addressOfReturned(returned: Header[], envelope: MailEnvelope): string | null {
  const own = new Set(envelope.to.map(each => each.address.toLowerCase()))
  for (const name of ['x-failed-recipients', 'x-original-to', 'envelope-to', 'delivered-to', 'to']) {
    const address = findAddresses(headerOf(returned, name)).find(each => !own.has(each.toLowerCase()))
    if (address !== undefined) return address
  }
  return findAddress(headerOf(returned, 'to'))
}

function judge(failure: Failure, address: string): BouncedRecipient {
  const parts = takeApart(failure.diagnostic.replace(/^(?:smtp|x-postfix|x-[\w-]+|dns|unknown)\s*;\s*/i, ''))
  const enhanced = parts.enhanced ?? (/^[45]\.0\.0$/.test(failure.status) || failure.status === '' ? null : failure.status)
  // The program gave up for good: what the server called temporary has become final.
  const found = classifyParts({ code: parts.code >= 400 && parts.code < 500 ? 0 : parts.code, enhanced, text: parts.text })
  const reason: ReplyReason = found.reason ?? 'onhold'
  const { outcome } = replyReasons[reason]
  return {
    address,
    outcome: failure.delayed ? 'delayed' : outcome === 'hard' ? 'hard' : outcome === 'block' ? 'failed_block' : 'soft',
    reason,
    status: parts.enhanced ?? (failure.status === '' ? null : failure.status),
    diagnostic: failure.diagnostic.trim() === '' ? null : failure.diagnostic.replace(/\s+/g, ' ').trim().slice(0, 1000),
  }
}
