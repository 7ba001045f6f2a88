import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { touch } from '../base/live.ts'
import { counter } from '../base/metrics.ts'
import { readCompany } from '../company/company.sql.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { findSigns } from '../inbound/find-signs.ts'
import { holdWaiting, noteFailure, pickWaiting, settleMails, type WaitingMail } from '../inbound/inbound-mails.sql.ts'
import { readInboundRules } from '../inbound/inbound-rules.ts'
import { inspectMail } from '../inbound/inspect-mail.ts'
import { judgeMail } from '../inbound/judge-mail.ts'
import { takeDmarcMails } from './take-dmarc-mails.ts'
import { addressesOfStaff, messagesOfMails } from '../inbound/messages-of-mails.sql.ts'
import { takeMailedReports } from './take-mailed-reports.ts'

const atOnce = 20
const mostAttempts = 3
const read = counter('inbound_mails_total', 'Mails that came in, by what came of them', ['outcome'])

/**
 * Mails that came in: looked into, led back to the mail they are about, and handed on as events; in one transaction, so a
 * crash leaves them waiting. A mail that cannot be read is put aside after a few tries and holds nobody up.
 */
export async function readInboundMails(app: App): Promise<boolean> {
  const ids = await pickWaiting(app.db, atOnce, mostAttempts)
  if (ids.length === 0) return false
  await takeMailedReports(app, ids)
  try {
    await readMails(app, ids, await takeDmarcMails(app, ids))
  } catch (error) {
    app.log.warn({ err: error }, 'a batch of mails could not be read, they are tried apart')
    for (const id of ids) {
      await takeDmarcMails(app, [id]).then(reports => readMails(app, [id], reports)).catch(async (caught: unknown) => noteFailure(app.db, id, caught instanceof Error ? caught.message : String(caught)))
    }
  }
  return true
}

async function readMails(app: App, ids: number[], reports: Map<number, string>): Promise<void> {
  await withTransaction(app.db, async tx => {
    const held = await holdWaiting(tx, ids)
    const mails = held.map(mail => ({ mail, inspected: inspectMail(mail.raw) })).map(each => ({ ...each, signs: findSigns(app, each.mail.envelope_to, each.mail.raw, each.inspected) }))
    const messages = await messagesOfMails(tx, mails.flatMap(({ signs }) => signs?.ids ?? []))
    const senders = mails.map(({ inspected }) => normaliseEmail(inspected.from?.address ?? ''))
    const contacts = await findContacts(tx, senders.map(email => ({ email })))
    const own = await ownAddresses(tx, senders)
    const rules = await readInboundRules(tx)
    const judged = mails.map(({ mail, inspected, signs }, index) => {
      const report = reports.get(mail.id)
      if (report !== undefined) return { mail, inspected, verdict: { outcome: 'dmarc_report' as const, detail: report, contact_id: null, message_id: null, event: null } }
      const message = signs === null ? undefined : messages.get(`${signs.ids.contact_id}.${signs.ids.message_id}`)
      const verdict = judgeMail(inspected, { id: mail.id, received_at: mail.received_at, signs, message, sender: contacts[index] ?? null, own: own.has(senders[index] ?? ''), strangersWelcome: rules.stranger_leads && senders[index] !== null })
      return { mail, inspected, verdict }
    })
    await settleMails(tx, judged.map(({ mail, inspected, verdict }) => ({
      id: mail.id, kind: inspected.kind, outcome: verdict.outcome, rule: inspected.rule, detail: clean(verdict.detail, 1000), mail_key: clean(inspected.message_id ?? keyOf(mail), 500),
      from_email: inspected.from === null ? null : clean(inspected.from.address, 320), from_name: inspected.from === null ? null : clean(inspected.from.name, 200),
      subject: clean(inspected.subject, 1000), visible_text: inspected.visible_text === null ? null : clean(inspected.visible_text, 100_000),
      about_contact_id: verdict.contact_id, about_message_id: verdict.message_id,
    })))
    await appendEvents(tx, judged.flatMap(({ inspected, verdict }) => verdict.event === null ? [] : [withThread(verdict.event, inspected)]), app.now())
    await touch(tx, 'inbound')
    for (const { verdict } of judged) read.inc({ outcome: verdict.outcome })
  })
}

/** What a reply belongs to goes with it. */
function withThread(event: NonNullable<ReturnType<typeof judgeMail>['event']>, { in_reply_to, references }: { in_reply_to: string | null, references: string[] }): typeof event {
  if (event.type !== 'email.replied') return event
  return { ...event, properties: { ...event.properties, in_reply_to, references: references.slice(-30) } }
}

async function ownAddresses(tx: Db, senders: (string | null)[]): Promise<Set<string>> {
  const company = await readCompany(tx)
  const own = await addressesOfStaff(tx, senders.filter(email => email !== null))
  for (const address of [company.sender_email, company.reply_to]) if (address !== '') own.add(address.toLowerCase())
  return own
}

/** Mails without a Message-ID are told apart by their number here. */
const keyOf = (mail: WaitingMail): string => `inbound-${mail.id}`
/** PostgreSQL keeps no NUL, and a cut may go through a pair. */
const clean = (text: string, most: number): string => text.replaceAll('\0', '').slice(0, most).toWellFormed()
