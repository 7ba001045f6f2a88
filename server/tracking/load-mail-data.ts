import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { type LinksOfMail, loadMails, type MailData, type MailRow } from '../templates/mail-data.sql.ts'
import { clickUrl, confirmUrl, openUrl, preferencesUrl, trapUrl, unsubscribeUrl } from './links.ts'

export type { MailData, MailRow }

/**
 * Rows of the ledger in, what each mail is filled with out, in the same order (null: the contact is gone). Then
 * `renderMail(data.compiled, data)` makes the mail. Three statements for the whole batch.
 */
export async function loadMailData(app: App, db: Db, messages: MailRow[]): Promise<(MailData | null)[]> {
  const now = app.now()
  return loadMails(db, messages, message => linksOfMessage(app, message, now), now)
}

function linksOfMessage(app: App, message: MailRow, now: Date): LinksOfMail {
  const ids = { contact_id: message.contact_id, message_id: message.id }
  return {
    urls: { unsubscribe: () => unsubscribeUrl(app, ids), preferences: () => preferencesUrl(app, ids), confirm: () => confirmUrl(app, ids, now) },
    // A test mail is read by staff: what they do with it is not a reaction of the contact it was filled in for.
    tracking: message.kind === 'test' ? null : { openUrl: () => openUrl(app, ids), clickUrl: (number, url) => clickUrl(app, ids, number, url), trapUrl: url => trapUrl(app, ids, url) },
  }
}
