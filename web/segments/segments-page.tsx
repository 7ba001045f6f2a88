import { useState } from 'react'
import { Badge, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFilter, IconPlus, IconSearch } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { SegmentListRow } from '../../shared/segments.ts'
import { withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { useFormat } from '../ui/format.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { SegmentState } from './segment-state.tsx'

export function Page() {
  const { t } = useTranslation('segments')
  const client = useQueryClient()
  const mayMarket = useMay('marketing')
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 200)
  const [params, setParams] = useSearchParams()
  const kind = params.get('kind')
  const state = params.get('state')
  const sort = params.get('sort') ?? 'name'
  const path = withQuery('/segments', { search, kind, state, sort })
  const set = (name: string, value: string | null) => setParams((before) => {
    const query = new URLSearchParams(before)
    if (value === null) query.delete(name)
    else query.set(name, value)
    return query
  }, { replace: true })
  const isNarrowed = search !== '' || kind !== null || state !== null
  useLive(['segments'], () => void client.invalidateQueries({ queryKey: ['list', path] }))
  const create = mayMarket ? <Button component={Link} to="/segments/new" leftSection={<IconPlus size={16} />}>{t('new')}</Button> : undefined
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={create} />
      <DataList<SegmentListRow>
        name="segments" path={path} columns={useColumns()} rowKey={row => row.id} rowTo={row => `/segments/${row.id}`} minWidth={640}
        sort={sort} onSort={next => set('sort', next === 'name' ? null : next)}
        toolbar={(
          <Group gap="xs">
            <TextInput w={{ base: '100%', xs: 240 }} leftSection={<IconSearch size={16} stroke={1.7} />} placeholder={t('search')} aria-label={t('search')} value={typed} onChange={event => setTyped(event.currentTarget.value)} />
            <Select w={170} clearable placeholder={t('filter.any_kind')} aria-label={t('kind.title')} value={kind} onChange={value => set('kind', value)} data={['live', 'static'].map(value => ({ value, label: t(`kind.${value}`) }))} />
            <Select w={220} clearable placeholder={t('filter.any_state')} aria-label={t('columns.state')} value={state} onChange={value => set('state', value)} data={['live', 'computing', 'broken', 'empty', 'unused', 'archived'].map(value => ({ value, label: t(`filter.${value}`) }))} />
          </Group>
        )}
        empty={!isNarrowed ? <EmptyState icon={IconFilter} title={t('empty.title')} text={t('empty.text')} action={create} /> : <EmptyState icon={IconSearch} title={t('nothing_found')} />}
      />
    </>
  )
}

function useColumns(): Column<SegmentListRow>[] {
  const { t } = useTranslation('segments')
  const format = useFormat()
  return [
    {
      key: 'name', label: t('columns.name'), sort: 'name', fixed: true,
      render: row => (
        <Stack gap={1} maw={520}>
          <Group gap={6} wrap="nowrap">
            <Text size="sm" fw={500}>{row.name}</Text>
            {row.never_matched && <Badge size="xs" color="amber" style={{ flexShrink: 0 }}>{t('never_matched')}</Badge>}
            {row.example_key !== null && <Badge size="xs" color="gray" style={{ flexShrink: 0 }}>{t('ready_made')}</Badge>}
          </Group>
          {row.description !== '' && <Text size="xs" c="dimmed" lineClamp={1}>{row.description}</Text>}
        </Stack>
      ),
    },
    { key: 'members', label: t('columns.members'), sort: 'members', align: 'right', render: row => <Text size="sm" fw={500}>{format.number(row.members_count)}</Text> },
    { key: 'state', label: t('columns.state'), render: row => <SegmentState segment={row} /> },
    { key: 'used', label: t('columns.used'), render: row => <Text size="sm" c={row.used_by_count === 0 ? 'dimmed' : undefined}>{row.used_by_count === 0 ? t('unused') : t('uses', { count: row.used_by_count })}</Text> },
    { key: 'updated', label: t('columns.updated'), sort: 'updated', render: row => <TimeAgo time={row.updated_at} size="sm" /> },
  ]
}
