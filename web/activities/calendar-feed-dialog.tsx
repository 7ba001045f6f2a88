import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { CalendarFeed } from '../../shared/activities.ts'
import { api } from '../app/api.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

const key = ['calendar-feed']

/** The secret address under which a calendar of the phone or the desk reads one's tasks. */
export function CalendarFeedDialog({ opened, onClose }: { opened: boolean, onClose: () => void }) {
  const { t } = useTranslation('activities')
  const client = useQueryClient()
  const feed = useQuery({ queryKey: key, enabled: opened, queryFn: () => api.get<CalendarFeed>('/calendar-feed') })
  const refresh = () => client.invalidateQueries({ queryKey: key })
  const make = useMutation({ mutationFn: () => api.post<CalendarFeed>('/calendar-feed', {}), onSuccess: refresh })
  const stop = useMutation({ mutationFn: () => api.delete('/calendar-feed'), onSuccess: refresh })
  const url = feed.data?.url ?? null
  return (
    <Modal opened={opened} onClose={onClose} title={t('feed.title')} size="lg">
      <Stack gap="sm">
        <Text size="sm">{t('feed.text')}</Text>
        {url !== null && <CopyField value={url} label={t('feed.address')} />}
        {url !== null && <Text size="xs" c="dimmed">{t('feed.secret')} {feed.data?.asked_at == null ? t('feed.not_asked') : <>{t('feed.asked')} <TimeAgo time={feed.data.asked_at} size="xs" /></>}</Text>}
        <ErrorNotice error={feed.error ?? make.error ?? stop.error} />
        <Group gap="xs" justify="flex-end">
          {url !== null && <Button variant="subtle" color="red" loading={stop.isPending} onClick={() => confirmDelete({ title: t('feed.stop'), text: t('feed.stop_text'), confirm: t('feed.stop'), onConfirm: () => stop.mutate() })}>{t('feed.stop')}</Button>}
          {url === null
            ? <Button loading={make.isPending || feed.isPending} onClick={() => make.mutate()}>{t('feed.make')}</Button>
            : <Button variant="default" loading={make.isPending} onClick={() => confirmDelete({ title: t('feed.renew'), text: t('feed.renew_text'), confirm: t('feed.renew'), onConfirm: () => make.mutate() })}>{t('feed.renew')}</Button>}
        </Group>
      </Stack>
    </Modal>
  )
}
