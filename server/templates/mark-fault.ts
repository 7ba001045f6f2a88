import type { MailExample } from '../../shared/mail-checks.ts'
import type { CompiledMail } from './compile-template.ts'
import { clippedAt, type Fault, sourceOfHole } from './find-faults.ts'
import { escapeHtml } from './liquid.ts'
import type { RenderedHoles } from './render-mail.ts'
import { scanHtml } from './scan-html.ts'

const style = 'background:#ffe066;color:#5c3c00;outline:2px solid #e8590c;outline-offset:1px;border-radius:2px'
const inSubject = new Set<Fault['code']>(['empty_subject', 'long_subject', 'subject_breaks'])
const inName = new Set<Fault['code']>(['name_breaks', 'name_placeholder', 'name_email', 'name_test', 'name_no_letters', 'name_capitals'])

/** The HTML of one mail with the first place of a fault marked (`id="fault"`), and where the mark is. `nothing`: what is written where nothing stands. */
export function markFault(compiled: CompiledMail, holes: RenderedHoles, fault: Fault | null, nothing: string): { html: string, marked: MailExample['marked'] } {
  const joined = (change?: (index: number, value: string, before: string) => string): string => {
    let html = compiled.html.constants[0]!
    for (let index = 0; index < holes.html.length; index++) html += (change?.(index, holes.html[index]!, html) ?? holes.html[index]!) + compiled.html.constants[index + 1]!
    return html
  }
  if (!fault) return { html: joined(), marked: 'none' }
  if (inSubject.has(fault.code)) return { html: joined(), marked: 'subject' }
  if (inName.has(fault.code)) return { html: joined(), marked: 'to' }
  if (fault.code === 'clipped') return markCut(joined(), nothing)
  if (fault.code.startsWith('link_')) return markLink(joined(), compiled, holes, fault.what)

  let marked = false
  const concerned = (index: number) => concerns(sourceOfHole(compiled.html.holes[index]!), fault)
  const html = joined((index, value, before) => {
    if (marked || !concerned(index) || !isText(before) || /<\/?(?:table|tr|td|tbody|body)\b/i.test(value)) return value
    marked = true
    // Around a list the letters may have no size at all.
    const size = fault.code === 'empty_list' || fault.code === 'empty_block' ? ';font:14px/1.6 Arial,sans-serif;padding:0 4px' : ''
    return `<mark id="fault" style="${style}${size}">${value.trim() === '' ? escapeHtml(nothing) : value}</mark>`
  })
  if (marked) return { html, marked: 'html' }
  const subject = compiled.subject.holes.some(hole => concerns(sourceOfHole(hole), fault))
  return { html, marked: subject ? 'subject' : 'none' }
}

/** Whether a piece of Liquid is what the fault is about: the field it writes, or the block itself. */
function concerns(source: string, fault: Fault): boolean {
  if (source === '' || fault.what === '') return false
  if (fault.code === 'empty_block' || fault.code === 'odd_value') return source === fault.what
  if (fault.code === 'empty_list') return /\bin\s+products\./.test(source)
  return new RegExp(`(?<![\\w.])${fault.what.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`).test(source)
}

/** Whether what follows stands in the text of the page, not in a tag, a comment, a title or a style. */
function isText(before: string): boolean {
  if (before.lastIndexOf('<') > before.lastIndexOf('>')) return false
  if (before.lastIndexOf('<!--') > before.lastIndexOf('-->')) return false
  const lower = before.toLowerCase()
  return ['title', 'style', 'script'].every(name => lower.lastIndexOf(`<${name}`) <= lower.lastIndexOf(`</${name}`))
    // What is hidden, as the preheader is, cannot be seen marked either.
    && lower.lastIndexOf('display:none') <= lower.lastIndexOf('</div')
}

/** The first link that leads to an address of the faulty one's: its start tag is given an outline. */
function markLink(html: string, compiled: CompiledMail, holes: RenderedHoles, source: string): { html: string, marked: MailExample['marked'] } {
  const numbers = new Set(compiled.links.flatMap(link => link.kind === 'personal' && link.source === source ? [link.number] : []))
  const urls = new Set(holes.links.filter(link => numbers.has(link.number)).map(link => link.url))
  const tag = scanHtml(html).find(each => each.name === 'a' && !each.closing && each.attributes.some(attribute => attribute.name === 'href' && urls.has(attribute.value)))
  if (!tag) return { html, marked: 'none' }
  const own = tag.attributes.find(attribute => attribute.name === 'style')
  return {
    html: own
      ? `${html.slice(0, tag.start)}<a id="fault"${html.slice(tag.start + 2, own.valueStart)}${style};${html.slice(own.valueStart)}`
      : `${html.slice(0, tag.start)}<a id="fault" style="${style}"${html.slice(tag.start + 2)}`,
    marked: 'html',
  }
}

/** Where Gmail cuts the mail off: the end of the paragraph or cell that passes the limit. */
function markCut(html: string, words: string): { html: string, marked: MailExample['marked'] } {
  const position = Buffer.from(html).subarray(0, clippedAt).toString('utf8').length
  const end = html.slice(position).search(/<\/(?:p|td|div)>/i)
  if (end === -1) return { html, marked: 'none' }
  const at = position + end
  return { html: `${html.slice(0, at)}<div id="fault" style="${style};padding:6px">✂ ${escapeHtml(words)}</div>${html.slice(at)}`, marked: 'html' }
}
