import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { LedgerState } from '../../shared/messages.ts'

export const ledgerStates: LedgerState[] = ['sent', 'queued', 'sending', 'skipped', 'failed', 'bounced', 'unknown']
const colors: Record<LedgerState, string> = { sent: 'pine', queued: 'amber', sending: 'amber', skipped: 'gray', failed: 'red', bounced: 'red', unknown: 'red' }

export function MailStateBadge({ state, size }: { state: LedgerState, size?: string }) {
  const { t } = useTranslation('messages')
  return <Badge color={colors[state]} {...size === undefined ? {} : { size }} style={{ flex: 'none' }}>{t(`state_of.${state}`)}</Badge>
}
