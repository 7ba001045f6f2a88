import { linesOfHtml } from './html-lines.ts'
import { ownParts, textOf, type MailPart } from './read-mime.ts'
import { trimReply } from './trim-reply.ts'

/** What a person wrote: the text of a mail, or its HTML where it has no text, without quotes and signature; '' when it has none. */
export function visibleText(root: MailPart, sender: string): string {
  let plain = ''
  let html = ''
  for (const part of ownParts(root)) {
    if (part.parts.length > 0 || isAttachment(part)) continue
    if (part.type === 'text/plain' && plain.length < 200_000) plain += plain === '' ? textOf(part, 256 * 1024) : `\n${textOf(part, 256 * 1024)}`
    else if (part.type === 'text/html' && html === '') html = textOf(part, 1024 * 1024)
  }
  if (/^\s*<(?:!doctype|html|head|body|div|meta)\b/i.test(plain)) return trimReply(linesOfHtml(plain), sender)
  return plain.trim() === '' ? trimReply(linesOfHtml(html), sender) : trimReply(plain, sender)
}

const isAttachment = (part: MailPart): boolean => part.headers.some(header => header.name === 'content-disposition' && /^\s*attachment/i.test(header.value))
