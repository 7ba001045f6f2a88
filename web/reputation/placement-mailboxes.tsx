import { useState } from 'react'
import { ActionIcon, Alert, Badge, Box, Button, Group, Menu, Modal, Paper, Stack, Text, Title, Tooltip } from '@mantine/core'
import { IconDots, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Mailbox } from '../../shared/inbound.ts'
import type { PlacementMailbox, PlacementOutcome } from '../../shared/placement.ts'
import { api, type Page } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { MailboxConsent } from '../inbound/mailbox-consent.tsx'
import { MailboxForm } from '../inbound/mailbox-form.tsx'
import { confirmDelete } from '../ui/confirm-delete.tsx'
import { useFormat } from '../ui/format.ts'
import { notifyError } from '../ui/notify.ts'
import { outcomeColours } from './placement-outcomes.ts'

export const placementMailboxesKey = ['placement-mailboxes']
const settingsKey = ['mailboxes', 'placement']

/** The test mailboxes, each with where its last mails landed: one mark a test, the latest on the right. */
export function PlacementMailboxes({ mailboxes, adding, onAdding }: { mailboxes: PlacementMailbox[], adding: boolean, onAdding: (adding: boolean) => void }) {
  const { t } = useTranslation('placement')
  const client = useQueryClient()
  const administers = useMay('administer')
  const [editing, setEditing] = useState<number | null>(null)
  const settings = useQuery({ queryKey: settingsKey, enabled: administers, queryFn: ({ signal }) => api.get<Page<Mailbox>>('/mailboxes?purpose=placement', { signal }) })
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: placementMailboxesKey }), client.invalidateQueries({ queryKey: settingsKey })])
  const edited = settings.data?.data.find(mailbox => mailbox.id === editing)
  const close = () => { setEditing(null); onAdding(false) }
  return (
    <Paper p="md">
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <Box flex={1} miw={240}>
            <Title order={2} size="h4">{t('mailboxes')}</Title>
            <Text size="sm" c="dimmed">{t('mailboxes_text')}</Text>
          </Box>
          {administers && <Button size="xs" variant="light" leftSection={<IconPlus size={16} />} onClick={() => onAdding(true)}>{t('add_mailbox')}</Button>}
        </Group>
        {mailboxes.map(mailbox => <Row key={mailbox.id} mailbox={mailbox} settings={settings.data?.data.find(each => each.id === mailbox.id) ?? null} onEdit={administers && settings.isSuccess ? () => setEditing(mailbox.id) : null} refresh={refresh} />)}
      </Stack>
      <Modal opened={adding || edited !== undefined} onClose={close} size="lg" title={<Text fw={600}>{t(adding ? 'add_mailbox' : 'edit_mailbox')}</Text>}>
        {(adding || edited !== undefined) && <MailboxForm mailbox={edited ?? null} purpose="placement" onDone={() => { close(); void refresh() }} />}
      </Modal>
    </Paper>
  )
}

function Row({ mailbox, settings, onEdit, refresh }: { mailbox: PlacementMailbox, settings: Mailbox | null, onEdit: (() => void) | null, refresh: () => Promise<unknown> }) {
  const { t } = useTranslation('placement')
  const format = useFormat()
  const pause = useMutation({ mutationFn: () => mailbox.paused ? api.delete(`/mailboxes/${mailbox.id}/pause`) : api.put(`/mailboxes/${mailbox.id}/pause`, {}), onSuccess: refresh, onError: notifyError })
  const tried = useMutation({ mutationFn: () => api.get<{ ok: boolean, message: string }>(`/mailboxes/${mailbox.id}/folders`), onError: notifyError })
  const remove = () => confirmDelete({ title: t('remove_title', { name: mailbox.name }), text: t('remove_text'), confirm: t('remove'), onConfirm: async () => { await api.delete(`/mailboxes/${mailbox.id}`); await refresh() } })
  const judged = mailbox.results.filter(result => ['inbox', 'tab', 'spam', 'other', 'missing'].includes(result.outcome))
  const good = judged.filter(result => result.outcome === 'inbox' || result.outcome === 'tab').length
  return (
    <Paper bg="var(--mantine-color-default-hover)" withBorder={false} p="sm" component="section" aria-label={mailbox.name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Group gap="xs"><Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>{mailbox.name}</Text>{mailbox.paused && <Badge color="gray">{t('paused')}</Badge>}</Group>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{mailbox.address}</Text>
          </div>
          {onEdit && (
            <Menu position="bottom-end">
              <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t('more', { name: mailbox.name })}><IconDots size={17} /></ActionIcon></Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => tried.mutate()}>{t('try')}</Menu.Item>
                <Menu.Item onClick={onEdit}>{t('edit_mailbox')}</Menu.Item>
                <Menu.Item onClick={() => pause.mutate()}>{t(mailbox.paused ? 'resume' : 'pause')}</Menu.Item>
                <Menu.Item color="red" onClick={remove}>{t('remove')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
        {mailbox.error !== null && settings?.oauth?.signed_in !== false && !tried.isSuccess && <Alert color="red" variant="light">{mailbox.error}</Alert>}
        {settings && <MailboxConsent mailbox={settings} />}
        {tried.data && <Alert color={tried.data.ok ? 'pine' : 'red'} variant="light" role="status">{tried.data.ok ? t('can_sign_in') : tried.data.message}</Alert>}
        {mailbox.results.length > 0 && (
          <Group gap="sm">
            <Group gap={3} role="list" aria-label={t('trend')}>{mailbox.results.map(result => <Mark key={result.test_id} {...result} label={`${format.day(result.at)}: ${t(`outcomes.${result.outcome}`)}`} />)}</Group>
            {judged.length > 0 && <Text size="sm" c="dimmed">{t('in_inbox', { count: judged.length, good })}</Text>}
          </Group>
        )}
      </Stack>
    </Paper>
  )
}

function Mark({ test_id, outcome, label }: { test_id: number, outcome: PlacementOutcome, label: string }) {
  return (
    <Tooltip label={label}>
      <Box component={Link} to={`/deliverability/placement/${test_id}`} aria-label={label} w={12} h={20} bg={`var(--mantine-color-${outcomeColours[outcome]}-filled)`} style={{ borderRadius: 3, opacity: ['waiting', 'not_sent', 'unreadable'].includes(outcome) ? 0.35 : 1 }} />
    </Tooltip>
  )
}
