import { Anchor, Checkbox, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Task } from '../../shared/activities.ts'
import type { Lead } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useMay } from '../app/session.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'

export function MyTasks() {
  const { t } = useTranslation('start')
  const may = useMay('contacts')
  const client = useQueryClient()
  const list = useList<Task>('/tasks?owner=me&state=open&limit=6')
  const done = useMutation({
    mutationFn: (id: number) => api.post(`/tasks/${id}/completion`, {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ['list'] }),
    onError: notifyError,
  })
  return (
    <Paper component="section" aria-label={t('tasks.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t('tasks.title')}</Title>
        <Anchor component={Link} to="/day" size="sm">{t('tasks.all')}</Anchor>
      </Group>
      <Stack gap={10}>
        {list.rows.length === 0 && <Text size="sm" c="dimmed">{t('tasks.none')}</Text>}
        {list.rows.slice(0, 6).map(task => (
          <Group key={task.id} gap="xs" wrap="nowrap" align="flex-start">
            <Checkbox size="sm" mt={1} disabled={!may || done.isPending} aria-label={t('tasks.finish', { title: task.title })} checked={false} onChange={() => done.mutate(task.id)} />
            <Stack gap={0} miw={0}>
              <Text size="sm">{task.title}</Text>
              <Text size="xs" c="dimmed">
                {task.contact !== null && <Anchor component={Link} to={`/contacts/${task.contact.id}`} inherit>{task.contact.name}</Anchor>}
                {task.due_at !== null && <>{task.contact !== null && ' · '}<TimeAgo time={task.due_at} size="xs" c={new Date(task.due_at) < new Date() ? 'red' : 'dimmed'} /></>}
              </Text>
            </Stack>
          </Group>
        ))}
      </Stack>
    </Paper>
  )
}

export function NewLeads() {
  const { t } = useTranslation('start')
  const list = useList<Lead>('/leads?status=new&limit=6')
  return (
    <Paper component="section" aria-label={t('leads.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t('leads.title')}</Title>
        <Anchor component={Link} to="/leads" size="sm">{t('leads.all')}</Anchor>
      </Group>
      <Stack gap={8}>
        {list.rows.length === 0 && <Text size="sm" c="dimmed">{t('leads.none')}</Text>}
        {list.rows.slice(0, 6).map(lead => (
          <Group key={lead.id} justify="space-between" gap="xs" wrap="nowrap">
            <Stack gap={0} miw={0}>
              <Anchor component={Link} to={`/contacts/${lead.contact.id}`} size="sm" truncate>{lead.contact.name}</Anchor>
              <Text size="xs" c="dimmed" truncate>{lead.source_label}{lead.owner !== null && <> · {lead.owner.name}</>}</Text>
            </Stack>
            <TimeAgo time={lead.created_at} size="xs" c="dimmed" />
          </Group>
        ))}
      </Stack>
    </Paper>
  )
}
