import type { ContactCard, CustomField, FieldValue } from '../../shared/contacts.ts'

/** A field in which two cards differ, under the name the API of merges has for it; `label` is there for own fields only. */
export type DifferingField = { name: string, label?: string, own: FieldValue, others: FieldValue }

const columns = ['first_name', 'last_name', 'email', 'phone', 'company', 'job_title', 'city', 'owner', 'locale', 'time_zone', 'source', 'external_id'] as const

/** `languages`: says the name of a language. */
export function differingFields(card: ContactCard, other: ContactCard, custom: CustomField[], languages: Intl.DisplayNames): DifferingField[] {
  const valueOf = (of: ContactCard, column: typeof columns[number]): FieldValue => column === 'locale' && of.locale !== null ? languages.of(of.locale) ?? of.locale : column === 'company' || column === 'owner' ? of[column]?.name ?? null : of[column]
  return [
    ...columns.map(column => ({ name: column, own: valueOf(card, column), others: valueOf(other, column) })),
    ...custom.filter(field => field.formula === null).map(field => ({ name: `fields.${field.key}`, label: field.label, own: card.fields[field.key] ?? null, others: other.fields[field.key] ?? null })),
  ].filter(({ own, others }) => JSON.stringify(own) !== JSON.stringify(others))
}
