import { createHash } from 'node:crypto'
import type { CompiledMail, Layout, MailFile } from '../templates/compile-template.ts'
import { base64Lines, quotedPrintablePiece } from './encode-body.ts'
import { encodeParameter } from './encode-header.ts'

/**
 * The body of a compiled mail, laid out once: everything constant is encoded, per message only the holes are.
 * multipart/alternative (RFC 2046, 5.1.4): the plain text, then the HTML; pictures inside the HTML stand beside it in
 * multipart/related (RFC 2387), attached files around both in multipart/mixed.
 */
export type MimeLayout = {
  contentType: string
  parts: LaidOutPart[]
  /** what follows the last of the parts, files included: the same bytes in every mail */
  tail: Buffer
}

/** `before`: boundary and header of the part. Quoted-printable constants are encoded, those of base64 are UTF-8 still. */
type LaidOutPart = { before: Buffer, encoding: 'quoted-printable' | 'base64', constants: Buffer[] }

/** What of a compiled mail goes into its MIME. */
export type MailContent = Pick<CompiledMail, 'text' | 'html' | 'files'>
const layouts = new WeakMap<MailContent, MimeLayout>()

export function layOutMime(compiled: MailContent): MimeLayout {
  let layout = layouts.get(compiled)
  if (!layout) layouts.set(compiled, layout = layOut([
    { type: 'text/plain', layout: compiled.text },
    { type: 'text/html', layout: compiled.html },
  ], compiled.files))
  return layout
}

export function layOut(alternatives: [{ type: 'text/plain', layout: Layout }, { type: 'text/html', layout: Layout }], files: MailFile[] = []): MimeLayout {
  // "=_" cannot stand in quoted-printable or base64, so a boundary never occurs in a body.
  const seed = createHash('sha256')
  for (const { layout } of alternatives) seed.update(layout.constants.join('\0'))
  const name = seed.digest('hex').slice(0, 24)
  const boundary = { mixed: `=_m${name}`, alternative: `=_${name}`, related: `=_r${name}` }
  const inline = files.filter(file => file.inline)
  const attached = files.filter(file => !file.inline)
  const multipart = (kind: keyof typeof boundary, rest = '') => `multipart/${kind};\r\n boundary="${boundary[kind]}"${rest}`

  const [text, html] = alternatives.map(({ type, layout: given }) => {
    const layout = endingWithLine(given)
    const encoding = cheaperEncoding(layout)
    return {
      head: `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`,
      encoding,
      constants: layout.constants.map(constant => Buffer.from(encoding === 'base64' ? withLineEnds(constant) : quotedPrintablePiece(constant), 'utf8')),
    }
  }) as [Omit<LaidOutPart, 'before'> & { head: string }, Omit<LaidOutPart, 'before'> & { head: string }]

  let start = ''
  if (attached.length > 0) start += `--${boundary.mixed}\r\nContent-Type: ${multipart('alternative')}\r\n\r\n`
  start += `--${boundary.alternative}\r\n${text.head}`
  let between = `\r\n--${boundary.alternative}\r\n`
  if (inline.length > 0) between += `Content-Type: ${multipart('related', ';\r\n type="text/html"')}\r\n\r\n--${boundary.related}\r\n`
  between += html.head

  const tail: Buffer[] = []
  const add = (piece: string) => tail.push(Buffer.from(piece, 'latin1'))
  for (const file of inline) {
    add(`\r\n--${boundary.related}\r\n${fileHead(file)}`)
    tail.push(base64Lines(file.content))
  }
  if (inline.length > 0) add(`\r\n--${boundary.related}--\r\n`)
  add(`\r\n--${boundary.alternative}--\r\n`)
  for (const file of attached) {
    add(`\r\n--${boundary.mixed}\r\n${fileHead(file)}`)
    tail.push(base64Lines(file.content))
  }
  if (attached.length > 0) add(`\r\n--${boundary.mixed}--\r\n`)
  return {
    contentType: multipart(attached.length > 0 ? 'mixed' : 'alternative'),
    parts: [
      { before: Buffer.from(start, 'latin1'), encoding: text.encoding, constants: text.constants },
      { before: Buffer.from(between, 'latin1'), encoding: html.encoding, constants: html.constants },
    ],
    tail: Buffer.concat(tail),
  }
}

/** RFC 2183 and, for what stands inside the HTML, RFC 2392. */
function fileHead(file: MailFile): string {
  return `Content-Type: ${file.content_type};${encodeParameter('name', file.name)}\r\n`
    + 'Content-Transfer-Encoding: base64\r\n'
    + (file.inline ? `Content-ID: <${file.cid}>\r\n` : '')
    + `Content-Disposition: ${file.inline ? 'inline' : 'attachment'};${encodeParameter('filename', file.name)}\r\n\r\n`
}

/** A body may not end in a soft break. */
function endingWithLine(layout: Layout): Layout {
  const last = layout.constants.at(-1)!
  return last.endsWith('\n') ? layout : { ...layout, constants: [...layout.constants.slice(0, -1), `${last}\n`] }
}

/** Quoted-printable is cheaper per message; text that is mostly not Latin is half as long in base64. */
function cheaperEncoding(layout: Layout): 'quoted-printable' | 'base64' {
  const text = layout.constants.join('')
  const bytes = Buffer.byteLength(text)
  // Every byte above ASCII takes three characters, against one and a third.
  const outside = bytes - [...text].filter(character => character.charCodeAt(0) < 128).length
  return bytes + 2 * outside > bytes * 1.6 ? 'base64' : 'quoted-printable'
}

/** Text has CRLF before it is base64 (RFC 2045, 6.8). */
const withLineEnds = (text: string): string => text.includes('\n') || text.includes('\r') ? text.replace(/\r\n|\r|\n/g, '\r\n') : text

/** Tails up to this are copied into the mail; longer ones go as they are, the same bytes for all mails. */
const smallTail = 4096

/** The body of one message: `values[part][hole]`. ASCII only; one piece, and another with the files when there are large ones. */
export function fillMime(layout: MimeLayout, values: [string[], string[]]): Buffer[] {
  const filled = layout.parts.map((part, index) => part.encoding === 'base64'
    ? { before: part.before, constants: [base64Lines(joined(part.constants, values[index]!.map(withLineEnds)))], values: [] }
    : { before: part.before, constants: part.constants, values: values[index]!.map(quotedPrintablePiece) })
  const ownTail = layout.tail.length <= smallTail ? layout.tail : Buffer.alloc(0)
  let size = ownTail.length
  for (const part of filled) {
    size += part.before.length
    for (const constant of part.constants) size += constant.length
    for (const value of part.values) size += value.length
  }
  // Copied into one buffer: a text put together from its pieces would first have to be made flat.
  const body = makeRoom(size)
  let position = 0
  const add = (bytes: Buffer) => {
    body.set(bytes, position)
    position += bytes.length
  }
  for (const part of filled) {
    add(part.before)
    for (const [hole, constant] of part.constants.entries()) {
      add(constant)
      if (hole < part.values.length) position += body.write(part.values[hole]!, position, 'latin1')
    }
  }
  add(ownTail)
  return ownTail === layout.tail ? [body] : [body, layout.tail]
}

function joined(constants: Buffer[], values: string[]): Buffer {
  return Buffer.concat(constants.flatMap((constant, hole) => hole < values.length ? [constant, Buffer.from(values[hole]!, 'utf8')] : [constant]))
}

/**
 * Mails lie side by side in large buffers: one of its own for each costs the garbage collection more than filling it. Such
 * a buffer goes when the last of its mails has gone; no part of it is used twice.
 */
const sharedSize = 1 << 20
let shared = Buffer.alloc(0)
let taken = 0
function makeRoom(size: number): Buffer {
  if (size > sharedSize / 8) return Buffer.allocUnsafeSlow(size)
  if (size > shared.length - taken) {
    shared = Buffer.allocUnsafeSlow(sharedSize)
    taken = 0
  }
  taken += size
  return shared.subarray(taken - size, taken)
}
