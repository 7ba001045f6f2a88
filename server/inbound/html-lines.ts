/**
 * HTML of a mail as lines of text, in one pass over it and without a tree, so that no nesting costs more than its
 * length. What mail programs quote gets ">" before its lines; signatures that are marked as such are left out.
 */
const most = { length: 300_000, tag: 4000, depth: 500 }

const blocks = new Set(['div', 'tr', 'table', 'section', 'article', 'header', 'footer', 'center', 'form', 'dl', 'dd', 'dt', 'address', 'main', 'aside', 'nav', 'figure', 'tbody', 'thead', 'body', 'html'])
const spaced = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'pre', 'blockquote', 'hr'])
const unread = new Set(['style', 'script', 'title', 'textarea', 'noscript', 'svg', 'object', 'template'])
/** Elements whose end has to be known: they may be quotes or signatures. */
const followed = new Set(['div', 'blockquote', 'td', 'pre', 'table', 'span', 'section'])

/** Containers that mail programs put what they quote into, by class or id. */
const quotes = /^(?:gmail_quote|gmail_quote_container|yahoo_quoted|protonmail_quote|zmail_extra|tutanota_quote|OLK_SRC_BODY_SECTION|mailru-blockquote|mail-quote-collapse|ms-outlook-mobile-reference-message|moz-forward-container|freebirdFormviewerViewHeaderHeader)$/
/** Elements with which what is quoted begins, and goes on to the end. */
const beginnings = /^(?:divRplyFwdMsg|appendonsend|OutlookMessageHeader|stopSpelling|mail-editor-reference-message-container|x_divRplyFwdMsg|x_appendonsend)$/
const signatures = /^(?:gmail_signature|moz-signature|Signature|protonmail_signature_block|ms-outlook-mobile-signature|gmail_default_signature|x_Signature)$/
const beginningOfQuote = '-----Original Message-----'

type Open = { tag: string, quote: boolean, skipped: boolean }

export function linesOfHtml(whole: string): string {
  const html = whole.slice(0, most.length)
  const lower = html.replace(/[A-Z]+/g, letters => letters.toLowerCase())
  const writer = new LineWriter()
  const open: Open[] = []
  let at = 0
  while (at < html.length) {
    const start = html.indexOf('<', at)
    if (start === -1) {
      writer.text(html.slice(at))
      break
    }
    if (start > at) writer.text(html.slice(at, start))
    if (html.startsWith('<!--', start)) {
      const end = html.indexOf('-->', start + 4)
      at = end === -1 ? html.length : end + 3
      continue
    }
    const end = /[a-z/!?]/.test(lower[start + 1] ?? '') ? endOfTag(html, start) : -1
    if (end === -1) {
      writer.text('<')
      at = start + 1
      continue
    }
    at = end + 1
    const found = /^<(\/?)([a-z][\w:-]*)/.exec(lower.slice(start, Math.min(end, start + 60)))
    if (!found) continue
    const tag = found[2]!
    if (found[1] === '/') close(tag, open, writer)
    else if (unread.has(tag)) {
      const until = lower.indexOf(`</${tag}`, at)
      at = until === -1 ? html.length : until
    } else begin(tag, html.slice(start, end), open, writer)
  }
  return writer.end()
}

/** Of the ">" that ends a tag, past those in quotes; -1 when the tag is too long to be one. */
function endOfTag(html: string, start: number): number {
  let quote = ''
  const last = Math.min(html.length, start + most.tag)
  for (let at = start + 1; at < last; at++) {
    const character = html[at]!
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === '\'') quote = html[at - 1] === '=' || html[at - 1] === ' ' ? character : ''
    else if (character === '>') return at
    else if (character === '<') return -1
  }
  const plain = html.indexOf('>', start)
  return plain === -1 || plain >= last ? -1 : plain
}

function begin(tag: string, source: string, open: Open[], writer: LineWriter): void {
  if (tag === 'br') writer.newLine()
  else if (spaced.has(tag)) writer.paragraph()
  else if (blocks.has(tag)) writer.line()
  else if (tag === 'li') writer.item()
  else if (tag === 'td' || tag === 'th') writer.text(' ')
  const names = tag === 'hr' || followed.has(tag) ? namesOf(source) : []
  if (names.some(name => beginnings.test(name))) writer.marker(beginningOfQuote)
  if (!followed.has(tag) || open.length >= most.depth) return
  const quote = tag === 'blockquote' || names.some(name => quotes.test(name))
  const skipped = names.some(name => signatures.test(name))
  if (quote) writer.paragraph()
  open.push({ tag, quote, skipped })
  if (quote) writer.quoted++
  if (skipped) writer.skipped++
}

function close(tag: string, open: Open[], writer: LineWriter): void {
  if (spaced.has(tag)) writer.paragraph()
  else if (blocks.has(tag) || tag === 'li') writer.line()
  if (!followed.has(tag)) return
  const index = open.findLastIndex((each, at) => each.tag === tag && at > open.length - 50)
  if (index === -1) return
  for (const each of open.splice(index)) {
    if (each.quote) {
      writer.paragraph()
      writer.quoted--
    }
    if (each.skipped) writer.skipped--
  }
}

function namesOf(source: string): string[] {
  return [...source.matchAll(/\s(?:class|id)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi)].flatMap(found => (found[1] ?? found[2] ?? found[3] ?? '').split(/\s+/))
}

class LineWriter {
  quoted = 0
  skipped = 0
  #lines: string[] = []
  /** Pieces of the line that is being written: joined once, however many there are. */
  #current: string[] = []

  text(source: string): void {
    if (this.skipped > 0) return
    const words = decodeEntities(source).replace(/[ \t\r\n\f\u00A0]+/g, ' ')
    const before = this.#current.at(-1)
    const piece = before === undefined || before.endsWith(' ') ? words.trimStart() : words
    if (piece !== '') this.#current.push(piece)
  }

  /** Ends the line that is being written, if there is one. */
  line(): void {
    if (this.#current.some(piece => piece !== ' ')) this.newLine()
    else this.#current = []
  }

  newLine(): void {
    const text = this.#current.join('').trimEnd()
    this.#current = []
    if (this.skipped > 0) return
    this.#lines.push(this.quoted > 0 ? `${'>'.repeat(Math.min(this.quoted, 5))} ${text}` : text)
  }

  paragraph(): void {
    this.line()
    if (this.skipped === 0 && (this.#lines.at(-1) ?? '').replace(/[> ]/g, '') !== '') this.newLine()
  }

  item(): void {
    this.line()
    this.text('* ')
  }

  marker(text: string): void {
    this.line()
    this.#lines.push(text)
  }

  end(): string {
    this.line()
    return this.#lines.join('\n').trim()
  }
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'', nbsp: ' ', laquo: '«', raquo: '»', mdash: '—', ndash: '–', hellip: '…', rsquo: '’', lsquo: '‘', ldquo: '“', rdquo: '”', bdquo: '„', copy: '©', reg: '®', trade: '™', euro: '€', pound: '£', sect: '§', middot: '·', bull: '•', deg: '°', shy: '', zwnj: '', zwj: '', ouml: 'ö', auml: 'ä', uuml: 'ü', Ouml: 'Ö', Auml: 'Ä', Uuml: 'Ü', szlig: 'ß', eacute: 'é', egrave: 'è', ecirc: 'ê', agrave: 'à', acirc: 'â', ccedil: 'ç', iacute: 'í', oacute: 'ó', uacute: 'ú', aacute: 'á', ntilde: 'ñ', atilde: 'ã', otilde: 'õ', ocirc: 'ô', icirc: 'î', ucirc: 'û', ugrave: 'ù', igrave: 'ì', ograve: 'ò', Eacute: 'É', Agrave: 'À', iquest: '¿', iexcl: '¡', aring: 'å', oslash: 'ø', aelig: 'æ' }

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));?/gi, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return named[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF) ? String.fromCodePoint(code) : ''
  })
}
