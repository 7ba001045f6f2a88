import type { App } from '../base/app.ts'
import { readMessageId } from '../delivery/message-ids.ts'
import { readReturnPath, type ReturnKind } from '../delivery/return-paths.ts'
import type { MailIds } from '../tracking/links.ts'
import type { InspectedMail } from './inspect-mail.ts'

/** The mail of ours a mail is about, as something we signed says; `by`: what that was. */
export type Signs = { ids: MailIds, by: ReturnKind | 'message_id' } | null

/**
 * What we signed is looked for in this order: the address a mail came to (which servers write into several headers), the
 * Message-ID of the mail that came back or is answered, and the unsubscribe address in what came back. Nobody but a
 * recipient of the mail can have any of them.
 */
export function findSigns(app: Pick<App, 'sign'>, envelopeTo: string[], raw: Buffer, mail: Pick<InspectedMail, 'in_reply_to' | 'references' | 'returned'>): Signs {
  for (const address of [...envelopeTo, ...plusAddresses(headOf(raw))]) {
    const found = readReturnPath(app.sign, address)
    if (found) return { ids: { contact_id: found.contact_id, message_id: found.message_id }, by: found.kind }
  }
  // The last reference is the mail that is answered.
  for (const id of [mail.returned?.message_id, mail.in_reply_to, ...mail.references.toReversed(), ...mail.returned?.references ?? []]) {
    const ids = id ? readMessageId(app.sign, id) : null
    if (ids) return { ids, by: 'message_id' }
  }
  for (const { name, value } of mail.returned?.headers ?? []) {
    if (name !== 'list-unsubscribe' && name !== 'return-path') continue
    for (const address of plusAddresses(value.slice(0, 4000))) {
      const found = readReturnPath(app.sign, address)
      if (found) return { ids: { contact_id: found.contact_id, message_id: found.message_id }, by: 'message_id' }
    }
  }
  return null
}

function headOf(raw: Buffer): string {
  const text = raw.subarray(0, 64 * 1024).toString('latin1')
  const end = text.search(/\r?\n\r?\n/)
  return end === -1 ? text : text.slice(0, end)
}

const plusAddresses = (text: string): string[] => (text.match(/[\w.-]{1,30}\+[a-z2-7]{10,60}@[\w.-]{1,255}/gi) ?? []).slice(0, 50)
