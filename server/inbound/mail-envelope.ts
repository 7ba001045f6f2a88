import { readAddresses, findAddress, type MailAddress } from './read-addresses.ts'
import { decodeWords } from './decode-text.ts'
import { headerOf, type Header } from './read-mime.ts'

/** What the headers say of a mail. `date`: ISO 8601, null when missing or unreadable. `return_path`: '' for `<>`, null when not there. */
export type MailEnvelope = {
  message_id: string | null
  in_reply_to: string | null
  references: string[]
  from: MailAddress | null
  to: MailAddress[]
  subject: string
  date: string | null
  return_path: string | null
}

export function readEnvelope(headers: Header[]): MailEnvelope {
  const ids = (name: string) => [...headerOf(headers, name).slice(0, 20_000).matchAll(/<([^<>\s]{1,500})>/g)].map(found => found[1]!).slice(0, 200)
  const returnPath = headers.find(header => header.name === 'return-path' || header.name === 'x-return-path')?.value
  const time = Date.parse(headerOf(headers, 'date').replace(/\([^()]*\)/g, '').trim())
  return {
    message_id: ids('message-id')[0] ?? null,
    in_reply_to: ids('in-reply-to')[0] ?? null,
    references: ids('references'),
    from: readAddresses(headerOf(headers, 'from'))[0] ?? readAddresses(headerOf(headers, 'sender'))[0] ?? null,
    to: [...readAddresses(headerOf(headers, 'to')), ...readAddresses(headerOf(headers, 'cc'))],
    subject: decodeWords(headerOf(headers, 'subject')).slice(0, 2000),
    // A year before there was mail is a broken clock or a broken date.
    date: Number.isNaN(time) || time < 0 ? null : new Date(time).toISOString(),
    return_path: returnPath === undefined ? null : findAddress(returnPath) ?? '',
  }
}
