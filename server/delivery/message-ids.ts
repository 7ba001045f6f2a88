import type { App } from '../base/app.ts'
import type { MailIds } from '../tracking/links.ts'

/**
 * The Message-ID of a mail, without <>: `<contact>.<message>.<signature>@domain`. The same mail sent again keeps it, so
 * that a mailbox can see that it has it; and whoever answers or returns the mail names it, so that it leads back here.
 */
export const makeMessageId = (sign: Pick<App['sign'], 'sign'>, ids: MailIds, domain: string): string => `${ids.contact_id}.${ids.message_id}.${signatureOf(sign, ids)}@${domain}`

/** With or without <>; null for any we did not make. */
export function readMessageId(sign: Pick<App['sign'], 'sign'>, text: string): MailIds | null {
  const [, contact, message, signature] = /^\s*<?(\d{1,15})\.(\d{1,15})\.([\w-]{10})@[^\s@]+$/.exec(text) ?? []
  const ids = { contact_id: Number(contact), message_id: Number(message) }
  return signature !== undefined && signature === signatureOf(sign, ids) ? ids : null
}

const signatureOf = (sign: Pick<App['sign'], 'sign'>, { contact_id, message_id }: MailIds): string => sign.sign(`message id ${contact_id}.${message_id}`).slice(0, 10)
