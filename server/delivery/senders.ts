import type { CompanySettings } from '../../shared/company.ts'
import type { App } from '../base/app.ts'
import { readCompany } from '../company/company.sql.ts'
import { type Sender, senderOf } from './compose-mail.ts'
import { readReturnAddress } from './return-paths.ts'
import { findSigningKeys } from './sending-domains.sql.ts'
import { type DkimKey, parseKey } from './sign-dkim.ts'
import { smtpAddress } from './smtp-address.ts'

/** The company as the sender of its mails, with the keys of its domain if there are any. Read anew every few seconds. */
export class Senders {
  #app: App
  #known: { sender: Sender | null, company: CompanySettings } | null = null
  #checkedAt = 0
  #keys = new Map<string, DkimKey>()

  constructor(app: App) {
    this.#app = app
  }

  async use(): Promise<{ sender: Sender | null, company: CompanySettings }> {
    if (this.#known && Date.now() - this.#checkedAt < 3_000) return this.#known
    const company = await readCompany(this.#app.db)
    const address = smtpAddress(company.sender_email)
    this.#known = { company, sender: senderOf(company.sender_name, company.sender_email, company.reply_to, address ? await this.#keysOf(address.domain) : [], await readReturnAddress(this.#app.db)) }
    this.#checkedAt = Date.now()
    return this.#known
  }

  async #keysOf(domain: string): Promise<DkimKey[]> {
    return (await findSigningKeys(this.#app.db, domain)).map(kept => {
      let key = this.#keys.get(kept.private_key)
      if (!key) this.#keys.set(kept.private_key, key = parseKey(domain, kept.selector, this.#app.sign.decrypt(kept.private_key)))
      return key
    })
  }
}
