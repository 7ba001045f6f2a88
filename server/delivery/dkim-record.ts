import type { DnsRecord } from '../../shared/delivery.ts'

export type PublicKey = { selector: string, algorithm: 'rsa' | 'ed25519', publicKey: string }

/** The record that tells receivers our public key (RFC 6376, 3.6.1; RFC 8463). */
export const dkimRecord = (domain: string, key: PublicKey): DnsRecord => ({ name: `${key.selector}._domainkey.${domain}`, type: 'TXT', value: `v=DKIM1; k=${key.algorithm}; p=${key.publicKey}` })
