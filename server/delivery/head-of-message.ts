import type { App } from '../base/app.ts'
import type { ClaimedMessage } from '../messages/claim-messages.sql.ts'
import type { MailData } from '../tracking/load-mail-data.ts'
import type { MailHead, Sender } from './compose-mail.ts'
import { answersOf } from './letter-headers.ts'
import { makeMessageId } from './message-ids.ts'
import { makeReturnPath } from './return-paths.ts'

/** What stands in the head of a message of the ledger. */
export function headOf(app: App, { message, data, to }: { message: ClaimedMessage, data: MailData, to: MailHead['to'] }, sender: Sender, now: Date): MailHead {
  const marketing = message.template_kind === 'marketing' && message.kind !== 'transactional'
  const own = `${message.contact_id}.${message.id}`
  const ids = { contact_id: message.contact_id, message_id: message.id }
  // What staff send to themselves did not go to the contact: it must not come back to them either.
  const returnTo = message.kind === 'test' && message.context['placement'] !== true ? null : sender.returnAddress
  const group = message.campaign_id !== null ? `c${message.campaign_id}` : message.journey_id !== null ? `j${message.journey_id}` : `t${message.template_version_id}`
  return {
    to, toName: data.to_name, date: now,
    messageId: makeMessageId(app.sign, ids, sender.domain),
    returnPath: returnTo && makeReturnPath(app.sign, 'bounce', ids, returnTo),
    unsubscribeUrl: marketing ? data.unsubscribe_url : null,
    unsubscribeAddress: marketing && returnTo ? makeReturnPath(app.sign, 'unsubscribe', ids, returnTo) : null,
    listId: marketing && message.topic_key !== null ? { name: (data.locale === 'ru' ? message.topic_name_ru : message.topic_name_en) ?? '', key: message.topic_key } : null,
    feedbackId: marketing ? `${group}:${message.kind}:otklik:${sender.domain}` : null,
    answers: answersOf(message.context),
    // A person wrote it.
    automatic: !marketing && message.context['letter'] === undefined,
    own,
  }
}
