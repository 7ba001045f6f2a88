import type { CompanySettings } from '../../shared/company.ts'
import type { App } from '../base/app.ts'
import { readCompany } from '../company/company.sql.ts'
import { type Sender, senderOf } from './compose-mail.ts'
import { readReturnAddress } from './return-paths.ts'
import { findSigningKeys } from './sending-domains.sql.ts'
import { type DkimKey, parseKey } from './sign-dkim.ts'
import { smtpAddress } from './smtp-address.ts'

type KnownKeys = Map<string, DkimKey>

/** The company as the sender of its mails, with the keys of its domain if there are any; null: its address is none. `known`: keys that are parsed already. */
export async function readSender(app: App, company: CompanySettings, known: KnownKeys = new Map()): Promise<Sender | null> {
  const domain = smtpAddress(company.sender_email)?.domain
  const keys = domain === undefined ? [] : (await findSigningKeys(app.db, domain)).map(kept => {
    let key = known.get(kept.private_key)
    if (!key) known.set(kept.private_key, key = parseKey(domain, kept.selector, app.sign.decrypt(kept.private_key)))
    return key
  })
  return senderOf(company.sender_name, company.sender_email, company.reply_to, keys, await readReturnAddress(app.db))
}

/** The same for whoever sends many: read anew every few seconds. */
export class Senders {
  #app: App
  #known: { sender: Sender | null, company: CompanySettings } | null = null
  #checkedAt = 0
  #keys: KnownKeys = new Map()

  constructor(app: App) {
    this.#app = app
  }

  async use(): Promise<{ sender: Sender | null, company: CompanySettings }> {
    if (this.#known && Date.now() - this.#checkedAt < 3_000) return this.#known
    const company = await readCompany(this.#app.db)
    this.#known = { company, sender: await readSender(this.#app, company, this.#keys) }
    this.#checkedAt = Date.now()
    return this.#known
  }
}
