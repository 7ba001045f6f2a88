import { decodeWords } from './decode-text.ts'

export type MailAddress = { address: string, name: string }

const shape = /[^\s<>()[\]"',;:@]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,62})(?:\.[\p{L}\p{N}][\p{L}\p{N}_-]{0,62}){0,10}|\[[\d.]{7,15}\])/u

/** The first address in a text (`rfc822; <a@b.c>` too), in the spelling it has there; null when there is none. */
export function findAddress(text: string): string | null {
  return shape.exec(text.slice(0, 2000))?.[0].replace(/^[.'`=/]+/, '') ?? null
}

/** Every address in a text, each once whatever its case. */
export function findAddresses(text: string): string[] {
  const found = new Map<string, string>()
  for (const [address] of text.slice(0, 200_000).matchAll(new RegExp(shape, 'gu'))) {
    const plain = address.replace(/^[.'`=/]+/, '')
    if (!found.has(plain.toLowerCase())) found.set(plain.toLowerCase(), plain)
    if (found.size >= 1000) break
  }
  return [...found.values()]
}

/** A From, To or Cc header (RFC 5322, 3.4) → its addresses with their names; at most 200. */
export function readAddresses(header: string): MailAddress[] {
  const list: MailAddress[] = []
  for (const piece of splitList(header.slice(0, 50_000))) {
    const angle = piece.lastIndexOf('<')
    const address = findAddress(angle === -1 ? piece : piece.slice(angle))
    if (address === null) continue
    const before = angle === -1 ? /\(([^()]*)\)/.exec(piece)?.[1] ?? '' : piece.slice(0, angle)
    const name = decodeWords(before.trim().replace(/^(["'])([\s\S]*)\1$/, '$2').replace(/\\(.)/g, '$1')).trim()
    list.push({ address, name: name === address ? '' : name })
    if (list.length >= 200) break
  }
  return list
}

function splitList(text: string): string[] {
  const pieces: string[] = []
  let from = 0
  let quoted = false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (quoted) continue
    else if (character === '(') depth++
    else if (character === ')') depth = Math.max(0, depth - 1)
    else if ((character === ',' || character === ';') && depth === 0) {
      pieces.push(text.slice(from, at))
      from = at + 1
    }
  }
  pieces.push(text.slice(from))
  return pieces
}
