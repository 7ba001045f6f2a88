import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { JourneyView } from '../../shared/journeys.ts'

export function StateBadge({ state }: { state: JourneyView['state'] }) {
  const { t } = useTranslation('journeys')
  return <Badge color={state === 'active' ? 'pine' : state === 'paused' ? 'amber' : 'gray'}>{t(`states.${state}`)}</Badge>
}
