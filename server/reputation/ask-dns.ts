import { Resolver } from 'node:dns/promises'
import type { MxRecord } from 'node:dns'

/** What the DNS says: records, none of this kind, or no answer that could be used. */
export type DnsAnswer<T> = { kind: 'found', records: T[] } | { kind: 'none' } | { kind: 'unreachable' }

export type Dns = {
  txt: (name: string) => Promise<DnsAnswer<string>>
  mx: (name: string) => Promise<DnsAnswer<MxRecord>>
  /** IPv4 and IPv6 */
  addresses: (name: string) => Promise<DnsAnswer<string>>
  names: (address: string) => Promise<DnsAnswer<string>>
  /** names of the name servers of a zone */
  nameServers: (zone: string) => Promise<DnsAnswer<string>>
  /** as libraries want it: rejects with ENOTFOUND, ENODATA, ETIMEOUT … */
  resolve: (name: string, type: string) => Promise<unknown[]>
}

/** Whoever answers may be hostile: no more than this is looked at. */
const mostRecords = 50
const longestText = 4096
const nothing = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME', 'EBADNAME'])

/** `servers`: addresses with or without a port; null: those of the machine. Each question is given up after `timeout` × 2 ms. */
export function dnsOf(servers: string[] | null, timeout = 3000): Dns {
  const resolver = new Resolver({ timeout, tries: 2 })
  if (servers) resolver.setServers(servers)
  const ask = async <T>(question: () => Promise<T[]>): Promise<DnsAnswer<T>> => {
    try {
      const records = (await question()).slice(0, mostRecords)
      return records.length === 0 ? { kind: 'none' } : { kind: 'found', records }
    } catch (error) {
      return nothing.has((error as { code?: string }).code ?? '') ? { kind: 'none' } : { kind: 'unreachable' }
    }
  }
  return {
    txt: name => ask(async () => (await resolver.resolveTxt(name)).map(parts => parts.join('').slice(0, longestText))),
    mx: name => ask(async () => (await resolver.resolveMx(name)).toSorted((one, other) => one.priority - other.priority)),
    async addresses(name) {
      const [four, six] = await Promise.all([ask(() => resolver.resolve4(name)), ask(() => resolver.resolve6(name))])
      const records = [four, six].flatMap(answer => answer.kind === 'found' ? answer.records : [])
      if (records.length > 0) return { kind: 'found', records }
      return four.kind === 'unreachable' || six.kind === 'unreachable' ? { kind: 'unreachable' } : { kind: 'none' }
    },
    names: address => ask(() => resolver.reverse(address)),
    nameServers: zone => ask(() => resolver.resolveNs(zone)),
    resolve: async (name, type) => (await resolver.resolve(name, type as 'TXT') as unknown[]).slice(0, mostRecords),
  }
}

/** Tags of a record such as "v=DMARC1; p=none" (RFC 6376, 3.2): names in lower case, the first of a name counts. */
export function readTags(record: string): Map<string, string> {
  const tags = new Map<string, string>()
  for (const part of record.split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim().toLowerCase()
    if (at > 0 && !tags.has(name)) tags.set(name, part.slice(at + 1).trim())
  }
  return tags
}
