import { Resolver } from 'node:dns/promises'
import type { App } from '../base/app.ts'
import { saveProviders, uncheckedDomains } from './lanes.sql.ts'
import { providerOfServer } from './mail-providers.ts'

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
