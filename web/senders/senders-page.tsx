import { useState } from 'react'
import { ActionIcon, Alert, Badge, Button, Group, Paper, Skeleton, Stack, Switch, Text, Title } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconServer, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { SendingSettings } from '../../shared/delivery.ts'
import type { SenderView } from '../../shared/senders.ts'
import { api, type Page as ListPage } from '../app/api.ts'
import { sendingKey } from '../delivery/sending-key.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { SenderForm } from './sender-form.tsx'
import { SenderNotices } from './sender-notices.tsx'

const sendersKey = ['senders']

/** All ways mails can leave, in their order of use, each with its health. */
export function Page() {
  const { t } = useTranslation('senders')
  const client = useQueryClient()
  const found = useQuery({ queryKey: sendersKey, queryFn: ({ signal }) => api.get<ListPage<SenderView>>('/senders', { signal }), refetchInterval: 5_000 })
  const sending = useQuery({ queryKey: sendingKey, queryFn: ({ signal }) => api.get<SendingSettings>('/sending', { signal }) })
  const [edited, setEdited] = useState<SenderView | 'new' | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: sendersKey })
  const order = useMutation({ mutationFn: (ids: number[]) => api.put<ListPage<SenderView>>('/senders/order', { ids }), onSuccess: answer => client.setQueryData(sendersKey, answer), onError: notifyError })
  const senders = found.data?.data ?? []
  const move = (index: number, by: number) => {
    const ids = senders.map(sender => sender.id)
    const [moved] = ids.splice(index, 1)
    ids.splice(index + by, 0, moved!)
    order.mutate(ids)
  }
  const streams = (['marketing', 'transactional'] as const).filter(stream => !senders.some(sender => sender.is_enabled && (sender.stream === stream || sender.stream === 'both')))
  const add = <Button leftSection={<IconPlus size={16} />} onClick={() => setEdited('new')}>{t('add')}</Button>
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} actions={senders.length > 0 ? add : undefined} />
      {found.isPending && <Skeleton height={240} radius="lg" />}
      {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.isSuccess && senders.length === 0 && <EmptyState icon={IconServer} title={t('none')} text={t('none_text')} action={add} />}
      <Stack gap="md">
        {senders.length > 0 && sending.data && streams.map(stream => sending.data.source === 'test_mailbox'
          ? <Alert key={stream} variant="light" color="amber">{t(`unserved_test.${stream}`)}</Alert>
          : <Alert key={stream} variant="light" color="gray">{t(`unserved.${stream}`)}</Alert>)}
        {senders.map((sender, index) => (
          <SenderCard
            key={sender.id} sender={sender} onEdit={() => setEdited(sender)} onChanged={refresh}
            up={index > 0 ? () => move(index, -1) : null} down={index < senders.length - 1 ? () => move(index, 1) : null}
          />
        ))}
      </Stack>
      {edited !== null && <SenderForm sender={edited === 'new' ? null : edited} onClose={() => setEdited(null)} onSaved={() => { setEdited(null); void refresh() }} />}
    </>
  )
}

function SenderCard({ sender, onEdit, onChanged, up, down }: { sender: SenderView, onEdit: () => void, onChanged: () => Promise<unknown>, up: (() => void) | null, down: (() => void) | null }) {
  const { t } = useTranslation('senders')
  const format = useFormat()
  const { health } = sender
  const enable = useMutation({ mutationFn: (is_enabled: boolean) => api.patch<SenderView>(`/senders/${sender.id}`, { revision: sender.revision, is_enabled }), onSettled: onChanged, onError: notifyError })
  const limits = [
    ...(sender.per_second === null ? [] : [t('limit_second', { limit: format.number(sender.per_second) })]),
    ...(sender.per_hour === null ? [] : [t('limit_hour', { used: format.number(health.used_this_hour), limit: format.number(sender.per_hour) })]),
    ...(sender.per_day === null ? [] : [t('limit_day', { used: format.number(health.used_today), limit: format.number(sender.per_day) })]),
  ]
  const state = !sender.is_enabled ? { color: 'gray', text: t('off') } : health.state === 'held' ? { color: 'red', text: t('held') } : health.state === 'failing' ? { color: 'red', text: t('failing') } : health.state === 'good' ? { color: 'pine', text: t('good') } : { color: 'gray', text: t('unused') }
  return (
    <Paper>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
          <Group gap="xs">
            <Title order={2} size="h3" style={{ overflowWrap: 'anywhere' }}>{sender.name}</Title>
            <Badge color={state.color}>{state.text}</Badge>
            <Text size="sm" c="dimmed">{t(`kinds.${sender.kind}`)} · {t(`streams.${sender.stream}`)}</Text>
          </Group>
          <Group gap={2} wrap="nowrap">
            <ActionIcon variant="subtle" color="gray" aria-label={t('earlier', { name: sender.name })} disabled={up === null} onClick={() => up?.()}><IconArrowUp size={17} /></ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={t('later', { name: sender.name })} disabled={down === null} onClick={() => down?.()}><IconArrowDown size={17} /></ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={t('edit', { name: sender.name })} onClick={onEdit}><IconPencil size={17} /></ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={t('remove', { name: sender.name })} onClick={() => confirmDelete({ title: t('remove_title', { name: sender.name }), text: t('remove_text'), onConfirm: async () => { await api.delete(`/senders/${sender.id}`); await onChanged() } })}><IconTrash size={17} /></ActionIcon>
          </Group>
        </Group>
        {sender.is_enabled && health.state === 'held' && health.held_reason && (
          <Alert color="red" variant="light">
            {t(`reasons.${health.held_reason}`)} {health.held_until && t('tried_again', { time: format.dayAndTime(health.held_until) })}
            {health.held_detail && <Text size="sm" mt={4} style={{ overflowWrap: 'anywhere' }}>{health.held_detail}</Text>}
          </Alert>
        )}
        <Text size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {t('hour', { sent: format.number(health.last_hour.sent), rate: format.number(health.per_minute) })}
          {health.last_hour.later > 0 && ` · ${t('hour_later', { count: health.last_hour.later })}`}
          {health.last_hour.bounced > 0 && ` · ${t('hour_bounced', { count: health.last_hour.bounced })}`}
          {health.last_hour.failed > 0 && ` · ${t('hour_failed', { count: health.last_hour.failed })}`}
        </Text>
        {limits.length > 0 && <Text size="sm" c="dimmed">{limits.join(' · ')}</Text>}
        {health.last_answers.length > 0 && (
          <details>
            <summary><Text size="sm" span c="dimmed">{t('answers')}</Text></summary>
            <Stack gap={4} mt={6}>
              {health.last_answers.map((answer, index) => <Text key={index} size="sm" style={{ overflowWrap: 'anywhere' }}><TimeAgo time={answer.at} size="xs" c="dimmed" span /> {answer.text}</Text>)}
            </Stack>
          </details>
        )}
        {sender.notices && <SenderNotices sender={sender} notices={sender.notices} />}
        <Switch size="sm" label={t('in_use')} checked={sender.is_enabled} disabled={enable.isPending} onChange={event => enable.mutate(event.currentTarget.checked)} />
      </Stack>
    </Paper>
  )
}
