import { isIP } from 'node:net'
import type { DomainFinding } from '../../shared/delivery.ts'
import type { Dns } from './ask-dns.ts'
import { finding as makeFinding } from './finding.ts'
import type { SendingHosts } from './sending-hosts.ts'

/** RFC 7208, 4.6.4: terms that ask the DNS, at most. */
export const mostLookups = 10
/** Benchmarking (RFC 2544): nobody sends from there, so every term of a record is gone through. */
const nobody = '198.18.255.254'

export type SpfResult = { result: string, comment: string, lookups: number }

/** RFC 7208 for mail from `domain` by the server at `address`, by mailauth. `most`: lookups before it is given up. */
export async function evaluateSpf(dns: Pick<Dns, 'resolve'>, domain: string, address: string, most = mostLookups): Promise<SpfResult> {
  const { spf } = await import('mailauth/lib/spf/index.js')
  const { status, lookups } = await spf({ sender: `postmaster@${domain}`, ip: address, helo: domain, mta: 'otklik', maxResolveCount: most, maxElapsedTime: 20_000, strict: true, resolver: (name: string, type: string) => dns.resolve(name, type) as Promise<string[][]> })
  return { result: status.result, comment: typeof status.comment === 'string' ? status.comment : '', lookups: lookups?.count ?? 0 }
}

/** Names a record includes or redirects to, through at most 20 records: hostile ones go round in circles. */
export async function includedNames(dns: Dns, record: string): Promise<Set<string>> {
  const seen = new Set<string>()
  let texts = [record]
  while (texts.length > 0 && seen.size < 20) {
    const names = texts.flatMap(text => [...text.matchAll(/(?:^|\s)\+?(?:include:|redirect=)([^\s%]+)/gi)].map(match => match[1]!.toLowerCase().replace(/\.$/, ''))).filter(name => !seen.has(name)).slice(0, 20)
    for (const name of names) seen.add(name)
    const answers = await Promise.all(names.map(name => dns.txt(name)))
    texts = answers.flatMap(answer => answer.kind === 'found' ? answer.records.filter(isSpf) : [])
  }
  return seen
}

const isSpf = (text: string): boolean => /^v=spf1(\s|$)/i.test(text)

/** The given record with more terms before the last word, or a new one. */
export function spfWith(record: string | null, terms: string[]): string {
  const words = (record ?? 'v=spf1 ~all').trim().split(/\s+/)
  const last = words.findIndex(word => /^[+?~-]?all$|^redirect=/i.test(word))
  const at = last === -1 ? words.length : last
  const missing = terms.filter(term => !words.some(word => word.toLowerCase().replace(/^\+/, '') === term.toLowerCase()))
  return [...words.slice(0, at), ...missing, ...words.slice(at)].join(' ')
}

const termOf = (address: string): string => `${isIP(address) === 6 ? 'ip6' : 'ip4'}:${address}`

/** Whether the domain's SPF record can be read, and lets the servers send that send for us. `addresses`: of our own servers. */
export async function checkSpf(dns: Dns, domain: string, hosts: SendingHosts, addresses: string[]): Promise<DomainFinding> {
  const finding = (level: DomainFinding['level'], code: string, more: Partial<DomainFinding> = {}) => makeFinding('spf', level, code, { about: domain, ...more, values: { domain, ...more.values } })
  const wanted = [...hosts.providers.map(provider => `include:${provider.include}`), ...addresses.map(termOf)]
  const suggest = (record: string | null, terms = wanted) => ({ name: domain, type: 'TXT' as const, value: spfWith(record, terms) })
  const answer = await dns.txt(domain)
  if (answer.kind === 'unreachable') return finding('unknown', 'unreachable')
  const records = answer.kind === 'none' ? [] : answer.records.filter(isSpf)
  const [record] = records
  if (record === undefined) return finding('bad', wanted.length > 0 ? 'missing' : 'missing_unknown', { record: wanted.length > 0 ? suggest(null) : null })
  if (records.length > 1) {
    const terms = records.flatMap(text => text.split(/\s+/).slice(1)).filter(word => !/^[+?~-]?all$/i.test(word))
    return finding('bad', 'several', { found: records, values: { count: String(records.length) }, record: suggest(null, [...new Set([...terms, ...wanted])]) })
  }
  const whole = await evaluateSpf(dns, domain, nobody, 40)
  const values = { lookups: String(whole.lookups), most: String(mostLookups) }
  if (/(^|\s)\+?all(\s|$)/i.test(record)) return finding('bad', 'open', { values, found: records, record: suggest(record.replace(/(^|\s)\+?all(?=\s|$)/i, '$1~all')) })
  if (whole.result === 'permerror') return finding('bad', 'broken', { values: { ...values, detail: whole.comment }, found: records })
  if (whole.result === 'temperror') return finding('unknown', 'unreachable', { found: records })
  if (whole.lookups > mostLookups) return finding('bad', 'too_many_lookups', { values, found: records })
  const included = await includedNames(dns, record)
  const forgotten = hosts.providers.filter(provider => !included.has(provider.include))
  if (forgotten.length > 0) return finding('bad', 'provider_missing', { values: { ...values, provider: forgotten.map(each => each.name).join(', ') }, found: records, record: suggest(record, forgotten.map(each => `include:${each.include}`)) })
  const results = await Promise.all(addresses.map(async address => ({ address, ...await evaluateSpf(dns, domain, address) })))
  const refused = results.filter(each => each.result !== 'pass' && each.result !== 'temperror').map(each => each.address)
  if (refused.length > 0) return finding('bad', 'not_covered', { values: { ...values, addresses: refused.join(', ') }, found: records, record: suggest(record, refused.map(termOf)) })
  if (wanted.length === 0) return finding('advice', 'unknown_server', { values, found: records })
  if (whole.lookups > mostLookups - 2) return finding('advice', 'near_limit', { values, found: records })
  return finding('good', 'good', { values, found: records })
}
