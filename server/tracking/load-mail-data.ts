import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { type BrokenMail, type LinksOfMail, loadMails, type MailData, type MailRow } from '../templates/mail-data.sql.ts'
import { clickUrl, confirmUrl, linkToken, mailToken, personToken } from './links.ts'

export type { MailData, MailRow }

/**
 * Rows of the ledger in, what each mail is filled with out, in the same order (null: the contact is gone). Then
 * `renderMail(data.compiled, data)` makes the mail. Three statements for the whole batch. With `broken` one that cannot be
 * made is told there, and the others are.
 */
export async function loadMailData(app: App, db: Db, messages: MailRow[], broken?: BrokenMail): Promise<(MailData | null)[]> {
  const now = app.now()
  return loadMails(db, messages, message => linksOfMessage(app, message, now), now, broken)
}

function linksOfMessage(app: App, message: MailRow, now: Date): LinksOfMail {
  const ids = { contact_id: message.contact_id, message_id: message.id }
  const version = message.template_version_id
  const { publicUrl } = app.settings
  // Signed once a mail, and only when asked for.
  let signedPerson: string | undefined
  const person = () => signedPerson ??= personToken(app, ids)
  let signedMail: string | undefined
  const mail = () => signedMail ??= mailToken(app, { ...ids, template_version_id: version })
  return {
    urls: { unsubscribe: () => `${publicUrl}/u/${person()}`, preferences: () => `${publicUrl}/p/${person()}`, confirm: () => confirmUrl(app, ids, now) },
    // A test mail is read by staff: what they do with it is not a reaction of the contact it was filled in for. That of a
    // test run moves the test on, and nothing else. A placement test has what mails to people have, and counts nowhere.
    tracking: message.kind === 'test' && message.context['test_run'] !== true && message.context['placement'] !== true ? null : {
      openUrl: () => `${publicUrl}/t/o/${mail()}`,
      fixedUrl: (number, url) => `${publicUrl}/t/c/${knownLink(app, version, number, url)}.${mail()}`,
      personalUrl: (number, url) => clickUrl(app, ids, number, url),
      trapUrl: url => `${publicUrl}/t/c/${knownLink(app, version, 0, url)}.${mail()}`,
    },
  }
}

const linkTokens = new WeakMap<App, Map<string, string>>()
const linkTokensKept = 5000

/** A version's links never change: each is signed once. */
function knownLink(app: App, version: number, number: number, url: string): string {
  let known = linkTokens.get(app)
  if (!known) linkTokens.set(app, known = new Map())
  const key = `${version} ${number} ${url}`
  let token = known.get(key)
  if (token === undefined) {
    if (known.size >= linkTokensKept) known.delete(known.keys().next().value!)
    known.set(key, token = linkToken(app, version, number, url))
  }
  return token
}
