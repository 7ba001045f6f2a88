import { domainToASCII } from 'node:url'
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import type { CountryCode } from 'libphonenumber-js'

/** Characters nobody sees but programs trip over: zero-width ones, byte order marks, soft hyphens. */
const invisible = /[\u200B-\u200F\u2060\uFEFF\u00AD]/g

/** What a person sees as one line: without invisible and control characters, spaces folded. */
export function normaliseName(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.toWellFormed().normalize('NFC').replace(invisible, '').replace(/[\u0000-\u001F\u007F\s\u00A0]+/g, ' ').trim()
}

/** The address as it is kept on the card: as the person wrote it, without what surrounds it. */
export function cleanEmail(text: string): string {
  return text.toWellFormed().replace(invisible, '').replace(/^[\s\u00A0]*(mailto:)?/i, '').replace(/[\s\u00A0]+$/, '')
}

/** The form that is compared: small letters, the domain in its ASCII form. null: no mail can go there. */
export function normaliseEmail(text: string): string | null {
  const cleaned = cleanEmail(text)
  const at = cleaned.lastIndexOf('@')
  if (at < 1 || cleaned.length > 320) return null
  const local = cleaned.slice(0, at).normalize('NFC').toLowerCase()
  const domain = domainToASCII(cleaned.slice(at + 1).normalize('NFC').toLowerCase())
  // RFC 5321: local part of dot-separated atoms (quoted ones are not taken), at most 64 bytes; RFC 6531 lets it be Unicode.
  if (Buffer.byteLength(local) > 64 || !/^[^\s"(),:;<>@[\\\]\p{C}]+$/u.test(local) || local.startsWith('.') || local.endsWith('.') || local.includes('..')) return null
  if (domain.length > 253 || !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(domain)) return null
  return `${local}@${domain}`
}

/** E.164, or null when it cannot be a phone number. `defaultCountry` (ISO 3166) is assumed where no code is written. */
export function normalisePhone(text: string, defaultCountry: string): string | null {
  if (text.length > 60) return null
  // The apostrophe is what a spreadsheet is told not to calculate by, in our own export too.
  let cleaned = text.normalize('NFKC').replace(invisible, '').trim().replace(/^'(?=[+\d])/, '')
  // 8 999 … is how Russian numbers are dialled inside the country; 7999… and 00… are written without the plus.
  if (/^00[\s\d]/.test(cleaned)) cleaned = `+${cleaned.slice(2).trim()}`
  const parsed = parsePhoneNumberFromString(cleaned, defaultCountry as CountryCode)
  if (parsed?.isValid()) return parsed.number
  const digits = cleaned.replace(/\D/g, '')
  if (!cleaned.startsWith('+') && digits.length >= 11 && /^[\d\s().-]+$/.test(cleaned)) {
    const withPlus = parsePhoneNumberFromString(`+${digits}`)
    if (withPlus?.isValid()) return withPlus.number
  }
  if (/^8\d{10}$/.test(digits) && /^[\d\s().-]+$/.test(cleaned)) {
    const russian = parsePhoneNumberFromString(`+7${digits.slice(1)}`)
    if (russian?.isValid()) return russian.number
  }
  return parsed?.isPossible() && parsed.number.startsWith('+') && !/[a-z]/i.test(cleaned) ? parsed.number : null
}

export const normaliseExternalId = (text: string): string => normaliseName(text)

/** `2026-11-24` from 2026-11-24, 2026-11-24T…, 24.11.2026, 24.11.26, 20261124; null when it is no day. */
export function parseDay(text: string): string | null {
  const trimmed = text.trim()
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$/.exec(trimmed)
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?:\s.*)?$/.exec(trimmed)
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(trimmed)
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : dotted ? [dotted[3], dotted[2], dotted[1]] : compact ? [compact[1], compact[2], compact[3]] : []
  if (year === undefined || month === undefined || day === undefined) return null
  return dayOf(year.length === 2 ? Number(year) + (Number(year) < 70 ? 2000 : 1900) : Number(year), Number(month), Number(day))
}

function dayOf(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day))
  if (year < 1000 || year > 9999 || date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  return date.toISOString().slice(0, 10)
}

/** A number as people write it: `1 490,50`, `1,490.50`, `-3`. null when it is none. */
export function parseNumber(text: string): number | null {
  let cleaned = text.replace(/[\s\u00A0\u202F']/g, '')
  const comma = cleaned.lastIndexOf(',')
  const dot = cleaned.lastIndexOf('.')
  if (comma >= 0 && dot >= 0) cleaned = comma > dot ? cleaned.replaceAll('.', '').replace(',', '.') : cleaned.replaceAll(',', '')
  else if (comma >= 0) cleaned = cleaned.split(',').length > 2 ? cleaned.replaceAll(',', '') : cleaned.replace(',', '.')
  if (!/^[+-]?\d+(\.\d+)?$/.test(cleaned)) return null
  const number = Number(cleaned)
  return Number.isFinite(number) ? number : null
}

/** An IANA name the platform knows, in its usual spelling; null otherwise. */
export function normaliseTimeZone(text: string): string | null {
  const known = zones.get(text)
  if (known !== undefined) return known
  let zone: string | null = null
  try {
    zone = /^[A-Za-z]/.test(text) ? new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone : null
  } catch {
    zone = null
  }
  if (zones.size < 2000) zones.set(text, zone)
  return zone
}
const zones = new Map<string, string | null>()

/** `ru`, `en`, `pt-BR`; null when it is no language. */
export function normaliseLocale(text: string): string | null {
  const match = /^([a-z]{2,3})(?:[-_]([a-z]{2}))?$/i.exec(text.trim())
  if (!match) return null
  return match[2] === undefined ? match[1]!.toLowerCase() : `${match[1]!.toLowerCase()}-${match[2].toUpperCase()}`
}
