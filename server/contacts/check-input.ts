import type { ContactInput, FieldValue } from '../../shared/contacts.ts'
import type { FieldError } from '../base/errors.ts'
import { checkFieldValue } from './check-field-value.ts'
import type { FieldDefinition } from './check-field-value.ts'
import { cleanEmail, normaliseEmail, normaliseExternalId, normaliseLocale, normaliseName, normalisePhone, normaliseTimeZone } from './normalise.ts'

export const identityKinds = ['external_id', 'email', 'phone'] as const
export type IdentityKind = typeof identityKinds[number]

/** Columns a card has, besides custom fields and tags. */
export const cardColumns = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'company', 'job_title', 'locale', 'time_zone', 'city', 'source', 'owner_id'] as const
export type CardColumn = typeof cardColumns[number]
export type CardValues = Record<CardColumn, string | number | null>

export type CheckedInput = {
  id: number | undefined
  revision: number | undefined
  import_id: number | undefined
  as_of: Date | undefined
  /** only what was given; null: emptied */
  values: Partial<CardValues>
  /** normalised */
  identities: Partial<Record<IdentityKind, string>>
  fields: Record<string, FieldValue>
  tags: string[]
}

export type InputContext = { phoneCountry: string, fields: ReadonlyMap<string, FieldDefinition> }

/** Plain texts, with the longest they may be. */
const texts = { first_name: 200, last_name: 200, company: 200, job_title: 200, city: 200, source: 200 } as const

/** What was given, cleaned and normalised; or everything that is wrong with it. Pure. */
export function checkInput(input: ContactInput, context: InputContext): CheckedInput | { errors: FieldError[] } {
  const errors: FieldError[] = []
  const values: Partial<CardValues> = {}
  const identities: CheckedInput['identities'] = {}
  const given = (name: CardColumn): string | null | undefined => {
    const value = input[name]
    if (value === undefined) return undefined
    return value === null ? null : String(value).trim() === '' ? null : String(value)
  }

  const identity = (kind: IdentityKind, normalise: (text: string) => string | null, keep: (text: string, normalised: string) => string, message: string): void => {
    const text = given(kind)
    if (text === undefined) return
    values[kind] = null
    if (text === null) return
    const normalised = normalise(text)
    if (normalised === null || normalised === '') {
      errors.push({ field: kind, message })
      return
    }
    values[kind] = keep(text, normalised)
    identities[kind] = normalised
  }
  identity('email', normaliseEmail, cleanEmail, 'is not an email address')
  identity('phone', text => normalisePhone(text, context.phoneCountry), (_, normalised) => normalised, 'is not a phone number')
  identity('external_id', normaliseExternalId, (_, normalised) => normalised, 'is empty')
  if ((identities.external_id?.length ?? 0) > 200) errors.push({ field: 'external_id', message: 'at most 200 characters' })

  for (const [name, longest] of Object.entries(texts) as [keyof typeof texts, number][]) {
    const text = given(name)
    if (text === undefined) continue
    const cleaned = text === null ? '' : normaliseName(text)
    if (cleaned.length > longest) errors.push({ field: name, message: `at most ${longest} characters` })
    else values[name] = cleaned === '' ? null : cleaned
  }
  const locale = given('locale')
  if (locale !== undefined) {
    values.locale = locale === null ? null : normaliseLocale(locale)
    if (locale !== null && values.locale === null) errors.push({ field: 'locale', message: 'is not a language such as en or ru' })
  }
  const zone = given('time_zone')
  if (zone !== undefined) {
    values.time_zone = zone === null ? null : normaliseTimeZone(zone.trim())
    if (zone !== null && values.time_zone === null) errors.push({ field: 'time_zone', message: 'is not a time zone such as Europe/Moscow' })
  }
  if (input.owner_id !== undefined) values.owner_id = input.owner_id

  const fields: Record<string, FieldValue> = {}
  for (const [key, value] of Object.entries(input.fields ?? {})) {
    const definition = context.fields.get(key)
    if (definition === undefined) {
      errors.push({ field: `fields.${key}`, message: 'there is no such custom field' })
      continue
    }
    const checked = checkFieldValue(definition, value, context.phoneCountry)
    if ('message' in checked) errors.push({ field: `fields.${key}`, message: checked.message })
    else fields[key] = checked.value
  }

  const tags = [...new Map((input.tags ?? []).map(name => normaliseName(name)).filter(name => name !== '').map(name => [name.toLowerCase(), name])).values()]
  for (const name of tags) if (name.length > 100) errors.push({ field: 'tags', message: 'a tag has at most 100 characters' })
  if (errors.length > 0) return { errors }
  return { id: input.id, revision: input.revision, import_id: input.import_id, as_of: input.as_of, values, identities, fields, tags }
}
