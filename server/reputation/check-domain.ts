import { isIP } from 'node:net'
import type { DomainCheck, DomainFinding } from '../../shared/delivery.ts'
import type { App } from '../base/app.ts'
import { isPublicAddress } from '../base/guarded-addresses.ts'
import { readCompany } from '../company/company.sql.ts'
import type { PublicKey } from '../delivery/dkim-record.ts'
import { unpackAccount } from '../delivery/sender-accounts.ts'
import { listSenders } from '../delivery/senders.sql.ts'
import { readReturnAddress } from '../delivery/return-paths.ts'
import type { SendingDomainRow } from '../delivery/sending-domains.sql.ts'
import { readSmtp } from '../delivery/transport.ts'
import type { Dns } from './ask-dns.ts'
import { checkBimi, type Enforcement } from './check-bimi.ts'
import { checkDkim } from './check-dkim.ts'
import { checkDmarc, type DmarcPolicy, findDmarc } from './check-dmarc.ts'
import { checkBounceHost, checkReverse, checkTrackingHost } from './check-hosts.ts'
import { checkMtaSts, checkMx, checkTlsRpt, judgeMxTls } from './check-receiving.ts'
import { checkSpf } from './check-spf.ts'
import { finding } from './finding.ts'
import { readReputationSettings } from './reputation-settings.ts'
import { hostOfApi, sortHosts, type SendingHosts } from './sending-hosts.ts'
import { tryTls } from './try-tls.ts'

/** What of us a domain is held against. */
export type OurSide = {
  hosts: SendingHosts, publicUrl: string
  /** the address reports are to be sent to, as far as we know one */
  reportsTo: string
  /** the host of return paths; null: they are of the domain itself */
  bounceHost: string | null
}

export async function readOurSide(app: App, domain: string): Promise<OurSide> {
  const [company, smtp, senders, returned, { sending_addresses }] = await Promise.all([readCompany(app.db), readSmtp(app), listSenders(app.db), readReturnAddress(app.db), readReputationSettings(app.db)])
  const enabled = senders.filter(sender => sender.is_enabled).map(sender => unpackAccount(app.sign, sender.settings))
  // The company's own server is used while no sender is set up.
  const hosts = enabled.length > 0 ? enabled.map(account => account.kind === 'smtp' ? account.host : hostOfApi[account.kind]) : smtp ? [smtp.smtp.host] : []
  const inside = company.sender_email.toLowerCase().endsWith(`@${domain}`)
  return { hosts: sortHosts(hosts.filter(host => host !== null), sending_addresses), publicUrl: app.settings.publicUrl, reportsTo: inside ? company.sender_email : `dmarc@${domain}`, bounceHost: returned?.host ?? null }
}

export const keysOf = (domain: SendingDomainRow): PublicKey[] => [
  { selector: domain.selector, algorithm: 'rsa', publicKey: domain.public_key },
  ...domain.second_selector === null || domain.second_public_key === null ? [] : [{ selector: domain.second_selector, algorithm: 'ed25519' as const, publicKey: domain.second_public_key }],
]

/**
 * Everything others look at before they trust mails of a domain, as one list in the order of importance. Looks only.
 * Whatever the DNS or a server says is a finding, never an exception.
 */
export async function checkDomain(dns: Dns, domain: { domain: string, keys: PublicKey[] }, ours: OurSide, now: Date, connect = tryTls): Promise<DomainFinding[]> {
  const addresses = await ownAddresses(dns, ours.hosts)
  const receiving = await checkMx(dns, domain.domain)
  const mailHosts = receiving.hosts ?? []
  const [mailHost] = mailHosts
  const policy = await findDmarc(dns, domain.domain)
  const findings = await Promise.all<DomainFinding | DomainFinding[]>([
    ...domain.keys.map(key => checkDkim(dns, domain.domain, key)),
    // SPF is asked of the domain of the return path (RFC 7208, 2.4); other senders of ours may still use the domain's own.
    ...[...new Set([domain.domain, ...ours.bounceHost === null ? [] : [ours.bounceHost]])].map(name => addresses === null ? finding('spf', 'unknown', 'unreachable', { about: name }) : checkSpf(dns, name, ours.hosts, addresses)),
    checkDmarc(dns, domain.domain, ours.reportsTo),
    Promise.resolve(receiving.finding),
    ...addresses === null ? [finding('reverse', 'unknown', 'unreachable')]
      : addresses.length === 0 && ours.hosts.providers.length === 0 ? [finding('reverse', 'advice', 'unknown_address')]
        : addresses.map(address => checkReverse(dns, address)),
    ...receiving.hosts === null ? [finding('mx_tls', 'unknown', 'unreachable')] : mailHost === undefined ? [] : [connect(mailHost).then(answer => judgeMxTls(mailHost, answer, now))],
    ...ours.bounceHost === null ? [] : [checkBounceHost(dns, domain.domain, ours.bounceHost)],
    checkTrackingHost(dns, domain.domain, ours.publicUrl),
    checkMtaSts(dns, domain.domain, mailHosts, now),
    checkTlsRpt(dns, domain.domain, ours.reportsTo),
    policy.kind === 'unreachable' ? finding('bimi', 'unknown', 'unreachable') : checkBimi(dns, domain.domain, policy.kind === 'found' ? enforcementOf(policy.records[0]!) : null, now),
  ])
  return findings.flat()
}

/** RFC 7489, 6.3: `pct` of the mails are meant; without it, all. */
function enforcementOf({ policy, tags }: DmarcPolicy): Enforcement {
  const share = Number(tags.get('pct') ?? '100')
  return { policy, share: Number.isFinite(share) ? share : 100 }
}

/** The addresses mails of our own server come from: as told, else those of its name. Null: the DNS does not say now. */
async function ownAddresses(dns: Dns, hosts: SendingHosts): Promise<string[] | null> {
  if (hosts.addresses.length > 0) return hosts.addresses
  const found = await Promise.all(hosts.hosts.map(async host => isIP(host) === 0 ? dns.addresses(host) : { kind: 'found' as const, records: [host] }))
  if (found.some(answer => answer.kind === 'unreachable')) return null
  return found.flatMap(answer => answer.kind === 'found' ? answer.records.filter(isPublicAddress) : []).slice(0, 10)
}

const keyOf = (one: DomainFinding): string => `${one.kind} ${one.about ?? ''}`
const rank = { good: 0, optional: 0, unknown: 0, advice: 1, bad: 2 }
export type Change = { kind: DomainFinding['kind'], about: string | null, before: Pick<DomainFinding, 'level' | 'code'> | null, after: Pick<DomainFinding, 'level' | 'code'> | null, values: Record<string, string> }

/**
 * The new look beside the one before: where nobody answered what was found before stands on, so that a DNS that is away
 * for an hour changes nothing and alarms nobody. `changes` is empty at the first look.
 */
export function compareChecks(before: DomainCheck | null, findings: DomainFinding[], now: Date): { check: DomainCheck, changes: Change[], worse: Change[] } {
  const known = new Map((before?.findings ?? []).filter(each => each.level !== 'unknown').map(each => [keyOf(each), each]))
  const unanswered = new Set(findings.filter(each => each.level === 'unknown').map(each => each.kind))
  const kept = findings.flatMap(each => {
    if (each.level !== 'unknown') return [each]
    const old = known.get(keyOf(each))
    if (old || each.about !== null) return [old ?? each]
    const ofKind = [...known.values()].filter(other => other.kind === each.kind)
    return ofKind.length > 0 ? ofKind : [each]
  })
  const changes: Change[] = []
  for (const each of kept) {
    const old = known.get(keyOf(each))
    if (before === null || each.level === 'unknown' || (old?.level === each.level && old.code === each.code)) continue
    changes.push({ kind: each.kind, about: each.about, before: old ? { level: old.level, code: old.code } : null, after: { level: each.level, code: each.code }, values: each.values })
  }
  const there = new Set(kept.map(keyOf))
  for (const [key, old] of known) if (!there.has(key) && !unanswered.has(old.kind)) changes.push({ kind: old.kind, about: old.about, before: { level: old.level, code: old.code }, after: null, values: old.values })
  return {
    check: { checked_at: now.toISOString(), findings: kept, unanswered: [...unanswered] },
    changes,
    worse: changes.filter(change => change.before !== null && change.after !== null && rank[change.after.level] > rank[change.before.level]),
  }
}
