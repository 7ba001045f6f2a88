import { Liquid, Tokenizer, type TopLevelToken } from 'liquidjs'
import type { MailLocale } from '../../shared/templates.ts'
import { formatMoney } from './format-money.ts'

/**
 * Liquid for mails and webhooks. Four ways to write a value out: into HTML (escaped), into plain text (subject, text part),
 * into a part of a URL (percent-encoded), into a string of JSON (escaped; `| json` writes the value itself). Tags that reach outside the mail or keep state across renders are absent.
 */
export type LiquidMode = 'html' | 'text' | 'url' | 'json'

export const excludedTags = ['include', 'render', 'layout', 'block', 'increment', 'decrement'] as const

/** The tag that stands where a link stood. Its name is a private-use character, which cannot be typed: see `withoutReserved`. */
export const linkTag = '\uE010'

const engines = new Map<string, Liquid>()

/** `own`: an engine of the caller's, to add tags to. */
export function liquidEngine(mode: LiquidMode, locale: MailLocale, own = false): Liquid {
  if (own) return makeEngine(mode, locale)
  const key = `${mode}:${locale}`
  let engine = engines.get(key)
  if (!engine) engines.set(key, engine = makeEngine(mode, locale))
  return engine
}

function makeEngine(mode: LiquidMode, locale: MailLocale): Liquid {
  const engine = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    locale,
    // Days in mails are days: without a format of its own a date is written out, without the time.
    dateFormat: locale === 'ru' ? '%-d %B %Y' : '%B %-d, %Y',
    parseLimit: 3_000_000,
    renderLimit: 500,
    memoryLimit: 10_000_000,
    ...(mode === 'html' ? { outputEscape: 'escape' as const } : mode === 'url' ? { outputEscape: encodeUrlPart } : mode === 'json' ? { outputEscape: escapeJson } : {}),
  })
  for (const tag of excludedTags) delete engine.tags[tag]

  const dateFilter = engine.filters['date'] as (this: unknown, value: unknown, format?: string, zone?: unknown) => unknown
  engine.registerFilter('date', function (this: { context: { getSync(path: string[]): unknown } }, value: unknown, format?: string, zone?: unknown) {
    const written = dateFilter.call(this, value, format, zone ?? this.context.getSync(['time_zone']) ?? undefined)
    return locale === 'ru' && typeof written === 'string' ? withGenitiveMonths(written) : written
  })
  engine.registerFilter('money', function (value: unknown, currency: unknown) {
    const amount = Number(value)
    return Number.isFinite(amount) && typeof currency === 'string' && currency !== '' ? formatMoney(amount, currency, locale) : String(value ?? '')
  })
  for (const name of ['plus', 'minus', 'times', 'divided_by', 'modulo']) {
    const filter = engine.filters[name] as (this: unknown, ...values: unknown[]) => unknown
    engine.registerFilter(name, function (this: unknown, ...values: unknown[]) { return tidyNumber(filter.apply(this, values)) })
  }
  engine.registerFilter('base64_url_safe_encode', (value: unknown) => Buffer.from(String(value ?? '')).toString('base64').replaceAll('+', '-').replaceAll('/', '_'))
  engine.registerFilter('base64_url_safe_decode', (value: unknown) => Buffer.from(String(value ?? ''), 'base64url').toString('utf8'))
  if (mode === 'html') {
    engine.registerFilter('newline_to_br', { raw: true, handler: (value: unknown) => escapeHtml(String(value ?? '')).replace(/\r?\n/g, '<br>\n') })
  }
  if (mode === 'json') engine.registerFilter('json', { raw: true, handler: (value: unknown) => JSON.stringify(value ?? null) })
  if (mode === 'text') engine.registerFilter('newline_to_br', (value: unknown) => String(value ?? ''))
  if (mode === 'url') {
    // What the author has encoded by hand is not encoded again.
    for (const name of ['url_encode', 'cgi_escape', 'uri_escape']) {
      const filter = engine.filters[name] as (value: unknown) => unknown
      engine.registerFilter(name, { raw: true, handler: (value: unknown) => filter.call(undefined, value) })
    }
  }
  return engine
}

const genitive: Record<string, string> = {
  январь: 'января', февраль: 'февраля', март: 'марта', апрель: 'апреля', май: 'мая', июнь: 'июня',
  июль: 'июля', август: 'августа', сентябрь: 'сентября', октябрь: 'октября', ноябрь: 'ноября', декабрь: 'декабря',
}
/** "1 октябрь" is "1 октября" in Russian; a month alone stays "октябрь". */
function withGenitiveMonths(text: string): string {
  return text.replace(/(\d{1,2}\s)([а-я]{3,8})(?![а-яё])/g, (whole, day: string, month: string) => genitive[month] === undefined ? whole : day + genitive[month])
}

/** 10.1 - 2.2 is 7.9, not 7.8999999999999995; what is no number (divided by zero) leaves no "NaN" in a mail. */
function tidyNumber(value: unknown): unknown {
  if (typeof value !== 'number') return value
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : ''
}

/** A value inside a URL: everything but letters, digits and `-_.~/` is percent-encoded. */
export function encodeUrlPart(value: unknown): string {
  return encodeURIComponent(String(value ?? '').toWellFormed()).replace(/%2F/g, '/').replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

const escapeJson = (value: unknown): string => JSON.stringify(String(value ?? '').toWellFormed()).slice(1, -1)

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entityOf[character]!)
}
const entityOf: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Removes the characters this program uses as its own marks inside a mail. */
export function withoutReserved(text: string): string {
  return text.replace(/[\uE000-\uE01F]/g, '')
}

/**
 * Cuts Liquid out of a text so that HTML tools cannot harm it: each `{{ … }}` and `{% … %}` becomes a mark of
 * private-use characters. Cut by Liquid's own tokenizer, so both agree where a tag ends. Throws Liquid's error.
 */
export function maskLiquid(source: string): { masked: string, pieces: string[] } {
  const pieces: string[] = []
  if (!source.includes('{{') && !source.includes('{%')) return { masked: source, pieces }
  let masked = ''
  for (const token of topLevelTokens(source)) {
    const text = source.slice(token.begin, token.end)
    if (text.startsWith('{{') || text.startsWith('{%')) {
      masked += `\uE000${pieces.length}\uE001`
      pieces.push(text)
    } else masked += text
  }
  return { masked, pieces }
}

export function unmaskLiquid(masked: string, pieces: string[], write: (piece: string) => string = piece => piece): string {
  return masked.replace(/\uE000(\d+)\uE001/g, (_, number: string) => write(pieces[Number(number)] ?? ''))
}

function topLevelTokens(source: string): TopLevelToken[] {
  return new Tokenizer(source).readTopLevelTokens()
}
