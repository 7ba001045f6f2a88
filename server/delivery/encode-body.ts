/**
 * Bodies of a mail as 7-bit lines of at most 76 characters (RFC 2045).
 *
 * The quoted-printable written here is such that neither dot-stuffing (RFC 5321, 4.5.2) nor DKIM's relaxed body form
 * (RFC 6376, 3.4.4) would change a byte of it: no line begins with a dot, no line ends with a space, no two spaces
 * stand together. So a body can be put together from pieces and hashed and sent as it is.
 *
 * A piece begins at column 0 and ends at column 0 (with a soft break where it ends inside a line).
 */

const hex = Array.from({ length: 256 }, (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
const lineRoom = 75 // and "=" of the soft break

/** One piece of a quoted-printable body. */
export function quotedPrintablePiece(text: string): string {
  if (text === '') return ''
  if (/^[!-<>-~]+$/.test(text)) return plainPiece(text)
  let result = ''
  let line = ''
  const bytes = Buffer.from(text, 'utf8')
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!
    if (byte === 10 || byte === 13) {
      if (byte === 13 && bytes[index + 1] === 10) index++
      result += `${line.endsWith(' ') ? `${line.slice(0, -1)}${line.length > 73 ? '=\r\n' : ''}=20` : line}\r\n`
      line = ''
      continue
    }
    let code: string
    if (byte === 32) code = line.endsWith(' ') ? '=20' : ' '
    else if (byte < 33 || byte === 61 || byte > 126) code = hex[byte]!
    else code = String.fromCharCode(byte)
    if (line.length + code.length > lineRoom) {
      result += `${line}=\r\n`
      line = ''
    }
    // Mailboxes of old take a line that begins with "From " for the next mail.
    line += line === '' && (byte === 46 || (byte === 70 && bytes.toString('latin1', index, index + 5) === 'From ')) ? hex[byte]! : code
  }
  return line === '' ? result : `${result}${line}=\r\n`
}

/** No space, no "=", ASCII: cut into lines. */
function plainPiece(text: string): string {
  let result = ''
  let position = 0
  while (position < text.length) {
    if (text.charCodeAt(position) === 46) {
      result += `=2E${text.slice(position + 1, position + lineRoom - 2)}=\r\n`
      position += lineRoom - 2
    } else {
      result += `${text.slice(position, position + lineRoom)}=\r\n`
      position += lineRoom
    }
  }
  return result
}

/** Bytes as base64 in lines of 76 characters (RFC 2045, 6.8). */
export function base64Lines(bytes: Buffer): Buffer {
  const lines = Math.ceil(bytes.length / 57)
  const result = Buffer.allocUnsafe(Math.ceil(bytes.length / 3) * 4 + 2 * lines)
  // Written at the end, then each line is moved to its place: half the time of writing it line by line.
  let from = 2 * lines
  result.write(bytes.toString('base64'), from, 'latin1')
  let written = 0
  for (; from < result.length; from += 76) {
    const end = Math.min(from + 76, result.length)
    result.copyWithin(written, from, end)
    written += end - from
    result[written++] = 13
    result[written++] = 10
  }
  return result
}
