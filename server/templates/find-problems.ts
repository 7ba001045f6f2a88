import type { MailBlock, MailDocument, MailLocale, MailProblem } from '../../shared/templates.ts'
import type { CompiledMail } from './compile-template.ts'
import { nearest } from './nearest-word.ts'
import { otherPaths, otherRoots, personalFields } from './personal-fields.ts'
import { type Place, placeWords, type ProblemCode, problemMessage } from './problem-words.ts'
import type { RenderedMail } from './render-mail.ts'
import { scanHtml } from './scan-html.ts'

type Values = Record<string, string | number>

/** Fields written out with neither a fallback nor an {% if %} about them: where they are empty the mail has a gap. */
export function fieldsWithoutFallback(compiled: CompiledMail): string[] {
  let fields = withoutFallback.get(compiled)
  if (!fields) {
    const tags = compiled.pieces.filter(piece => piece.startsWith('{%')).join('\n')
    const always = new Set(personalFields.filter(field => field.always).map(field => field.path))
    // {% if coupon %} speaks for all of it.
    const guarded = (path: string) => /^(coupon|event)\./.test(path) && new RegExp(`\\b${path.split('.')[0]}\\b`).test(tags)
    const found = compiled.pieces.flatMap(piece => {
      const match = /^\{\{-?\s*((?:contact|company|context|coupon|event)(?:\.\w+)+)\s*(\|[\s\S]*)?-?\}\}$/.exec(piece)
      return match && !/\|\s*default\b/.test(match[2] ?? '') && !always.has(match[1]!) && !tags.includes(match[1]!) && !guarded(match[1]!) ? [match[1]!] : []
    })
    withoutFallback.set(compiled, fields = [...new Set(found)])
  }
  return fields
}
const withoutFallback = new WeakMap<CompiledMail, string[]>()

/** Which of those are empty for this person. Cheap: for checking every message of a campaign. */
export function findGaps(compiled: CompiledMail, scope: Record<string, unknown>): string[] {
  return fieldsWithoutFallback(compiled).filter(path => isEmpty(readPath(scope, path)))
}

/** What the author should look at before anybody gets this variant. */
export function findProblems(input: { document: MailDocument, kind: 'marketing' | 'transactional', locale: MailLocale, compiled: CompiledMail, reader: MailLocale, customFields: string[], contact?: { scope: Record<string, unknown>, mail: RenderedMail } }): MailProblem[] {
  const { document, locale, compiled, reader } = input
  const variant = document.locales[locale]!
  const problems: MailProblem[] = []
  const add = (level: MailProblem['level'], code: ProblemCode, values: Values = {}, place?: Place, blockId: string | null = null) => {
    const message = problemMessage(code, reader, values)
    const whole = place ? `${placeWords(place, reader)}: ${message}` : message
    if (!problems.some(problem => problem.message === whole)) problems.push({ level, code, locale, block_id: blockId, message: whole })
  }

  if (variant.subject.trim() === '') add('error', 'empty_subject')
  if ((variant.blocks?.length ?? 1) === 0 || variant.html?.trim() === '') add('error', 'empty_body')
  for (const other of ['ru', 'en'] as const) if (!document.locales[other]) add('info', 'missing_variant', { locale: other })

  for (const [index, block] of (variant.blocks ?? []).entries()) {
    const place: Place = { locale, part: 'block', block: { number: index + 1, kind: block.kind } }
    for (const leaf of block.kind === 'columns' ? block.columns.flat() : [block]) {
      checkLeaf(leaf, (level, code, values) => add(level, code, values, place, leaf.id))
    }
  }
  if (variant.blocks === undefined) checkHtml(compiled.source, (level, code, values) => add(level, code, values))

  const unknown = unknownFields(compiled, input.customFields)
  for (const path of unknown) add('error', 'unknown_field', path)
  const gaps = input.contact ? new Set(findGaps(compiled, input.contact.scope)) : new Set<string>()
  for (const field of fieldsWithoutFallback(compiled)) if (!unknown.some(each => each.field === field)) add('warning', gaps.has(field) ? 'empty_for_contact' : 'no_fallback', { field })
  if (input.contact) {
    if (input.contact.mail.subject === '' && variant.subject.trim() !== '') add('error', 'empty_subject')
    const kilobytes = Math.ceil(Buffer.byteLength(input.contact.mail.html) / 1024)
    if (kilobytes > 102) add('warning', 'too_large', { kilobytes })
  }
  if (input.kind === 'marketing' && !Object.values(document.locales).some(each => each && /\{\{[^}]*\bunsubscribe_url\b/.test(JSON.stringify(each)))) add('info', 'no_unsubscribe')
  return problems
}

/** A picture that was uploaded and travels in the mail. */
const isOwnPicture = /^cid:file-\d+$/

function checkLeaf(block: Exclude<MailBlock, { kind: 'columns' }>, add: (level: MailProblem['level'], code: ProblemCode, values?: Values) => void): void {
  if (block.kind === 'image') {
    if (block.src.trim() === '') add('error', 'no_image')
    else if (!isOwnPicture.test(block.src) && !isWholeAddress(block.src)) add('error', 'broken_link', { text: block.src.slice(0, 80) })
    if (block.alt.trim() === '') add('warning', 'missing_alt', { name: block.src.split('/').pop()?.slice(0, 40) ?? '' })
    if (block.url !== undefined && block.url !== '' && !isWholeAddress(block.url)) add('error', 'broken_link', { text: block.url.slice(0, 80) })
  }
  if (block.kind === 'text') checkLinks(block.html, add)
  if (block.kind === 'button' && !isWholeAddress(block.url)) add('error', 'broken_link', { text: block.url.slice(0, 80) })
  if (block.kind === 'products' && block.url_pattern && !isWholeAddress(block.url_pattern)) add('error', 'broken_link', { text: block.url_pattern.slice(0, 80) })
}

/** The links and images of HTML written by hand. */
function checkHtml(html: string, add: (level: MailProblem['level'], code: ProblemCode, values?: Values) => void): void {
  checkLinks(html, add)
  for (const tag of scanHtml(html)) {
    if (tag.closing || tag.name !== 'img' || tag.attributes.some(attribute => attribute.name === 'alt')) continue
    // alt="" says "decoration"; no alt at all says nothing.
    const source = tag.attributes.find(attribute => attribute.name === 'src')?.value ?? ''
    add('warning', 'missing_alt', { name: source.split('/').pop()?.slice(0, 40) ?? '' })
  }
}

function checkLinks(html: string, add: (level: MailProblem['level'], code: ProblemCode, values?: Values) => void): void {
  for (const tag of scanHtml(html)) {
    const href = tag.closing || tag.name !== 'a' ? undefined : tag.attributes.find(attribute => attribute.name === 'href')
    if (href && !isWholeAddress(href.value)) add('error', 'broken_link', { text: href.value.slice(0, 80) })
  }
}

function unknownFields(compiled: CompiledMail, customFields: string[]): { field: string, hint: string }[] {
  const own = new Set<string>(otherRoots)
  for (const piece of compiled.pieces) {
    const made = /^\{%-?\s*(?:assign|capture|for|tablerow)\s+([a-z_][\w-]*)/i.exec(piece)?.[1]
    if (made) own.add(made)
  }
  const known = [...personalFields.map(field => field.path), ...otherPaths, ...customFields.map(key => `contact.fields.${key}`)]
  const unknown = new Map<string, string>()
  for (const piece of compiled.pieces) {
    const path = /^\{\{-?\s*([a-z_]\w*(?:\.\w+)*)/i.exec(piece)?.[1]
    if (!path || own.has(path.split('.')[0]!) || known.includes(path)) continue
    if (/^contact\.(tags|fields\.\w+)\.(size|first|last)$/.test(path) || /\.(size|first|last)$/.test(path) && known.includes(path.replace(/\.\w+$/, ''))) continue
    unknown.set(path, nearest(path, known) ?? known.find(each => each.split('.').pop() === path.split('.').pop()) ?? '')
  }
  return [...unknown].map(([field, hint]) => ({ field, hint }))
}

export function isWholeAddress(address: string): boolean {
  const text = address.trim()
  if (/^(mailto|tel|sms):./i.test(text) || /^#./.test(text)) return true
  if (text.startsWith('{')) return true
  if (!/^https?:\/\//i.test(text)) return false
  if (text.includes('{')) return true
  try {
    const url = new URL(text)
    return url.hostname.includes('.') || url.hostname === 'localhost'
  } catch {
    return false
  }
}

/** The value at a path, own properties only. */
export function readPath(scope: unknown, path: string): unknown {
  let value = scope
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

/** As `default` sees it. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0)
}
