import { ActionIcon, Badge, Group, Menu, Select, Text } from '@mantine/core'
import { IconAdjustments, IconPlus, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { EventLeaf } from '../../shared/conditions.ts'
import type { ConditionVocabulary } from '../../shared/segments.ts'
import { Choice } from './choice.tsx'
import { CountEditor } from './count-editor.tsx'
import { withWindow } from './counting.ts'
import type { WindowMode } from './counting.ts'
import { isMoneyProperty } from './describe-condition.ts'
import { DurationInput } from './duration-input.tsx'
import { FilterEditor, ItemFilterEditor } from './filter-editor.tsx'
import { useLabels } from './vocabulary.ts'
import { EventSelect, WindowEditor } from './window-editor.tsx'

type Props = { leaf: EventLeaf, vocabulary: ConditionVocabulary, onChange: (leaf: EventLeaf) => void, disabled: boolean }

const windows: WindowMode[] = ['ever', 'last', 'before', 'between', 'after_field', 'after_event']

/** How often and when; what it may be narrowed down by is offered behind one button. */
export function EventEditor({ leaf, vocabulary, onChange, disabled, inJourney }: Props & { inJourney: boolean }) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const properties = vocabulary.events.find(event => event.type === leaf.event)?.properties ?? []
  const hasItems = properties.some(property => property.startsWith('items.'))
  // Texts cannot be summed up; what has been seen as text is not offered.
  const texts = new Set([...Object.keys(vocabulary.events.find(event => event.type === leaf.event)?.values ?? {}), 'currency', 'coupon', 'url', 'order_id', 'items.sku', 'items.name', 'items.category'])
  const measurable = properties.filter(property => !texts.has(property) && labels.references(property) === undefined).map(property => ({ value: property, label: labels.property(property), isMoney: isMoneyProperty(property) }))
  const where = leaf.where ?? []
  const canHaveMachines = leaf.event === 'email.opened' || leaf.event === 'email.clicked'
  return (
    <>
      <CountEditor leaf={leaf} onChange={onChange} words="count" measurable={measurable} withDays disabled={disabled} />
      <WindowEditor window={leaf.window} modes={inJourney ? [...windows, 'since_entry'] : windows} vocabulary={vocabulary} disabled={disabled} onChange={window => onChange(withWindow(leaf, window))} />
      {!disabled && (
        <Menu position="bottom-start">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('event.more')} title={t('event.more')}><IconAdjustments size={16} stroke={1.7} /></ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onChange({ ...leaf, where: [...where, { property: '', operator: 'is', value: '' }] })}>{t('event.add_filter')}</Menu.Item>
            {hasItems && leaf.where_item === undefined && <Menu.Item onClick={() => onChange({ ...leaf, where_item: [{ property: 'category', operator: 'is', value: '' }] })}>{t('event.add_item')}</Menu.Item>}
            {leaf.not_followed_by === undefined && <Menu.Item onClick={() => onChange({ ...leaf, not_followed_by: { event: leaf.event === 'order.placed' ? 'email.opened' : 'order.placed' } })}>{t('event.add_not_followed')}</Menu.Item>}
            {canHaveMachines && leaf.include_machines !== true && <Menu.Item onClick={() => onChange({ ...leaf, include_machines: true })}>{t('event.include_machines')}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      )}
      {leaf.include_machines === true && <MachinesBadge onRemove={() => onChange(without(leaf, 'include_machines'))} disabled={disabled} />}
      {where.map((filter, index) => (
        <FilterEditor
          key={index} filter={filter} event={leaf.event} vocabulary={vocabulary} disabled={disabled}
          onChange={changed => onChange({ ...leaf, where: where.with(index, changed) })}
          onRemove={() => onChange(where.length === 1 ? without(leaf, 'where') : { ...leaf, where: where.toSpliced(index, 1) })}
        />
      ))}
      {leaf.where_item !== undefined && <ItemFilters leaf={leaf} filters={leaf.where_item} vocabulary={vocabulary} onChange={onChange} disabled={disabled} />}
      {leaf.not_followed_by !== undefined && <FollowedEditor leaf={leaf} later={leaf.not_followed_by} vocabulary={vocabulary} onChange={onChange} disabled={disabled} />}
    </>
  )
}

function without(leaf: EventLeaf, key: 'where' | 'where_item' | 'not_followed_by' | 'include_machines'): EventLeaf {
  const { [key]: _, ...rest } = leaf
  return rest
}

export function MachinesBadge({ onRemove, disabled }: { onRemove: () => void, disabled: boolean }) {
  const { t } = useTranslation('conditions')
  return (
    <Badge color="amber" tt="none" rightSection={!disabled && <ActionIcon size={14} variant="transparent" color="amber" aria-label={t('event.remove_filter')} onClick={onRemove}><IconX size={12} /></ActionIcon>}>
      {t('event.machines')}
    </Badge>
  )
}

/** All of these of one and the same line of the order. */
function ItemFilters({ leaf, filters, vocabulary, onChange, disabled }: Props & { filters: NonNullable<EventLeaf['where_item']> }) {
  const { t } = useTranslation('conditions')
  return filters.map((filter, index) => (
    <Group key={index} gap={6} w="100%" pl={{ base: 0, sm: 16 }}>
      <Text size="sm" c="dimmed">{t(index === 0 ? 'event.where_item' : 'event.and_item')}</Text>
      <ItemFilterEditor
        filter={filter} vocabulary={vocabulary} disabled={disabled} onChange={changed => onChange({ ...leaf, where_item: filters.with(index, changed) })}
        onRemove={() => onChange(filters.length === 1 ? without(leaf, 'where_item') : { ...leaf, where_item: filters.toSpliced(index, 1) })}
      />
      {!disabled && index === filters.length - 1 && filters.length < 10 && (
        <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('event.add_item_filter')} title={t('event.add_item_filter')} onClick={() => onChange({ ...leaf, where_item: [...filters, { property: 'price', operator: 'at_least', value: 1 }] })}><IconPlus size={14} /></ActionIcon>
      )}
    </Group>
  ))
}

function FollowedEditor({ leaf, later, vocabulary, onChange, disabled }: Props & { later: NonNullable<EventLeaf['not_followed_by']> }) {
  const { t } = useTranslation('conditions')
  const labels = useLabels(vocabulary)
  const properties = vocabulary.events.find(event => event.type === leaf.event)?.properties.filter(property => !property.includes('.')) ?? []
  const set = (changed: typeof later) => onChange({ ...leaf, not_followed_by: changed })
  const withSame = (same: string | null) => {
    const { same_property: _, ...rest } = later
    set(same === null ? rest : { ...rest, same_property: same })
  }
  const withTime = (limited: boolean) => {
    const { within: _, ...rest } = later
    set(limited ? { ...rest, within: later.within ?? { amount: 7, unit: 'days' } } : rest)
  }
  return (
    <Group gap={6} w="100%" pl={{ base: 0, sm: 16 }}>
      <Text size="sm" c="dimmed">{t('event.not_followed_by')}</Text>
      <EventSelect label={t('event.not_followed_by')} value={later.event} vocabulary={vocabulary} disabled={disabled} onChange={event => set({ ...later, event })} />
      <Text size="sm" c="dimmed">{t('event.same')}</Text>
      <Select
        size="xs" w={150} searchable clearable disabled={disabled} aria-label={t('event.same_property')} placeholder={t('event.any_property')}
        data={[...new Set([...properties, ...(later.same_property === undefined ? [] : [later.same_property])])].map(property => ({ value: property, label: labels.property(property) }))}
        value={later.same_property ?? null} onChange={withSame}
      />
      <Choice
        label={t('event.how_soon')} disabled={disabled} options={[{ value: 'any', label: t('event.at_any_time') }, { value: 'within', label: t('event.in_time') }]}
        value={later.within === undefined ? 'any' : 'within'} onChange={mode => withTime(mode === 'within')}
      />
      {later.within !== undefined && <DurationInput value={later.within} disabled={disabled} onChange={within => set({ ...later, within })} />}
      {!disabled && <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('event.remove_filter')} onClick={() => onChange(without(leaf, 'not_followed_by'))}><IconX size={14} /></ActionIcon>}
    </Group>
  )
}
