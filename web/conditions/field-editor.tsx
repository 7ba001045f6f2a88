import { Select } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { fieldOperators } from '../../shared/conditions.ts'
import type { FieldLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { fieldKindOf, withOperator } from './condition-tree.ts'
import { ValueInput } from './value-input.tsx'

type Props = { leaf: FieldLeaf, vocabulary: ConditionVocabulary, onChange: (leaf: FieldLeaf) => void, disabled: boolean }

export function FieldEditor({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const kind = fieldKindOf(leaf.field, vocabulary)
  if (kind === undefined) return null
  return (
    <>
      <Select
        size="xs" w={178} allowDeselect={false} disabled={disabled} aria-label={t('row.operator')} comboboxProps={{ width: 210, position: 'bottom-start' }} maxDropdownHeight={320}
        data={fieldOperators[kind].map(operator => ({ value: operator, label: t(operator === 'between' && kind === 'date' ? 'operators.between_dates' : `operators.${operator}`) }))}
        value={leaf.operator} onChange={operator => operator !== null && onChange(withOperator(leaf, operator, kind))}
      />
      <ValueInput leaf={leaf} kind={kind} vocabulary={vocabulary} disabled={disabled} onChange={value => onChange({ ...leaf, value })} />
    </>
  )
}
