import type { ProviderNotice } from './provider-notice.ts'
import { findAddress, findAddresses } from './read-addresses.ts'
import { everyPart, headerOf, isMessage, ownParts, readHeaders, textOf, type Header, type MailPart } from './read-mime.ts'

/**
 * One report of a feedback loop (RFC 5965, 6591, 6692). `unsubscribes`: the person does not want our mail; a report
 * about authentication or the network says nothing of that kind, and `not-spam` says the opposite.
 */
export type Complaint = {
  /** as the report names it, lower case: abuse, opt-out, auth-failure, fraud, virus, not-spam, other … */
  type: string
  unsubscribes: boolean
  /** whose complaint it is, where the report or the returned mail says so */
  recipients: string[]
  reported_domain: string | null
  source_ip: string | null
  arrival_date: string | null
  user_agent: string | null
}

const saysNothingOfWishes = new Set(['auth-failure', 'not-spam', 'virus', 'dmarc', 'miscategorized'])

/** The reports of a mail; none when it is no complaint. */
export function readComplaints(root: MailPart, returned: Header[]): Complaint[] {
  const reports = [...ownParts(root)].filter(part => part.type === 'message/feedback-report' || part.type === 'text/feedback-report')
  const texts = reports.map(part => textOf(part, 64 * 1024))
  if (texts.length === 0) texts.push(...reportsInText(root))
  if (texts.length === 0) return [...ofOutlook(root, returned), ...ofApple(root)]
  return texts.slice(0, 100).map((text, index) => readReport(text, index === 0 || reports.length < 2 ? returned : returnedAfter(root, reports[index]!) ?? returned))
}

export function complaintsOfNotice({ complaint, mail }: ProviderNotice): Complaint[] {
  const type = complaint!.complaintFeedbackType?.toLowerCase() ?? 'abuse'
  return [{ type, unsubscribes: !saysNothingOfWishes.has(type), recipients: complaint!.complainedRecipients.map(each => each.emailAddress), reported_domain: null, source_ip: mail?.sourceIp ?? null, arrival_date: complaint!.arrivalDate ?? null, user_agent: complaint!.userAgent ?? null }]
}

/** Outlook.com's own programme (JMRP) sends no report: a subject, and the mail with the complainer's address in a header. */
function ofOutlook(root: MailPart, returned: Header[]): Complaint[] {
  if (!/^\s*complaint about (?:message|e-?mail|mail) from/i.test(headerOf(root.headers, 'subject')) || returned.length === 0) return []
  const recipients = [headerOf(returned, 'x-hmxmroriginalrecipient'), headerOf(returned, 'to')].map(value => findAddress(value)).filter(address => address !== null).slice(0, 1)
  return [{ ...nothingElse, type: 'abuse', unsubscribes: true, recipients, source_ip: /from\s+\[?([\d.]{7,15}|[\da-f:]{3,45})/i.exec(headerOf(root.headers, 'subject'))?.[1] ?? null }]
}

/** Apple Mail unsubscribes for its user by a mail that says so in a header. */
function ofApple(root: MailPart): Complaint[] {
  const from = findAddress(headerOf(root.headers, 'from'))
  return /^true/i.test(headerOf(root.headers, 'x-apple-unsubscribe')) && from !== null ? [{ ...nothingElse, type: 'opt-out', unsubscribes: true, recipients: [from] }] : []
}

const nothingElse = { reported_domain: null, source_ip: null, arrival_date: null, user_agent: null }

/** Some programs write the report into the text of a mail that is no multipart. */
function reportsInText(root: MailPart): string[] {
  if (isMessage(root)) return []
  const plain = root.parts.length === 0 ? [root] : root.parts.filter(part => part.type === 'text/plain')
  return plain.map(part => textOf(part, 64 * 1024)).filter(text => /^feedback-type:[ \t]*[a-z]/im.test(text) && /^(?:user-agent|version|original-mail-from|source-ip|arrival-date):/im.test(text))
}

function returnedAfter(root: MailPart, report: MailPart): Header[] | null {
  let passed = false
  for (const part of everyPart(root)) {
    if (part === report) passed = true
    else if (passed && isMessage(part)) return part.parts[0]?.headers ?? null
  }
  return null
}

function readReport(text: string, returned: Header[]): Complaint {
  const bytes = Buffer.from(text)
  const headers: Header[] = []
  for (let at = 0, blocks = 0; at < bytes.length && blocks < 20; blocks++) {
    const block = readHeaders(bytes, at, bytes.length)
    headers.push(...block.headers)
    at = block.body === at ? bytes.length : block.body
  }
  const values = (name: string) => headers.filter(header => header.name === name).map(header => header.value).filter(value => value !== '')
  const type = (values('feedback-type')[0] ?? 'other').trim().toLowerCase().replace(/[^a-z-].*$/, '') || 'other'
  const named = [...values('original-rcpt-to'), ...values('removal-recipient'), ...values('redacted-address')].map(value => findAddress(value)).filter(address => address !== null)
  return {
    type,
    unsubscribes: !saysNothingOfWishes.has(type),
    recipients: [...new Set(named.length > 0 ? named : findAddresses(headerOf(returned, 'to')))].slice(0, 50),
    reported_domain: values('reported-domain')[0] ?? null,
    source_ip: values('source-ip')[0] ?? null,
    arrival_date: values('arrival-date')[0] ?? values('received-date')[0] ?? null,
    user_agent: values('user-agent')[0] ?? null,
  }
}
