import { Button, Group, Paper, Skeleton, Stack, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Difference } from '../../shared/duplicates.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { useList } from '../ui/use-list.ts'
import { groupKey, CardsSideBySide } from './group-row.tsx'
import { useRefreshDuplicates } from './use-differ.ts'

/** Who was told apart, by whom, and the way back. */
export function Different() {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const may = useMay('contacts')
  const refresh = useRefreshDuplicates()
  const list = useList<Difference>('/duplicates/differences')
  const takeBack = useMutation({
    mutationFn: ({ cards }: Difference) => api.delete(`/duplicates/differences/${cards[0].id}/${cards[1].id}`),
    onSuccess: () => { refresh(); notifyDone(t('taken_back')) },
    onError: notifyError,
  })
  if (list.isPending) return <Skeleton height={220} radius="lg" />
  if (list.isError) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />
  if (list.rows.length === 0) return <Paper p="md"><EmptyState icon={IconUsers} title={t('empty.different')} text={t('empty.different_text')} /></Paper>
  return (
    <>
      {list.rows.map(row => (
        <Paper key={groupKey(row)} p="md" component="section" aria-label={row.cards.map(card => card.name).join(' · ')}>
          <Stack gap="sm">
            <Group justify="space-between" gap="xs">
              <Text size="sm" c="dimmed">{row.said_by === null ? t('said', { day: format.day(row.said_at) }) : t('said_by', { day: format.day(row.said_at), name: row.said_by })}</Text>
              {may && <Button size="xs" variant="default" loading={takeBack.isPending && takeBack.variables === row} onClick={() => takeBack.mutate(row)}>{t('take_back')}</Button>}
            </Group>
            <CardsSideBySide cards={row.cards} />
          </Stack>
        </Paper>
      ))}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </>
  )
}
