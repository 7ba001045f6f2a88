import { Paper, Skeleton, Stack } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { BulkAction } from '../../shared/bulk.ts'
import { useLive } from '../app/live.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { useList } from '../ui/use-list.ts'
import { ActionRow } from './action-row.tsx'

/** Everything that was done with many people at once. */
export function Page() {
  const { t } = useTranslation('bulk')
  const list = useList<BulkAction>('/bulk-actions?limit=20')
  useLive(['bulk'], () => void list.refetch())
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} back={{ to: '/contacts', label: t('back') }} />
      {list.isPending && <Skeleton height={240} radius="lg" />}
      {list.isError && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && list.rows.length === 0 && <EmptyState icon={IconListCheck} title={t('empty.title')} text={t('empty.text')} />}
      {list.rows.length > 0 && (
        <Paper p="md">
          <Stack gap="md">
            {list.rows.map(action => <ActionRow key={action.id} action={action} />)}
            <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
          </Stack>
        </Paper>
      )}
    </>
  )
}
