import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { SegmentListRow } from '../../shared/segments.ts'

const lateAfterSeconds = 30

/** Whether the members can be relied on: computed, being computed, failed, or behind the clock. */
export function SegmentState({ segment }: { segment: Pick<SegmentListRow, 'kind' | 'state' | 'computed_percent' | 'clock_lag_seconds' | 'problems' | 'archived_at'> }) {
  const { t } = useTranslation('segments')
  if (segment.archived_at !== null) return <Badge color="gray">{t('state.archived')}</Badge>
  if (segment.state === 'failed') return <Badge color="red">{t('state.failed')}</Badge>
  if (segment.state === 'computing') return <Badge color="amber">{t(segment.kind === 'static' ? 'state.filling' : 'state.computing', { percent: segment.computed_percent })}</Badge>
  if (segment.clock_lag_seconds > lateAfterSeconds) return <Badge color="amber">{t('state.late', { seconds: segment.clock_lag_seconds })}</Badge>
  if (segment.problems.length > 0) return <Badge color="red">{t('state.broken')}</Badge>
  return segment.kind === 'static' ? <Badge color="gray">{t('state.static')}</Badge> : <Badge color="pine">{t('state.live')}</Badge>
}
