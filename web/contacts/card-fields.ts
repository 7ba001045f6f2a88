import { useMemo } from 'react'
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
}

export const inputOf: Record<CustomField['kind'], RowInput> = {
  text: 'long', number: 'number', money: 'number', date: 'date', choice: 'choice', multi_choice: 'multi_choice', boolean: 'choice', link: 'url',
}
export const asInput = (field: Pick<CustomField, 'kind'>, value: FieldValue): FieldValue => field.kind === 'boolean' && value !== null ? String(value) : value
export const fromInput = (field: Pick<CustomField, 'kind'>, value: FieldValue): FieldValue => field.kind === 'boolean' && value !== null ? value === 'true' : value

const same = (value: FieldValue): FieldValue => value

/** Fields of the card by their names, those of the program first. */
export function useCardFields(): Map<string, CardField> {
  const { t, i18n } = useTranslation('contacts')
  const custom = useCustomFields()
  const users = useUsers()
  return useMemo(() => {
    const languages = new Intl.DisplayNames([i18n.language], { type: 'language' })
    const plain = (name: string, input: RowInput = 'text', choices: CardField['choices'] = () => []): CardField => ({ name, label: t(`fields.${name === 'owner_id' ? 'owner' : name}`), input, choices, asInput: same, fromInput: same })
    const own: CardField[] = [
      plain('first_name'), plain('last_name'), plain('email', 'email'), plain('phone', 'tel'), plain('external_id'), plain('company'), plain('city'), plain('source'),
      plain('locale', 'choice', () => languageTags.map(tag => ({ value: tag, label: languages.of(tag) ?? tag }))),
      plain('time_zone', 'choice', () => timeZoneChoices()),
      {
        ...plain('owner_id', 'choice', () => users.map(user => ({ value: String(user.id), label: user.name }))),
        asInput: value => value === null ? null : String(value), fromInput: value => value === null ? null : Number(value),
      },
    ]
    const theirs = custom.map((field): CardField => ({
      name: `fields.${field.key}`, label: field.label, input: inputOf[field.kind],
      choices: () => field.kind === 'boolean' ? [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }] : field.options,
      asInput: value => asInput(field, value), fromInput: value => fromInput(field, value),
    }))
    return new Map([...own, ...theirs].map(field => [field.name, field]))
  }, [t, i18n.language, custom, users])
}
