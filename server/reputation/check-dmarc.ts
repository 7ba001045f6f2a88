import type { DomainFinding } from '../../shared/delivery.ts'
import { type Dns, type DnsAnswer, readTags } from './ask-dns.ts'
import { finding } from './finding.ts'

export type DmarcPolicy = { domain: string, record: string, tags: Map<string, string>, policy: string }
const isDmarc = (text: string): boolean => /^v\s*=\s*DMARC1\s*(;|$)/i.test(text)

/**
 * The record that holds for a domain: its own, or of the nearest domain above (the tree walk of RFC 9989, 4.10, at most
 * eight questions). Several records at one name count as none.
 */
export async function findDmarc(dns: Dns, domain: string): Promise<DnsAnswer<DmarcPolicy> | { kind: 'several', records: string[] }> {
  const labels = domain.split('.')
  for (const [index, name] of labels.map((_, at) => labels.slice(at).join('.')).slice(0, 8).entries()) {
    if (index > 0 && !name.includes('.')) break
    const answer = await dns.txt(`_dmarc.${name}`)
    if (answer.kind === 'unreachable') return { kind: 'unreachable' }
    const records = answer.kind === 'none' ? [] : answer.records.filter(isDmarc)
    if (records.length > 1) return { kind: 'several', records }
    if (records[0] === undefined) continue
    const tags = readTags(records[0])
    return { kind: 'found', records: [{ domain: name, record: records[0], tags, policy: ((index > 0 ? tags.get('sp') : undefined) ?? tags.get('p') ?? '').toLowerCase() }] }
  }
  return { kind: 'none' }
}

/** What receivers are asked to do with mails in our name that are not ours, and whether they tell us (RFC 7489, RFC 9989). */
export async function checkDmarc(dns: Dns, domain: string, reportsTo: string): Promise<DomainFinding> {
  const answer = await findDmarc(dns, domain)
  const record = (value: string, of = domain) => ({ name: `_dmarc.${of}`, type: 'TXT' as const, value })
  const first = record(`v=DMARC1; p=none; rua=mailto:${reportsTo}`)
  if (answer.kind === 'unreachable') return finding('dmarc', 'unknown', 'unreachable')
  if (answer.kind === 'several') return finding('dmarc', 'bad', 'several', { found: answer.records, values: { count: String(answer.records.length) }, record: record(answer.records[0]!) })
  if (answer.kind === 'none') return finding('dmarc', 'bad', 'missing', { record: first })
  const { domain: of, record: text, tags, policy } = answer.records[0]!
  const values = { policy, of }
  if (!['none', 'quarantine', 'reject'].includes(policy)) return finding('dmarc', 'bad', 'broken', { values, found: [text], record: first })
  const reports = (tags.get('rua') ?? '').split(',').map(each => /^\s*mailto:([^!\s]+)/i.exec(each)?.[1]).filter(address => address !== undefined)
  if (reports.length === 0) return finding('dmarc', 'advice', 'no_reports', { values, found: [text], record: record(`${text.replace(/;?\s*$/, '')}; rua=mailto:${reportsTo}`, of) })
  const stranger = await unwelcomeReports(dns, of, reports)
  if (stranger !== null) return finding('dmarc', 'advice', 'reports_not_accepted', { values: { ...values, address: stranger }, found: [text], record: { name: `${of}._report._dmarc.${stranger.split('@')[1]!}`, type: 'TXT', value: 'v=DMARC1' } })
  if (policy === 'none') return finding('dmarc', 'advice', 'only_watching', { values, found: [text], record: record(text.replace(/(^|;)(\s*)p\s*=\s*none/i, '$1$2p=quarantine'), of) })
  return finding('dmarc', 'good', 'good', { values, found: [text] })
}

/** RFC 7489, 7.1: another domain must say that it takes reports about ours. Returns the address of one that does not. */
async function unwelcomeReports(dns: Dns, domain: string, addresses: string[]): Promise<string | null> {
  for (const address of addresses.slice(0, 5)) {
    const other = address.split('@')[1]?.toLowerCase() ?? ''
    if (other === domain || other.endsWith(`.${domain}`) || domain.endsWith(`.${other}`)) continue
    const answer = await dns.txt(`${domain}._report._dmarc.${other}`)
    if (answer.kind === 'none' || (answer.kind === 'found' && !answer.records.some(isDmarc))) return address
  }
  return null
}
