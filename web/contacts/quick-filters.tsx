import { useState } from 'react'
import { ActionIcon, Badge, Button, Group, Menu, NumberInput, Popover, Select, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconAdjustments, IconFilter, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Condition, ConditionLeaf } from '../../shared/conditions.ts'
import { useDescribe } from '../conditions/describe.ts'
import { useVocabulary } from '../conditions/vocabulary.ts'
import { ConditionFilter } from './condition-filter.tsx'
import { filterKinds, readValue, leafOf } from './filter-kinds.ts'
import type { FilterKind } from './filter-kinds.ts'
import classes from './quick-filters.module.css'

/** The usual questions to the list, each as one leaf of the condition language; anything else is put together in the builder. */
export function QuickFilters({ parts, onChange }: { parts: Condition[], onChange: (parts: Condition[]) => void }) {
  const { t } = useTranslation('contacts')
  const [opened, setOpened] = useState<number | null>(null)
  const [building, setBuilding] = useState(false)
  const set = (index: number, leaf: ConditionLeaf | null) => onChange(leaf === null ? parts.toSpliced(index, 1) : parts.with(index, leaf))
  const [drafts, setDrafts] = useState<FilterKind | null>(null)

  return (
    <>
      {parts.map((part, index) => {
        const leaf = asLeaf(part)
        return leaf === null || kindOf(leaf) === undefined
          ? <ConditionChip key={index} part={part} onOpen={() => setBuilding(true)} onRemove={() => set(index, null)} />
          : <FilterChip key={index} leaf={leaf} opened={opened === index} onOpen={open => setOpened(open ? index : null)} onChange={next => set(index, next)} />
      })}
      {drafts !== null && (
        <FilterChip
          kind={drafts} leaf={null} opened onOpen={(open) => { if (!open) setDrafts(null) }}
          onChange={(leaf) => {
            setDrafts(null)
            if (leaf !== null) onChange([...parts, leaf])
          }}
        />
      )}
      <Menu position="bottom-start">
        <Menu.Target><Button variant="default" leftSection={<IconFilter size={15} stroke={1.7} />}>{t('filters.add')}</Button></Menu.Target>
        <Menu.Dropdown mah={400} style={{ overflowY: 'auto' }}>
          <Menu.Item leftSection={<IconAdjustments size={15} />} onClick={() => setBuilding(true)}>{t('filters.builder')}</Menu.Item>
          <Menu.Divider />
          {filterKinds.map(kind => <Menu.Item key={kind.key} onClick={() => setDrafts(kind)}>{t(`filters.kinds.${kind.key}`)}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
      <ConditionFilter parts={parts} opened={building} onClose={() => setBuilding(false)} onChange={onChange} />
    </>
  )
}

const asLeaf = (part: Condition): ConditionLeaf | null => 'all' in part || 'any' in part || 'not' in part ? null : part
const kindOf = (leaf: ConditionLeaf): FilterKind | undefined => filterKinds.find(kind => readValue(kind, leaf) !== null)

/** What is no usual question: its sentence, which opens the builder. */
function ConditionChip({ part, onOpen, onRemove }: { part: Condition, onOpen: () => void, onRemove: () => void }) {
  const { t } = useTranslation('contacts')
  const describe = useDescribe(useVocabulary().data)
  const what = describe.condition(part)
  return (
    <Badge
      component="div" size="lg" h={34} maw={420} variant="light" className={classes.chip ?? ''} title={what}
      rightSection={<ActionIcon size="xs" variant="transparent" aria-label={t('filters.remove', { name: what })} onClick={onRemove}><IconX size={13} /></ActionIcon>}
    >
      <UnstyledButton className={classes.words ?? ''} aria-label={t('filters.builder_edit', { what })} onClick={onOpen}><Text component="span" size="sm" truncate display="block">{what}</Text></UnstyledButton>
    </Badge>
  )
}

type ChipProps = { kind?: FilterKind, leaf: ConditionLeaf | null, opened: boolean, onOpen: (open: boolean) => void, onChange: (leaf: ConditionLeaf | null) => void }

function FilterChip({ kind: given, leaf, opened, onOpen, onChange }: ChipProps) {
  const { t } = useTranslation('contacts')
  const kind = given ?? (leaf === null ? undefined : kindOf(leaf))
  const words = useChipWords(kind, leaf)
  if (kind === undefined) return null
  const name = t(`filters.kinds.${kind.key}`)
  return (
    <Popover opened={opened} onChange={onOpen} position="bottom-start" shadow="md" trapFocus width={260}>
      <Popover.Target>
        <Badge
          component="div" size="lg" h={34} variant="light" className={classes.chip ?? ''}
          rightSection={leaf !== null && <ActionIcon size="xs" variant="transparent" aria-label={t('filters.remove', { name })} onClick={() => onChange(null)}><IconX size={13} /></ActionIcon>}
        >
          <UnstyledButton className={classes.words ?? ''} onClick={() => onOpen(!opened)}>{name}{words !== '' && <>: <b>{words}</b></>}</UnstyledButton>
        </Badge>
      </Popover.Target>
      <Popover.Dropdown>
        <ChipEditor kind={kind} value={leaf === null ? null : readValue(kind, leaf)} onDone={(next) => { onChange(next); onOpen(false) }} />
      </Popover.Dropdown>
    </Popover>
  )
}

function ChipEditor({ kind, value, onDone }: { kind: FilterKind, value: string | null, onDone: (leaf: ConditionLeaf) => void }) {
  const { t } = useTranslation('contacts')
  const [text, setText] = useState(value ?? '')
  const choices = useChoices(kind)
  const finish = (chosen: string) => {
    if (chosen.trim() !== '') onDone(leafOf(kind, chosen.trim()))
  }
  if (kind.input === 'choice') {
    return (
      <Select
        label={t(`filters.kinds.${kind.key}`)} data-autofocus searchable value={value} allowDeselect={false} comboboxProps={{ withinPortal: false }} defaultDropdownOpened
        data={choices} nothingFoundMessage={t('filters.no_choice')} onChange={chosen => finish(chosen ?? '')}
      />
    )
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); finish(text) }}>
      <Stack gap="xs">
        {kind.input === 'number'
          ? <NumberInput label={t(`filters.labels.${kind.key}`)} data-autofocus min={0} value={text} onChange={next => setText(String(next))} />
          : <TextInput label={t(`filters.labels.${kind.key}`)} data-autofocus value={text} onChange={event => setText(event.currentTarget.value)} />}
        <Group justify="flex-end"><Button size="xs" type="submit" disabled={text.trim() === ''}>{t('filters.apply')}</Button></Group>
      </Stack>
    </form>
  )
}

function useChoices(kind: FilterKind): { value: string, label: string }[] {
  const { t, i18n } = useTranslation('contacts')
  const vocabulary = useVocabulary().data
  if (vocabulary === undefined) return []
  const byName = (list: { id: number, name: string }[]) => list.map(each => ({ value: String(each.id), label: each.name }))
  switch (kind.key) {
    case 'tag': return byName(vocabulary.tags)
    case 'segment': return byName(vocabulary.segments)
    case 'owner': return byName(vocabulary.users)
    case 'consent': return vocabulary.topics.map(topic => ({ value: String(topic.id), label: i18n.language === 'ru' ? topic.name_ru : topic.name_en }))
    case 'buyer': return [{ value: 'yes', label: t('filters.bought') }, { value: 'no', label: t('filters.never_bought') }]
    default: return []
  }
}

function useChipWords(kind: FilterKind | undefined, leaf: ConditionLeaf | null): string {
  const { t } = useTranslation('contacts')
  const choices = useChoices(kind ?? filterKinds[0]!)
  if (kind === undefined || leaf === null) return ''
  const value = readValue(kind, leaf) ?? ''
  if (kind.input === 'choice') return choices.find(choice => choice.value === value)?.label ?? value
  if (kind.input === 'number') return t(`filters.words.${kind.key}`, { count: Number(value) })
  return value
}
