import type { DomainFinding } from '../../shared/delivery.ts'
import { callOutside } from '../base/call-outside.ts'
import { type Dns, readTags } from './ask-dns.ts'
import { finding } from './finding.ts'
import type { TlsAnswer } from './try-tls.ts'

/** Whether answers to the domain can arrive; the hosts they go to. */
export async function checkMx(dns: Dns, domain: string): Promise<{ finding: DomainFinding, hosts: string[] | null }> {
  const answer = await dns.mx(domain)
  if (answer.kind === 'unreachable') return { finding: finding('mx', 'unknown', 'unreachable'), hosts: null }
  if (answer.kind === 'none') {
    // RFC 5321, 5.1: without MX mail goes to the address of the domain, if it has one.
    const own = await dns.addresses(domain)
    return { finding: finding('mx', 'bad', own.kind === 'found' ? 'only_address' : 'missing'), hosts: own.kind === 'found' ? [domain] : [] }
  }
  // RFC 7505: a single dot says "no mail here".
  if (answer.records.length === 1 && /^\.?$/.test(answer.records[0]!.exchange)) return { finding: finding('mx', 'bad', 'refuses_mail'), hosts: [] }
  const hosts = answer.records.slice(0, 10).map(record => record.exchange.toLowerCase().replace(/\.$/, ''))
  const without = (await Promise.all(hosts.map(async host => ({ host, answer: await dns.addresses(host) })))).filter(each => each.answer.kind === 'none').map(each => each.host)
  const found = answer.records.map(record => `${record.priority} ${record.exchange}`)
  if (without.length === hosts.length) return { finding: finding('mx', 'bad', 'no_address', { values: { hosts: without.join(', ') }, found }), hosts: [] }
  if (without.length > 0) return { finding: finding('mx', 'advice', 'some_without_address', { values: { hosts: without.join(', ') }, found }), hosts }
  return { finding: finding('mx', 'good', 'good', { values: { hosts: hosts.join(', ') }, found }), hosts }
}

/** Whether answers travel encrypted: STARTTLS of the first mail server and its certificate. */
export function judgeMxTls(host: string, answer: TlsAnswer, now: Date): DomainFinding {
  const more = { about: host, values: { host } }
  if (answer.kind === 'unreachable') return finding('mx_tls', 'unknown', 'unreachable', { ...more, found: [answer.detail] })
  if (answer.kind === 'not_offered') return finding('mx_tls', 'bad', 'not_offered', more)
  if (answer.problem !== null) return finding('mx_tls', 'advice', 'bad_certificate', { ...more, found: [answer.problem] })
  const days = answer.until === null ? null : Math.floor((answer.until.getTime() - now.getTime()) / 86_400_000)
  if (days !== null && days < 10) return finding('mx_tls', 'advice', 'ends_soon', { about: host, values: { host, days: String(days) } })
  return finding('mx_tls', 'good', 'good', more)
}

export type MtaStsPolicy = { mode: string, mx: string[], maxAge: number }

/** RFC 8461, 3.2. Null: no policy. */
export function readMtaSts(text: string): MtaStsPolicy | null {
  const lines = text.slice(0, 65_536).split(/\r?\n/).map(line => /^\s*([a-z_]+)\s*:\s*(.*?)\s*$/i.exec(line)).filter(match => match !== null)
  const value = (name: string) => lines.find(match => match[1]!.toLowerCase() === name)?.[2]
  if (value('version') !== 'STSv1' || !['enforce', 'testing', 'none'].includes(value('mode') ?? '')) return null
  return { mode: value('mode')!, mx: lines.filter(match => match[1]!.toLowerCase() === 'mx').map(match => match[2]!.toLowerCase()), maxAge: Number(value('max_age')) || 0 }
}

const fits = (pattern: string, host: string): boolean => pattern.startsWith('*.') ? host.split('.').slice(1).join('.') === pattern.slice(2) : pattern === host

/** MTA-STS (RFC 8461): others are told to deliver to us encrypted only. `fetchPolicy`: for tests. */
export async function checkMtaSts(dns: Dns, domain: string, hosts: string[], now: Date, fetchPolicy = getPolicy): Promise<DomainFinding> {
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`
  const record = { name: `_mta-sts.${domain}`, type: 'TXT' as const, value: `v=STSv1; id=${now.toISOString().replace(/\D/g, '').slice(0, 14)}` }
  const file = { url, content: ['version: STSv1', 'mode: testing', ...hosts.map(host => `mx: ${host}`), 'max_age: 604800', ''].join('\n') }
  const answer = await dns.txt(record.name)
  if (answer.kind === 'unreachable') return finding('mta_sts', 'unknown', 'unreachable')
  const found = answer.kind === 'none' ? [] : answer.records.filter(text => /^v=STSv1\s*;/i.test(text))
  if (found.length === 0) return finding('mta_sts', 'optional', 'missing', hosts.length === 0 ? {} : { record, file })
  if (found.length > 1 || !/^[a-z0-9]{1,32}$/i.test(readTags(found[0]!).get('id') ?? '')) return finding('mta_sts', 'bad', 'broken_record', { found, record })
  const text = await fetchPolicy(url)
  const policy = text === null ? null : readMtaSts(text)
  if (policy === null) return finding('mta_sts', 'bad', text === null ? 'no_file' : 'broken_file', { values: { url }, found: text === null ? found : [text.slice(0, 500)], file })
  const uncovered = hosts.filter(host => !policy.mx.some(pattern => fits(pattern, host)))
  if (policy.mode !== 'none' && uncovered.length > 0) return finding('mta_sts', 'bad', 'mx_not_named', { values: { hosts: uncovered.join(', '), url }, found: [text!.slice(0, 500)], file: { url, content: file.content.replace('testing', policy.mode) } })
  if (policy.mode !== 'enforce') return finding('mta_sts', 'optional', 'not_enforced', { values: { mode: policy.mode }, found: [text!.slice(0, 500)] })
  return finding('mta_sts', 'good', 'good', { found })
}

async function getPolicy(url: string): Promise<string | null> {
  const answer = await callOutside({ method: 'GET', url, headers: {}, body: '', timeoutMilliseconds: 8000, mostBytes: 65_536, allowPrivate: false })
  return answer.kind === 'answered' && answer.status === 200 ? answer.body : null
}

/** TLS-RPT (RFC 8460): others tell us when they could not deliver to us encrypted. */
export async function checkTlsRpt(dns: Dns, domain: string, reportsTo: string): Promise<DomainFinding> {
  const record = { name: `_smtp._tls.${domain}`, type: 'TXT' as const, value: `v=TLSRPTv1; rua=mailto:${reportsTo}` }
  const answer = await dns.txt(record.name)
  if (answer.kind === 'unreachable') return finding('tls_rpt', 'unknown', 'unreachable')
  const found = answer.kind === 'none' ? [] : answer.records.filter(text => /^v=TLSRPTv1\s*;/i.test(text))
  if (found.length === 0) return finding('tls_rpt', 'optional', 'missing', { record })
  if (found.length > 1 || !/^(mailto:|https:)/i.test(readTags(found[0]!).get('rua') ?? '')) return finding('tls_rpt', 'bad', 'broken', { found, record })
  return finding('tls_rpt', 'good', 'good', { found })
}
