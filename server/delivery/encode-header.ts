/**
 * Header fields of a mail: RFC 5322 lines of at most 78 characters, RFC 2047 encoded words for what is not ASCII.
 * Nothing a person typed can end a line: control characters become spaces.
 */

const printable = /^[\x20-\x7e]*$/
const wordLimit = 75 // RFC 2047, section 2
const lineLimit = 78

/** A header value of free text, folded. `used`: characters of the first line that are taken ("Subject: ". length). */
export function encodeText(text: string, used: number): string {
  const clean = withoutControls(text)
  if (printable.test(clean) && !clean.includes('=?')) {
    if (used + clean.length <= lineLimit) return clean
    const folded = fold(clean, used)
    if (folded !== null) return folded
  }
  return encodedWords(clean, used)
}

/** `"Name" <address>`, the name quoted or encoded as it needs. */
export function encodeAddress(name: string, address: string, used: number): string {
  const clean = withoutControls(name).trim()
  if (clean === '') return address
  let phrase: string
  if (!printable.test(clean) || clean.includes('=?')) phrase = encodedWords(clean, used)
  else if (/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(clean)) phrase = fold(clean, used) ?? encodedWords(clean, used)
  else phrase = fold(`"${clean.replace(/["\\]/g, '\\$&')}"`, used) ?? encodedWords(clean, used)
  const last = phrase.lastIndexOf('\r\n')
  const column = last === -1 ? used + phrase.length : phrase.length - last - 2
  return column + address.length + 3 > lineLimit ? `${phrase}\r\n <${address}>` : `${phrase} <${address}>`
}

/**
 * A parameter of a field of MIME with its value, on lines of their own, ready to stand behind the `;` (RFC 2231). What is
 * not ASCII is written percent-encoded, in numbered pieces when it is long.
 */
export function encodeParameter(name: string, value: string): string {
  const clean = withoutControls(value)
  if (/^[\x20-\x7e]{1,60}$/.test(clean)) return `\r\n ${name}="${clean.replace(/["\\]/g, '\\$&')}"`
  const encoded = [...clean].map(character => /^[A-Za-z0-9._-]$/.test(character) ? character : encodeURIComponent(character).replace(/[!'()*]/g, each => `%${each.charCodeAt(0).toString(16).toUpperCase()}`))
  const pieces = ['']
  for (const part of encoded) {
    if (pieces.at(-1)!.length + part.length > 55) pieces.push('')
    pieces[pieces.length - 1] += part
  }
  if (pieces.length === 1) return `\r\n ${name}*=utf-8''${pieces[0]}`
  return pieces.map((piece, index) => `\r\n ${name}*${index}*=${index === 0 ? "utf-8''" : ''}${piece}`).join(';')
}

/** What DKIM's relaxed form makes of a folded value (RFC 6376, 3.4.2). */
export function unfold(value: string): string {
  return value.replace(/\r\n/g, '').replace(/[ \t]+/g, ' ').trim()
}

export function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.toWellFormed().replace(/[\x00-\x1f\x7f\u0085\u2028\u2029]+/g, ' ')
}

/** Folded at spaces; null when a word is longer than a line. */
function fold(text: string, used: number): string | null {
  let line = ''
  let result = ''
  let room = lineLimit - used
  for (const word of text.split(' ')) {
    const addition = line === '' && result === '' ? word : ` ${word}`
    if (line.length + addition.length <= room) {
      line += addition
      continue
    }
    // A line of white space only is not allowed to stand for itself.
    if (line.trim() === '' || addition.length > lineLimit) return null
    result += `${line}\r\n`
    line = addition
    room = lineLimit
  }
  return line.trim() === '' && result !== '' ? null : result + line
}

function encodedWords(text: string, used: number): string {
  const words: string[] = []
  let bytes = 0
  let start = 0
  let position = 0
  const limit = (first: boolean) => Math.floor((Math.min(wordLimit, lineLimit - (first ? used : 1)) - 12) / 4) * 3
  let room = limit(true)
  for (const character of text) {
    const size = Buffer.byteLength(character)
    if (bytes + size > room && position > start) {
      words.push(word(text.slice(start, position)))
      start = position
      bytes = 0
      room = limit(false)
    }
    bytes += size
    position += character.length
  }
  words.push(word(text.slice(start)))
  return words.join('\r\n ')
}

const word = (text: string) => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`
