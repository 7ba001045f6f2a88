import type { DomainFinding } from '../../shared/delivery.ts'
import { dkimRecord, type PublicKey } from '../delivery/dkim-record.ts'
import { type Dns, readTags } from './ask-dns.ts'
import { finding } from './finding.ts'

/** Whether the DNS has our public key (RFC 6376, 3.6.1). */
export async function checkDkim(dns: Dns, domain: string, key: PublicKey): Promise<DomainFinding> {
  const record = dkimRecord(domain, key)
  const answer = await dns.txt(record.name)
  const say = (level: DomainFinding['level'], code: string, found: string[] = []) => finding('dkim', level, code, { about: key.selector, values: { name: record.name, algorithm: key.algorithm === 'rsa' ? 'RSA' : 'Ed25519' }, found, record })
  // Where the second key is not seen it does not sign; the first one is enough.
  const absent = key.algorithm === 'rsa' ? 'bad' : 'advice'
  if (answer.kind === 'unreachable') return say('unknown', 'unreachable')
  const keys = answer.kind === 'none' ? [] : answer.records.filter(text => readTags(text).has('p'))
  if (keys.length === 0) return say(absent, 'missing', answer.kind === 'found' ? answer.records : [])
  const ours = keys.find(text => readTags(text).get('p')!.replace(/\s+/g, '') === key.publicKey)
  if (ours === undefined) return say(absent, keys.every(text => readTags(text).get('p') === '') ? 'revoked' : 'different', keys)
  // RFC 6376, 3.6.1: with t=y receivers treat signed mail as if it were not.
  return /(^|:)\s*y\s*(:|$)/.test(readTags(ours).get('t') ?? '') ? say('advice', 'testing', [ours]) : say('good', 'good')
}
