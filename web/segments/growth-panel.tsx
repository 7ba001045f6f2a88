import { Suspense, lazy, useState } from 'react'
import { Anchor, Badge, CloseButton, Group, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconArrowsExchange } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { SegmentDays, SegmentDetail, SegmentMove } from '../../shared/segments.ts'
import { api, withQuery } from '../app/api.ts'
import { DataList } from '../ui/data-list.tsx'
import type { Column } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { personName } from '../ui/people-drawer.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useCause } from './cause-words.ts'

// The chart weighs more than the rest of the page and comes after it.
const GrowthChart = lazy(() => import('./growth-chart.tsx'))

/** How the segment grew, and who came and went: all lately, or on the day chosen in the chart. */
export function GrowthPanel({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const [days, setDays] = useState('90')
  const [day, setDay] = useState<string | null>(null)
  const [what, setWhat] = useState('all')
  const history = useQuery({ queryKey: ['segment-days', segment.id, days], queryFn: () => api.get<SegmentDays>(withQuery(`/segments/${segment.id}/days`, { days })), placeholderData: before => before })
  return (
    <Stack gap="lg">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">{t('growth.title')}</Title>
          <SegmentedControl size="xs" aria-label={t('growth.period')} value={days} onChange={setDays} data={['30', '90', '365'].map(value => ({ value, label: t('growth.days', { count: Number(value) }) }))} />
        </Group>
        {history.isError && <ErrorNotice error={history.error} retry={() => void history.refetch()} />}
        {history.isPending && <Skeleton h={240} />}
        {history.data !== undefined && (history.data.data.length < 2
          ? <Text size="sm" c="dimmed">{t('growth.begins')}</Text>
          : <Suspense fallback={<Skeleton h={240} />}><GrowthChart days={history.data.data} onDay={setDay} /></Suspense>)}
      </Stack>
      <Stack gap="sm">
        <Group gap="sm">
          <Title order={2} size="h4">{t('moves.title')}</Title>
          <SegmentedControl size="xs" aria-label={t('moves.title')} value={what} onChange={setWhat} data={['all', 'entered', 'left'].map(value => ({ value, label: t(`moves.${value}`) }))} />
          {day !== null && <Badge color="gray" size="lg" rightSection={<CloseButton size={16} aria-label={t('moves.every_day')} onClick={() => setDay(null)} />}>{format.day(`${day}T12:00:00Z`)}</Badge>}
        </Group>
        <MovesList segment={segment} path={withQuery(`/segments/${segment.id}/moves`, { what: what === 'all' ? null : what, day })} />
      </Stack>
    </Stack>
  )
}

function MovesList({ segment, path }: { segment: SegmentDetail, path: string }) {
  const { t } = useTranslation('segments')
  const format = useFormat()
  const cause = useCause(segment.condition)
  const columns: Column<SegmentMove>[] = [
    { key: 'what', label: '', fixed: true, render: row => <Badge color={row.what === 'entered' ? 'pine' : 'gray'} w={96}>{t(`why.${row.what}`)}</Badge> },
    { key: 'person', label: t('columns.person'), fixed: true, render: row => <Anchor component={Link} to={`/contacts/${row.contact_id}`} size="sm" fw={500}>{personName(row)}</Anchor> },
    {
      key: 'because', label: t('moves.because'), fixed: true,
      render: row => (
        <Text size="sm">
          {row.cause === null ? [...new Set(row.because.map(cause))].join(', ') : cause(`event:${row.cause.type}`)}
          {row.cause?.amount != null && ` · ${format.money(row.cause.amount, row.cause.currency ?? undefined)}`}
        </Text>
      ),
    },
    { key: 'at', label: t('moves.at'), align: 'right', fixed: true, render: row => <TimeAgo time={row.at} size="sm" /> },
  ]
  return (
    <DataList<SegmentMove>
      name="segment-moves" path={path} columns={columns} rowKey={row => row.id} rowTo={row => `/contacts/${row.contact_id}`} minWidth={560}
      empty={<EmptyState icon={IconArrowsExchange} title={t('moves.none')} text={t('moves.none_hint')} />}
    />
  )
}
