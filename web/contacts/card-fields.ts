import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { CustomField, FieldValue } from '../../shared/contacts.ts'
import { timeZoneChoices } from '../company/choices.ts'
import type { RowInput } from './field-input.tsx'
import { useCustomFields, useUsers } from './use-reference.ts'

export const languageTags = ['ru', 'en', 'de', 'fr', 'es', 'it', 'pt', 'pl', 'uk', 'be', 'kk', 'tr', 'zh']

/** A field of the card that can be edited outside of it. `name` as the API calls it: `city`, `owner_id`, `fields.size`. */
export type CardField = {
  name: string
  label: string
  input: RowInput
  choices: () => { value: string, label: string }[]
  /** as the API has it to what is edited, and back */
  asInput: (value: FieldValue) => FieldValue
  fromInput: (value: FieldValue) => FieldValue
  /** different on every card */
  unique?: boolean
}

export const inputOf: Record<CustomField['kind'], RowInput> = {
  text: 'text', long_text: 'long', number: 'number', money: 'number', date: 'date', datetime: 'datetime', choice: 'choice', multi_choice: 'multi_choice', boolean: 'choice', link: 'url', email: 'email', phone: 'tel', user: 'choice',
}
export const asInput = (field: Pick<CustomField, 'kind'>, value: FieldValue): FieldValue => (field.kind === 'boolean' || field.kind === 'user') && value !== null ? String(value) : value
export const fromInput = (field: Pick<CustomField, 'kind'>, value: FieldValue): FieldValue => value === null ? null : field.kind === 'boolean' ? value === 'true' : field.kind === 'user' ? Number(value) : value

/** What can be chosen for a custom field. */
export function useChoicesOf() {
  const { t } = useTranslation('contacts')
  const users = useUsers()
  return useCallback((field: Pick<CustomField, 'kind' | 'options'>) => field.kind === 'boolean' ? [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]
    : field.kind === 'user' ? users.map(user => ({ value: String(user.id), label: user.name }))
      : field.options, [t, users])
}

const same = (value: FieldValue): FieldValue => value

/** Fields of the card by their names, those of the program first. */
export function useCardFields(): Map<string, CardField> {
  const { t, i18n } = useTranslation('contacts')
  const custom = useCustomFields()
  const users = useUsers()
  const choicesOf = useChoicesOf()
  return useMemo(() => {
    const languages = new Intl.DisplayNames([i18n.language], { type: 'language' })
    const plain = (name: string, input: RowInput = 'text', choices: CardField['choices'] = () => []): CardField => ({ name, label: t(`fields.${name === 'owner_id' ? 'owner' : name}`), input, choices, asInput: same, fromInput: same })
    const own: CardField[] = [
      plain('first_name'), plain('last_name'), plain('email', 'email'), plain('phone', 'tel'), plain('external_id'), plain('company'), plain('job_title'), plain('city'), plain('source'),
      plain('locale', 'choice', () => languageTags.map(tag => ({ value: tag, label: languages.of(tag) ?? tag }))),
      plain('time_zone', 'choice', () => timeZoneChoices()),
      {
        ...plain('owner_id', 'choice', () => users.map(user => ({ value: String(user.id), label: user.name }))),
        asInput: value => value === null ? null : String(value), fromInput: value => value === null ? null : Number(value),
      },
    ]
    const theirs = custom.filter(field => field.formula === null).map((field): CardField => ({
      name: `fields.${field.key}`, label: field.label, input: inputOf[field.kind], unique: field.is_unique,
      choices: () => choicesOf(field),
      asInput: value => asInput(field, value), fromInput: value => fromInput(field, value),
    }))
    return new Map([...own, ...theirs].map(field => [field.name, field]))
  }, [t, i18n.language, custom, users, choicesOf])
}
