import { useState } from 'react'
import { Button, Group, NumberInput, Popover, Select, Stack, Text, TextInput } from '@mantine/core'
import { DateInput } from '@mantine/dates'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useUsers } from '../contacts/use-reference.ts'
import { useFormat } from '../ui/format.ts'
import { usePipelines } from './use-pipelines.ts'
import type { DealFilterState } from './use-deal-filter.ts'

/** Whose deals, of which pipeline, and which of them want care; dates and amounts behind a button. */
export function DealFilters({ filter, set, board }: Pick<DealFilterState, 'filter' | 'set'> & { /** shows one pipeline always */ board: boolean }) {
  const { t } = useTranslation('deals')
  const users = useUsers()
  const pipelines = usePipelines()
  const search = useDebouncedCallback((value: string) => set({ search: value }), 250)
  const care = filter.stale === 'yes' ? 'stale' : filter.next_step === 'none' ? 'no_step' : filter.next_step === 'overdue' ? 'step_overdue' : null
  return (
    <>
      <TextInput size="xs" w={180} aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={14} aria-hidden />} defaultValue={filter.search} onChange={event => search(event.currentTarget.value)} />
      {pipelines.length > 1 && (
        <Select
          size="xs" w={160} aria-label={t('pipeline')} placeholder={t('pipeline')} clearable={!board} allowDeselect={!board} data={pipelines.map(each => ({ value: String(each.id), label: each.name }))}
          value={filter.pipeline === '' ? board ? String(pipelines[0]!.id) : null : filter.pipeline} onChange={value => set({ pipeline: value ?? '', stage: '' })}
        />
      )}
      <Select
        size="xs" w={160} aria-label={t('owner')} placeholder={t('owner')} clearable searchable value={filter.owner === '' ? null : filter.owner} onChange={value => set({ owner: value ?? '' })}
        data={[{ value: 'me', label: t('mine') }, { value: 'nobody', label: t('nobodys') }, ...users.map(user => ({ value: String(user.id), label: user.name }))]}
      />
      <Select
        size="xs" w={190} aria-label={t('care.title')} placeholder={t('care.title')} clearable value={care} data={(['stale', 'no_step', 'step_overdue'] as const).map(each => ({ value: each, label: t(`care.${each}`) }))}
        onChange={value => set({ stale: value === 'stale' ? 'yes' : '', next_step: value === 'no_step' ? 'none' : value === 'step_overdue' ? 'overdue' : '' })}
      />
      <Ranges filter={filter} set={set} />
      <Only filter={filter} set={set} />
    </>
  )
}

/** What a link from a report asked for, taken off with one click. */
function Only({ filter, set }: Pick<DealFilterState, 'filter' | 'set'>) {
  const { t } = useTranslation('deals')
  const format = useFormat()
  const day = (date: string): string => date === '' ? '…' : format.day(`${date}T12:00:00Z`)
  const stages = usePipelines().flatMap(pipeline => pipeline.stages)
  const stageName = (id: string): string => stages.find(stage => String(stage.id) === id)?.name ?? '…'
  const words = [
    ...filter.passed === '' ? [] : [t('only.passed', { stage: stageName(filter.passed), from: day(filter.passed_from), to: day(filter.passed_to) })],
    ...filter.onward === '' ? [] : [t('only.onward', { stage: stageName(filter.onward) })],
    ...filter.expected === '' ? [] : [t('only.no_date')],
    ...filter.probability_from === '' ? [] : [t('only.probability', { share: format.percent(Number(filter.probability_from) / 100) })],
    ...filter.closed_from === '' && filter.closed_to === '' ? [] : [t('only.closed', { from: day(filter.closed_from), to: day(filter.closed_to) })],
    ...filter.currency === '' ? [] : [t('only.currency', { currency: filter.currency })],
    ...filter.lost_reason === '' ? [] : [filter.lost_reason === '-' ? t('only.no_reason') : t('only.reason', { reason: filter.lost_reason })],
  ]
  if (words.length === 0) return null
  return (
    <>
      {words.map(word => <Text key={word} size="xs" fw={500}>{word}</Text>)}
      <Button size="compact-xs" variant="subtle" onClick={() => set({ closed_from: '', closed_to: '', currency: '', lost_reason: '', expected: '', probability_from: '', passed: '', passed_from: '', passed_to: '', onward: '' })}>{t('only.all')}</Button>
    </>
  )
}

/** When the deals are expected to close, and how large they are. */
function Ranges({ filter, set }: Pick<DealFilterState, 'filter' | 'set'>) {
  const { t } = useTranslation('deals')
  const [opened, setOpened] = useState(false)
  const inUse = [filter.expected_from, filter.expected_to, filter.amount_from, filter.amount_to].filter(value => value !== '').length
  const later = useDebouncedCallback(set, 300)
  const amount = (name: 'amount_from' | 'amount_to', label: string) => (
    <NumberInput size="xs" label={label} min={0} max={1e12} thousandSeparator=" " hideControls defaultValue={filter[name] === '' ? '' : Number(filter[name])} onChange={value => later({ [name]: typeof value === 'number' ? String(value) : '' })} />
  )
  const day = (name: 'expected_from' | 'expected_to', label: string) => (
    <DateInput size="xs" label={label} clearable valueFormat="DD.MM.YYYY" popoverProps={{ withinPortal: false }} value={filter[name] === '' ? null : filter[name]} onChange={value => set({ [name]: value ?? '' })} />
  )
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" withArrow trapFocus>
      <Popover.Target>
        <Button size="xs" variant={inUse > 0 ? 'light' : 'default'} leftSection={<IconAdjustmentsHorizontal size={14} />} onClick={() => setOpened(before => !before)}>{inUse > 0 ? t('more_filters_count', { count: inUse }) : t('more_filters')}</Button>
      </Popover.Target>
      <Popover.Dropdown w={300}>
        <Stack gap="xs">
          <Group grow gap="xs" align="flex-end">{day('expected_from', t('expected_from'))}{day('expected_to', t('expected_to'))}</Group>
          <Group grow gap="xs" align="flex-end">{amount('amount_from', t('amount_from'))}{amount('amount_to', t('amount_to'))}</Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
