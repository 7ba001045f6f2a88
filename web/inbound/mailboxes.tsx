import { useState } from 'react'
import { ActionIcon, Alert, Badge, Box, Button, Group, Menu, Modal, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconDots, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { InboundSettings, Mailbox } from '../../shared/inbound.ts'
import { api, type Page } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { MailboxConsent } from './mailbox-consent.tsx'
import { MailboxForm } from './mailbox-form.tsx'

const mailboxesKey = ['mailboxes']
const colours = { new: 'gray', good: 'pine', failing: 'red', paused: 'gray' } as const

/** Mailboxes that are read by IMAP, and whether the small server runs. */
export function Mailboxes({ server }: { server: InboundSettings['server'] }) {
  const { t } = useTranslation('inbound')
  const client = useQueryClient()
  const [editing, setEditing] = useState<Mailbox | 'new' | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: mailboxesKey })
  useLive(['mailboxes'], () => void refresh())
  const found = useQuery({ queryKey: mailboxesKey, queryFn: ({ signal }) => api.get<Page<Mailbox>>('/mailboxes', { signal }) })
  return (
    <Paper>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <Box flex={1} miw={260}>
            <Title order={2} size="h3">{t('mailboxes.title')}</Title>
            <Text size="sm" c="dimmed">{t('mailboxes.text')}</Text>
          </Box>
          <Button variant="light" leftSection={<IconPlus size={16} />} onClick={() => setEditing('new')} style={{ flex: 'none' }}>{t('mailboxes.add')}</Button>
        </Group>
        {found.isPending && <Skeleton height={80} />}
        {found.isError && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
        {found.data?.data.length === 0 && <Text size="sm">{t('mailboxes.none')}</Text>}
        {found.data?.data.map(mailbox => <Row key={mailbox.id} mailbox={mailbox} onEdit={() => setEditing(mailbox)} refresh={refresh} />)}
        <Text size="sm" c="dimmed">{server === null ? t('mailboxes.no_server') : t('mailboxes.server', { protocol: server.protocol.toUpperCase(), port: server.port })}</Text>
      </Stack>
      <Modal opened={editing !== null} onClose={() => setEditing(null)} size="lg" title={<Text fw={600}>{editing === 'new' ? t('mailboxes.add') : t('mailboxes.edit')}</Text>}>
        {editing !== null && <MailboxForm mailbox={editing === 'new' ? null : editing} onDone={() => { setEditing(null); void refresh() }} />}
      </Modal>
    </Paper>
  )
}

function Row({ mailbox, onEdit, refresh }: { mailbox: Mailbox, onEdit: () => void, refresh: () => Promise<unknown> }) {
  const { t } = useTranslation('inbound')
  const after = { onSuccess: refresh, onError: notifyError }
  const check = useMutation({ mutationFn: () => api.post(`/mailboxes/${mailbox.id}/check`), ...after })
  const pause = useMutation({ mutationFn: () => mailbox.state === 'paused' ? api.delete(`/mailboxes/${mailbox.id}/pause`) : api.put(`/mailboxes/${mailbox.id}/pause`), ...after })
  const tried = useMutation({ mutationFn: () => api.get<{ ok: boolean, message: string, folders: string[] }>(`/mailboxes/${mailbox.id}/folders`), onError: notifyError })
  const remove = () => confirmDelete({ title: t('mailboxes.remove_title', { name: mailbox.name }), text: t('mailboxes.remove_text'), confirm: t('mailboxes.remove'), onConfirm: async () => { await api.delete(`/mailboxes/${mailbox.id}`); await refresh() } })
  return (
    <Paper bg="var(--mantine-color-default-hover)" withBorder={false} component="section" aria-label={mailbox.name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Group gap="xs"><Text fw={600} style={{ overflowWrap: 'anywhere' }}>{mailbox.name}</Text><Badge color={colours[mailbox.state]}>{t(`mailboxes.states.${mailbox.state}`)}</Badge></Group>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{mailbox.username} · {mailbox.host}:{mailbox.port} · {mailbox.folders.map(folder => folder.folder).join(', ')}</Text>
          </div>
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t('mailboxes.more', { name: mailbox.name })}><IconDots size={17} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={onEdit}>{t('mailboxes.edit')}</Menu.Item>
              <Menu.Item onClick={() => tried.mutate()}>{t('mailboxes.list_folders')}</Menu.Item>
              <Menu.Item onClick={() => pause.mutate()}>{t(mailbox.state === 'paused' ? 'mailboxes.resume' : 'mailboxes.pause')}</Menu.Item>
              <Menu.Item color="red" onClick={remove}>{t('mailboxes.remove')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
        {mailbox.error !== null && mailbox.oauth?.signed_in !== false && <Alert color="red" variant="light">{mailbox.error} <Text span size="sm">({t('mailboxes.since')} <TimeAgo time={mailbox.error_since ?? mailbox.created_at} />)</Text></Alert>}
        <MailboxConsent mailbox={mailbox} />
        {tried.isPending && <Text size="sm" c="dimmed">{t('mailboxes.trying')}</Text>}
        {tried.data && !tried.isPending && <Alert color={tried.data.ok ? 'pine' : 'red'} variant="light" role="status">{tried.data.ok ? t('mailboxes.folders_found', { list: tried.data.folders.join(', ') }) : tried.data.message}</Alert>}
        <Group gap="sm">
          <Button size="xs" variant="light" loading={check.isPending} disabled={mailbox.state === 'paused'} onClick={() => check.mutate()}>{t('mailboxes.check')}</Button>
          <Text size="xs" c="dimmed">{mailbox.checked_at === null ? t('mailboxes.never') : <>{t('mailboxes.checked')} <TimeAgo time={mailbox.checked_at} /></>} · {t('mailboxes.taken', { count: mailbox.taken })}</Text>
        </Group>
      </Stack>
    </Paper>
  )
}
