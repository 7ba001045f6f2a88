import { LiquidError } from 'liquidjs'
import type { MailBlock, MailDocument, MailLocale, MailVariant } from '../../shared/templates.ts'
import { nearest } from './nearest-word.ts'
import { excludedTags, liquidEngine, withoutReserved } from './liquid.ts'
import { type Place, placeWords, type ProblemCode, problemMessage } from './problem-words.ts'
import { runsScript, sanitiseDocumentHtml, sanitiseTextHtml } from './sanitise-html.ts'
import { decodeEntities } from './scan-html.ts'

export type DocumentError = { field: string, message: string, code: ProblemCode, locale: MailLocale, block_id: string | null }

/**
 * Makes a document fit to be kept: texts are sanitised, every piece of Liquid is parsed. Errors name the language,
 * the block and the line, and say what to do; with any error the document must not be saved.
 */
export function checkDocument(document: MailDocument, reader: MailLocale): { document: MailDocument, errors: DocumentError[] } {
  const errors: DocumentError[] = []
  const locales: MailDocument['locales'] = {}
  for (const [locale, variant] of Object.entries(document.locales) as [MailLocale, MailVariant][]) {
    locales[locale] = new VariantCheck(locale, reader, errors).check(variant)
  }
  return { document: { ...document, locales }, errors }
}

class VariantCheck {
  private readonly locale: MailLocale
  private readonly reader: MailLocale
  private readonly errors: DocumentError[]
  private readonly ids = new Set<string>()

  constructor(locale: MailLocale, reader: MailLocale, errors: DocumentError[]) {
    this.locale = locale
    this.reader = reader
    this.errors = errors
  }

  check(variant: MailVariant): MailVariant {
    const base = `document.locales.${this.locale}`
    const subject = this.liquid(variant.subject.replace(/\s+/g, ' '), `${base}.subject`, { locale: this.locale, part: 'subject' })
    const preheader = this.liquid(variant.preheader.replace(/\s+/g, ' '), `${base}.preheader`, { locale: this.locale, part: 'preheader' })
    const attached = variant.attachments === undefined || variant.attachments.length === 0 ? {} : { attachments: [...new Set(variant.attachments)] }
    if (variant.html !== undefined) {
      const html = this.liquid(variant.html, `${base}.html`, { locale: this.locale, part: 'html' })
      return { subject, preheader, html: this.parses(html) ? sanitiseDocumentHtml(html) : html, ...attached }
    }
    const blocks: MailBlock[] = []
    for (const [index, block] of (variant.blocks ?? []).entries()) blocks.push(this.block(block, `${base}.blocks.${index}`, index + 1))
    return { subject, preheader, blocks, ...attached }
  }

  block<B extends MailBlock>(block: B, field: string, number: number): B {
    const place: Place = { locale: this.locale, part: 'block', block: { number, kind: block.kind } }
    if (this.ids.has(block.id)) this.add('duplicate_block', `${field}.id`, place, {}, block.id)
    this.ids.add(block.id)
    if (block.kind === 'columns') {
      const columns = []
      for (const [column, leaves] of block.columns.entries()) {
        const checked = []
        for (const [index, leaf] of leaves.entries()) checked.push(this.block(leaf, `${field}.columns.${column}.${index}`, number))
        columns.push(checked)
      }
      return { ...block, columns }
    }
    const result: Record<string, unknown> = { ...block }
    for (const key of ['text', 'html', 'label', 'url', 'src', 'alt', 'url_pattern', 'button_label'] as const) {
      const value = result[key]
      if (typeof value !== 'string') continue
      result[key] = this.liquid(value, `${field}.${key}`, place, block.id, key === 'html' ? decodeEntities : undefined)
      if ((key === 'url' || key === 'src' || key === 'url_pattern') && runsScript(value)) this.add('bad_address', `${field}.${key}`, place, { text: value.slice(0, 60) }, block.id)
    }
    // In the form the sanitiser needs Liquid must be whole; what was refused above is not saved anyway.
    if (block.kind === 'text' && this.parses(block.html)) result['html'] = sanitiseTextHtml(block.html)
    return result as B
  }

  private parses(source: string): boolean {
    try {
      liquidEngine('text', this.locale).parse(source)
      return true
    } catch {
      // Liquid with entities (&gt;) is cut out whole all the same, as long as its brackets are closed.
      return !/\{[{%](?![\s\S]*[}%]\})/.test(source)
    }
  }

  private liquid(source: string, field: string, place: Place, blockId: string | null = null, read: (text: string) => string = text => text): string {
    const clean = withoutReserved(source).toWellFormed()
    try {
      liquidEngine('text', this.locale).parse(read(clean))
    } catch (error) {
      if (!LiquidError.is(error)) throw error
      const { code, values, line } = explainLiquidError(error, this.locale)
      this.add(code, field, { ...place, line }, values, blockId)
    }
    return clean
  }

  private add(code: ProblemCode, field: string, place: Place, values: Record<string, string | number>, blockId: string | null): void {
    this.errors.push({ field, code, locale: this.locale, block_id: blockId, message: `${placeWords(place, this.reader)}: ${problemMessage(code, this.reader, values)}` })
  }
}

/** Liquid's own words into ours. */
export function explainLiquidError(error: Error & { token?: unknown }, locale: MailLocale): { code: ProblemCode, values: Record<string, string>, line: number } {
  const engine = liquidEngine('text', locale)
  const [first = ''] = error.message.split('\n')
  const line = Number(/, line:(\d+)/.exec(first)?.[1] ?? 1)
  const said = first.replace(/, (file:.*?, )?line:\d+(, col:\d+)?$/, '')
  const filter = /^undefined filter: (.+)$/.exec(said)?.[1]
  if (filter !== undefined) return { code: 'liquid_unknown_filter', values: { name: filter, hint: nearest(filter, Object.keys(engine.filters)) ?? '' }, line }
  const tag = /^tag "(.+)" not found$/.exec(said)?.[1]
  if (tag !== undefined) {
    return (excludedTags as readonly string[]).includes(tag)
      ? { code: 'liquid_excluded_tag', values: { name: tag }, line }
      : { code: 'liquid_unknown_tag', values: { name: tag, hint: nearest(tag, Object.keys(engine.tags)) ?? '' }, line }
  }
  const open = /^(?:tag|output) (.+) not closed$/s.exec(said)?.[1]
  if (open !== undefined) return { code: 'liquid_not_closed', values: { text: open.replace(/^"|"$/g, '').replaceAll('\\"', '"') }, line }
  return { code: 'liquid_wrong', values: { text: said.slice(0, 200) }, line }
}

