import { Badge } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ImportState } from '../../shared/imports.ts'

const colours: Record<ImportState, string> = { uploaded: 'amber', queued: 'gray', running: 'blue', done: 'pine', failed: 'red', undoing: 'gray', undone: 'gray' }

export function StateBadge({ state }: { state: ImportState }) {
  const { t } = useTranslation('imports')
  return <Badge color={colours[state]}>{t(`state.${state}`)}</Badge>
}
