import type { RenderedHoles } from '../templates/render-mail.ts'
import { encodeAddress, encodeText, withoutControls } from './encode-header.ts'
import type { ReturnAddress } from './return-paths.ts'
import { fillMime, layOutMime, type MailContent } from './lay-out-mime.ts'
import { type DkimKey, type HeaderField, signDkim } from './sign-dkim.ts'
import { smtpAddress } from './smtp-address.ts'
import type { OutgoingMail } from './smtp-pool.ts'

/** What is the same for many mails: made once, reused. */
export type Sender = {
  /** as smtpAddress gives it */
  address: string
  domain: string
  from: string
  replyTo: string | null
  /** an address in its header fields is not ASCII: its mails need SMTPUTF8 (RFC 6531) */
  utf8: boolean
  dkim: DkimKey[]
  /** where what comes back is taken in */
  returnAddress: ReturnAddress | null
}

export function senderOf(name: string, email: string, replyTo: string, dkim: DkimKey[], returnAddress: ReturnAddress | null = null): Sender | null {
  const parsed = smtpAddress(email)
  if (!parsed) return null
  const reply = replyTo ? smtpAddress(replyTo) : null
  return { address: parsed.address, domain: parsed.domain, from: encodeAddress(name, parsed.address, 6), replyTo: reply?.address ?? null, utf8: parsed.utf8 || reply?.utf8 === true, dkim, returnAddress }
}

export type MailHead = {
  to: { address: string, utf8: boolean }
  toName: string
  date: Date
  /** without <> */
  messageId: string
  /** where it comes back to when it cannot be delivered; null: the sender's own address */
  returnPath: string | null
  /** of marketing mails: the address of RFC 8058's one-click request */
  unsubscribeUrl: string | null
  /** of marketing mails: the address a mail to which says the same */
  unsubscribeAddress: string | null
  listId: { name: string, key: string } | null
  /** of a letter in a conversation: what it answers, and all that came before; without <> */
  answers: { in_reply_to: string, references: string[] } | null
  feedbackId: string | null
  /** mails a program sends on an act of the person */
  automatic: boolean
  /** X-Otklik-… */
  own: string
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number) => number < 10 ? `0${number}` : String(number)

/** RFC 5322, 3.3, in UTC. */
export function mailDate(date: Date): string {
  return `${days[date.getUTCDay()]!}, ${date.getUTCDate()} ${months[date.getUTCMonth()]!} ${date.getUTCFullYear()} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

/** One mail, ready for the wire: nothing in it needs dot-stuffing. Signed when the sender has a key. */
export async function composeMail(compiled: MailContent, holes: RenderedHoles, sender: Sender, head: MailHead): Promise<OutgoingMail> {
  const layout = layOutMime(compiled)
  const body = fillMime(layout, [holes.text, holes.html])
  const fields: HeaderField[] = [
    { name: 'From', value: sender.from },
    { name: 'To', value: encodeAddress(head.toName, head.to.address, 4) },
    { name: 'Subject', value: encodeText(holes.subject, 9) },
    { name: 'Date', value: mailDate(head.date) },
    { name: 'Message-ID', value: `<${head.messageId}>` },
  ]
  if (head.answers) fields.push({ name: 'In-Reply-To', value: `<${head.answers.in_reply_to}>` }, { name: 'References', value: head.answers.references.map(id => `<${id}>`).join('\r\n ') })
  if (sender.replyTo) fields.push({ name: 'Reply-To', value: sender.replyTo })
  if (head.unsubscribeUrl) {
    fields.push({ name: 'List-Unsubscribe', value: `<${withoutControls(head.unsubscribeUrl)}>${head.unsubscribeAddress === null ? '' : `, <mailto:${head.unsubscribeAddress}?subject=unsubscribe>`}` }, { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' })
  }
  if (head.listId) fields.push({ name: 'List-ID', value: encodeAddress(head.listId.name, `${head.listId.key}.${sender.domain}`, 9).replace(/^([^<]+)$/, '<$1>') })
  if (head.feedbackId) fields.push({ name: 'Feedback-ID', value: head.feedbackId })
  if (head.automatic) fields.push({ name: 'Auto-Submitted', value: 'auto-generated' })
  fields.push({ name: 'X-Otklik-Message', value: head.own }, { name: 'MIME-Version', value: '1.0' }, { name: 'Content-Type', value: layout.contentType })

  let text = await signDkim(sender.dkim, fields, body, head.date)
  for (const field of fields) text += `${field.name}: ${field.value}\r\n`
  text += '\r\n'
  return { from: head.returnPath ?? sender.address, to: head.to.address, utf8: head.to.utf8 || sender.utf8, content: [Buffer.from(text, 'utf8'), ...body] }
}
