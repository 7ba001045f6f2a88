import type { CustomField, FieldValue } from '../../shared/contacts.ts'
import { normaliseName, parseDay, parseNumber } from './normalise.ts'

export type FieldDefinition = Pick<CustomField, 'key' | 'kind' | 'options'>

const yes = new Set(['true', 'yes', 'y', '1', 'да', 'д', '+', 'x'])
const no = new Set(['false', 'no', 'n', '0', 'нет', 'н', '-'])

/** A value as it was given in, the value as it is kept out (null: emptied); or what is wrong with it. */
export function checkFieldValue(field: FieldDefinition, value: FieldValue): { value: FieldValue } | { message: string } {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return { value: null }
  switch (field.kind) {
    case 'text': return typeof value === 'string' ? kept(value) : Array.isArray(value) ? { message: 'one text is expected' } : kept(String(value))
    case 'number':
    case 'money': {
      const number = typeof value === 'number' ? value : typeof value === 'string' ? parseNumber(value) : null
      return number === null || Math.abs(number) > 1e15 ? { message: 'a number is expected' } : { value: number }
    }
    case 'date': {
      const day = typeof value === 'string' ? parseDay(value) : null
      return day === null ? { message: 'a date such as 2026-11-24 is expected' } : { value: day }
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

function findOption(field: FieldDefinition, value: FieldValue): string | undefined {
  const wanted = normaliseName(String(value))
  const lower = wanted.toLowerCase()
  return (field.options.find(option => option.value === wanted)
    ?? field.options.find(option => option.value.toLowerCase() === lower || option.label.toLowerCase() === lower))?.value
}

const choices = (field: FieldDefinition): string => field.options.slice(0, 20).map(option => option.value).join(', ') + (field.options.length > 20 ? ' …' : '')

function isLink(text: string): boolean {
  if (text.length > 2000 || !/^https?:\/\//i.test(text)) return false
  return URL.canParse(text)
}
