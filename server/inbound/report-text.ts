import { ownParts, textOf, type MailPart } from './read-mime.ts'
import { linesOfHtml } from './html-lines.ts'
import { copyInText } from './find-returned.ts'

/** The words of a mail as one text, HTML turned into lines; what it returns in parts of their own is not in it. */
export function wholeText(root: MailPart): string {
  const texts: string[] = []
  let html = ''
  let length = 0
  for (const part of ownParts(root)) {
    if (part.parts.length > 0 || length > 400_000) continue
    const quoted = (part.parameters.get('name') ?? '') !== '' && texts.length > 0
    if (part.type === 'text/plain' && !quoted) texts.push(textOf(part, 256 * 1024))
    else if (part.type === 'text/html' && html === '') html = textOf(part, 256 * 1024)
    else if (part.type === 'message/delivery-status') continue
    length += texts.at(-1)?.length ?? 0
  }
  const plain = texts.join('\n')
  if (plain.trim().length > 20 && !/^\s*<(?:html|!doctype)/i.test(plain)) return plain
  return html === '' && !/^\s*<(?:html|!doctype)/i.test(plain) ? plain : linesOfHtml(html === '' ? plain : html)
}

const beginningOfCopy = new RegExp([
  'below this line is a copy', 'this is a copy of (?:the|your) (?:message|mail)', 'copy of (?:the|your) (?:original )?(?:message|mail)[^\\n]{0,60}(?:follows|below|headers)',
  'original message (?:follows|below|headers|text|header)', '-{2,} ?(?:original|returned|unsent|undelivered|bounced) (?:message|mail|headers?)', '-{2,} ?(?:begin|start) of (?:the )?(?:message|mail)',
  'the (?:original|unsent) message (?:follows|is attached|was received at .{0,40}from)', 'message (?:header|text) follows', 'headers? of (?:the|your) (?:original )?(?:message|mail)',
  'received headers? follow', 'unsent message below', 'your (?:original )?message (?:follows|reads)', 'message contents? follows?', 'returned (?:message|mail) follows', 'текст (?:исходного )?сообщения', 'ниже (?:приведена|следует) копия',
].join('|'), 'i')

/** What the reporting program itself says, without the copy of the mail that it returns below. */
export function reportOnly(text: string): string {
  const copy = copyInText(text)
  let words = copy ? text.slice(0, copy.at) : text
  const marker = beginningOfCopy.exec(words)
  // Some put the reasons under the copy's heading: only a heading that something stands above ends the report.
  if (marker && words.slice(0, marker.index).replace(/[\s-]/g, '').length > 60) words = words.slice(0, marker.index)
  return words.slice(0, 50_000)
}
