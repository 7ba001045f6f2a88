import { ownParts, textOf, type MailPart } from './read-mime.ts'

/** What a person wrote: the text of a mail without quotes and signature. */
export function visibleText(root: MailPart): string {
  for (const part of ownParts(root)) if (part.type === 'text/plain' && part.parts.length === 0) return textOf(part).split('\n').filter(line => !line.startsWith('>')).join('\n').trim()
  return ''
}
