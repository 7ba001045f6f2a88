import { createHash } from 'node:crypto'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { classifyReply } from '../delivery/classify-reply.ts'
import { readMessageId } from '../delivery/message-ids.ts'
import { appendEvents, type NewEvent } from '../events/append-events.sql.ts'
import type { MailIds } from '../tracking/links.ts'
import { ledgerReason } from './ledger-reason.ts'
import { type MessageOfMail, messagesOfMails } from './messages-of-mails.sql.ts'
import { type ProviderEvent, providerEvents } from './provider-events.ts'
import { type HookRow, lastMailsTo, noteReport } from './provider-hooks.sql.ts'
import { mailgunToken } from './provider-signatures.ts'

/**
 * A report that is proved to be the provider's: its events are handed on like those of mails that come back. About mails
 * and addresses we never wrote to nothing happens; the same report again changes nothing. How many events were new.
 */
export async function takeReport(app: App, hook: HookRow, json: unknown): Promise<number> {
  const now = app.now()
  const events = providerEvents(hook.provider, json)
  const named = events.map(event => idsOf(app, event))
  const emails = events.map(event => normaliseEmail(event.email))
  return withTransaction(app.db, async tx => {
    const messages = await messagesOfMails(tx, named.filter(ids => ids !== null))
    const contacts = await findContacts(tx, emails.map(email => ({ email })))
    const last = await lastMailsTo(tx, emails.flatMap((email, index) => email === null || contacts[index] == null ? [] : [{ email, contact_id: contacts[index] }]))
    const told = events.flatMap((event, index) => {
      const ids = named[index]
      const message = ids ? messages.get(`${ids.contact_id}.${ids.message_id}`) : last.get(emails[index] ?? '')
      return message === undefined ? [] : [eventOf(hook, event, message, hook.provider === 'mailgun' ? mailgunToken(json) : '', now)]
    })
    const { accepted } = await appendEvents(tx, told, now)
    await noteReport(tx, hook.id, now)
    return accepted
  })
}

/** The mark every mail we hand over carries, else its Message-ID. */
function idsOf(app: App, event: ProviderEvent): MailIds | null {
  const [, contact, message] = /^(\d{1,15})\.(\d{1,15})$/.exec(event.own) ?? []
  return contact !== undefined ? { contact_id: Number(contact), message_id: Number(message) } : readMessageId(app.sign, event.mail_key)
}

function eventOf(hook: HookRow, event: ProviderEvent, message: MessageOfMail, token: string, now: Date): NewEvent {
  const id = event.id || createHash('sha256').update(JSON.stringify(event)).digest('base64url')
  // One bounce a mail, whether a report or a mail tells of it. Of Mailgun the signature covers the token alone, so that is what counts.
  const key = (usual: string): string => token !== '' ? `provider:${hook.id}:${token}` : usual
  const about = { contact: { id: message.contact_id }, occurred_at: now, source: `provider:${hook.provider}`, message_id: message.id, campaign_id: message.campaign_id, journey_id: message.journey_id }
  const properties = { reason: ledgerReason(event.kind === 'hard' ? 'hard' : event.kind === 'blocked' ? 'failed_block' : 'soft', classifyReply(event.reply).reason ?? ''), status: event.status, reply: event.reply.slice(0, 500), address: message.to_email, via: hook.provider }
  switch (event.kind) {
    case 'delayed': return { ...about, type: 'email.delayed', key: key(`provider:${hook.id}:${id}`), properties }
    case 'complained': return { ...about, type: 'email.complained', key: key(`email.complained:${message.id}`), properties: { kind: 'abuse', address: message.to_email, via: hook.provider, reporter: hook.provider } }
    case 'unsubscribed': return { ...about, type: 'email.unsubscribed', key: key(`provider:${hook.id}:${id}`), properties: { via: hook.provider, wording: `${hook.provider}: unsubscribed` } }
    case 'hard': case 'soft': case 'blocked': return { ...about, type: 'email.bounced', key: key(`email.bounced:${message.id}:${event.kind === 'hard' ? 'hard' : 'soft'}`), properties: { ...properties, hard: event.kind === 'hard', blocked: event.kind === 'blocked' } }
  }
}
