/**
 * A forgiving reader of HTML start tags that knows where everything stands in the source, so that a value can be
 * replaced without printing the document anew. Text between is not interpreted. The contents of conditional
 * comments (`<!--[if mso]> … <![endif]-->`) are read too, since Outlook reads them.
 */
export type HtmlAttribute = { name: string, value: string, start: number, end: number, valueStart: number, valueEnd: number }
export type HtmlTag = { name: string, closing: boolean, start: number, end: number, attributes: HtmlAttribute[] }

const rawText = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'noembed', 'noframes'])

export function scanHtml(html: string): HtmlTag[] {
  const tags: HtmlTag[] = []
  let position = 0
  while (position < html.length) {
    const open = html.indexOf('<', position)
    if (open === -1) break
    if (html.startsWith('<!--', open)) {
      position = afterComment(html, open)
      continue
    }
    const next = html[open + 1] ?? ''
    if (!/[A-Za-z/]/.test(next)) {
      position = next === '!' || next === '?' ? afterBracket(html, open) : open + 1
      continue
    }
    const tag = readTag(html, open)
    if (!tag) {
      position = open + 1
      continue
    }
    tags.push(tag)
    position = tag.end
    if (!tag.closing && rawText.has(tag.name)) {
      const close = html.slice(position).search(new RegExp(`</${tag.name}[\\s/>]`, 'i'))
      position = close === -1 ? html.length : position + close
    }
  }
  return tags
}

function afterComment(html: string, open: number): number {
  const conditional = /^<!--\s*\[if\s[^\]]*\]>/i.exec(html.slice(open, open + 200))
  if (conditional) return open + conditional[0].length
  const close = html.indexOf('-->', open + 2)
  return close === -1 ? html.length : close + 3
}

function afterBracket(html: string, open: number): number {
  const close = html.indexOf('>', open)
  return close === -1 ? html.length : close + 1
}

function readTag(html: string, open: number): HtmlTag | undefined {
  const start = /^<(\/?)([A-Za-z][^\s/>\uE000]*)/.exec(html.slice(open, open + 100))
  if (!start) return undefined
  const attributes: HtmlAttribute[] = []
  let position = open + start[0].length
  for (;;) {
    while (position < html.length && /[\s/]/.test(html[position]!)) position++
    if (position >= html.length) return undefined
    if (html[position] === '>') return { name: start[2]!.toLowerCase(), closing: start[1] === '/', start: open, end: position + 1, attributes }
    const nameStart = position
    position++ // a name may even begin with "="
    while (position < html.length && !/[\s/>=]/.test(html[position]!)) position++
    const name = html.slice(nameStart, position).toLowerCase()
    let after = position
    while (after < html.length && /\s/.test(html[after]!)) after++
    if (html[after] !== '=') {
      attributes.push({ name, value: '', start: nameStart, end: position, valueStart: position, valueEnd: position })
      continue
    }
    position = after + 1
    while (position < html.length && /\s/.test(html[position]!)) position++
    const quote = html[position]
    let valueStart: number, valueEnd: number
    if (quote === '"' || quote === "'") {
      valueStart = position + 1
      valueEnd = html.indexOf(quote, valueStart)
      if (valueEnd === -1) return undefined
      position = valueEnd + 1
    } else {
      valueStart = position
      while (position < html.length && !/[\s>]/.test(html[position]!)) position++
      valueEnd = position
    }
    attributes.push({ name, value: decodeEntities(html.slice(valueStart, valueEnd)), start: nameStart, end: position, valueStart, valueEnd })
  }
}

/** The entities that matter inside URLs and Liquid; others stay as they are. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp|colon|sol|tab|newline));/gi, (whole, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name) return namedEntities[name.toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal!, 16)
    return code > 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF) ? String.fromCodePoint(code) : whole
  })
}
const namedEntities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', colon: ':', sol: '/', tab: '\t', newline: '\n' }
