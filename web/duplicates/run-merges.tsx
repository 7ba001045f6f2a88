import { Anchor, Drawer, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { MergeRun } from '../../shared/duplicates.ts'
import type { Merge } from '../../shared/merges.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyError } from '../ui/notify.ts'
import { useList } from '../ui/use-list.ts'
import { Reasons } from './reasons.tsx'

/** Who was merged in one go, each with why, and each to be undone by itself. */
export function RunMerges({ run, onClose }: { run: MergeRun | null, onClose: () => void }) {
  const { t } = useTranslation('duplicates')
  return (
    <Drawer opened={run !== null} onClose={onClose} position="right" size={420} title={<Text fw={600}>{t('runs.who')}</Text>}>
      {run !== null && <Merges id={run.id} />}
    </Drawer>
  )
}

function Merges({ id }: { id: number }) {
  const { t } = useTranslation('duplicates')
  const may = useMay('contacts')
  const list = useList<Merge>(`/merges?run=${id}`)
  const undo = useMutation({ mutationFn: (merge: Merge) => api.post(`/merges/${merge.id}/undo`), onSuccess: () => void list.refetch(), onError: notifyError })
  return (
    <Stack gap="sm">
      {list.rows.map(merge => (
        <Stack key={merge.id} gap={2}>
          <Group justify="space-between" wrap="nowrap" gap="xs" align="flex-start">
            <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
              <Anchor component={Link} to={`/contacts/${merge.into.id}`} size="sm" fw={500}>{merge.into.name ?? `#${merge.into.id}`}</Anchor>{merge.from.name !== null && ` + ${merge.from.name}`}
            </Text>
            {merge.undone_at !== null
              ? <Text size="xs" c="dimmed">{t('runs.one_undone')}</Text>
              : may && merge.undo_until !== null && <Anchor component="button" type="button" size="xs" onClick={() => undo.mutate(merge)} aria-label={t('runs.undo_merge', { name: merge.into.name ?? '' })}>{t('runs.undo')}</Anchor>}
          </Group>
          {merge.because !== null && <Reasons reasons={merge.because} size="xs" />}
        </Stack>
      ))}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}
