import { maskLiquid, unmaskLiquid, withoutReserved } from './liquid.ts'
import { decodeEntities, type HtmlTag, scanHtml } from './scan-html.ts'

const allowedTags = new Set(['p', 'br', 'b', 'strong', 'i', 'em', 'u', 's', 'a', 'ul', 'ol', 'li', 'span', 'h1', 'h2', 'h3'])
const allowedStyles = /^(color|background-color|font-weight|font-style|font-size|text-decoration|text-align)\s*:\s*[#\w\s.,%()-]+$/i
const endsParagraph = new Set(['p', 'ul', 'ol', 'h1', 'h2', 'h3'])
const droppedWithText = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'noembed', 'noframes', 'iframe', 'object', 'template', 'noscript'])

/**
 * The text of a text block, written anew from what is allowed: only the tags the editor makes, balanced, with only
 * their harmless attributes. Every `<` of the result is written here, so nothing else can be markup. Liquid stays
 * untouched; its `<`, `>` and `&` are written as entities, as in any HTML text, and `readTextHtml` turns them back.
 * Throws Liquid's error when a tag is not closed.
 */
export function sanitiseTextHtml(source: string): string {
  const { masked, pieces } = maskLiquid(withoutReserved(source))
  const write = (piece: string) => decodeEntities(piece).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  const writeText = (text: string) => unmaskLiquid(escapeText(text), pieces, write)
  // Inside an attribute the quotes of Liquid would end it.
  const writeAttribute = (value: string) => unmaskLiquid(escapeText(value).replace(/"/g, '&quot;'), pieces, piece => write(piece).replace(/"/g, '&quot;'))

  let result = ''
  const open: string[] = []
  const close = (name: string) => {
    for (let tag = open.pop(); tag !== undefined; tag = open.pop()) {
      result += `</${tag}>`
      if (tag === name) return
    }
  }
  let position = 0
  const html = masked.replace(/<!--[\s\S]*?(?:-->|$)/g, '')
  let hiddenUntil: string | undefined
  for (const tag of scanHtml(html)) {
    if (hiddenUntil === undefined) result += writeText(html.slice(position, tag.start))
    position = tag.end
    if (hiddenUntil !== undefined) {
      if (tag.closing && tag.name === hiddenUntil) hiddenUntil = undefined
      continue
    }
    if (!tag.closing && droppedWithText.has(tag.name)) hiddenUntil = tag.name
    if (!allowedTags.has(tag.name)) continue
    if (tag.name === 'br') result += '<br>'
    else if (tag.closing) {
      if (open.includes(tag.name)) close(tag.name)
    } else {
      if (endsParagraph.has(tag.name) && open.includes('p')) close('p')
      if (tag.name === 'li' && open.findLast(each => each === 'li' || each === 'ul' || each === 'ol') === 'li') close('li')
      result += `<${tag.name}${attributesOf(tag, writeAttribute)}>`
      open.push(tag.name)
    }
  }
  if (hiddenUntil === undefined) result += writeText(html.slice(position))
  while (open.length > 0) close(open.at(-1)!)
  return result
}

function attributesOf(tag: HtmlTag, write: (value: string) => string): string {
  let result = ''
  for (const { name, value } of tag.attributes) {
    if (name === 'href' && tag.name === 'a' && !runsScript(value)) result += ` href="${write(value)}"`
    if (name === 'title') result += ` title="${write(value)}"`
    if (name === 'style') {
      const kept = value.split(';').map(part => part.trim()).filter(part => allowedStyles.test(part) && !/url|expression/i.test(part))
      if (kept.length > 0) result += ` style="${write(kept.join('; '))}"`
    }
  }
  return result
}

/** Entities stay; what could be read as markup does not. */
function escapeText(text: string): string {
  return text.replace(/&(?!(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});)/gi, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** The Liquid of a text block as Liquid reads it; the rest stays HTML. */
export function readTextHtml(html: string): { masked: string, pieces: string[] } {
  const { masked, pieces } = maskLiquid(withoutReserved(html))
  return { masked, pieces: pieces.map(decodeEntities) }
}

/** Elements that run, embed or redirect. Mail programs drop them; the archive and the previews must not run them. */
const removedWithContent = ['script', 'iframe', 'object', 'applet', 'noscript', 'frameset', 'template']
const removedTags = new Set([...removedWithContent, 'embed', 'base', 'frame', 'portal', 'param', 'source', 'track', 'audio', 'video'])

/**
 * A whole HTML document stays as it was given, byte for byte, but for what runs: script and its like, `on…`
 * attributes, `javascript:` addresses, `<meta http-equiv=refresh>`.
 */
export function sanitiseDocumentHtml(source: string): string {
  const { masked, pieces } = maskLiquid(withoutReserved(source))
  let html = masked
  for (const name of removedWithContent) {
    html = html.replace(new RegExp(`<${name}(?=[\\s/>])[^>]*>[\\s\\S]*?</${name}\\s*>`, 'gi'), '')
  }
  const cuts: [number, number][] = []
  for (const tag of scanHtml(html)) {
    const refreshes = tag.name === 'meta' && tag.attributes.some(attribute => attribute.name === 'http-equiv' && attribute.value.trim().toLowerCase() === 'refresh')
    if (removedTags.has(tag.name) || refreshes) {
      cuts.push([tag.start, tag.end])
      continue
    }
    for (const attribute of tag.attributes) {
      if (/^on[a-z]+$/.test(attribute.name) || attribute.name === 'srcdoc' || attribute.name === 'formaction' || runsScript(attribute.value)) cuts.push([attribute.start, attribute.end])
    }
  }
  let clean = ''
  let position = 0
  for (const [start, end] of cuts) {
    if (start < position) continue
    clean += html.slice(position, start)
    position = end
  }
  return unmaskLiquid(clean + html.slice(position), pieces)
}

/**
 * `javascript:` and its like, also with spaces and control characters between, as browsers read them. Liquid may leave
 * out or add any part, so the address is judged without it, and so is each part that may come to stand first.
 */
export function runsScript(address: string): boolean {
  const parts = decodeEntities(address).split(/\uE000\d+\uE001|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/)
  return [parts.join(''), ...parts].some(part => {
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    const bare = part.replace(/[\u0000-\u0020\u007F-\u009F]/g, '').toLowerCase()
    return /^(javascript|vbscript|livescript|mocha):/.test(bare) || /^data:(?!image\/(png|gif|jpe?g|webp|avif|bmp)[;,])/.test(bare)
  })
}
