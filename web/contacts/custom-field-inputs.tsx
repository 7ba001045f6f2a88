import { Stack, Text } from '@mantine/core'
import type { FieldOf, FieldValue } from '../../shared/contacts.ts'
import { useFieldAccess, useMay } from '../app/session.tsx'
import { asInput, fromInput, inputOf, useChoicesOf } from './card-fields.ts'
import { fieldsUnderHeadings } from './custom-field-rows.tsx'
import { FieldInput } from './field-input.tsx'
import { useCustomFields } from './use-reference.ts'

type Props = {
  of: FieldOf
  /** as the API has them */ values: Record<string, FieldValue>
  onChange: (key: string, value: FieldValue) => void
  /** by `fields.<key>` */ errors: Record<string, string>
}

/** All custom fields of a record in a form, under their headings; what the role may only read cannot be typed in. */
export function CustomFieldInputs({ of, values, onChange, errors }: Props) {
  const fields = useCustomFields(of)
  const choicesOf = useChoicesOf()
  const accessOf = useFieldAccess()
  const may = useMay('contacts')
  return fieldsUnderHeadings(fields).map(group => (
    <Stack key={group.name} gap="sm">
      {group.name !== '' && <Text size="xs" fw={600} c="dimmed">{group.name}</Text>}
      {group.fields.map(field => (
        <FieldInput
          key={field.key} labelled required={field.required} label={field.label} input={inputOf[field.kind]} options={choicesOf(field)} error={errors[`fields.${field.key}`]}
          readOnly={!may || accessOf(`${of === 'contact' ? '' : `${of}.`}fields.${field.key}`) !== 'edit'}
          value={asInput(field, values[field.key] ?? null)} onChange={value => onChange(field.key, fromInput(field, value))}
        />
      ))}
    </Stack>
  ))
}
