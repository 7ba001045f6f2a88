import { Alert, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconArchive } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SegmentDetail, SegmentLag } from '../../shared/segments.ts'
import { api } from '../app/api.ts'
import { serverWords } from '../ui/server-words.ts'

/** What keeps the members from being right, and what to do about it. */
export function SegmentTrouble({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  if (segment.archived_at !== null) return <Alert color="gray" icon={<IconArchive size={18} />}>{t(segment.kind === 'static' ? 'archived_static' : 'archived_live')}</Alert>
  if (segment.problems.length > 0) {
    return (
      <Alert color="red" icon={<IconAlertTriangle size={18} />} title={t('broken.title')}>
        <Stack gap={6}>
          <List size="sm" spacing={2}>{segment.problems.map(problem => <List.Item key={`${problem.field} ${problem.message}`}>{serverWords(problem.message)}</List.Item>)}</List>
          <Text size="sm">{t('broken.what_to_do')}</Text>
        </Stack>
      </Alert>
    )
  }
  if (segment.state === 'failed') return <Alert color="red" icon={<IconAlertTriangle size={18} />} title={t('failed', { error: segment.error ?? '' })}>{t('failed_what_to_do')}</Alert>
  return null
}

/** Shorter than this nobody needs to know of. */
const worthTelling = 5

/** How far the members are behind what has happened and behind the clock. */
export function LagWords({ segment }: { segment: SegmentDetail }) {
  const { t } = useTranslation('segments')
  const lag = useQuery({ queryKey: ['segment-lag'], queryFn: () => api.get<SegmentLag>('/segments/lag'), refetchInterval: 10_000 })
  if (lag.data === undefined || segment.kind === 'static' || segment.state !== 'live') return null
  const changes = Math.round(lag.data.changes_seconds)
  const clock = segment.clock_lag_seconds
  if (changes < worthTelling && clock < worthTelling) return <span title={t('lag.detail', { changes, clock })}>{t('lag.none')}</span>
  return (
    <span>
      {[changes >= worthTelling ? t('lag.changes', { count: changes }) : '', clock >= worthTelling ? t('lag.clock', { count: clock }) : ''].filter(text => text !== '').join(' · ')}
    </span>
  )
}
