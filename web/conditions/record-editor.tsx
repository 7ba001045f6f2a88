import { ActionIcon, Group, Select, Text } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { recordFields } from '../../shared/conditions.ts'
import type { FieldLeaf, RelatedKind, RelatedLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { Choice, widthOf } from './choice.tsx'
import { CountEditor } from './count-editor.tsx'
import { choicesOf, isReference, newRecordFilter, operatorsOf, recordFieldKind, withOperator } from './leaves.ts'
import { ValueInput } from './value-input.tsx'
import { useLabels } from './vocabulary.ts'
import type { Labels } from './labels.ts'

type Props = { leaf: RelatedLeaf, vocabulary: ConditionVocabulary, onChange: (leaf: RelatedLeaf) => void, disabled: boolean }

const firstFilter: Record<RelatedKind, string> = { order: 'status', deal: 'stage_id', lead: 'status' }

/** How many orders, deals or leads somebody has, or what they come to, of those that fit all the lines below. */
export function RecordEditor({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const fields = Object.keys(recordFields[leaf.related])
  const measurable = fields
    .filter(field => ['number', 'money'].includes(recordFieldKind(leaf.related, field) ?? '') && !isReference(field))
    .map(field => ({ value: field, label: labels.recordField(field), isMoney: recordFieldKind(leaf.related, field) === 'money' }))
  const where = leaf.where ?? []
  const setWhere = (filters: FieldLeaf[]) => {
    const { where: _, ...rest } = leaf
    onChange(filters.length === 0 ? rest : { ...rest, where: filters })
  }
  return (
    <>
      <CountEditor leaf={leaf} onChange={onChange} words="record_count" measurable={measurable} disabled={disabled} />
      {!disabled && where.length < 20 && (
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('record.add_filter')} title={t('record.add_filter')} onClick={() => setWhere([...where, newRecordFilter(leaf.related, firstFilter[leaf.related])])}><IconPlus size={16} stroke={1.7} /></ActionIcon>
      )}
      {where.map((filter, index) => (
        <Group key={index} gap={6} w="100%" pl={{ base: 0, sm: 16 }}>
          <Text size="sm" c="dimmed">{index === 0 ? t('record.where') : t('values.between_and')}</Text>
          <Select
            size="xs" w={widthOf(labels.recordField(filter.field), 220)} searchable allowDeselect={false} disabled={disabled} aria-label={t('record.field')} data={fields.map(field => ({ value: field, label: labels.recordField(field) }))}
            value={filter.field} onChange={field => field !== null && setWhere(where.with(index, newRecordFilter(leaf.related, field)))}
          />
          <RecordFilter related={leaf.related} filter={filter} vocabulary={vocabulary} labels={labels} disabled={disabled} onChange={changed => setWhere(where.with(index, changed))} />
          {!disabled && <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('event.remove_filter')} onClick={() => setWhere(where.toSpliced(index, 1))}><IconX size={14} /></ActionIcon>}
        </Group>
      ))}
    </>
  )
}

type FilterProps = { related: RelatedKind, filter: FieldLeaf, vocabulary: ConditionVocabulary, labels: Labels, onChange: (filter: FieldLeaf) => void, disabled: boolean }

function RecordFilter({ related, filter, vocabulary, labels, onChange, disabled }: FilterProps) {
  const { t } = useTranslation('conditions')
  const kind = recordFieldKind(related, filter.field)
  if (kind === undefined) return <Text size="xs" c="red">{t('row.unknown_field', { field: filter.field })}</Text>
  const sources = filter.field === 'source' ? sourcesOf(related, vocabulary, labels) : undefined
  return (
    <>
      <Choice
        label={t('row.operator')} disabled={disabled} value={filter.operator} onChange={operator => onChange(withOperator(filter, operator, kind))}
        options={(sources === undefined ? operatorsOf(kind, filter.field, true) : ['is', 'is_not', 'one_of']).map(operator => ({ value: operator, label: t(operator === 'between' && kind === 'date' ? 'operators.between_dates' : `operators.${operator}`) }))}
      />
      <ValueInput
        leaf={filter} kind={sources === undefined ? kind : 'choice'} vocabulary={vocabulary} disabled={disabled} onChange={value => onChange({ ...filter, value })}
        options={sources ?? choicesOf(filter.field, related).map(value => ({ value, label: labels.choice(value) }))}
        suggestions={filter.field.startsWith('items.') ? vocabulary.item_values[filter.field.slice('items.'.length)] ?? [] : filter.field === 'currency' ? [vocabulary.currency] : []}
        list={isReference(filter.field) ? labels.references(filter.field) : undefined}
      />
    </>
  )
}

/** Where leads and deals come from has names. */
function sourcesOf(related: RelatedKind, vocabulary: ConditionVocabulary, labels: Labels): { value: string, label: string }[] {
  const journeys = vocabulary.journeys.map(journey => `journey:${journey.id}`)
  const values = related === 'lead' ? [...vocabulary.lead_sources.map(source => source.value), ...journeys] : ['staff', 'api', ...journeys]
  return [...new Set(values)].map(value => ({ value, label: labels.choice(value) }))
}
