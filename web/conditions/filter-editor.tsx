import { ActionIcon, Autocomplete, Group, MultiSelect, NumberInput, TagsInput, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { PropertyFilter } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { Choice, Reference } from './choice.tsx'
import { unchosen } from './leaves.ts'
import { useLabels } from './vocabulary.ts'

type Operator = PropertyFilter['operator']
const operators: Operator[] = ['is', 'is_not', 'contains', 'one_of', 'known', 'unknown', 'at_least', 'at_most', 'more_than', 'less_than']
const ofReferences: Operator[] = ['is', 'is_not', 'one_of', 'known', 'unknown']
const numeric = new Set<Operator>(['at_least', 'at_most', 'more_than', 'less_than'])

type Props = { filter: PropertyFilter, vocabulary: ConditionVocabulary, onChange: (filter: PropertyFilter) => void, onRemove: () => void, disabled: boolean }

/** "where the address contains sale": a property of an event, compared. Names are offered where the property is the number of something. */
export function FilterEditor({ filter, event, vocabulary, onChange, onRemove, disabled }: Props & { event: string }) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const seen = vocabulary.events.find(one => one.type === event)
  const byLabel = new Map((seen?.properties ?? []).map(property => [labels.property(property), property]))
  const item = filter.property.startsWith('items.') ? vocabulary.item_values[filter.property.slice('items.'.length)] : undefined
  const rename = (property: string) => {
    // A number of something and a text do not stand for each other.
    const isSame = (labels.references(property) === undefined) === (labels.references(filter.property) === undefined)
    onChange(isSame ? { ...filter, property } : { property, operator: 'is', value: labels.references(property) === undefined ? '' : unchosen })
  }
  return (
    <Group gap={6} w="100%" pl={{ base: 0, sm: 16 }}>
      <Text size="sm" c="dimmed">{t('event.where')}</Text>
      <Autocomplete
        size="xs" w={170} disabled={disabled} aria-label={t('event.property')} placeholder={t('event.property')} data={[...byLabel.keys()]}
        value={filter.property === '' ? '' : labels.property(filter.property)} onChange={text => rename(byLabel.get(text) ?? text)}
      />
      <Comparison filter={filter} suggestions={item ?? seen?.values[filter.property] ?? []} list={labels.references(filter.property)} onChange={onChange} disabled={disabled} />
      {!disabled && <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('event.remove_filter')} onClick={onRemove}><IconX size={14} /></ActionIcon>}
    </Group>
  )
}

const itemProperties = ['category', 'sku', 'name', 'price', 'quantity']

/** A property of one line of an order. */
export function ItemFilterEditor({ filter, vocabulary, onChange, onRemove, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const properties = itemProperties.includes(filter.property) ? itemProperties : [...itemProperties, filter.property]
  const isNumber = (property: string) => property === 'price' || property === 'quantity'
  return (
    <>
      <Choice
        label={t('event.property')} disabled={disabled} options={properties.map(property => ({ value: property, label: labels.property(property) }))} value={filter.property}
        onChange={property => onChange(isNumber(property) === isNumber(filter.property) ? { ...filter, property } : { property, operator: isNumber(property) ? 'at_least' : 'is', value: isNumber(property) ? 1 : '' })}
      />
      <Comparison filter={filter} suggestions={vocabulary.item_values[filter.property] ?? []} list={undefined} onChange={onChange} disabled={disabled} />
      {!disabled && <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('event.remove_filter')} onClick={onRemove}><IconX size={14} /></ActionIcon>}
    </>
  )
}

function Comparison({ filter, suggestions, list, onChange, disabled }: { filter: PropertyFilter, suggestions: string[], list: { id: number, name: string }[] | undefined, onChange: (filter: PropertyFilter) => void, disabled: boolean }) {
  const { t } = useTranslation('conditions')
  const { operator, value } = filter
  const choose = (next: Operator) => {
    const { value: _, ...rest } = filter
    if (next === 'known' || next === 'unknown') return onChange({ ...rest, operator: next })
    if (next === 'one_of') return onChange({ ...rest, operator: next, value: Array.isArray(value) ? value : value === undefined || value === '' || value === unchosen ? [] : [value] })
    const single = Array.isArray(value) ? value[0] ?? '' : value ?? ''
    return onChange({ ...rest, operator: next, value: numeric.has(next) ? Number(single) || 0 : list !== undefined && typeof single !== 'number' ? unchosen : single })
  }
  return (
    <>
      <Choice label={t('row.operator')} disabled={disabled} options={(list === undefined ? operators : ofReferences).map(one => ({ value: one, label: t(`operators.${one}`) }))} value={operator} onChange={choose} />
      {Array.isArray(value) && list !== undefined && (
        <MultiSelect size="xs" miw={180} maw={420} searchable disabled={disabled} aria-label={t('row.value')} placeholder={t('values.choose')} data={list.map(one => ({ value: String(one.id), label: one.name }))} value={value.map(String)} onChange={chosen => onChange({ ...filter, value: chosen.map(Number) })} />
      )}
      {Array.isArray(value) && list === undefined && (
        <TagsInput size="xs" miw={170} maw={360} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.several')} data={suggestions} splitChars={[',', ';']} acceptValueOnBlur value={value.map(String)} onChange={chosen => onChange({ ...filter, value: chosen })} />
      )}
      {numeric.has(operator) && <NumberInput size="xs" w={100} hideControls disabled={disabled} aria-label={t('row.value')} value={typeof value === 'number' ? value : ''} onChange={one => onChange({ ...filter, value: typeof one === 'number' ? one : '' })} />}
      {!numeric.has(operator) && value !== undefined && !Array.isArray(value) && (list === undefined
        ? <Autocomplete size="xs" w={170} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.text')} data={suggestions} limit={20} value={String(value)} onChange={text => onChange({ ...filter, value: text })} />
        : <Reference label={t('row.value')} list={list} value={typeof value === 'number' ? value : unchosen} disabled={disabled} onChange={id => onChange({ ...filter, value: id })} />)}
    </>
  )
}
