import type { DealState } from '../../shared/deals.ts'
import type { DateFormat } from '../../shared/imports.ts'
import { isCurrency } from '../../shared/money.ts'

/** What a file means by its texts. Formats are decided for a whole column, since one value alone is often ambiguous. */

const numericDate = /^(\d{1,4})[./\-\s](\d{1,2})[./\-\s](\d{1,4})(?:[\sT,]+(.*))?$/
const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?$/i
const months: Record<string, number> = {
  jan: 1, янв: 1, feb: 2, фев: 2, mar: 3, мар: 3, apr: 4, апр: 4, may: 5, май: 5, мая: 5, jun: 6, июн: 6, jul: 7, июл: 7, aug: 8, авг: 8,
  sep: 9, сен: 9, oct: 10, окт: 10, nov: 11, ноя: 11, dec: 12, дек: 12, mai: 5, okt: 10, dez: 12, mär: 3,
}

export type Moment = { year: number, month: number, day: number, hour: number, minute: number, second: number, /** minutes east of UTC, when the text says so */ offset: number | null, hasTime: boolean }

/** Which of the usual orders a column of dates follows. `hint` decides where every value could be either. */
export function detectDateFormat(values: string[], hint: DateFormat): DateFormat {
  let first = 0
  let second = 0
  let yearFirst = 0
  for (const value of values) {
    const match = numericDate.exec(value.trim())
    if (!match) continue
    if (match[1]!.length === 4) yearFirst++
    if (Number(match[1]) > 12 && match[1]!.length < 3) first++
    if (Number(match[2]) > 12) second++
  }
  if (yearFirst > 0) return 'ymd'
  if (first > 0 && second === 0) return 'dmy'
  if (second > 0 && first === 0) return 'mdy'
  // 24.11.2026 is never written month first.
  return values.some(value => /^\d{1,2}\.\d{1,2}\.\d{2,4}/.test(value.trim())) ? 'dmy' : hint
}

/** The moment a text names, or null. Takes 2026-11-24, 24.11.2026 14:30, 11/24/26 2:30 PM, 24 ноября 2026, Nov 24, 2026, 20261124, Unix seconds, days of a spreadsheet. */
export function parseMoment(text: string, format: DateFormat): Moment | null {
  const trimmed = text.trim().replaceAll(/[\u00A0\u202F]/g, ' ')
  if (trimmed === '') return null
  const numeric = numericDate.exec(trimmed)
  if (numeric) {
    const [, a, b, c, rest] = numeric
    if (a!.length === 4) return moment(Number(a), Number(b), Number(c), rest)
    const year = c!.length === 2 ? Number(c) + (Number(c) < 70 ? 2000 : 1900) : Number(c)
    const [day, month] = format === 'mdy' ? [b, a] : [a, b]
    return moment(year, Number(month), Number(day), rest)
  }
  const compact = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?$/.exec(trimmed)
  if (compact && Number(compact[2]) <= 12) return moment(Number(compact[1]), Number(compact[2]), Number(compact[3]), compact[4] === undefined ? undefined : `${compact[4]}:${compact[5]}:${compact[6] ?? '00'}`)
  const named = /^(?:[a-zа-яё]{2,11}\.?,?\s+)?(\d{1,2})\.?(?:st|nd|rd|th)?[\s-]+([a-zа-яёä]{3,10})\.?,?[\s-]+(\d{4}|\d{2})(?:\s*г\.?)?(?:[\s,]+(.*))?$/i.exec(trimmed)
  if (named) return moment(fullYear(named[3]!), monthOf(named[2]!), Number(named[1]), named[4])
  const monthFirst = /^([a-zа-яёä]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[\s,]+(.*))?$/i.exec(trimmed)
  if (monthFirst) return moment(Number(monthFirst[3]), monthOf(monthFirst[1]!), Number(monthFirst[2]), monthFirst[4])
  if (/^\d{9,10}$/.test(trimmed) || /^\d{12,13}$/.test(trimmed)) return fromUtc(Number(trimmed) * (trimmed.length > 10 ? 1 : 1000))
  // Days since 30 December 1899: how spreadsheets keep dates when they forget that they are dates. 1954 to 2064.
  if (/^[2-5]\d{4}(?:[.,]\d+)?$/.test(trimmed)) {
    const days = Number(trimmed.replace(',', '.'))
    const at = fromUtc(Date.UTC(1899, 11, 30) + Math.round(days * 86_400) * 1000)
    return at === null ? null : { ...at, offset: null, hasTime: days % 1 !== 0 }
  }
  return null
}

const fullYear = (text: string): number => text.length === 2 ? Number(text) + (Number(text) < 70 ? 2000 : 1900) : Number(text)
const monthOf = (name: string): number => months[name.toLowerCase().slice(0, 3)] ?? 0

function fromUtc(milliseconds: number): Moment | null {
  const date = new Date(milliseconds)
  if (Number.isNaN(date.getTime())) return null
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(), offset: 0, hasTime: true }
}

function moment(year: number, month: number, day: number, rest: string | undefined): Moment | null {
  const date = new Date(Date.UTC(year, month - 1, day))
  if (year < 1900 || year > 2200 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  if (rest === undefined || rest.trim() === '') return { year, month, day, hour: 0, minute: 0, second: 0, offset: null, hasTime: false }
  const match = clock.exec(rest.trim())
  if (!match) return null
  let hour = Number(match[1])
  if (match[4] !== undefined) {
    if (hour < 1 || hour > 12) return null
    hour = hour % 12 + (/^p/i.test(match[4]) ? 12 : 0)
  }
  const minute = Number(match[2])
  const second = Number(match[3] ?? 0)
  if (hour > 23 || minute > 59 || second > 59) return null
  return { year, month, day, hour, minute, second, offset: offsetOf(match[5]), hasTime: true }
}

function offsetOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(text)
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0
}

export const asDay = (at: Moment): string => `${String(at.year).padStart(4, '0')}-${String(at.month).padStart(2, '0')}-${String(at.day).padStart(2, '0')}`

/** The moment in UTC; a text without an offset is read as local time of the zone. */
export function asDate(at: Moment, timeZone: string): Date {
  const local = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second)
  if (at.offset !== null) return new Date(local - at.offset * 60_000)
  const guess = local - offsetAt(local, timeZone)
  return new Date(local - offsetAt(guess, timeZone))
}

const offsetFormats = new Map<string, Intl.DateTimeFormat>()
/** zone and hour → milliseconds east of UTC: asking Intl for each row would cost more than all the rest */
const offsets = new Map<string, number>()

function offsetAt(instant: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  const key = `${timeZone} ${Math.floor(instant / 3_600_000)}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  let format = offsetFormats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })
    offsetFormats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(part => [part.type, Number(part.value)]))
  const offset = Date.UTC(parts['year']!, parts['month']! - 1, parts['day'], parts['hour'], parts['minute'], parts['second']) - Math.floor(instant / 1000) * 1000
  if (offsets.size > 200_000) offsets.clear()
  offsets.set(key, offset)
  return offset
}

const currencyMarks: [RegExp, string][] = [[/₽|руб\.?|р\./i, 'RUB'], [/\$/, 'USD'], [/€/, 'EUR'], [/£/, 'GBP'], [/₸/, 'KZT'], [/₴/, 'UAH']]

/** The ISO code a text names by code or sign, or null. */
export function findCurrency(text: string): string | null {
  const code = /(?:^|[^A-Za-z])([A-Za-z]{3})(?:[^A-Za-z]|$)/.exec(text)?.[1]?.toUpperCase()
  if (code !== undefined && isCurrency(code)) return code
  return currencyMarks.find(([mark]) => mark.test(text))?.[1] ?? null
}

/** Which mark stands before the decimals in a column of numbers. */
export function detectDecimal(values: string[]): '.' | ',' {
  let comma = 0
  let dot = 0
  for (const value of values) {
    const digits = value.replaceAll(/[^\d.,]/g, '')
    const lastComma = digits.lastIndexOf(',')
    const lastDot = digits.lastIndexOf('.')
    if (lastComma === -1 && lastDot === -1) continue
    const last = Math.max(lastComma, lastDot)
    const isComma = last === lastComma
    const both = lastComma !== -1 && lastDot !== -1
    // 1,490 may be a thousand and a half or one and a half: it says nothing, unless the other mark stands there too.
    if (digits.length - last - 1 === 3 && !both) continue
    if (isComma) comma++
    else dot++
  }
  return comma > dot ? ',' : '.'
}

/** The number a text holds, signs of currency and percent left aside; null when it is none. */
export function parseAmount(text: string, decimal: '.' | ','): number | null {
  let cleaned = text.replaceAll(/[\s\u00A0\u202F'’]/g, '')
  const negative = /^\(.*\)$/.test(cleaned) || /^-|-$/.test(cleaned.replaceAll(/[^\d.,-]/g, ''))
  cleaned = cleaned.replace(/^[^\d.,-]+/, '').replace(/(?:[^\d]+)$/, '').replace(/^[-(]+/, '')
  const thousands = decimal === ',' ? '.' : ','
  const parts = cleaned.split(decimal)
  if (parts.length > 2) {
    // 1,490,000: the mark before the decimals stands once.
    if (!/^\d{1,3}([.,]\d{3})+$/.test(cleaned)) return null
    cleaned = cleaned.replaceAll(decimal, '')
  } else {
    const whole = parts[0]!
    if (whole.includes(thousands) && !new RegExp(`^\\d{1,3}(\\${thousands}\\d{3})+$`).test(whole)) {
      // The column's mark does not fit this value: 12.5 in a column of decimal commas.
      return parts.length === 1 && /^\d+[.,]\d+$/.test(cleaned) ? signed(Number(cleaned.replace(',', '.')), negative) : null
    }
    cleaned = [whole.replaceAll(thousands, ''), parts[1]].filter(part => part !== undefined).join('.')
  }
  if (!/^\d*\.?\d+$/.test(cleaned)) return null
  return signed(Number(cleaned), negative)
}

const signed = (number: number, negative: boolean): number => negative ? -number : number

const subscriptionWords: [string, RegExp][] = [
  ['complained', /complain|spam|abuse|жалоб/],
  ['bounced', /bounce|unreachable|undeliver|invalid|cleaned|hard|blocked|blocklisted|blacklist|недостав|не ?существ|заблок/],
  ['withdrawn', /unsub|opt.?ed?.?out|opt.?out|withdrawn|removed|inactive|disabled|not ?subscribed|отпис|отказ|неактив|не ?подписан/],
  ['unknown', /unconfirmed|pending|waiting|not ?confirmed|ожида|не ?подтвержд/],
  ['granted', /subscrib|active|confirmed|enabled|granted|opt.?in|opted.?in|подпис|актив|соглас|подтвержд/],
]
const yesNo: Record<string, Subscription> = { yes: 'granted', y: 'granted', true: 'granted', '1': 'granted', да: 'granted', '+': 'granted', no: 'withdrawn', n: 'withdrawn', false: 'withdrawn', '0': 'withdrawn', нет: 'withdrawn', '-': 'withdrawn' }
export type Subscription = 'granted' | 'withdrawn' | 'bounced' | 'complained' | 'unknown'

/** What another program's column "status" says about whether a person may be mailed. */
export function parseSubscription(text: string): Subscription {
  const word = text.trim().toLowerCase()
  return yesNo[word] ?? subscriptionWords.find(([, pattern]) => pattern.test(word))?.[0] as Subscription | undefined ?? 'unknown'
}

const dealWords: [DealState, RegExp][] = [
  ['lost', /lost|закрыт\S* и не реализ|проигр|отказ|провал|неусп|abandon|cancel|отмен/],
  ['won', /won|выигр|успе|реализ|продан|оплач|success|paid/],
  ['open', /^(open|active|in progress|new)$|откры|работ|актив|новая/],
]

/** What another program's column "status" says of a deal; null: nothing. */
export function parseDealState(text: string): DealState | null {
  const word = text.trim().toLowerCase()
  return dealWords.find(([, pattern]) => pattern.test(word))?.[0] ?? null
}

/** First and last name of a full one: "Иванова Анна Петровна" and "Anna Ivanova" are written in different orders. */
export function splitName(text: string): { first_name: string, last_name: string } {
  const comma = /^([^,]+),\s*([^,]+)$/.exec(text.trim())
  if (comma) return { first_name: comma[2]!.trim(), last_name: comma[1]!.trim() }
  const words = text.trim().split(/\s+/)
  const patronymic = /(?:вич|вна|ична|инична|ич|оглы|кызы)$/i
  if (words.length === 3 && patronymic.test(words[2]!)) return { first_name: words[1]!, last_name: words[0]! }
  if (words.length === 3 && patronymic.test(words[1]!)) return { first_name: words[0]!, last_name: words[2]! }
  if (words.length === 2 && familyName.test(words[0]!) && !familyName.test(words[1]!)) return { first_name: words[1]!, last_name: words[0]! }
  return { first_name: words[0] ?? '', last_name: words.slice(1).join(' ') }
}
const familyName = /(?:ов|ова|ев|ева|ёв|ёва|ин|ина|ын|ына|ский|ская|цкий|цкая|енко|чук|юк|ых|их)$/i
