import { createHash } from 'node:crypto'
import type { CompiledMail, Layout } from '../templates/compile-template.ts'
import { base64Body, quotedPrintablePiece } from './encode-body.ts'

/**
 * The body of a compiled mail, laid out once: everything constant is encoded, per message only the holes are.
 * multipart/alternative (RFC 2046, 5.1.4): the plain text, then the HTML.
 */
export type MimeLayout = {
  contentType: string
  parts: { before: string, encoding: 'quoted-printable' | 'base64', constants: string[] }[]
  end: string
}

const layouts = new WeakMap<CompiledMail, MimeLayout>()

export function layOutMime(compiled: CompiledMail): MimeLayout {
  let layout = layouts.get(compiled)
  if (!layout) layouts.set(compiled, layout = layOut([
    { type: 'text/plain', layout: compiled.text },
    { type: 'text/html', layout: compiled.html },
  ]))
  return layout
}

export function layOut(alternatives: { type: string, layout: Layout }[]): MimeLayout {
  // "=_" cannot stand in quoted-printable or base64, so the boundary never occurs in a body.
  const seed = createHash('sha256')
  for (const { layout } of alternatives) seed.update(layout.constants.join('\0'))
  const boundary = `=_${seed.digest('hex').slice(0, 24)}`
  return {
    contentType: `multipart/alternative;\r\n boundary="${boundary}"`,
    parts: alternatives.map(({ type, layout: given }, index) => {
      const layout = endingWithLine(given)
      const encoding = cheaperEncoding(layout)
      return {
        before: `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`,
        encoding,
        constants: encoding === 'base64' ? layout.constants : layout.constants.map(quotedPrintablePiece),
      }
    }),
    end: `\r\n--${boundary}--\r\n`,
  }
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

/** The body of one message: `values[part][hole]`. ASCII only. */
export function fillMime(layout: MimeLayout, values: string[][]): string {
  let body = ''
  for (let index = 0; index < layout.parts.length; index++) {
    const part = layout.parts[index]!
    const holes = values[index]!
    body += part.before
    if (part.encoding === 'base64') {
      let text = part.constants[0]!
      for (let hole = 0; hole < holes.length; hole++) text += holes[hole]! + part.constants[hole + 1]!
      body += base64Body(text)
    } else {
      body += part.constants[0]!
      for (let hole = 0; hole < holes.length; hole++) body += quotedPrintablePiece(holes[hole]!) + part.constants[hole + 1]!
    }
  }
  return body + layout.end
}
