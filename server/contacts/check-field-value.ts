import type { CustomField, FieldValue } from '../../shared/contacts.ts'
import { cleanEmail, normaliseEmail, normaliseName, normalisePhone, parseDay, parseNumber } from './normalise.ts'

export type FieldDefinition = Pick<CustomField, 'key' | 'label' | 'kind' | 'options' | 'required' | 'is_unique' | 'formula'>

const yes = new Set(['true', 'yes', 'y', '1', 'да', 'д', '+', 'x'])
const no = new Set(['false', 'no', 'n', '0', 'нет', 'н', '-'])

/** A value as it was given in, the value as it is kept out (null: emptied); or what is wrong with it. */
export function checkFieldValue(field: Pick<FieldDefinition, 'kind' | 'options'> & Partial<FieldDefinition>, value: FieldValue, phoneCountry: string): { value: FieldValue } | { message: string } {
  if (field.formula) return { message: 'is computed, nobody writes it' }
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return field.required ? { message: 'this field may not be empty' } : { value: null }
  switch (field.kind) {
    case 'text': case 'long_text': return typeof value === 'string' ? kept(value) : Array.isArray(value) ? { message: 'one text is expected' } : kept(String(value))
    case 'number':
    case 'money': {
      const number = typeof value === 'number' ? value : typeof value === 'string' ? parseNumber(value) : null
      return number === null || Math.abs(number) > 1e15 ? { message: 'a number is expected' } : { value: number }
    }
    case 'date': {
      const day = typeof value === 'string' ? parseDay(value) : null
      return day === null ? { message: 'a date such as 2026-11-24 is expected' } : { value: day }
    }
    case 'datetime': {
      const time = typeof value === 'string' ? new Date(value) : null
      return time === null || Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999 ? { message: 'a date and time such as 2026-11-24T15:00:00+03:00 is expected' } : { value: time.toISOString() }
    }
    case 'email': return typeof value === 'string' && normaliseEmail(value) !== null ? { value: cleanEmail(value) } : { message: 'is not an email address' }
    case 'phone': {
      const phone = normalisePhone(String(value), phoneCountry)
      return phone === null ? { message: 'is not a phone number' } : { value: phone }
    }
    case 'user': {
      const id = typeof value === 'number' ? value : Number(value)
      return Number.isSafeInteger(id) && id > 0 ? { value: id } : { message: 'the number of a member of staff is expected' }
    }
    case 'boolean': {
      if (typeof value === 'boolean') return { value }
      const word = String(value).trim().toLowerCase()
      return yes.has(word) ? { value: true } : no.has(word) ? { value: false } : { message: 'true or false is expected' }
    }
    case 'link': return typeof value === 'string' && isLink(value.trim()) ? { value: value.trim() } : { message: 'an address beginning with http:// or https:// is expected' }
    case 'choice': {
      const option = findOption(field, value)
      return option === undefined ? { message: `one of ${choices(field)} is expected` } : { value: option }
    }
    case 'multi_choice': {
      const given = Array.isArray(value) ? value : String(value).split(/[,;|]/).map(part => part.trim()).filter(part => part !== '')
      const options = given.map(one => findOption(field, one))
      const unknown = given.find((_, index) => options[index] === undefined)
      return unknown === undefined ? { value: [...new Set(options as string[])] } : { message: `"${unknown.slice(0, 50)}" is none of ${choices(field)}` }
    }
  }
}

function kept(text: string): { value: string | null } | { message: string } {
  // oxlint-disable-next-line no-control-regex -- PostgreSQL keeps no NUL, and nobody meant the others
  const cleaned = text.toWellFormed().replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g, '').trim()
  if (cleaned.length > 10_000) return { message: 'at most 10,000 characters' }
  return { value: cleaned === '' ? null : cleaned }
}

function findOption(field: Pick<FieldDefinition, 'options'>, value: FieldValue): string | undefined {
  const wanted = normaliseName(String(value))
  const lower = wanted.toLowerCase()
  return (field.options.find(option => option.value === wanted)
    ?? field.options.find(option => option.value.toLowerCase() === lower || option.label.toLowerCase() === lower))?.value
}

const choices = (field: Pick<FieldDefinition, 'options'>): string => field.options.slice(0, 20).map(option => option.value).join(', ') + (field.options.length > 20 ? ' …' : '')

function isLink(text: string): boolean {
  if (text.length > 2000 || !/^https?:\/\//i.test(text)) return false
  return URL.canParse(text)
}
