import type { MailPlace } from '../../shared/mail-checks.ts'
import type { MailBlock, MailDocument, MailLocale } from '../../shared/templates.ts'
import { decodeEntities } from './scan-html.ts'

const mostPlaces = 10
type Leaf = Exclude<MailBlock, { kind: 'columns' }>

/** Where in a document a field, a piece of Liquid or an address stands: the way into the editor. */
export function findPlaces(document: MailDocument, locale: MailLocale, what: string): MailPlace[] {
  const variant = document.locales[locale]
  if (!variant || what.trim() === '') return []
  const places: MailPlace[] = []
  const holds = (text: string) => text.includes(what) || decodeEntities(text).includes(what)
  if (holds(variant.subject)) places.push({ part: 'subject', block_id: null, number: null, kind: null })
  if (holds(variant.preheader)) places.push({ part: 'preheader', block_id: null, number: null, kind: null })
  if (variant.html !== undefined && holds(variant.html)) places.push({ part: 'html', block_id: null, number: null, kind: null })
  for (const [index, block] of (variant.blocks ?? []).entries()) {
    for (const leaf of block.kind === 'columns' ? block.columns.flat() : [block]) {
      if (textsOf(leaf).some(holds)) places.push({ part: 'block', block_id: leaf.id, number: index + 1, kind: leaf.kind })
    }
  }
  return places.slice(0, mostPlaces)
}

/** A list of products is found by where its products come from. */
const textsOf = (block: Leaf): string[] => [...Object.entries(block).flatMap(([name, value]) => typeof value === 'string' && name !== 'id' && name !== 'kind' ? [value] : []), ...block.kind === 'products' ? Object.keys(block.source) : []]
