import { answerPrefix, failureSubjects, machineNames } from './bounce-words.ts'
import { decodeWords } from './decode-text.ts'
import { findAddress } from './read-addresses.ts'
import { everyPart, headerOf, isMessage, textOf, type MailPart } from './read-mime.ts'

/** What a report (RFC 3464) says of one recipient; '' where it says nothing. */
export type StatusOfRecipient = { final: string, original: string, action: string, status: string, diagnostic: string, remote: string }

/**
 * The recipients of the delivery reports in a mail, in the order they stand in. Reports without their part, written
 * into the text by programs that send no MIME, are found in `text`.
 */
export function readDeliveryStatus(root: MailPart, text: string): StatusOfRecipient[] {
  const found: StatusOfRecipient[] = []
  for (const part of reportParts(root)) found.push(...readRecipients(textOf(part)))
  if (found.length === 0 && isFromProgram(root) && /^(?:final|original)-recipient:/im.test(text)) found.push(...readRecipients(text.slice(0, 200_000)))
  return found.slice(0, 1000)
}

const statusTypes = new Set(['message/delivery-status', 'message/global-delivery-status', 'text/delivery-status', 'application/delivery-status', 'message/x-delivery-status', 'message/delivery-report'])

/** People who forward a report, attached or pasted, are no report. */
function isFromProgram(root: MailPart): boolean {
  const from = headerOf(root.headers, 'from')
  return from === '' || machineNames.test(decodeWords(from)) || /^\s*<\s*>/.test(headerOf(root.headers, 'return-path')) || failureSubjects.test(decodeWords(headerOf(root.headers, 'subject'))) && !answerPrefix.test(decodeWords(headerOf(root.headers, 'subject')))
}

/** Of this mail only: what a returned mail reported in its own time is its business, except where a program wraps a report. */
function reportParts(root: MailPart): MailPart[] {
  const own: MailPart[] = []
  const walk = (part: MailPart) => {
    if (statusTypes.has(part.type)) own.push(part)
    if (!isMessage(part)) for (const child of part.parts) walk(child)
  }
  walk(root)
  if (own.length > 0 || root.type === 'multipart/report') return own
  return !isFromProgram(root) ? [] : [...everyPart(root)].filter(part => statusTypes.has(part.type))
}

function readRecipients(text: string): StatusOfRecipient[] {
  const list: StatusOfRecipient[] = []
  let current: StatusOfRecipient | null = null
  let last: keyof StatusOfRecipient | null = null
  for (const line of text.split('\n')) {
    const field = /^ {0,3}([A-Za-z][\w-]{1,60})[ \t]*:[ \t]*(.*)$/.exec(line)
    if (!field) {
      if (/^[ \t]+\S/.test(line) && current && last) current[last] += ` ${line.trim()}`
      else if (current && last === 'diagnostic' && line.trim() !== '' && /^[\d"(<]/.test(line)) current.diagnostic += ` ${line.trim()}`
      else if (line.trim() === '') last = null
      continue
    }
    const name = fields.get(field[1]!.toLowerCase())
    last = name ?? null
    if (name === undefined) continue
    // A second final recipient, or an original one after it, begins the next.
    if (current === null || (name === 'final' && current.final !== '') || (name === 'original' && current.original !== '' && current.final !== '')) {
      current = { final: '', original: '', action: '', status: '', diagnostic: '', remote: '' }
      list.push(current)
    }
    if (current[name] === '') current[name] = field[2]!.trim()
    else last = null
  }
  return list.filter(each => findAddress(each.final) ?? findAddress(each.original) ?? each.action).map(each => ({
    ...each,
    action: /^[a-z]+/i.exec(each.action)?.[0].toLowerCase() ?? '',
    status: /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(each.status)?.[1] ?? '',
    diagnostic: each.diagnostic.slice(0, 4000),
  }))
}

const fields = new Map<string, keyof StatusOfRecipient>([
  ['final-recipient', 'final'], ['original-recipient', 'original'], ['x-actual-recipient', 'remote'], ['action', 'action'],
  ['status', 'status'], ['diagnostic-code', 'diagnostic'], ['remote-mta', 'remote'],
])
