import { X509Certificate } from 'node:crypto'
import { gunzipSync } from 'node:zlib'

/**
 * A mark certificate (VMC: of a registered or government mark; CMC: of a mark in use) as the BIMI group's guidelines
 * have it: RFC 5280 with its own purpose, and the logo inside (RFC 3709, as a data URL, packed by gzip).
 */
export type MarkCertificate = {
  until: Date, from: Date
  /** in lower case */
  domains: string[]
  issuer: string
  /** whether it is for logos at all */
  forLogos: boolean
  mark: 'vmc' | 'cmc' | 'unknown'
  /** the logo inside; null: none that could be read */
  logo: string | null
  /** each certificate of the file is signed by the next */
  chained: boolean
}

const purpose = '1.3.6.1.5.5.7.3.31'
const markType = '1.3.6.1.4.1.53087.1.13'
const mostCertificates = 6
const largestUnpacked = 1024 * 1024

/** Null: no certificate could be read. Never throws. */
export function readMarkCertificate(pem: string): MarkCertificate | null {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g) ?? []
  try {
    const chain = blocks.slice(0, mostCertificates).map(block => new X509Certificate(block))
    const [own] = chain
    if (own === undefined) return null
    const mark = fieldOf(own.subject, markType).toLowerCase()
    return {
      from: own.validFromDate, until: own.validToDate,
      domains: (own.subjectAltName ?? '').split(/,\s*/).flatMap(name => name.startsWith('DNS:') ? [name.slice(4).toLowerCase()] : []),
      issuer: fieldOf(own.issuer, 'O') || fieldOf(own.issuer, 'CN'),
      forLogos: own.keyUsage?.includes(purpose) ?? false,
      mark: mark.includes('prior use') ? 'cmc' : mark === '' ? 'unknown' : 'vmc',
      logo: logoIn(own.raw),
      chained: chain.length > 1 && chain.every((each, index) => index === chain.length - 1 || (each.checkIssued(chain[index + 1]!) && each.verify(chain[index + 1]!.publicKey))),
    }
  } catch {
    return null
  }
}

const fieldOf = (name: string, field: string): string => name.split('\n').find(line => line.startsWith(`${field}=`))?.slice(field.length + 1) ?? ''

/** A data URL stands in the certificate as an IA5String (X.690, 8.1): its length is before it. */
function logoIn(der: Buffer): string | null {
  const at = der.indexOf('data:image/svg+xml;base64,', 0, 'latin1')
  if (at === -1) return null
  const length = [1, 2, 3].map(bytes => der[at - bytes - 2] === 0x16 && der[at - bytes - 1] === (0x80 | bytes) ? der.readUIntBE(at - bytes, bytes) : 0).find(found => found > 0)
  if (length === undefined || at + length > der.length) return null
  const data = Buffer.from(der.toString('latin1', at, at + length).slice('data:image/svg+xml;base64,'.length), 'base64')
  try {
    return (data[0] === 0x1f ? gunzipSync(data, { maxOutputLength: largestUnpacked }) : data).toString('utf8')
  } catch {
    return null
  }
}
