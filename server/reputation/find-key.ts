import { getServers } from 'node:dns'
import type { KeyLook } from '../../shared/key-rotations.ts'
import { isPublicAddress } from '../base/guarded-addresses.ts'
import { type Dns, dnsOf, readTags } from './ask-dns.ts'

/** Behind one address often stand several name servers: each is asked so many times. */
const times = 3
const mostNameServers = 6

/**
 * Whether every name server has a key: those that keep the domain, where they can be asked from here, and those this
 * machine asks. A record that some of them have does not count: receivers ask any of them.
 */
export async function findKey(servers: string[] | null, domain: string, name: string, publicKey: string): Promise<KeyLook> {
  const ours = (servers ?? getServers()).map(server => dnsOf([server]))
  const keepers = await nameServersOf(dnsOf(servers), domain)
  return askAll([...ours, ...keepers.map(address => dnsOf([address], 2000))], name, publicKey)
}

/** A server that does not answer says nothing. */
export async function askAll(servers: Dns[], name: string, publicKey: string): Promise<KeyLook> {
  const answers = await Promise.all(servers.flatMap(dns => Array.from({ length: times }, () => dns.txt(name))))
  const said = answers.filter(answer => answer.kind !== 'unreachable').map(answer => answer.kind === 'found' && answer.records.some(text => readTags(text).get('p')?.replace(/\s+/g, '') === publicKey))
  if (said.length === 0) return 'unknown'
  return said.every(Boolean) ? 'seen' : said.some(Boolean) ? 'partly' : 'not_seen'
}

/** The addresses of the servers that keep the zone a domain is in. Empty where the DNS does not say. */
export async function nameServersOf(dns: Dns, domain: string): Promise<string[]> {
  for (let zone = domain; zone.includes('.'); zone = zone.slice(zone.indexOf('.') + 1)) {
    const answer = await dns.nameServers(zone)
    if (answer.kind !== 'found') continue
    const addresses = await Promise.all(answer.records.slice(0, mostNameServers).map(name => dns.addresses(name)))
    return [...new Set(addresses.flatMap(each => each.kind === 'found' ? each.records.filter(isPublicAddress).slice(0, 1) : []))]
  }
  return []
}
