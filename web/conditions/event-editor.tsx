import { ActionIcon, Autocomplete, Badge, Group, Menu, NumberInput, Select, TagsInput, Text, TextInput } from '@mantine/core'
import { DateInput } from '@mantine/dates'
import { IconAdjustments, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { conditionFields } from '../../shared/conditions.ts'
import type { EventLeaf, PropertyFilter } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { readCount, windowMode, withCount, withWindowMode } from './condition-tree.ts'
import type { CountMode, WindowMode } from './condition-tree.ts'
import { DurationInput } from './duration-input.tsx'
import { useLabels } from './vocabulary.ts'

type Props = { leaf: EventLeaf, vocabulary: ConditionVocabulary, onChange: (leaf: EventLeaf) => void, disabled: boolean }

const countModes: CountMode[] = ['once', 'at_least', 'at_most', 'exactly', 'never']
const windowModes: WindowMode[] = ['ever', 'last', 'between', 'after_field']

/** How often and when; what it may be narrowed down by is offered behind one button. */
export function EventEditor({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const { mode, times } = readCount(leaf)
  const when = windowMode(leaf)
  const where = leaf.where ?? []
  const canHaveMachines = leaf.event === 'email.opened' || leaf.event === 'email.clicked'
  return (
    <>
      <Select
        size="xs" w={132} allowDeselect={false} disabled={disabled} aria-label={t('count.mode')}
        data={countModes.map(one => ({ value: one, label: t(`count.${one}`) }))}
        value={mode} onChange={one => one !== null && onChange(withCount(leaf, one as CountMode, times))}
      />
      {mode !== 'once' && mode !== 'never' && (
        <Group gap={6} wrap="nowrap">
          <NumberInput size="xs" w={60} min={1} max={1_000_000} hideControls allowDecimal={false} allowNegative={false} disabled={disabled} aria-label={t('count.number')} value={times} onChange={one => typeof one === 'number' && onChange(withCount(leaf, mode, one))} />
          <Text size="sm">{t('count.times', { count: times })}</Text>
        </Group>
      )}
      <Select
        size="xs" w={140} allowDeselect={false} disabled={disabled} aria-label={t('window.mode')}
        data={windowModes.map(one => ({ value: one, label: t(`window.${one}`) }))}
        value={when} onChange={one => one !== null && onChange(withWindowMode(leaf, one as WindowMode))}
      />
      <WindowEditor leaf={leaf} vocabulary={vocabulary} onChange={onChange} disabled={disabled} />
      {!disabled && (
        <Menu position="bottom-start">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('event.more')} title={t('event.more')}><IconAdjustments size={16} stroke={1.7} /></ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onChange({ ...leaf, where: [...where, { property: '', operator: 'is', value: '' }] })}>{t('event.add_filter')}</Menu.Item>
            {leaf.not_followed_by === undefined && <Menu.Item onClick={() => onChange({ ...leaf, not_followed_by: { event: leaf.event === 'order.placed' ? 'email.opened' : 'order.placed' } })}>{t('event.add_not_followed')}</Menu.Item>}
            {canHaveMachines && leaf.include_machines !== true && <Menu.Item onClick={() => onChange({ ...leaf, include_machines: true })}>{t('event.include_machines')}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      )}
      {leaf.include_machines === true && (
        <Badge
          color="amber" tt="none"
          rightSection={!disabled && <ActionIcon size={14} variant="transparent" color="amber" aria-label={t('event.remove_filter')} onClick={() => onChange(without(leaf, 'include_machines'))}><IconX size={12} /></ActionIcon>}
        >
          {t('event.machines')}
        </Badge>
      )}
      {where.map((filter, index) => (
        <FilterEditor
          key={index} filter={filter} event={leaf.event} vocabulary={vocabulary} disabled={disabled}
          onChange={changed => onChange({ ...leaf, where: where.map((old, at) => at === index ? changed : old) })}
          onRemove={() => onChange(where.length === 1 ? without(leaf, 'where') : { ...leaf, where: where.filter((_, at) => at !== index) })}
        />
      ))}
      {leaf.not_followed_by !== undefined && <FollowedEditor leaf={leaf} vocabulary={vocabulary} onChange={onChange} disabled={disabled} />}
    </>
  )
}

function without(leaf: EventLeaf, key: 'where' | 'not_followed_by' | 'include_machines'): EventLeaf {
  const { [key]: _, ...rest } = leaf
  return rest
}

function WindowEditor({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t, i18n } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const { window } = leaf
  if (window === undefined) return null
  if ('last' in window) return <DurationInput value={window.last} disabled={disabled} onChange={last => onChange({ ...leaf, window: { last } })} />
  if ('after_field' in window) {
    const dates = [...Object.entries(conditionFields).filter(([, kind]) => kind === 'date').map(([name]) => name), ...vocabulary.custom_fields.filter(field => field.kind === 'date').map(field => `fields.${field.key}`)]
    return (
      <Group gap={6}>
        <DurationInput value={window.within} disabled={disabled} onChange={within => onChange({ ...leaf, window: { ...window, within } })} />
        <Text size="sm">{t('window.after')}</Text>
        <Select
          size="xs" w={180} allowDeselect={false} searchable disabled={disabled} aria-label={t('window.field')}
          data={dates.map(name => ({ value: name, label: labels.field(name) }))}
          value={window.after_field} onChange={after_field => after_field !== null && onChange({ ...leaf, window: { ...window, after_field } })}
        />
      </Group>
    )
  }
  if ('before' in window || 'after_event' in window || 'since_entry' in window) return null
  const set = (bound: 'from' | 'to', day: string | null) => {
    const { [bound]: _, ...rest } = window
    // The last day counts whole: the window ends where the next one begins.
    onChange({ ...leaf, window: day === null ? rest : { ...rest, [bound]: bound === 'from' ? startOfDay(day) : startOfDay(day, 1) } })
  }
  const input = (bound: 'from' | 'to') => (
    <DateInput
      size="xs" w={132} clearable disabled={disabled} aria-label={t(`values.${bound}`)} placeholder={t(`values.${bound}`)} valueFormat={i18n.language === 'ru' ? 'DD.MM.YYYY' : 'DD MMM YYYY'} locale={i18n.language}
      value={window[bound] === undefined ? null : localDay(window[bound], bound === 'to' ? -1 : 0)} onChange={day => set(bound, day)}
    />
  )
  return <Group gap={6} wrap="nowrap">{input('from')}<Text size="sm">–</Text>{input('to')}</Group>
}

function startOfDay(day: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = day.slice(0, 10).split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}

function localDay(moment: string, later: number): string {
  const date = new Date(moment)
  const day = new Date(date.getFullYear(), date.getMonth(), date.getDate() + later)
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`
}

const filterOperators: PropertyFilter['operator'][] = ['is', 'is_not', 'contains', 'one_of', 'known', 'unknown', 'at_least', 'at_most', 'more_than', 'less_than']
const numeric = new Set<PropertyFilter['operator']>(['at_least', 'at_most', 'more_than', 'less_than'])

export function FilterEditor({ filter, event, vocabulary, onChange, onRemove, disabled }: { filter: PropertyFilter, event: string, vocabulary: ConditionVocabulary, onChange: (filter: PropertyFilter) => void, onRemove: () => void, disabled: boolean }) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const properties = vocabulary.events.find(one => one.type === event)?.properties ?? []
  const byLabel = new Map(properties.map(property => [labels.property(property), property]))
  const choose = (operator: PropertyFilter['operator']) => {
    const { value, ...rest } = filter
    if (operator === 'known' || operator === 'unknown') return onChange({ ...rest, operator })
    if (operator === 'one_of') return onChange({ ...rest, operator, value: Array.isArray(value) ? value : value === undefined || value === '' ? [] : [String(value)] })
    const single = Array.isArray(value) ? value[0] ?? '' : value ?? ''
    return onChange({ ...rest, operator, value: numeric.has(operator) ? Number(single) || 0 : single })
  }
  return (
    <Group gap={6} w="100%" pl={{ base: 0, sm: 16 }}>
      <Text size="sm" c="dimmed">{t('event.where')}</Text>
      <Autocomplete
        size="xs" w={170} disabled={disabled} aria-label={t('event.property')} placeholder={t('event.property')} data={[...byLabel.keys()]}
        value={filter.property === '' ? '' : labels.property(filter.property)} onChange={text => onChange({ ...filter, property: byLabel.get(text) ?? text })}
      />
      <Select
        size="xs" w={140} allowDeselect={false} disabled={disabled} aria-label={t('row.operator')} data={filterOperators.map(operator => ({ value: operator, label: t(`operators.${operator}`) }))}
        value={filter.operator} onChange={operator => operator !== null && choose(operator as PropertyFilter['operator'])}
      />
      {Array.isArray(filter.value) && <TagsInput size="xs" miw={170} maw={360} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.several')} splitChars={[',', ';']} acceptValueOnBlur value={filter.value.map(String)} onChange={value => onChange({ ...filter, value })} />}
      {numeric.has(filter.operator) && <NumberInput size="xs" w={100} hideControls disabled={disabled} aria-label={t('row.value')} value={typeof filter.value === 'number' ? filter.value : ''} onChange={value => onChange({ ...filter, value: typeof value === 'number' ? value : '' })} />}
      {!numeric.has(filter.operator) && filter.value !== undefined && !Array.isArray(filter.value) && <TextInput size="xs" w={150} disabled={disabled} aria-label={t('row.value')} placeholder={t('values.text')} value={String(filter.value)} onChange={change => onChange({ ...filter, value: change.currentTarget.value })} />}
      {!disabled && <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('event.remove_filter')} onClick={onRemove}><IconX size={14} /></ActionIcon>}
    </Group>
  )
}

function FollowedEditor({ leaf, vocabulary, onChange, disabled }: Props) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const later = leaf.not_followed_by
  if (later === undefined) return null
  const types = [...new Set([later.event, ...vocabulary.events.map(event => event.type)])].filter(type => type !== '')
  const properties = vocabulary.events.find(event => event.type === leaf.event)?.properties.filter(property => !property.includes('.')) ?? []
  const withSame = (same: string | null) => {
    const { same_property: _, ...rest } = later
    onChange({ ...leaf, not_followed_by: same === null ? rest : { ...rest, same_property: same } })
  }
  return (
    <Group gap={6} w="100%" pl={{ base: 0, sm: 16 }}>
      <Text size="sm" c="dimmed">{t('event.not_followed_by')}</Text>
      <Select size="xs" w={200} searchable allowDeselect={false} disabled={disabled} aria-label={t('event.not_followed_by')} data={types.map(type => ({ value: type, label: labels.event(type) }))} value={later.event} onChange={event => event !== null && onChange({ ...leaf, not_followed_by: { ...later, event } })} />
      <Text size="sm" c="dimmed">{t('event.same')}</Text>
      <Select
        size="xs" w={150} searchable clearable disabled={disabled} aria-label={t('event.same_property')} placeholder={t('event.any_property')}
        data={[...new Set([...properties, ...(later.same_property === undefined ? [] : [later.same_property])])].map(property => ({ value: property, label: labels.property(property) }))}
        value={later.same_property ?? null} onChange={withSame}
      />
      {!disabled && <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('event.remove_filter')} onClick={() => onChange(without(leaf, 'not_followed_by'))}><IconX size={14} /></ActionIcon>}
    </Group>
  )
}
