import { classifyParts, takeApart } from '../delivery/classify-reply.ts'
import { replyReasons, type ReplyReason } from '../delivery/reply-reasons.ts'
import { readDeliveryStatus, type StatusOfRecipient } from './delivery-status.ts'
import type { MailEnvelope } from './mail-envelope.ts'
import { findAddress, findAddresses } from './read-addresses.ts'
import { headerOf, type Header, type MailPart } from './read-mime.ts'
import type { ProviderNotice } from './provider-notice.ts'
import { reportOnly } from './report-text.ts'
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
 * A report that a mail was not, or not yet, delivered; null when the mail is none. `whole`: its words with what it
 * returns in them; `returned`: headers of the mail that came back.
 */
export function findBounce(root: MailPart, envelope: MailEnvelope, whole: string, returned: Header[]): Bounce | null {
  const statuses = readDeliveryStatus(root, whole)
  const failed = statuses.filter(each => !['delivered', 'relayed', 'expanded', 'deliverable'].includes(each.action))
  if (statuses.length > 0 && failed.length === 0) return null
  const text = reportOnly(whole)
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

export function bounceOfNotice(bounce: NonNullable<ProviderNotice['bounce']>): Bounce {
  const recipients = bounce.bouncedRecipients.map(each => judge({ address: each.emailAddress, diagnostic: each.diagnosticCode, status: each.status, delayed: each.action === 'delayed', command: bounce.bounceType === 'Permanent' ? 'RCPT' : '' }, findAddress(each.emailAddress) ?? each.emailAddress))
  return { kind: 'bounce', recipients, rule: 'ses-notice' }
}

/** The report's own words, and where it gives none, or only a number, those of the text beside it. */
function ofStatus(status: StatusOfRecipient, plain: PlainFailure[], text: string): Failure {
  const original = findAddress(status.original)
  const final = findAddress(status.final)
  const beside = plain.find(each => each.address !== null && [original, final].some(one => one?.toLowerCase() === each.address!.toLowerCase())) ?? (plain.length === 1 ? plain[0] : undefined)
  const own = status.diagnostic.replace(typeOfDiagnostic, '')
  const says = /[\p{L}]{3}/u.test(own.replace(/^\d{3}[ -]?[\d.]*/, ''))
  // Where the status is plain, only a server's answer beside it says more: disclaimers and signatures stand there, too.
  const helps = !/^[45]\.[12]\.[1-9]/.test(status.status) || /(?:^|\s)[45]\d\d[ -]/.test(beside?.diagnostic ?? '')
  return {
    // The address we wrote to is the one we know; where its mail was forwarded to is not.
    address: original ?? final ?? (bareAddress(status.original) || bareAddress(status.final) || null),
    diagnostic: says || !helps ? status.diagnostic : [own, beside?.diagnostic ?? ''].filter(each => each !== '').join(' '),
    status: status.status,
    delayed: status.action === 'delayed' || (status.action === '' && beside?.delayed === true),
    command: saidByItself.test(status.diagnostic) ? 'RCPT' : commandIn(`${status.diagnostic} ${beside?.diagnostic ?? ''}`) || commandIn(text),
  }
}

/** An address that is none, which is why nothing could be sent there: `rfc822; anna@#example.org`. */
const bareAddress = (field: string): string => field.replace(/^[\w-]+\s*;\s*/, '').replace(/^<|>$/g, '').trim().slice(0, 320)

/** What the refusing server said, without the words of the program that reports it ("Remote host said: 550 …"). */
function answerIn(diagnostic: string): string {
  const said = /(?:said|responded|replied|response|answered|returned|error (?:was|from)[^:]{0,120}|SMTP error[^:]{0,120}(?::<[^<>]{1,300}>)?(?:: host [^:]{1,300})?)\W{1,4}(?=[45]\d\d[ -])/i.exec(diagnostic)
  return said ? diagnostic.slice(said.index + said[0].length) : diagnostic
}

/** Postfix looked the user up in its own tables: as good as an answer to RCPT. */
const saidByItself = /^x-postfix\s*;\s*(?!.{0,300}\bsaid:)/i

/** `smtp;`, `x-postfix;` before the words of a Diagnostic-Code. */
const typeOfDiagnostic = /^(?:smtp|x-[\w-]+|dns|unknown)\s*;\s*/i

function addressOfReturned(returned: Header[], envelope: MailEnvelope): string | null {
  const own = new Set(envelope.to.map(each => each.address.toLowerCase()))
  for (const name of ['x-failed-recipients', 'x-original-to', 'envelope-to', 'delivered-to', 'to']) {
    const address = findAddresses(headerOf(returned, name)).find(each => !own.has(each.toLowerCase()))
    if (address !== undefined) return address
  }
  return findAddress(headerOf(returned, 'to'))
}

function judge(failure: Failure, address: string): BouncedRecipient {
  const parts = takeApart(answerIn(failure.diagnostic.replace(typeOfDiagnostic, '')))
  const status = /^[45]\.0\.0$/.test(failure.status) || failure.status === '' ? null : failure.status
  // The program gave up for good: what the server called temporary has become final.
  const found = classifyParts({ code: parts.code >= 400 && parts.code < 500 ? 0 : parts.code, enhanced: parts.enhanced ?? status, text: parts.text })
  const reason = found.certain ? found.reason! : inItsMoment(found.reason ?? 'onhold', parts.enhanced, status, failure.command)
  // A domain not found by a status of class 4: names could not be asked, which says little of the address.
  const outcome = (reason === 'hostunknown' || reason === 'notaccept') && (parts.enhanced ?? failure.status).startsWith('4.') && parts.code === 0 ? 'soft' : replyReasons[reason].outcome
  return {
    address,
    outcome: failure.delayed ? 'delayed' : outcome === 'hard' ? 'hard' : outcome === 'block' ? 'failed_block' : 'soft',
    reason,
    status: parts.enhanced ?? (failure.status === '' ? null : failure.status),
    diagnostic: failure.diagnostic.trim() === '' ? null : failure.diagnostic.replace(/\s+/g, ' ').trim().slice(0, 1000),
  }
}

/**
 * "User unknown" is believed when a code of addresses (X.1.X) says so too or it was the answer to RCPT. Said at another
 * moment it comes from filters that do not want this mail and pretend: such a recipient is not given up at once. And
 * what is refused at MAIL is the sender.
 */
function inItsMoment(reason: ReplyReason, enhanced: string | null, status: string | null, command: string): ReplyReason {
  if (command === 'MAIL' && replyReasons[reason].about === 'recipient') return 'rejected'
  const certain = [enhanced, status].some(code => code !== null && /^[45]\.1\./.test(code)) || command === 'RCPT'
  return reason === 'userunknown' && !certain ? 'filtered' : reason
}
