import { useState } from 'react'
import { Anchor, Button, Group, Modal, Paper, Progress, Stack, Switch, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DuplicateOverview, DuplicatePair, MergeRun } from '../../shared/duplicates.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { groupKey } from './group-row.tsx'
import { Reasons } from './reasons.tsx'
import { RunMerges } from './run-merges.tsx'
import { useRefreshDuplicates } from './use-differ.ts'

/** Certain pairs at once, looked at before; by themselves, if an administrator wants that; and what was done, with the way back. */
export function MergeMany({ overview }: { overview: DuplicateOverview }) {
  const { t } = useTranslation('duplicates')
  const mayMerge = useMay('marketing')
  const mayAdminister = useMay('administer')
  const [asked, setAsked] = useState<'merge' | 'automatic' | null>(null)
  const client = useQueryClient()
  const refresh = useRefreshDuplicates()
  const done = (data?: DuplicateOverview) => {
    if (data !== undefined) client.setQueryData(['duplicates'], data)
    setAsked(null)
    refresh()
  }
  const merge = useMutation({ mutationFn: () => api.post<MergeRun>('/duplicates/merging'), onSuccess: () => done() })
  const automatic = useMutation({ mutationFn: (value: boolean) => api.put<DuplicateOverview>('/duplicates/settings', { automatic: value }), onSuccess: done, onError: notifyError })
  const runs = useList<MergeRun>('/duplicates/merging?limit=5')
  return (
    <Paper p="md">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Text flex="1 1 300px">{overview.mergeable === 0 ? t('many.none') : t('many.some', { count: overview.mergeable })}</Text>
          {mayMerge && overview.mergeable > 0 && <Button onClick={() => setAsked('merge')}>{t('many.button', { count: overview.mergeable })}</Button>}
        </Group>
        <Switch
          label={t('automatic.label')} description={t('automatic.text')} checked={overview.automatic} disabled={!mayAdminister || automatic.isPending}
          onChange={event => event.currentTarget.checked ? setAsked('automatic') : automatic.mutate(false)}
        />
        {runs.rows.map(run => <RunRow key={run.id} run={run} may={mayMerge} />)}
        <LoadMore hasMore={runs.hasNextPage} loading={runs.isFetchingNextPage} onMore={() => void runs.fetchNextPage()} />
      </Stack>
      <Modal opened={asked !== null} onClose={() => setAsked(null)} size="lg" title={<Text fw={600}>{asked === 'automatic' ? t('automatic.title') : t('many.title', { count: overview.mergeable })}</Text>}>
        {asked !== null && (
          <Stack gap="md">
            <Text size="sm">{asked === 'automatic' ? t('automatic.preview', { count: overview.mergeable }) : t('many.preview')}</Text>
            <Preview />
            <ErrorNotice error={merge.error} />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => setAsked(null)}>{t('app:cancel')}</Button>
              {asked === 'automatic'
                ? <Button loading={automatic.isPending} onClick={() => automatic.mutate(true)}>{t('automatic.button')}</Button>
                : <Button loading={merge.isPending} onClick={() => merge.mutate()}>{t('many.button', { count: overview.mergeable })}</Button>}
            </Group>
          </Stack>
        )}
      </Modal>
    </Paper>
  )
}

/** Which they are, before anything is merged. */
function Preview() {
  const { t } = useTranslation('duplicates')
  const list = useList<DuplicatePair>('/duplicates?level=certain&limit=50')
  const pairs = list.rows.filter(pair => pair.held_because === null)
  return (
    <Stack gap="xs" mah={360} style={{ overflowY: 'auto' }} tabIndex={0} role="group" aria-label={t('many.which')}>
      {pairs.map(pair => (
        <Stack key={groupKey(pair)} gap={0}>
          <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>{pair.cards.map(card => [card.name, card.email ?? card.phone].filter(Boolean).join(', ')).join(' + ')}</Text>
          <Reasons reasons={pair.reasons} size="xs" />
        </Stack>
      ))}
      <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Stack>
  )
}

function RunRow({ run, may }: { run: MergeRun, may: boolean }) {
  const { t } = useTranslation('duplicates')
  const format = useFormat()
  const refresh = useRefreshDuplicates()
  const [open, setOpen] = useState(false)
  const undo = () => confirmDelete({
    title: t('runs.undo_title', { count: run.merged }), text: t('runs.undo_text'), confirm: t('runs.undo_button'),
    onConfirm: async () => {
      await api.post(`/duplicates/merging/${run.id}/reversal`)
      refresh()
    },
  })
  const goesOn = run.state === 'running' || run.state === 'undoing'
  const part = run.state === 'undoing' ? run.undone / Math.max(1, run.merged) : run.merged / Math.max(1, run.total)
  return (
    <Stack gap={4} pt="xs" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" component="div">
          <Anchor component="button" type="button" size="sm" onClick={() => setOpen(true)}>{t(`runs.${run.state}`, { count: run.state === 'undone' || run.state === 'undoing' ? run.undone : run.merged, number: format.number(run.state === 'undone' || run.state === 'undoing' ? run.undone : run.merged) })}</Anchor>
          {run.left_alone > 0 && ` · ${t('runs.left_alone', { count: run.left_alone })}`}
          {' · '}<TimeAgo time={run.started_at} /> · {run.automatic ? t('runs.by_itself') : run.started_by ?? 'API'}
        </Text>
        {may && run.state === 'done' && run.merged > 0 && <Anchor component="button" type="button" size="xs" onClick={undo}>{t('runs.undo')}</Anchor>}
      </Group>
      {goesOn && <Progress value={part * 100} animated aria-label={t('runs.progress')} />}
      <RunMerges run={open ? run : null} onClose={() => setOpen(false)} />
    </Stack>
  )
}
