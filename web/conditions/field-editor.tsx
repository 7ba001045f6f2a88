import { useTranslation } from 'react-i18next'
import type { FieldLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { Choice } from './choice.tsx'
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
      <Choice
        label={t('row.operator')} disabled={disabled} value={leaf.operator} onChange={operator => onChange(withOperator(leaf, operator, kind))}
        options={operatorsOf(kind, leaf.field).map(operator => ({ value: operator, label: t(operator === 'between' && kind === 'date' ? 'operators.between_dates' : `operators.${operator}`) }))}
      />
      <ValueInput
        leaf={leaf} kind={kind} vocabulary={vocabulary} disabled={disabled} onChange={value => onChange({ ...leaf, value })}
        options={custom?.options ?? choicesOf(leaf.field).map(value => ({ value, label: labels.choice(value) }))} suggestions={vocabulary.field_values[leaf.field] ?? []}
      />
    </>
  )
}
