import type { DomainFinding } from '../../shared/delivery.ts'
import { callOutside, type OutsideAnswer } from '../base/call-outside.ts'
import { type Dns, readTags } from './ask-dns.ts'
import { largestLogo, readLogo } from './check-logo.ts'
import { finding } from './finding.ts'
import { readMarkCertificate } from './read-mark-certificate.ts'

/** What stands at an address, asked past the guard of addresses. Tests give their own. */
export type FetchFile = (url: string, mostBytes: number) => Promise<OutsideAnswer>
const fetchFile: FetchFile = (url, mostBytes) => callOutside({ method: 'GET', url, headers: {}, body: '', timeoutMilliseconds: 8000, mostBytes, allowPrivate: false })

const mostOfLogo = 8 * largestLogo
const mostOfCertificate = 256 * 1024
/** A new one takes its authority some weeks. */
const endsSoonDays = 30

/** The policy others are asked to follow; `share`: of the mails, in per cent. */
export type Enforcement = { policy: string, share: number }

/**
 * BIMI: the logo beside our mails, where the mailbox provider shows it. What is needed, each a finding: a DMARC policy that
 * is enforced for all mails, a record, a logo that may be shown, and for Gmail and Apple a certificate that it is ours.
 */
export async function checkBimi(dns: Dns, domain: string, dmarc: Enforcement | null, now: Date, fetched: FetchFile = fetchFile): Promise<DomainFinding[]> {
  const record = { name: `default._bimi.${domain}`, type: 'TXT' as const, value: `v=BIMI1; l=https://${domain}/logo.svg` }
  const answer = await dns.txt(record.name)
  if (answer.kind === 'unreachable') return [finding('bimi', 'unknown', 'unreachable')]
  const found = answer.kind === 'none' ? [] : answer.records.filter(text => /^v=BIMI1\s*;/i.test(text))
  const enforced = (dmarc?.policy === 'quarantine' || dmarc?.policy === 'reject') && dmarc.share === 100
  if (found.length === 0) return [finding('bimi', 'optional', enforced ? 'missing' : 'missing_dmarc_first', enforced ? { record } : {})]
  const tags = readTags(found[0]!)
  const [logoUrl, certificateUrl] = [tags.get('l') ?? '', tags.get('a') ?? '']
  // An empty logo says that none is to be shown.
  if (found.length === 1 && logoUrl === '' && certificateUrl === '') return [finding('bimi', 'optional', 'declined', { found })]
  if (found.length > 1 || !/^https:\/\/.+/i.test(logoUrl) || !/^(https:\/\/.+)?$/i.test(certificateUrl)) return [finding('bimi', 'advice', 'broken', { found, record })]
  const own = enforced ? finding('bimi', 'good', certificateUrl === '' ? 'good_without_certificate' : 'good', { found }) : finding('bimi', 'advice', dmarc?.share !== 100 && dmarc !== null ? 'needs_all' : 'needs_dmarc', { found })
  const logo = await fetched(logoUrl, mostOfLogo)
  const svg = logo.kind === 'answered' && logo.status === 200 ? logo.body : null
  return [own, judgeLogo(logoUrl, logo), ...certificateUrl === '' ? [] : [judgeCertificate(certificateUrl, await fetched(certificateUrl, mostOfCertificate), domain, svg, now)]]
}

/** Nobody answered now: what was found before stands. What is answered, but not with the file, is to be mended. */
function notFetched(kind: 'bimi_logo' | 'bimi_certificate', url: string, answer: OutsideAnswer): DomainFinding | null {
  if (answer.kind === 'timeout') return finding(kind, 'unknown', 'unreachable', { values: { url } })
  if (answer.kind === 'network') return finding(kind, 'unknown', 'unreachable', { values: { url }, found: [answer.detail] })
  if (answer.kind === 'refused_address') return finding(kind, 'advice', 'private_address', { values: { url }, found: [answer.detail] })
  if (answer.status >= 300 && answer.status < 400) return finding(kind, 'advice', 'leads_elsewhere', { values: { url }, found: [answer.headers.location ?? ''] })
  return answer.status === 200 ? null : finding(kind, 'advice', 'not_there', { values: { url, status: String(answer.status) } })
}

export function judgeLogo(url: string, answer: OutsideAnswer): DomainFinding {
  const missing = notFetched('bimi_logo', url, answer)
  if (missing !== null || answer.kind !== 'answered') return missing!
  // The first bytes of gzip, as they come out of a text.
  if (answer.body.startsWith('\u001f')) return finding('bimi_logo', 'advice', 'packed', { values: { url } })
  if (answer.cut) return finding('bimi_logo', 'advice', 'far_too_large', { values: { url, most: String(largestLogo / 1024) } })
  const { problems, elements } = readLogo(answer.body)
  const kilobytes = String(Math.ceil(Buffer.byteLength(answer.body) / 1024))
  if (problems.length > 0) return finding('bimi_logo', 'advice', 'rules', { values: { url, problems: problems.join(','), elements: elements.join(', '), kilobytes } })
  return finding('bimi_logo', 'good', 'good', { values: { url, kilobytes } })
}

export function judgeCertificate(url: string, answer: OutsideAnswer, domain: string, svg: string | null, now: Date): DomainFinding {
  const missing = notFetched('bimi_certificate', url, answer)
  if (missing !== null || answer.kind !== 'answered') return missing!
  const certificate = readMarkCertificate(answer.body)
  if (certificate === null) return finding('bimi_certificate', 'advice', 'unreadable', { values: { url } })
  const { domains, issuer, mark } = certificate
  const day = (at: Date): string => at.toISOString().slice(0, 10)
  const values = { url, issuer, mark, from: day(certificate.from), until: day(certificate.until), domains: domains.join(', ') }
  const say = (code: string): DomainFinding => finding('bimi_certificate', 'advice', code, { values })
  if (!certificate.forLogos) return say('not_for_logos')
  if (certificate.until <= now) return say('expired')
  if (certificate.from > now) return say('not_yet')
  // The name may be the domain, one above it, or that of the record.
  if (!domains.some(name => { const own = name.replace(/^[^.]+\._bimi\./, ''); return domain === own || domain.endsWith(`.${own}`) })) return say('other_domain')
  if (!certificate.chained) return say('broken_chain')
  if (certificate.logo === null) return say('no_logo')
  if (svg !== null && words(svg) !== words(certificate.logo)) return say('other_logo')
  if (certificate.until.getTime() - now.getTime() < endsSoonDays * 86_400_000) return say('ends_soon')
  return finding('bimi_certificate', 'good', 'good', { values })
}

/** Line ends and blanks make no other logo. */
const words = (svg: string): string => svg.replace(/^\uFEFF/, '').replace(/\s+/g, ' ').trim()
