import { isIP } from 'node:net'
import type { DomainFinding } from '../../shared/delivery.ts'
import { isPublicAddress } from '../base/guarded-addresses.ts'
import type { Dns } from './ask-dns.ts'
import { finding } from './finding.ts'

/** "203.0.113.7" → "7.113.0.203.in-addr.arpa"; IPv6 by nibbles (RFC 3596, 2.5). */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const part = (text: string): string[] => text === '' ? [] : text.split(':').map(group => group.padStart(4, '0'))
  const [left, right] = [part(head), tail === undefined ? [] : part(tail)]
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0000'), ...right]
  return `${[...groups.join('')].toReversed().join('.')}.ip6.arpa`
}

/** Whether the address a mail comes from has a name, and the name that address (FCrDNS): large receivers ask for it. */
export async function checkReverse(dns: Dns, address: string): Promise<DomainFinding> {
  const record = (value: string) => ({ name: reverseName(address), type: 'PTR' as const, value })
  const answer = await dns.names(address)
  const say = (level: DomainFinding['level'], code: string, values: Record<string, string> = {}, more: Partial<DomainFinding> = {}) => finding('reverse', level, code, { about: address, values: { address, ...values }, ...more })
  if (answer.kind === 'unreachable') return say('unknown', 'unreachable')
  if (answer.kind === 'none') return say('bad', 'missing', {}, { record: record('mail.example.com') })
  const names = answer.records.slice(0, 5).map(name => name.toLowerCase().replace(/\.$/, ''))
  const forward = await Promise.all(names.map(name => dns.addresses(name)))
  const index = forward.findIndex(each => each.kind === 'found' && each.records.some(found => reverseName(found) === reverseName(address)))
  if (index === -1) return forward.some(each => each.kind === 'unreachable') ? say('unknown', 'unreachable', {}, { found: names }) : say('bad', 'name_leads_elsewhere', { name: names[0]! }, { found: names })
  // Names that only spell the address out are those of home lines; receivers know them.
  if (isIP(address) === 4 && address.split('.').every(part => names[index]!.split('.')[0]!.includes(part))) return say('advice', 'generic', { name: names[index]! }, { found: names })
  return say('good', 'good', { name: names[index]! })
}

/** The name links in mails lead to: a real, encrypted one, best inside the domain of the sender. */
export async function checkTrackingHost(dns: Dns, domain: string, publicUrl: string): Promise<DomainFinding> {
  const url = new URL(publicUrl)
  const host = url.hostname.toLowerCase()
  const values = { host, domain }
  const more = { about: host, values }
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return finding('tracking_host', 'bad', isPublicAddress(host.replace(/^\[|\]$/g, '')) ? 'bare_address' : 'local', more)
  if (host === 'localhost' || !host.includes('.')) return finding('tracking_host', 'bad', 'local', more)
  const answer = await dns.addresses(host)
  if (answer.kind === 'unreachable') return finding('tracking_host', 'unknown', 'unreachable', more)
  if (answer.kind === 'none') return finding('tracking_host', 'bad', 'missing', more)
  if (answer.records.every(address => !isPublicAddress(address))) return finding('tracking_host', 'bad', 'local', { ...more, found: answer.records })
  if (url.protocol !== 'https:') return finding('tracking_host', 'bad', 'not_encrypted', more)
  const inside = host === domain || host.endsWith(`.${domain}`) || domain.endsWith(`.${host.split('.').slice(-2).join('.')}`)
  return inside ? finding('tracking_host', 'good', 'good', more) : finding('tracking_host', 'advice', 'other_domain', more)
}

/** The name mails come back to when they cannot be delivered. */
export async function checkBounceHost(dns: Dns, domain: string, host: string): Promise<DomainFinding> {
  const values = { host, domain }
  const more = { about: host, values }
  const answer = await dns.mx(host)
  if (answer.kind === 'unreachable') return finding('bounce_host', 'unknown', 'unreachable', more)
  if (answer.kind === 'none' && (await dns.addresses(host)).kind === 'none') return finding('bounce_host', 'bad', 'missing', { ...more, record: { name: host, type: 'MX', value: '10 mail.example.com' } })
  const found = answer.kind === 'found' ? answer.records.map(record => `${record.priority} ${record.exchange}`) : []
  // DMARC counts SPF of the return path only where both are of one domain (RFC 7489, 3.1.2).
  const aligned = host === domain || host.endsWith(`.${domain}`) || domain.endsWith(`.${host}`)
  return aligned ? finding('bounce_host', 'good', 'good', { ...more, found }) : finding('bounce_host', 'advice', 'other_domain', { ...more, found })
}
