import type { LookupFunction } from 'node:net'
import { badAddress, callOutside } from '../base/call-outside.ts'

/** What is behind an address. `bytes`: as the server says, null: it does not. */
export type Behind =
  | { kind: 'found', status: number, type: string, bytes: number | null }
  | { kind: 'gone', status: number }
  | { kind: 'refuses', status: number }
  | { kind: 'unreachable', reason: Unreachable, detail: string }
  | { kind: 'private' }
/** `domain`: there is none of that name; `loop`: it sends round and round. */
export type Unreachable = 'domain' | 'certificate_expired' | 'certificate' | 'refused' | 'slow' | 'loop' | 'other'

/** Why a connection did not come about, by the words of Node and OpenSSL. */
export function reasonOf(detail: string): Unreachable {
  if (/ENOTFOUND|EAI_AGAIN|ENODATA/.test(detail)) return 'domain'
  if (/certificate has expired|CERT_HAS_EXPIRED/i.test(detail)) return 'certificate_expired'
  if (/certificate|altnames|self.signed|\bSSL\b|\bTLS\b/i.test(detail)) return 'certificate'
  if (/ECONNREFUSED/.test(detail)) return 'refused'
  if (/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/.test(detail)) return 'slow'
  return 'other'
}

const timeoutMilliseconds = 8000
const mostRedirects = 5
const keptFor = 600_000
const mostKept = 2000
const known = new Map<string, { until: number, behind: Promise<Behind> }>()

/** Asks for the headers of an address somebody typed, through redirects; remembered for ten minutes. Only public addresses are called. `lookup`: for tests. */
export function lookBehind(url: string, options: { lookup?: LookupFunction, allowPrivate?: boolean } = {}, now = Date.now()): Promise<Behind> {
  const remembered = known.get(url)
  if (remembered && remembered.until > now) return remembered.behind
  if (known.size >= mostKept) known.clear()
  const behind = follow(url, options)
  known.set(url, { until: now + keptFor, behind })
  return behind
}

async function follow(start: string, options: { lookup?: LookupFunction, allowPrivate?: boolean }): Promise<Behind> {
  let url = start
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    if (badAddress(url) !== null) return { kind: 'unreachable', reason: 'other', detail: url.slice(0, 200) }
    const ask = (method: 'HEAD' | 'GET') => callOutside({ method, url, headers: { 'user-agent': 'Mozilla/5.0 (compatible; Otklik; checks links before a mail is sent)', 'accept': '*/*' }, body: '', timeoutMilliseconds, mostBytes: 2048, allowPrivate: options.allowPrivate ?? false, ...(options.lookup ? { lookup: options.lookup } : {}) })
    let answer = await ask('HEAD')
    // Many servers do not know HEAD, or refuse it to whoever they take for a machine.
    if (answer.kind === 'answered' && answer.status >= 400) answer = await ask('GET')
    if (answer.kind === 'refused_address') return { kind: 'private' }
    if (answer.kind === 'timeout') return { kind: 'unreachable', reason: 'slow', detail: '' }
    if (answer.kind === 'network') return { kind: 'unreachable', reason: reasonOf(answer.detail), detail: answer.detail.slice(0, 200) }
    const { status, headers } = answer
    const location = headers.location
    if (status >= 300 && status < 400 && location !== undefined && URL.canParse(location, url)) {
      url = new URL(location, url).href
      continue
    }
    if (status === 404 || status === 410) return { kind: 'gone', status }
    if (status >= 400) return { kind: 'refuses', status }
    const length = Number(headers['content-length'])
    return { kind: 'found', status, type: headers['content-type'] ?? '', bytes: Number.isSafeInteger(length) && headers['content-length'] !== undefined ? length : null }
  }
  return { kind: 'unreachable', reason: 'loop', detail: '' }
}
