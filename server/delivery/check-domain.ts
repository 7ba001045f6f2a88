import { Resolver } from 'node:dns/promises'
import type { DomainCheck } from '../../shared/delivery.ts'

export type LookUp = (name: string) => Promise<string[][]>

const resolver = new Resolver({ timeout: 4000, tries: 2 })
const lookUpDns: LookUp = name => resolver.resolveTxt(name)

type Answer = { texts: string[] } | 'unreachable'

async function texts(lookUp: LookUp, name: string): Promise<Answer> {
  try {
    return { texts: (await lookUp(name)).map(parts => parts.join('')) }
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    return code === 'ENOTFOUND' || code === 'ENODATA' || code === 'ENONAME' ? { texts: [] } : 'unreachable'
  }
}

/** What the DNS says of a sending domain: its DKIM key against ours (RFC 6376, 3.6), SPF (RFC 7208), DMARC (RFC 7489). */
export async function checkDomain(domain: { domain: string, selector: string, public_key: string }, now: Date, lookUp: LookUp = lookUpDns): Promise<DomainCheck> {
  const [dkim, spf, dmarc] = await Promise.all([
    texts(lookUp, `${domain.selector}._domainkey.${domain.domain}`),
    texts(lookUp, domain.domain),
    texts(lookUp, `_dmarc.${domain.domain}`),
  ])
  const keys = dkim === 'unreachable' ? [] : dkim.texts.filter(text => /(^|;)\s*p\s*=/.test(text))
  const spfs = spf === 'unreachable' ? [] : spf.texts.filter(text => /^v=spf1(\s|$)/i.test(text))
  const dmarcs = dmarc === 'unreachable' ? [] : dmarc.texts.filter(text => /^v=DMARC1/i.test(text))
  return {
    checked_at: now.toISOString(),
    dkim: { state: dkim === 'unreachable' ? 'unreachable' : keys.length === 0 ? 'missing' : keys.some(key => keyOf(key) === domain.public_key) ? 'good' : 'different', found: keys.slice(0, 5) },
    spf: { state: spf === 'unreachable' ? 'unreachable' : spfs.length === 0 ? 'missing' : spfs.length > 1 ? 'several' : 'present', found: spfs.slice(0, 5) },
    dmarc: { state: dmarc === 'unreachable' ? 'unreachable' : dmarcs.length === 0 ? 'missing' : 'present', found: dmarcs.slice(0, 5) },
  }
}

const keyOf = (record: string): string => /(?:^|;)\s*p\s*=\s*([^;]*)/.exec(record)?.[1]?.replace(/\s+/g, '') ?? ''

export const dkimRecord = (domain: { domain: string, selector: string, public_key: string }) => ({ name: `${domain.selector}._domainkey.${domain.domain}`, type: 'TXT' as const, value: `v=DKIM1; k=rsa; p=${domain.public_key}` })
