import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { guardedLookup, isPublicAddress, PrivateAddressError } from './guarded-addresses.ts'

export type OutsideCall = {
  /** left out: POST */
  method?: 'GET' | 'HEAD' | 'POST'
  url: string
  headers: Record<string, string>
  body: string
  /** for the whole call, from resolving the name to the last byte */
  timeoutMilliseconds: number
  /** what of the answer is read; the rest is cut off */
  mostBytes: number
  allowPrivate: boolean
  lookup?: LookupFunction
}
export type OutsideAnswer =
  | { kind: 'answered', status: number, headers: http.IncomingHttpHeaders, body: string, cut: boolean }
  | { kind: 'timeout' }
  | { kind: 'refused_address', detail: string }
  | { kind: 'network', detail: string }

/** What is wrong with an address to call, or null. */
export function badAddress(text: string): 'not_http' | 'has_password' | null {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') return 'not_http'
  return url.username !== '' || url.password !== '' ? 'has_password' : null
}

/**
 * Calls an address somebody typed. Whatever the other side does is a value, never an exception: no redirect is
 * followed, addresses that are not public are refused (unless allowed) after their name is resolved and before anything
 * is sent, and the connection is made for this one call, so none is kept that was looked at long ago.
 */
export function callOutside(call: OutsideCall): Promise<OutsideAnswer> {
  if (badAddress(call.url) !== null) return Promise.resolve({ kind: 'network', detail: 'this is no address beginning with http:// or https://' })
  const url = new URL(call.url)
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (!call.allowPrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) return Promise.resolve({ kind: 'refused_address', detail: new PrivateAddressError(literal, literal).message })
  const lookup = call.lookup ?? (call.allowPrivate ? undefined : guardedLookup())
  return new Promise(resolve => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: call.method ?? 'POST', agent: false, headers: { ...call.headers, ...(call.body === '' && call.method !== undefined ? {} : { 'content-length': Buffer.byteLength(call.body) }) }, ...(lookup ? { lookup } : {}),
    })
    let settled = false
    const settle = (answer: OutsideAnswer): void => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      request.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => settle({ kind: 'timeout' }), call.timeoutMilliseconds)
    const fail = (error: Error): void => settle('code' in error && error.code === 'EPRIVATE' ? { kind: 'refused_address', detail: error.message } : { kind: 'network', detail: describe(error) })
    request.on('error', fail)
    request.on('response', response => {
      const chunks: Buffer[] = []
      let size = 0
      const answer = (cut: boolean): void => settle({ kind: 'answered', status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).subarray(0, call.mostBytes).toString('utf8'), cut })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > call.mostBytes) answer(true)
      })
      response.on('end', () => answer(false))
      response.on('error', fail)
    })
    request.end(call.body)
  })
}

/** A failed connection over several addresses hides its reasons inside. */
function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(each => (each as Error).message).join('; ').slice(0, 500)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (error.message || code || 'no connection').slice(0, 500)
}
