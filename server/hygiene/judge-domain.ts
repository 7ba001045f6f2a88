import { isDisposable, isKnownService, suggestAddress } from '../forms/check-address.ts'
import type { Dns } from '../reputation/ask-dns.ts'

export type DomainFacts = { domain: string, is_disposable: boolean, meant: string | null, meant_is_sure: boolean, /** DNS knows nothing of it, or need not be asked */ ask: boolean }

/** Names that nobody can own (RFC 2606, RFC 6761): DNS need not be asked. */
const reserved = /(^|\.)(test|example|invalid|localhost|local|onion)$|(^|\.)example\.(com|net|org)$/

/** What the name of a domain says by itself. */
export function judgeDomain(domain: string): DomainFacts {
  const suggestion = suggestAddress(`x@${domain}`)
  const meant = suggestion === null ? null : suggestion.slice(2)
  const disposable = isDisposable(`x@${domain}`)
  return { domain, is_disposable: disposable, meant, meant_is_sure: meant !== null && isSure(domain, meant), ask: !disposable && !isKnownService(domain) && !reserved.test(domain) }
}

/** Short names differ by one letter without a slip ("love.com", "live.com"): there DNS has to agree that nobody takes mail. */
function isSure(domain: string, meant: string): boolean {
  const name = (of: string) => of.slice(0, of.lastIndexOf('.'))
  const once = (text: string) => text.replaceAll(/(.)\1+/g, '$1')
  return once(name(domain)) === once(name(meant)) || name(meant).length >= 5
}

/** Whether anybody takes mail for it: no such name, no host at all (RFC 5321, 5.1) or a null MX (RFC 7505) say no; null: no answer one could believe. */
export async function takesMail(dns: Dns, domain: string): Promise<boolean | null> {
  const servers = await dns.mx(domain)
  if (servers.kind === 'unreachable') return null
  if (servers.kind === 'found') return servers.records.some(({ exchange }) => exchange !== '' && exchange !== '.')
  const hosts = await dns.addresses(domain)
  return hosts.kind === 'unreachable' ? null : hosts.kind === 'found'
}
