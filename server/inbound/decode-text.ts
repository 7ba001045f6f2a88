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

/** RFC 2045, 6.7; what breaks its rules stays as it is. */
export function decodeQuotedPrintable(body: Buffer): Buffer {
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
