import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { CampaignState } from '../../shared/campaigns.ts'

const colours: Record<CampaignState, string> = { draft: 'gray', scheduled: 'amber', planning: 'pine', sending: 'pine', paused: 'amber', sent: 'gray', cancelled: 'red' }

export function StateBadge({ state }: { state: CampaignState }) {
  const { t } = useTranslation('campaigns')
  return <Badge color={colours[state]}>{t(`states.${state}`)}</Badge>
}
