import sanitizeHtml from 'sanitize-html'
import { decodeWords } from './decode-text.ts'
import { ownParts, readMime, textOf } from './read-mime.ts'

/** A mail as it came, to be shown: `html` is made harmless, `attachments` are named only. */
export type WholeMail = { html: string | null, text: string | null, headers: { name: string, value: string }[], attachments: { name: string, type: string, bytes: number }[] }

/** Characters of all parts together. HTML made to trap takes a second for so much and a minute for all of a mail. */
const most = { text: 2 * 1024 * 1024, html: 512 * 1024 }

/**
 * Every part is read within the limits of the reader. No script, form or frame is left of the HTML, and nothing is loaded
 * from elsewhere: a picture would tell its sender that the mail was read.
 */
export function readWholeMail(raw: Buffer): WholeMail {
  const { root } = readMime(raw)
  const left = { ...most }
  let html: string | null = null
  let text: string | null = null
  const attachments: WholeMail['attachments'] = []
  for (const part of ownParts(root)) {
    if (part.parts.length > 0 && part.type.startsWith('multipart/')) continue
    const name = decodeWords(part.parameters.get('name') ?? /filename\*?="?([^";]+)/i.exec(part.headers.find(header => header.name === 'content-disposition')?.value ?? '')?.[1] ?? '')
    const attached = /^\s*attachment/i.test(part.headers.find(header => header.name === 'content-disposition')?.value ?? '')
    if (!attached && part.type === 'text/html') {
      const shown = textOf(part, left.html)
      left.html -= Math.min(left.html, shown.length)
      html = `${html ?? ''}${harmless(shown)}`
    } else if (!attached && part.type === 'text/plain') {
      const shown = textOf(part, left.text)
      left.text -= Math.min(left.text, shown.length)
      text = `${text ?? ''}${shown}`
    } else if (attachments.length < 100) attachments.push({ name: name.slice(0, 200).toWellFormed(), type: part.type.slice(0, 100), bytes: part.end - part.start })
  }
  return { html, text: text?.toWellFormed() ?? null, attachments, headers: root.headers.slice(0, 300).map(({ name, value }) => ({ name, value: decodeWords(value).slice(0, 2000).toWellFormed() })) }
}

const harmless = (html: string): string => sanitizeHtml(html, {
  allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img', 'font', 'center', 'del', 'ins'],
  allowedAttributes: { a: ['href', 'title'], img: ['alt', 'width', 'height'], font: ['color', 'size'], table: ['width', 'cellpadding', 'cellspacing', 'border', 'align'], td: ['colspan', 'rowspan', 'width', 'align', 'valign'], th: ['colspan', 'rowspan', 'width', 'align', 'valign'], '*': ['dir', 'lang'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  disallowedTagsMode: 'discard',
  nestingLimit: 200,
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'noopener noreferrer nofollow' }) },
})
