import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { DomainChange } from '../../shared/delivery.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { LevelIcon } from './domain-finding.tsx'

/** What has become different, the latest first. */
export function DomainChanges({ id }: { id: number }) {
  const { t } = useTranslation('domains')
  const { rows, ...list } = useList<DomainChange>(`/sending-domains/${id}/changes`)
  return (
    <Paper p="md">
      <Title order={2} size="h4" mb="xs">{t('history')}</Title>
      {list.isSuccess && rows.length === 0 && <Text size="sm" c="dimmed">{t('no_changes')}</Text>}
      <Stack gap="sm">
        {rows.map(row => (
          <div key={row.id}>
            <Text size="xs" c="dimmed"><TimeAgo time={row.at} /></Text>
            {row.changes.map(change => (
              <Group key={`${change.kind} ${change.about ?? ''}`} gap="xs" wrap="nowrap" align="flex-start" mt={4}>
                <LevelIcon level={change.after?.level ?? 'optional'} />
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{t(`names.${change.kind}`)}: {change.after === null ? t('gone') : t(`says.${change.kind}.${change.after.code}`, change.values)}</Text>
              </Group>
            ))}
          </div>
        ))}
      </Stack>
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Paper>
  )
}
