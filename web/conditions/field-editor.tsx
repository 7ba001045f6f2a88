import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { FieldLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { fieldKindOf } from './condition-tree.ts'
import { choicesOf, operatorsOf, withOperator } from './leaves.ts'
import { ValueInput } from './value-input.tsx'
import { useLabels } from './vocabulary.ts'

type Props = { leaf: FieldLeaf, vocabulary: ConditionVocabulary, onChange: (leaf: FieldLeaf) => void, disabled: boolean }

export function FieldEditor({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const kind = fieldKindOf(leaf.field, vocabulary)
  if (kind === undefined) return null
  const custom = vocabulary.custom_fields.find(field => `fields.${field.key}` === leaf.field)
  return (
    <>
      <Select
        size="xs" w={178} allowDeselect={false} disabled={disabled} aria-label={t('row.operator')} comboboxProps={{ width: 210, position: 'bottom-start' }} maxDropdownHeight={320}
        data={operatorsOf(kind, leaf.field).map(operator => ({ value: operator, label: t(operator === 'between' && kind === 'date' ? 'operators.between_dates' : `operators.${operator}`) }))}
        value={leaf.operator} onChange={operator => operator !== null && onChange(withOperator(leaf, operator, kind))}
      />
      <ValueInput
        leaf={leaf} kind={kind} vocabulary={vocabulary} disabled={disabled} onChange={value => onChange({ ...leaf, value })}
        options={custom?.options ?? choicesOf(leaf.field).map(value => ({ value, label: labels.choice(value) }))} suggestions={vocabulary.field_values[leaf.field] ?? []}
      />
    </>
  )
}
