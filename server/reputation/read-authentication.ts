import type { Authentication } from '../../shared/placement.ts'

export type Header = { name: string, value: string }

/** The header of a mail, unfolded, in its order: the topmost first. */
export function readHeaders(text: string): Header[] {
  return text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/).flatMap(line => {
    const colon = line.indexOf(':')
    return colon < 1 ? [] : [{ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() }]
  })
}

const mostHops = 20
const longest = 4000

/**
 * What the receiving server found out, read from the header it wrote: RFC 8601 (Authentication-Results), and the way
 * of the mail by RFC 5321, 4.4 (Received). Only the topmost results count: those below may be anybody's.
 */
export function readAuthentication(headers: Header[]): Authentication {
  const of = (name: string): string[] => headers.filter(header => header.name.toLowerCase() === name).map(header => header.value.slice(0, longest))
  const results = of('authentication-results').map(readResults).filter(each => each.found.length > 0)
  const by = results[0]?.by ?? null
  // A server may write several, one for each check.
  const found = results.filter((each, index) => index === 0 || (by !== null && each.by === by)).flatMap(each => each.found)
  const [received] = of('received-spf')
  const spf = found.find(each => each.method === 'spf')
  const dmarc = found.find(each => each.method === 'dmarc')
  const hops = of('received').slice(0, mostHops).toReversed().map(readHop)
  const encrypted = hops.filter(hop => hop.from !== null && hop.encrypted !== null).map(hop => hop.encrypted)
  return {
    by: results.length === 0 ? null : by ?? '',
    spf: spf ? { result: spf.result, domain: domainOf(spf.values['smtp.mailfrom'] ?? spf.values['smtp.helo']) } : received === undefined ? null : { result: (/^\w+/.exec(received)?.[0] ?? '').toLowerCase(), domain: domainOf(/envelope-from=["<]*([^\s;">]+)/i.exec(received)?.[1]) },
    dkim: found.filter(each => each.method === 'dkim').map(each => ({ result: each.result, domain: domainOf(each.values['header.d'] ?? each.values['header.i']), selector: each.values['header.s'] ?? null })),
    dmarc: dmarc ? { result: dmarc.result, domain: domainOf(dmarc.values['header.from']), policy: /\bp=(\w+)/i.exec(dmarc.comment)?.[1]?.toLowerCase() ?? dmarc.values['policy.dmarc'] ?? null } : null,
    tls: encrypted.length === 0 ? 'unknown' : encrypted.every(Boolean) ? 'all' : encrypted.some(Boolean) ? 'some' : 'none',
    hops,
  }
}

type Result = { method: string, result: string, values: Record<string, string>, comment: string }

function readResults(text: string): { by: string | null, found: Result[] } {
  const [first = '', ...rest] = splitOutsideComments(text)
  // Some leave out who says so, against RFC 8601.
  const named = !withoutComments(first).includes('=')
  const found = (named ? rest : [first, ...rest]).flatMap((part): Result[] => {
    const plain = withoutComments(part)
    const [, method, result] = /^\s*([a-z0-9-]+)(?:\/\d+)?\s*=\s*([a-z]+)/i.exec(plain) ?? []
    if (method === undefined || result === undefined) return []
    const values = Object.fromEntries([...plain.matchAll(/([a-z]+\.[a-z0-9-]+)\s*=\s*("[^"]*"|[^\s;]+)/gi)].map(([, name, value]) => [name!.toLowerCase(), value!.replace(/^"|"$/g, '')]))
    return [{ method: method.toLowerCase(), result: result.toLowerCase(), values, comment: part }]
  })
  return { by: named ? withoutComments(first).trim().split(/\s+/)[0] || null : null, found }
}

/** Comments (RFC 5322, 3.2.2) may hold what separates parts. */
function splitOutsideComments(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const character of text) {
    if (character === '(') depth++
    else if (character === ')') depth = Math.max(0, depth - 1)
    if (character === ';' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts
}

function withoutComments(text: string): string {
  let plain = ''
  let depth = 0
  for (const character of text) {
    if (character === '(') depth++
    else if (character === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0) plain += character
  }
  return plain
}

function domainOf(address: string | undefined): string | null {
  const domain = address?.replace(/[<>]/g, '').split('@').at(-1)?.toLowerCase()
  return domain === undefined || domain === '' ? null : domain
}

function readHop(text: string): Authentication['hops'][number] {
  const from = /^\s*from\s+(\S+)/i.exec(text)?.[1] ?? null
  const by = /(?:^|\s)by\s+(\S+)/i.exec(text)?.[1] ?? null
  const protocol = /\swith\s+(\w+)/i.exec(text)?.[1]?.toUpperCase() ?? ''
  const at = new Date(text.slice(text.lastIndexOf(';') + 1).trim())
  return { from, by, encrypted: isEncrypted(text, protocol), at: Number.isNaN(at.getTime()) ? null : at.toISOString() }
}

/** RFC 3848: with S it was encrypted; many say how. Null: it was handed on in some other way. */
function isEncrypted(text: string, protocol: string): boolean | null {
  if (/^(UTF8)?(ESMTP|LMTP)SA?$/.test(protocol) || /\b(version|using|cipher|TLS)\s*=?\s*(TLS|SSL)v?[\d._]/i.test(text) || /\bTLS1?[_.v]?1?[_.]?[23]\b/.test(text)) return true
  return /^(UTF8)?(SMTP|ESMTP|ESMTPA)$/.test(protocol) ? false : null
}
