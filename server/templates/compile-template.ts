import { convert } from 'html-to-text'
import { type Context, Liquid, Tag, type Template, type TagToken, type TopLevelToken } from 'liquidjs'
import type { MailDocument, MailLocale, MailVariant } from '../../shared/templates.ts'
import { keptMap } from '../base/kept.ts'
import { blocksToMjml } from './blocks-to-mjml.ts'
import { filesOfVariant, type MailFileContent } from './mail-files.sql.ts'
import { escapeHtml, linkTag, liquidEngine, maskLiquid, unmaskLiquid, withoutReserved } from './liquid.ts'
import { runsScript } from './sanitise-html.ts'
import { decodeEntities, scanHtml } from './scan-html.ts'
import { mentionsUnsubscribe, unsubscribeFooter } from './unsubscribe-footer.ts'
import type { MailBlock } from '../../shared/templates.ts'

/** What is compiled: an immutable version, or a document that is being edited (id 0, never cached). */
/** `files`: those its mails carry; none where it is only looked at. */
export type TemplateVersion = { id: number, kind: 'marketing' | 'transactional', document: MailDocument, files: MailFileContent[] }

/** `fixed`: one address for everybody, wrapped per message. `personal`: holds Liquid, is rendered first, then wrapped. */
export type CompiledLink =
  | { number: number, kind: 'fixed', url: string }
  | { number: number, kind: 'personal', source: string, start: Template[], rest: Template[] }

export type Hole =
  | { kind: 'liquid', template: Template }
  /** the usual {{ contact.first_name | default: "friend" }}: read without Liquid, ten times faster */
  | { kind: 'value', path: string[], fallback: string, template: Template }
  | { kind: 'link', number: number } | { kind: 'end_of_body' }
/** Constant text around holes: constants[0] hole[0] constants[1] … so there is one more constant than holes. */
export type Layout = { constants: string[], holes: Hole[] }
export type ProductsSource = Extract<MailBlock, { kind: 'products' }>['source']

/** `inline`: shown inside the HTML, where `cid:…` names it; else attached. `name` as its reader sees it. */
export type MailFile = { name: string, content_type: string, content: Buffer, inline: boolean, cid: string }

export type CompiledMail = {
  versionId: number
  locale: MailLocale
  kind: TemplateVersion['kind']
  subject: Layout
  html: Layout
  text: Layout
  /** what the mail carries beside its text, the same in every mail */
  files: MailFile[]
  links: CompiledLink[]
  /** lists of products to be loaded for each message: the Liquid variables products.p0, p1 … */
  products: ProductsSource[]
  /** the Liquid of the whole mail, for finding problems */
  pieces: string[]
  /** the HTML with its Liquid, before links were replaced: for finding problems */
  source: string
  hasUnsubscribe: boolean
}

const cache = keptMap<string, Promise<CompiledMail>>()
const cacheSize = 300

/** Compiled once per version and language: versions never change. Throws Liquid's error for a document that was not checked. */
export function compileTemplate(version: TemplateVersion, locale: MailLocale): Promise<CompiledMail> {
  // What is only looked at is kept apart: its files were not loaded, and mails must not go without them.
  const key = `${version.id}:${locale}:${version.files.length}`
  let compiled = cache.get(key)
  if (!compiled) {
    compiled = compile(version, locale)
    compiled.catch(() => cache.delete(key))
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!)
    cache.set(key, compiled)
  }
  return compiled
}

/** Of a document that is no version yet, for looking at: not kept, and without its files. */
export const compileDraft = (draft: { kind: TemplateVersion['kind'], document: MailDocument }, locale: MailLocale): Promise<CompiledMail> => compile({ ...draft, id: 0, files: [] }, locale)

/** The variant a contact gets: their language, else the company's, else the first there is. */
export function localeFor(document: MailDocument, contactLocale: string | null, companyLocale: string): MailLocale {
  const wanted = [contactLocale, companyLocale].map(locale => (locale ?? '').toLowerCase().split(/[-_]/)[0])
  const present = Object.keys(document.locales) as MailLocale[]
  return present.find(locale => locale === wanted[0]) ?? present.find(locale => locale === wanted[1]) ?? present[0]!
}

async function compile(version: TemplateVersion, locale: MailLocale): Promise<CompiledMail> {
  const variant = version.document.locales[locale]
  if (!variant) throw new Error(`the template has no variant in "${locale}"`)
  const body = await bodyOf(version, locale, variant)
  const { marked, links } = markLinks(body.masked, body.pieces, locale)
  const htmlSource = unmaskLiquid(writeLinkTags(withEndOfBody(marked)), body.pieces)
  const textSource = unmaskLiquid(writeLinkTags(toPlainText(marked)), body.pieces)
  return {
    versionId: version.id,
    locale,
    kind: version.kind,
    subject: layOut(linkEngine('text', locale), withoutReserved(variant.subject)),
    html: layOut(linkEngine('html', locale), htmlSource),
    text: layOut(linkEngine('text', locale), textSource),
    files: filesOf(version, variant),
    links,
    products: body.products,
    pieces: [...body.pieces, ...maskLiquid(withoutReserved(variant.subject)).pieces],
    source: unmaskLiquid(body.masked, body.pieces),
    hasUnsubscribe: body.pieces.some(mentionsUnsubscribe),
  }
}

function filesOf(version: TemplateVersion, variant: MailVariant): MailFile[] {
  const { attached, inline } = filesOfVariant(variant)
  return version.files.flatMap(({ id, name, content_type, content }) => [
    ...inline.includes(id) ? [{ name, content_type, content, inline: true, cid: `file-${id}` }] : [],
    ...attached.includes(id) ? [{ name, content_type, content, inline: false, cid: '' }] : [],
  ])
}

async function bodyOf(version: TemplateVersion, locale: MailLocale, variant: MailVariant): Promise<{ masked: string, pieces: string[], products: ProductsSource[] }> {
  const withFooter = version.kind === 'marketing' && !mentionsUnsubscribe(JSON.stringify(variant.blocks ?? variant.html).replaceAll('\\"', '"'))
  if (variant.html === undefined) {
    const { mjml, pieces, products } = blocksToMjml(version.document, locale, variant, withFooter)
    const { default: mjmlToHtml } = await import('mjml')
    const { html } = await mjmlToHtml(mjml, { fonts: {}, keepComments: true, minify: false, beautify: false, validationLevel: 'soft' })
    return { masked: html, pieces, products }
  }
  const footer = withFooter ? `<div style="padding:24px 16px;text-align:center;font:12px/1.6 Arial,sans-serif;color:#7a7f7c">${unsubscribeFooter(locale)}</div>` : ''
  const preheader = variant.preheader ? `<div style="display:none;max-height:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px">${escapedOutsideLiquid(variant.preheader)}</div>` : ''
  const { masked, pieces } = maskLiquid(withoutReserved(insertBeforeEnd(insertAfterBody(variant.html, preheader), footer)))
  return { masked, pieces, products: [
    ...pieces.some(piece => /\bproducts\.last_order\b/.test(piece)) ? [{ last_order: true as const }] : [],
    ...pieces.some(piece => /\bproducts\.recommended\b/.test(piece)) ? [{ recommended: true as const }] : [],
  ] }
}

/** The HTML of a mail of blocks as its author would go on with it by hand: what only blocks have gets a name that HTML has too. */
export function sourceForAuthors(compiled: CompiledMail): string {
  return compiled.source.replace(/\bproducts\.p(\d+)\b/g, (name, number: string) => {
    const source = compiled.products[Number(number)] ?? {}
    return 'last_order' in source ? 'products.last_order' : 'recommended' in source ? 'products.recommended' : name
  })
}

function escapedOutsideLiquid(source: string): string {
  const { masked, pieces } = maskLiquid(withoutReserved(source))
  return unmaskLiquid(escapeHtml(masked), pieces)
}

function insertAfterBody(html: string, part: string): string {
  if (!part) return html
  const body = scanHtml(html).find(tag => tag.name === 'body' && !tag.closing)
  return body ? html.slice(0, body.end) + part + html.slice(body.end) : part + html
}

function insertBeforeEnd(html: string, part: string): string {
  if (!part) return html
  const end = endOfBody(html)
  return html.slice(0, end) + part + html.slice(end)
}

function endOfBody(html: string): number {
  const body = html.toLowerCase().lastIndexOf('</body')
  if (body !== -1) return body
  const end = html.toLowerCase().lastIndexOf('</html')
  return end === -1 ? html.length : end
}

/** Marks that stand for links while the document passes through HTML tools. */
const linkMark = (number: number) => `\uE002${number}\uE003`
const endMark = '\uE004'

const withEndOfBody = (html: string) => insertBeforeEnd(html, endMark)
const writeLinkTags = (marked: string) => marked.replace(/\uE002(\d+)\uE003/g, (_, number: string) => `{% ${linkTag} ${number} %}`).replace(endMark, `{% ${linkTag} end %}`)

/** Links that lead to the person's own pages are never counted or rewritten. */
const ownLink = /\b(unsubscribe_url|preferences_url|confirm_url)\b/

/**
 * Every http(s) address and every address that holds Liquid becomes a mark; the same address is the same link.
 * mailto:, tel:, anchors and the person's own pages stay.
 */
function markLinks(masked: string, pieces: string[], locale: MailLocale): { marked: string, links: CompiledLink[] } {
  const links: CompiledLink[] = []
  const numbers = new Map<string, number>()
  let marked = ''
  let position = 0
  for (const tag of scanHtml(masked)) {
    if (tag.closing || !(tag.name === 'a' || tag.name === 'area' || tag.name.startsWith('v:'))) continue
    const href = tag.attributes.find(attribute => attribute.name === 'href')
    if (!href) continue
    const source = unmaskLiquid(href.value.trim(), pieces, decodeEntities)
    const personal = href.value.includes('\uE000')
    if (ownLink.test(source) || !(personal || /^https?:/i.test(source))) continue
    // "mailto:{{ contact.email }}" and "#{{ anchor }}" are personal, yet not links to count.
    if (personal && !source.startsWith('{') && !/^https?:/i.test(source)) continue
    let number = numbers.get(source)
    if (number === undefined) {
      number = links.length + 1
      numbers.set(source, number)
      links.push(personal ? personalLink(number, source, locale) : { number, kind: 'fixed', url: source })
    }
    const quoted = masked[href.valueStart - 1] === '"' || masked[href.valueStart - 1] === "'"
    marked += masked.slice(position, href.valueStart) + (quoted ? linkMark(number) : `"${linkMark(number)}"`)
    position = href.valueEnd
  }
  return { marked: marked + masked.slice(position), links }
}

/** A value the address begins with is a whole address and kept; later values are parts and percent-encoded. */
function personalLink(number: number, source: string, locale: MailLocale): CompiledLink {
  const { masked, pieces } = maskLiquid(source)
  const first = /^(?:\uE000\d+\uE001)/.exec(masked)?.[0] ?? ''
  const startsWithOutput = first !== '' && unmaskLiquid(first, pieces).startsWith('{{')
  const cut = startsWithOutput ? first.length : 0
  return {
    number, kind: 'personal', source,
    start: cut > 0 ? liquidEngine('text', locale).parse(unmaskLiquid(masked.slice(0, cut), pieces)) : [],
    rest: liquidEngine('url', locale).parse(unmaskLiquid(masked.slice(cut), pieces)),
  }
}

function toPlainText(html: string): string {
  return convert(html, {
    wordwrap: false,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
      { selector: 'table', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: 'img', format: 'skip' },
      { selector: 'div[style^="display:none"]', format: 'skip' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(selector => ({ selector, options: { uppercase: false } })),
    ],
  }).replace(/[ \t\u00A0]+\n/g, '\n').replace(/\n{3,}/g, '\n\n').trim() + '\n'
}

// ── the engine with the link tag ────────────────────────────────────────────────────────────────────
export type LinkWriter = (what: number | 'end') => string
/** The links of the mail being rendered, by Liquid's context: only then is the tag inside a loop reachable. */
export const linkWriters = new WeakMap<Context, LinkWriter>()

class LinkTag extends Tag {
  readonly what: number | 'end'
  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid) {
    super(token, remainTokens, liquid)
    this.what = token.args.trim() === 'end' ? 'end' : Number(token.args)
  }
  * render(context: Context): Generator<unknown, string, unknown> {
    return linkWriters.get(context)?.(this.what) ?? ''
  }
}

const linkEngines = new Map<string, Liquid>()
export function linkEngine(mode: 'html' | 'text', locale: MailLocale): Liquid {
  const key = `${mode}:${locale}`
  let engine = linkEngines.get(key)
  if (!engine) {
    engine = liquidEngine(mode, locale, true)
    engine.registerTag(linkTag, LinkTag)
    linkEngines.set(key, engine)
  }
  return engine
}

function layOut(engine: Liquid, source: string): Layout {
  const layout: Layout = { constants: [''], holes: [] }
  const assigns = /\{%-?\s*(assign|capture|liquid|cycle)\b/.test(source)
  for (const template of engine.parse(source)) {
    const constant = constantOf(template)
    if (constant !== undefined) layout.constants[layout.constants.length - 1] += constant
    else {
      layout.holes.push(template instanceof LinkTag ? (template.what === 'end' ? { kind: 'end_of_body' } : { kind: 'link', number: template.what }) : valueHole(template, assigns))
      layout.constants.push('')
    }
  }
  return layout
}

/** Names that are values of Liquid's own. */
const literals = ['true', 'false', 'nil', 'null', 'empty', 'blank']
const plainValue = /^\{\{-?\s*([a-z_]\w*(?:\.[a-z_]\w*)*)\s*(?:\|\s*default:\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*)?-?\}\}$/i

function valueHole(template: Template, assigns: boolean): Hole {
  const match = assigns ? null : plainValue.exec(template.token.getText())
  const path = match?.[1]!.split('.')
  if (!match || !path || path.some(part => ['size', 'first', 'last', ...literals].includes(part))) return { kind: 'liquid', template }
  return { kind: 'value', path, fallback: match[2] ?? match[3] ?? '', template }
}

/** Liquid's HTML node keeps its text in `str`; white space it was told to trim is gone from it. */
function constantOf(template: Template): string | undefined {
  return 'str' in template && typeof template.str === 'string' ? template.str : undefined
}

/** An address a mail may carry: what would run script leads nowhere. */
export function safeAddress(address: string): string {
  return runsScript(address) ? '#' : address
}
