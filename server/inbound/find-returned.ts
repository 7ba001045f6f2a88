import { everyPart, isMessage, readHeaders, type Header, type MailPart } from './read-mime.ts'

/**
 * Headers of the mail that is returned or complained of, as far as they came back: from its own part, or from the
 * end of the text where programs without MIME put a copy. [] when nothing came back.
 */
export function findReturned(root: MailPart, text: string): Header[] {
  for (const part of everyPart(root)) {
    if (part === root || !isMessage(part)) continue
    const headers = part.parts[0]?.headers ?? []
    if (headers.length > 0) return headers
  }
  return copyInText(text)?.headers ?? []
}

/** Where in the text the copy of a mail begins, with its headers; null when there is none. */
export function copyInText(text: string): { at: number, headers: Header[] } | null {
  const found = /(?:^|\n)[ \t>]*(?:return-path|received|message-id|from|subject|x-[\w-]{1,40}|to|date|mime-version|dkim-signature|reply-to|content-type)[ \t]?:[^\n]*\n/gi
  let tries = 0
  for (const match of text.slice(0, 300_000).matchAll(found)) {
    if (++tries > 60) break
    const at = match.index + (text[match.index] === '\n' ? 1 : 0)
    const lines = text.slice(at, at + 64 * 1024).replace(/^[ \t>]+(?=[\w-]+[ \t]?:)/gm, '')
    const { headers } = readHeaders(Buffer.from(lines), 0, Buffer.byteLength(lines))
    const names = new Set(headers.map(header => header.name))
    const known = ['from', 'to', 'subject', 'date', 'message-id', 'received', 'return-path', 'mime-version', 'content-type', 'dkim-signature'].filter(name => names.has(name)).length
    if (['from', 'received', 'message-id'].some(name => names.has(name)) && (known >= 3 || (known >= 2 && names.has('received')))) return { at, headers }
  }
  return null
}
