import type { ContactCard, CustomField, FieldValue } from '../../shared/contacts.ts'

/** A field in which cards differ, under the name the API of merges has for it; `label` is there for own fields only. */
export type DifferingField = { name: string, label?: string, values: { id: number, value: FieldValue }[] }

const columns = ['first_name', 'last_name', 'email', 'phone', 'company', 'job_title', 'city', 'owner', 'locale', 'time_zone', 'source', 'external_id'] as const

/** Of each field the different values, each with the first card that has it: that which stays comes first. `languages`: says the name of a language. */
export function differingFields(cards: ContactCard[], custom: CustomField[], languages: Intl.DisplayNames): DifferingField[] {
  const valueOf = (of: ContactCard, column: typeof columns[number]): FieldValue => column === 'locale' && of.locale !== null ? languages.of(of.locale) ?? of.locale : column === 'company' || column === 'owner' ? of[column]?.name ?? null : of[column]
  const valuesBy = (read: (card: ContactCard) => FieldValue) => cards.map(card => ({ id: card.id, value: read(card) })).filter((one, index, all) => all.findIndex(other => JSON.stringify(other.value) === JSON.stringify(one.value)) === index)
  return [
    ...columns.map(column => ({ name: column, values: valuesBy(card => valueOf(card, column)) })),
    ...custom.filter(field => field.formula === null).map(field => ({ name: `fields.${field.key}`, label: field.label, values: valuesBy(card => card.fields[field.key] ?? null) })),
  ].filter(({ values }) => values.length > 1)
}
