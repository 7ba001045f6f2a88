import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { CustomField, FieldValue } from '../../shared/contacts.ts'
import { asInput, fromInput, inputOf, useChoicesOf } from './card-fields.ts'
import { EditableRow, ReadRow } from './editable-row.tsx'
import { FieldValueText } from './field-value.tsx'

type WithFields = { fields: Record<string, FieldValue> }
type Props<Card> = {
  fields: CustomField[]
  card: Card
  /** where the changes of one field are read: `/contacts/3/changes?field=`; left out: nowhere */
  history?: string
  onSave: (changes: { fields: Record<string, FieldValue> }, options?: { force?: boolean }) => Promise<void>
}

export const isFilled = (card: WithFields, field: CustomField) => card.fields[field.key] !== undefined && card.fields[field.key] !== null

/** Those without a heading first, then each heading where its first field stands. */
export const fieldsUnderHeadings = (fields: CustomField[]): { name: string, fields: CustomField[] }[] =>
  [...new Set(['', ...fields.map(field => field.group_name)])].map(name => ({ name, fields: fields.filter(field => field.group_name === name) })).filter(group => group.fields.length > 0)

/** Custom fields of a contact, a company or a deal, under the headings they were given. */
export function CustomFieldRows<Card extends WithFields>({ fields, card, history, onSave }: Props<Card>) {
  const { t } = useTranslation('contacts')
  const choicesOf = useChoicesOf()
  return fieldsUnderHeadings(fields).map(group => (
    <div key={group.name}>
      {group.name !== '' && <Text size="xs" fw={600} mt={10} mb={2} c="dimmed">{group.name}</Text>}
      {group.fields.map(field => {
        const read = (other: WithFields) => <FieldValueText field={field} value={other.fields[field.key] ?? null} />
        const shown = isFilled(card, field) ? read(card) : null
        if (field.formula !== null) return <ReadRow key={field.key} label={field.label} {...(history === undefined ? {} : { history: `${history}fields.${field.key}` })} title={t('computed_by', { formula: field.formula })}>{shown ?? <Text size="sm" c="dimmed">—</Text>}</ReadRow>
        return (
          <EditableRow<Card>
            key={field.key} field={field.key} right={`${field.of === 'contact' ? '' : `${field.of}.`}fields.${field.key}`} label={field.required ? `${field.label} *` : field.label} value={asInput(field, card.fields[field.key] ?? null)} input={inputOf[field.kind]} display={shown}
            choices={() => choicesOf(field)}
            read={read} onSave={(value, options) => onSave({ fields: { [field.key]: fromInput(field, value) } }, options)}
            {...(history === undefined ? {} : { history: `${history}fields.${field.key}` })} past={value => <FieldValueText field={field} value={value} />}
          />
        )
      })}
    </div>
  ))
}
