import { maskLiquid, unmaskLiquid, withoutReserved } from './liquid.ts'
import { decodeEntities, scanHtml } from './scan-html.ts'

const allowedStyles = /^(color|background-color|font-weight|font-style|font-size|text-decoration|text-align)\s*:\s*[#\w\s.,%()-]+$/i

/**
 * The text of a text block: only the tags the editor makes stay, Liquid stays untouched. In the result Liquid's
 * `<`, `>` and `&` are written as entities, as in any HTML text; `readTextHtml` turns them back.
 * Throws Liquid's error when a tag is not closed.
 */
export async function sanitiseTextHtml(source: string): Promise<string> {
  const { default: purifier } = await import('isomorphic-dompurify')
  const { masked, pieces } = maskLiquid(withoutReserved(source))
  const clean = purifier.sanitize(masked, {
    ALLOWED_TAGS: ['p', 'br', 'b', 'strong', 'i', 'em', 'u', 's', 'a', 'ul', 'ol', 'li', 'span', 'h1', 'h2', 'h3'],
    ALLOWED_ATTR: ['href', 'style', 'title'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  })
  const styled = clean.replace(/ style="([^"]*)"/g, (_, style: string) => {
    const kept = decodeEntities(style).split(';').map(part => part.trim()).filter(part => allowedStyles.test(part) && !/url|expression/i.test(part))
    return kept.length > 0 ? ` style="${kept.join('; ')}"` : ''
  })
  const write = (piece: string) => decodeEntities(piece).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  // Inside an attribute the quotes of Liquid would end it.
  const attributes = styled.replace(/="[^"]*"/g, attribute => `="${unmaskLiquid(attribute.slice(2, -1), pieces, piece => write(piece).replace(/"/g, '&quot;'))}"`)
  return unmaskLiquid(attributes, pieces, write)
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

/** `javascript:` and its like, also with spaces and control characters between, as browsers read them. */
export function runsScript(address: string): boolean {
  // eslint-disable-next-line no-control-regex
  const bare = decodeEntities(address).replace(/[\u0000-\u0020\u007F-\u009F]/g, '').toLowerCase()
  return /^(javascript|vbscript|livescript|mocha):/.test(bare) || /^data:(?!image\/(png|gif|jpe?g|webp|avif|bmp)[;,])/.test(bare)
}
