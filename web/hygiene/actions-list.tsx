import { Paper, Stack, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { BulkAction } from '../../shared/bulk.ts'
import { ActionRow } from '../bulk/action-row.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'

/** What was done about the groups. */
export function ActionsList() {
  const { t } = useTranslation('hygiene')
  const list = useList<BulkAction>('/bulk-actions?of=hygiene&limit=10')
  if (list.rows.length === 0) return null
  return (
    <Paper p="md">
      <Title order={2} size="h4" mb="xs">{t('log')}</Title>
      <Stack gap="sm">
        {list.rows.map(action => <ActionRow key={action.id} action={action} />)}
        <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      </Stack>
    </Paper>
  )
}
