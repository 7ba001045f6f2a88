import { decodeBytes, decodeQuotedPrintable, readParameters } from './decode-text.ts'

/**
 * A forgiving reader of mails (RFC 5322, 2045, 2046) that never copies what it does not need: parts are positions
 * in the buffer, decoded when asked for. Whatever the mail is, time and memory stay bounded: what goes past a
 * limit is not read, and `truncated` says so.
 */
export type Header = { name: string, value: string }
export type MailPart = {
  headers: Header[]
  /** lower case, `text/plain` where nothing is said */
  type: string
  parameters: Map<string, string>
  /** parts of a multipart, or the one mail inside a message/rfc822 */
  parts: MailPart[]
  /** where the body stands in `source` */
  start: number
  end: number
  source: Buffer
}
export type ReadMail = { root: MailPart, truncated: boolean }

export const limits = { depth: 25, parts: 500, headerBytes: 256 * 1024, headers: 1000, encodedMailBytes: 2 * 1024 * 1024 }

type Reading = { parts: number, truncated: boolean }

const messageTypes = new Set(['message/rfc822', 'message/global', 'message/global-headers', 'message/rfc822-headers', 'text/rfc822-headers', 'text/rfc822', 'message/news'])

export function readMime(raw: Buffer): ReadMail {
  const reading: Reading = { parts: 0, truncated: false }
  const source = withLineFeeds(raw)
  return { root: readPart(source, afterMailboxLine(source), source.length, 0, reading, 'text/plain'), truncated: reading.truncated }
}

/** All parts in the order they stand in, a mail inside the mail included. */
export function* everyPart(part: MailPart): Generator<MailPart> {
  yield part
  for (const child of part.parts) yield* everyPart(child)
}

/** The parts of this mail itself, without those of mails it returns. */
export function* ownParts(part: MailPart): Generator<MailPart> {
  yield part
  if (isMessage(part)) return
  for (const child of part.parts) yield* child.type.startsWith('multipart/') ? ownParts(child) : [child]
}

export const isMessage = (part: MailPart): boolean => messageTypes.has(part.type)

/** The first header of the name, unfolded, as it was written; '' when there is none. */
export function headerOf(headers: Header[], name: string): string {
  return headers.find(header => header.name === name)?.value ?? ''
}

/** Old programs end lines with CR alone: such a mail has no LF near its beginning. */
function withLineFeeds(raw: Buffer): Buffer {
  const head = raw.subarray(0, 16 * 1024)
  if (head.includes(10) || !head.includes(13)) return raw
  const copy = Buffer.from(raw)
  for (let at = copy.indexOf(13); at !== -1; at = copy.indexOf(13, at + 1)) copy[at] = 10
  return copy
}

/** Past empty lines and the "From " line that mailbox files put before a mail. */
function afterMailboxLine(source: Buffer): number {
  let at = 0
  while (at < source.length && at < 1024 && (source[at] === 10 || source[at] === 13 || source[at] === 32)) at++
  if (source[at] === 0xEF && source[at + 1] === 0xBB && source[at + 2] === 0xBF) at += 3
  if (source.toString('latin1', at, at + 5) !== 'From ') return at
  const end = source.indexOf(10, at)
  return end === -1 ? at : end + 1
}

function readPart(source: Buffer, start: number, end: number, depth: number, reading: Reading, usual: string): MailPart {
  reading.parts++
  const head = readHeaders(source, start, end)
  if (head.truncated) reading.truncated = true
  const { value, parameters } = readParameters(headerOf(head.headers, 'content-type'))
  const type = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(value) ? value.toLowerCase() : usual
  const part: MailPart = { headers: head.headers, type, parameters, parts: [], start: head.body, end, source }
  if (type.startsWith('multipart/')) {
    readMultipart(part, depth, reading)
    // Said to be many parts and is not one: then it is text.
    if (part.parts.length === 0) part.type = 'text/plain'
  }
  if (isMessage(part)) readInnerMail(part, depth, reading)
  return part
}

function readInnerMail(part: MailPart, depth: number, reading: Reading): void {
  if (depth >= limits.depth || reading.parts >= limits.parts) {
    reading.truncated = true
    return
  }
  const encoding = headerOf(part.headers, 'content-transfer-encoding').trim().toLowerCase()
  if (encoding === 'base64' || encoding === 'quoted-printable') {
    if (part.end - part.start > limits.encodedMailBytes) reading.truncated = true
    const inner = decodeTransfer(part, limits.encodedMailBytes)
    part.parts.push(readPart(inner, afterMailboxLine(inner), inner.length, depth + 1, reading, 'text/plain'))
    return
  }
  const skipped = afterMailboxLine(part.source.subarray(part.start, Math.min(part.end, part.start + 4096)))
  part.parts.push(readPart(part.source, part.start + skipped, part.end, depth + 1, reading, 'text/plain'))
}

function readMultipart(part: MailPart, depth: number, reading: Reading): void {
  const marker = markerOf(part)
  if (marker === null) return
  const usual = part.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  let open = -1
  let at = part.start
  while (at < part.end) {
    const found = part.source.indexOf(marker, at)
    if (found === -1 || found >= part.end) break
    at = found + marker.length
    if (found > part.start && part.source[found - 1] !== 10) continue
    let lineEnd = part.source.indexOf(10, at)
    if (lineEnd === -1 || lineEnd > part.end) lineEnd = part.end
    const rest = part.source.toString('latin1', at, Math.min(lineEnd, at + 80)).trim()
    if (rest !== '' && rest !== '--') continue
    if (open !== -1) part.parts.push(readPart(part.source, open, beforeLineEnd(part.source, open, found), depth + 1, reading, usual))
    open = rest === '--' ? -1 : Math.min(lineEnd + 1, part.end)
    at = lineEnd
    if (rest === '--') break
    if (depth >= limits.depth || reading.parts >= limits.parts) {
      reading.truncated = true
      return
    }
  }
  if (open !== -1 && open < part.end) part.parts.push(readPart(part.source, open, part.end, depth + 1, reading, usual))
}

/** The line between parts: as the header names it, or, where that never comes, the first one a part's headers follow. */
function markerOf(part: MailPart): Buffer | null {
  const boundary = part.parameters.get('boundary') ?? ''
  const named = Buffer.from(`--${boundary}`, 'latin1')
  const at = boundary === '' ? -1 : part.source.indexOf(named, part.start)
  if (at !== -1 && at < part.end) return named
  const beginning = part.source.toString('latin1', part.start, Math.min(part.end, part.start + 16 * 1024))
  const guessed = /(?:^|\n)(--[^\s-][^\r\n]{0,198})\r?\ncontent-/i.exec(beginning)
  return guessed ? Buffer.from(guessed[1]!.trimEnd(), 'latin1') : null
}

function beforeLineEnd(source: Buffer, start: number, at: number): number {
  if (at > start && source[at - 1] === 10) at--
  if (at > start && source[at - 1] === 13) at--
  return at
}

/** Headers up to the empty line, or to the first line that cannot be one. */
export function readHeaders(source: Buffer, start: number, end: number): { headers: Header[], body: number, truncated: boolean } {
  const headers: Header[] = []
  const lastByte = Math.min(end, start + limits.headerBytes)
  let at = start
  while (at < end) {
    let lineEnd = source.indexOf(10, at)
    if (lineEnd === -1 || lineEnd > end) lineEnd = end
    if (lineEnd > lastByte || headers.length >= limits.headers) return { headers: decoded(headers), body: at, truncated: true }
    const line = source.toString('latin1', at, beforeLineEnd(source, at, Math.min(lineEnd + 1, end)))
    if (line.trim() === '' && !(headers.length > 0 && /^[ \t]/.test(line) && /^[ \t]+\S/.test(source.toString('latin1', lineEnd + 1, Math.min(end, lineEnd + 80))))) return { headers: decoded(headers), body: Math.min(lineEnd + 1, end), truncated: false }
    if (/^[ \t]/.test(line) && headers.length > 0) headers.at(-1)!.value += ` ${line.trim()}`
    else {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).trimEnd()
      if (colon > 0 && colon < 200 && /^[\x21-\x39\x3B-\x7E]+$/.test(name)) headers.push({ name: name.toLowerCase(), value: line.slice(colon + 1).trim() })
      else if (!/^>?From /.test(line)) return { headers: decoded(headers), body: at, truncated: false }
    }
    at = lineEnd + 1
  }
  return { headers: decoded(headers), body: end, truncated: false }
}

/** Bytes above ASCII in a header are UTF-8 today (RFC 6532); where they are not, they stay as they came. */
function decoded(headers: Header[]): Header[] {
  for (const header of headers) {
    // eslint-disable-next-line no-control-regex -- outside ASCII is what is asked for
    if (/[^\x00-\x7F]/.test(header.value)) header.value = decodeBytes(Buffer.from(header.value, 'latin1'), '')
  }
  return headers
}

/** The bytes of a part with its transfer encoding undone; at most `most` encoded bytes are looked at. */
export function decodeTransfer(part: MailPart, most: number): Buffer {
  const body = part.source.subarray(part.start, Math.min(part.end, part.start + most))
  const encoding = headerOf(part.headers, 'content-transfer-encoding').trim().toLowerCase()
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(body)
  return body
}

/** Text of a part in lines that end in LF; `most`: encoded bytes looked at. */
export function textOf(part: MailPart, most = 512 * 1024): string {
  return decodeBytes(decodeTransfer(part, most), part.parameters.get('charset') ?? '').replace(/\r\n?/g, '\n')
}
