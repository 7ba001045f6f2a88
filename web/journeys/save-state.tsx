import { useEffect } from 'react'
import { Alert, Anchor, Button, Group, Loader, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconAlertTriangle, IconCloudCheck, IconCloudX, IconGitFork } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useBlocker, useNavigate } from 'react-router'
import type { JourneyView } from '../../shared/journeys.ts'
import { api, ApiError } from '../app/api.ts'
import { errorWords } from '../ui/error-words.ts'
import { notifyDone, notifyError } from '../ui/notify.ts'
import { serverWords } from '../ui/server-words.ts'
import type { useDraft } from './use-draft.ts'

type Props = { draft: ReturnType<typeof useDraft>, readOnly: boolean }

/** What has become of the last change, in a few words. */
export function SaveState({ draft: { state, saveNow }, readOnly }: Props) {
  const { t } = useTranslation('journeys')
  if (readOnly) return null
  const icon = state === 'saved' ? <IconCloudCheck size={16} stroke={1.6} aria-hidden /> : state === 'failed' || state === 'conflict' ? <IconCloudX size={16} stroke={1.6} aria-hidden /> : <Loader size={13} color="gray" />
  return (
    <Group gap={5} wrap="nowrap" role="status" c={state === 'failed' || state === 'conflict' ? 'red' : 'dimmed'}>
      {icon}<Text size="xs">{t(`save.${state}`)}</Text>
      {state === 'failed' && <Anchor component="button" size="xs" onClick={() => void saveNow().catch(() => undefined)}>{t('save.again')}</Anchor>}
    </Group>
  )
}

/** Why it could not be saved; of two people who edited at once the second chooses, and loses nothing either way. */
export function SaveTrouble({ draft, readOnly }: Props) {
  return readOnly || (draft.state !== 'conflict' && draft.state !== 'failed') ? null : <Trouble draft={draft} />
}

function Trouble({ draft }: Pick<Props, 'draft'>) {
  const { t } = useTranslation('journeys')
  const { state, error, takeTheirs } = draft
  const client = useQueryClient()
  const navigate = useNavigate()
  const theirs = useMutation({ mutationFn: takeTheirs, onSuccess: () => notifyDone(t('conflict.taken')), onError: notifyError })
  const copy = useMutation({
    mutationFn: () => api.post<JourneyView>('/journeys', { name: t('copy_of', { name: draft.draft.name || draft.base.name }).slice(0, 200), description: draft.draft.description, draft: draft.draft.graph }),
    onSuccess: async (journey) => {
      await takeTheirs()
      void client.invalidateQueries({ queryKey: ['list'] })
      notifyDone(t('conflict.copied'))
      void navigate(`/journeys/${journey.id}`)
    },
    onError: notifyError,
  })
  const blocker = useBlocker(({ currentLocation, nextLocation }) => !copy.isPending && !copy.isSuccess && currentLocation.pathname !== nextLocation.pathname)
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    let leaves = false
    modals.openConfirmModal({
      title: <Text fw={600}>{t('app:unsaved.title')}</Text>, children: <Text size="sm">{t('app:unsaved.leave')}</Text>,
      labels: { confirm: t('app:unsaved.leave_without'), cancel: t('app:unsaved.stay') }, confirmProps: { color: 'red' },
      onConfirm: () => { leaves = true; blocker.proceed() }, onClose: () => { if (!leaves) blocker.reset() },
    })
  }, [blocker, t])
  if (state === 'conflict') {
    return (
      <Alert color="amber" variant="light" mb="sm" icon={<IconGitFork size={18} />} title={t('conflict.title')}>
        <Text size="sm" mb="xs">{t('conflict.text')}</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" loading={theirs.isPending} onClick={() => theirs.mutate()}>{t('conflict.take_theirs')}</Button>
          <Button size="xs" loading={copy.isPending} onClick={() => copy.mutate()}>{t('conflict.keep_mine')}</Button>
        </Group>
      </Alert>
    )
  }
  const details = error instanceof ApiError ? error.errors : []
  return (
    <Alert color="red" variant="light" mb="sm" icon={<IconAlertTriangle size={18} />} title={errorWords(error)}>
      {details.slice(0, 5).map(one => <Text key={one.field + one.message} size="sm">{one.field}: {serverWords(one.message)}</Text>)}
      <Text size="sm">{t('save.nothing_lost')}</Text>
    </Alert>
  )
}
