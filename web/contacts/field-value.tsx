import { Anchor } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { CustomField, FieldValue } from '../../shared/contacts.ts'
import { useFormat } from '../ui/format.ts'
import { useUsers } from './use-reference.ts'

/** A custom field's value as people read it. */
export function FieldValueText({ field, value }: { field: Pick<CustomField, 'kind' | 'options'>, value: FieldValue }) {
  const { t } = useTranslation('contacts')
  const format = useFormat()
  const users = useUsers()
  if (value === null || value === '') return null
  const label = (choice: string) => field.options.find(option => option.value === choice)?.label ?? choice
  switch (field.kind) {
    case 'number': return typeof value === 'number' ? format.number(value) : String(value)
    case 'money': return typeof value === 'number' ? format.money(value) : String(value)
    case 'date': return typeof value === 'string' ? format.day(`${value.slice(0, 10)}T12:00:00Z`) : String(value)
    case 'datetime': return typeof value === 'string' ? format.dayAndTime(value) : String(value)
    case 'email': return <Anchor href={`mailto:${String(value)}`}>{String(value)}</Anchor>
    case 'phone': return <Anchor href={`tel:${String(value)}`}>{String(value)}</Anchor>
    case 'user': return users.find(user => user.id === value)?.name ?? String(value)
    case 'boolean': return value === true ? t('yes') : t('no')
    case 'choice': return label(String(value))
    case 'multi_choice': return Array.isArray(value) ? value.map(label).join(', ') : String(value)
    case 'link': return /^https?:\/\//i.test(String(value)) ? <Anchor href={String(value)} target="_blank" rel="noreferrer noopener">{String(value)}</Anchor> : String(value)
    default: return String(value)
  }
}
