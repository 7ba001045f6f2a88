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

/** `text/plain; charset="utf-8"` → value and parameters, with continuations and charsets of RFC 2231. */
export function readParameters(header: string): { value: string, parameters: Map<string, string> } {
  const text = header.slice(0, 8000)
  const parameters = new Map<string, string>()
  const pieces = splitOutsideQuotes(text)
  const continued = new Map<string, { index: number, text: string, encoded: boolean }[]>()
  for (const piece of pieces.slice(1, 200)) {
    const equals = piece.indexOf('=')
    if (equals < 1) continue
    const name = piece.slice(0, equals).trim().toLowerCase()
    let value = piece.slice(equals + 1).trim()
    if (value.startsWith('"')) value = value.replace(/^"/, '').replace(/"[^"]*$/, '').replace(/\\(.)/g, '$1')
    const part = /^([^*]+)\*(?:(\d{1,3})(\*)?)?$/.exec(name)
    if (!part) {
      if (!parameters.has(name)) parameters.set(name, value)
      continue
    }
    const list = continued.get(part[1]!) ?? []
    list.push({ index: Number(part[2] ?? 0), text: value, encoded: part[2] === undefined || part[3] !== undefined })
    continued.set(part[1]!, list)
  }
  for (const [name, list] of continued) {
    list.sort((one, other) => one.index - other.index)
    const charset = /^([^']*)'[^']*'/.exec(list[0]!.text)?.[1] ?? ''
    const bytes = list.map((each, index) => {
      const shown = index === 0 && each.encoded ? each.text.replace(/^[^']*'[^']*'/, '') : each.text
      return each.encoded ? Buffer.from(shown.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1') : Buffer.from(shown)
    })
    parameters.set(name, decodeBytes(Buffer.concat(bytes), charset))
  }
  return { value: (pieces[0] ?? '').trim(), parameters }
}

function splitOutsideQuotes(text: string): string[] {
  const pieces: string[] = []
  let quoted = false
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\\' && quoted) at++
    else if (character === '"') quoted = !quoted
    else if (character === ';' && !quoted) {
      pieces.push(text.slice(from, at))
      from = at + 1
    }
  }
  pieces.push(text.slice(from))
  return pieces
}

/** The bytes of a part with its transfer encoding undone; at most `most` encoded bytes are looked at. */
export function decodeTransfer(part: MailPart, most: number): Buffer {
  const body = part.source.subarray(part.start, Math.min(part.end, part.start + most))
  const encoding = headerOf(part.headers, 'content-transfer-encoding').trim().toLowerCase()
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(body)
  return body
}

function decodeQuotedPrintable(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length)
  let length = 0
  for (let at = 0; at < body.length; at++) {
    if (body[at] !== 61) {
      out[length++] = body[at]!
      continue
    }
    let after = at + 1
    while (after < body.length && (body[after] === 32 || body[after] === 9)) after++
    if (body[after] === 13 && body[after + 1] === 10) at = after + 1
    else if (body[after] === 10 || body[after] === 13 || after >= body.length) at = after
    else {
      const high = hexDigit(body[at + 1])
      const low = hexDigit(body[at + 2])
      if (high < 0 || low < 0) out[length++] = 61
      else {
        out[length++] = high * 16 + low
        at += 2
      }
    }
  }
  return out.subarray(0, length)
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** Text of a part in lines that end in LF; `most`: encoded bytes looked at. */
export function textOf(part: MailPart, most = 512 * 1024): string {
  return decodeBytes(decodeTransfer(part, most), part.parameters.get('charset') ?? '').replace(/\r\n?/g, '\n')
}

const decoders = new Map<string, TextDecoder | null>()

function decoder(label: string): TextDecoder | null {
  const known = decoders.get(label)
  if (known !== undefined) return known
  let made: TextDecoder | null = null
  try {
    made = new TextDecoder(label)
  } catch {
    // A charset nobody knows: the bytes themselves are asked.
  }
  if (decoders.size < 200) decoders.set(label, made)
  return made
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })
const saysNothing = new Set(['', 'us-ascii', 'ascii', 'utf-8', 'utf8', 'unknown-8bit', 'iso-8859-1', 'latin1', 'x-unknown', 'unknown', 'default', '7bit', '8bit', 'binary', 'ansi_x3.4-1968'])

/**
 * Bytes as text. UTF-8 that is valid is taken for UTF-8 where the charset named is none, ASCII or Latin-1, which
 * programs write without meaning it. Text that belies its UTF-8 is read as the one-byte alphabet it looks like.
 */
export function decodeBytes(bytes: Buffer, charset: string): string {
  const label = charset.trim().replace(/^["']|["']$/g, '').toLowerCase()
  const named = saysNothing.has(label) ? null : decoder(aliases.get(label) ?? label)
  if (named) return named.decode(bytes)
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return (decoder(guessAlphabet(bytes)) ?? strictUtf8).decode(bytes)
  }
}

const aliases = new Map([['cp-1251', 'windows-1251'], ['cp1251', 'windows-1251'], ['win-1251', 'windows-1251'], ['cp866', 'ibm866'], ['koi8r', 'koi8-r'], ['gb18030', 'gb18030'], ['cp932', 'shift_jis'], ['cp936', 'gbk'], ['cp949', 'euc-kr'], ['iso-2022-jp-ms', 'iso-2022-jp'], ['ks_c_5601-1987', 'euc-kr']])

/** Cyrillic comes in runs of high bytes, western letters stand alone; small letters tell Windows-1251 from KOI8-R. */
function guessAlphabet(bytes: Buffer): string {
  let high = 0
  let inRuns = 0
  let upperHalf = 0
  const until = Math.min(bytes.length, 20_000)
  for (let at = 0; at < until; at++) {
    const byte = bytes[at]!
    if (byte < 0xC0) continue
    high++
    if (byte >= 0xE0) upperHalf++
    if ((bytes[at + 1] ?? 0) >= 0xC0) inRuns++
  }
  if (high === 0 || inRuns / high < 0.5) return 'windows-1252'
  return upperHalf / high >= 0.5 ? 'windows-1251' : 'koi8-r'
}

/** Encoded words of RFC 2047 in a header, also those that break the rules about where they may stand. */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return value
  const text = value.slice(0, 20_000).replace(/(\?=)\s+(?==\?)/g, '$1')
  // Neighbours of the same kind are decoded together: some programs cut a letter between two of them.
  let pending: { charset: string, bytes: Buffer[] } | null = null
  let out = ''
  let last = 0
  const flush = () => {
    if (pending) out += decodeBytes(Buffer.concat(pending.bytes), pending.charset)
    pending = null
  }
  for (const found of text.matchAll(/=\?([^?\s]{1,60})\?([bq])\?([^?]*)\?=/gi)) {
    if (found.index > last) {
      flush()
      out += text.slice(last, found.index)
    }
    const charset = found[1]!.split('*')[0]!.toLowerCase()
    const body = found[3]!
    const bytes = found[2]!.toLowerCase() === 'b' ? Buffer.from(body, 'base64') : decodeQuotedPrintable(Buffer.from(body.replaceAll('_', ' '), 'latin1'))
    if (pending === null || pending.charset !== charset) {
      flush()
      pending = { charset, bytes: [bytes] }
    } else pending.bytes.push(bytes)
    last = found.index + found[0].length
  }
  flush()
  return out + text.slice(last)
}
