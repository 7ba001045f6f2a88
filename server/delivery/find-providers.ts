import { Resolver } from 'node:dns/promises'
import type { App } from '../base/app.ts'
import { saveProviders, uncheckedDomains } from './lanes.sql.ts'

/** Whose mail servers they are, by the end of their name. */
const servers: [RegExp, string][] = [
  [/\.(google|googlemail)\.com$/, 'gmail.com'], [/(^|\.)mail\.ru$/, 'mail.ru'], [/(^|\.)yandex\.(ru|net)$/, 'yandex.ru'],
  [/\.(protection\.outlook|mail\.protection\.outlook|mx\.microsoft)(\.com)?$/, 'outlook.com'], [/\.yahoodns\.net$/, 'yahoo.com'], [/\.(icloud|apple)\.com$/, 'icloud.com'],
  [/\.(gmx|web)\.(net|de)$/, 'gmx.net'], [/\.rambler\.ru$/, 'rambler.ru'], [/\.(protonmail|proton)\.(ch|me)$/, 'proton.me'], [/\.zoho\.(com|eu)$/, 'zoho.com'],
]

/** A mail server's name → the provider it belongs to; null: nobody known. */
export const providerOfServer = (exchange: string): string | null => servers.find(([pattern]) => pattern.test(exchange.toLowerCase().replace(/\.$/, '')))?.[1] ?? null

/** The loop that looks up the MX of domains we write to, once: many small ones are with a large provider. */
export async function findProvidersByMx(app: App): Promise<boolean> {
  const domains = await uncheckedDomains(app.db, 20)
  if (domains.length === 0) return false
  const resolver = new Resolver({ timeout: 2000, tries: 1 })
  if (app.settings.dnsServers) resolver.setServers(app.settings.dnsServers)
  const found = await Promise.all(domains.map(async domain => {
    try {
      const exchanges = (await resolver.resolveMx(domain)).toSorted((one, other) => one.priority - other.priority)
      return { domain, provider: exchanges.map(({ exchange }) => providerOfServer(exchange)).find(provider => provider !== null) ?? domain }
    } catch {
      // Without an answer a domain is its own provider.
      return { domain, provider: domain }
    }
  }))
  await saveProviders(app.db, found, app.now())
  return domains.length === 20
}
