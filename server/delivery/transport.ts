import type { App } from '../base/app.ts'
import { readSetting, writeSetting } from '../company/company.sql.ts'
import { countSenders } from '../messages/recover-messages.sql.ts'
import { type MailOutcome, type OutgoingMail, SmtpPool } from './smtp-pool.ts'
import { parseSmtpUrl, type SmtpSettings } from './smtp-settings.ts'
import { insertTestMails, type NewTestMail } from './test-mails.sql.ts'

/** What a mail is about, for a transport that keeps it. */
export type About = { contact_id: number | null, message_id: number | null, subject: string }

/** Where mails go: an SMTP server, a provider's API, or the built-in test mailbox. */
export type Transport = {
  kind: 'smtp' | 'api' | 'test_mailbox'
  send: (mail: OutgoingMail, about: About) => Promise<MailOutcome>
  /** milliseconds until it may be tried again */
  downFor: () => number
  /** how many senders use it now, this one included: each keeps its part of the connections */
  share: (senders: number) => void
  end: () => void
}

type KeptSmtp = Omit<SmtpSettings, 'password'> & { password: string }

/** The settings in use; null: none, so mails go to the test mailbox. The environment goes before what is kept. */
export async function readSmtp(app: App): Promise<{ source: 'environment' | 'settings', smtp: SmtpSettings } | null> {
  if (app.settings.smtpUrl) return { source: 'environment', smtp: parseSmtpUrl(app.settings.smtpUrl) }
  const kept = await readSetting<KeptSmtp | null>(app.db, 'smtp')
  return kept ? { source: 'settings', smtp: { ...kept, password: kept.password === '' ? '' : app.sign.decrypt(kept.password) } } : null
}

/** The password is kept encrypted. Null: no server, the test mailbox. */
export async function writeSmtp(app: App, smtp: SmtpSettings | null): Promise<void> {
  await writeSetting(app.db, 'smtp', smtp && { ...smtp, password: smtp.password === '' ? '' : app.sign.encrypt(smtp.password) })
  await writeSetting(app.db, 'smtp_status', null)
}

/** The transport in use; a new one when the settings have changed. Looks at most every few seconds. */
export class Transports {
  #app: App
  #current: { key: string, transport: Transport } | null = null
  #checkedAt = 0

  constructor(app: App) {
    this.#app = app
  }

  async use(): Promise<Transport> {
    if (this.#current && Date.now() - this.#checkedAt < 3_000) return this.#current.transport
    const found = await readSmtp(this.#app)
    const senders = await countSenders(this.#app.db)
    this.#checkedAt = Date.now()
    const key = JSON.stringify(found?.smtp ?? null)
    if (this.#current?.key !== key) {
      this.#current?.transport.end()
      this.#current = { key, transport: found ? smtpTransport(new SmtpPool(found.smtp)) : testMailbox(this.#app) }
    }
    this.#current.transport.share(senders)
    return this.#current.transport
  }

  end(): void {
    this.#current?.transport.end()
    this.#current = null
  }
}

export const smtpTransport = (pool: SmtpPool): Transport => ({ kind: 'smtp', send: mail => pool.send(mail), downFor: () => pool.downFor(), share: senders => pool.share(senders), end: () => pool.end() })

/** Keeps mails in the database, a handful at a time. */
function testMailbox(app: App): Transport {
  const waiting: { mail: NewTestMail, resolve: (outcome: MailOutcome) => void, reject: (error: unknown) => void }[] = []
  let flushing = false
  const flush = async (): Promise<void> => {
    flushing = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 200)
      try {
        await insertTestMails(app.db, batch.map(each => each.mail), app.now())
        for (const each of batch) each.resolve({ kind: 'sent', detail: 'kept in the test mailbox' })
      } catch (error) {
        for (const each of batch) each.reject(error)
      }
    }
    flushing = false
  }
  return {
    kind: 'test_mailbox',
    send: (mail, about) => new Promise((resolve, reject) => {
      waiting.push({ mail: { to_email: mail.to, from_email: mail.from, subject: about.subject, raw: Buffer.concat(mail.content), message_id: about.message_id, contact_id: about.contact_id }, resolve, reject })
      if (!flushing) {
        flushing = true
        setImmediate(() => void flush())
      }
    }),
    downFor: () => 0,
    share: () => {},
    end: () => {},
  }
}
