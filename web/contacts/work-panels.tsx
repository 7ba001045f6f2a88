import { useState } from 'react'
import { ActionIcon, Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { DateTimePicker } from '@mantine/dates'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ContactCard } from '../../shared/contacts.ts'
import { leadStatus } from '../../shared/leads.ts'
import { api } from '../app/api.ts'
import { useMay, useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyError } from '../ui/notify.ts'
import { TimeAgo } from '../ui/time-ago.tsx'
import { cardKey } from './card-query.ts'
import { Panel } from './panel.tsx'
import { useUsers } from './use-reference.ts'

export function LeadsPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: ({ id, status }: { id: number, status: string }) => api.patch(`/leads/${id}`, { status }),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: cardKey(card.id) }), client.invalidateQueries({ queryKey: ['list'] })]),
    onError: notifyError,
  })
  if (card.leads.length === 0) return null
  return (
    <Panel title={t('title')}>
      <Stack gap={10}>
        {card.leads.map(lead => (
          <Group key={lead.id} justify="space-between" wrap="nowrap" gap="xs">
            <Stack gap={0} miw={0}>
              <Text size="sm" truncate>{lead.source_label}</Text>
              <Text size="xs" c="dimmed"><TimeAgo time={lead.created_at} />{lead.owner !== null && <> · {lead.owner.name}</>}</Text>
            </Stack>
            <Select
              size="xs" w={130} flex="none" aria-label={t('status')} disabled={!may} value={lead.status} allowDeselect={false}
              data={leadStatus.options.map(status => ({ value: status, label: t(`statuses.${status}`) }))} onChange={status => status !== null && change.mutate({ id: lead.id, status })}
            />
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}

export function TasksPanel({ card }: { card: ContactCard }) {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: cardKey(card.id) }), client.invalidateQueries({ queryKey: ['list'] })])
  const toggle = useMutation({
    mutationFn: ({ id, done }: { id: number, done: boolean }) => done ? api.post(`/tasks/${id}/completion`, {}) : api.delete(`/tasks/${id}/completion`),
    onSuccess: refresh,
    onError: notifyError,
  })
  return (
    <Panel title={t('tasks.title')} action={may && !adding && <ActionIcon variant="subtle" color="gray" aria-label={t('tasks.add')} onClick={() => setAdding(true)}><IconPlus size={17} /></ActionIcon>}>
      <Stack gap={8}>
        {card.tasks.length === 0 && !adding && <Text size="sm" c="dimmed">{t('tasks.none')}</Text>}
        {card.tasks.map(task => (
          <Checkbox
            key={task.id} checked={task.done_at !== null} disabled={!may || toggle.isPending} onChange={event => toggle.mutate({ id: task.id, done: event.currentTarget.checked })}
            label={(
              <Stack gap={0}>
                <Text size="sm" td={task.done_at === null ? undefined : 'line-through'} c={task.done_at === null ? undefined : 'dimmed'}>{task.title}</Text>
                <Text size="xs" c="dimmed">{task.due_at !== null && <TimeAgo time={task.due_at} />}{task.due_at !== null && task.owner !== null && ' · '}{task.owner?.name}</Text>
              </Stack>
            )}
          />
        ))}
        {adding && <TaskForm contactId={card.id} onDone={() => { setAdding(false); void refresh() }} onCancel={() => setAdding(false)} />}
      </Stack>
    </Panel>
  )
}

function TaskForm({ contactId, onDone, onCancel }: { contactId: number, onDone: () => void, onCancel: () => void }) {
  const { t } = useTranslation('leads')
  const { user } = useSession()
  const users = useUsers()
  const [title, setTitle] = useState('')
  const [due, setDue] = useState<string | null>(null)
  const [owner, setOwner] = useState<string | null>(String(user.id))
  const save = useMutation({
    mutationFn: () => api.post('/tasks', { contact_id: contactId, title: title.trim(), due_at: due === null ? null : new Date(due).toISOString(), owner_id: owner === null ? null : Number(owner) }),
    onSuccess: onDone,
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap={8}>
        <TextInput size="xs" label={t('tasks.what')} autoFocus required maxLength={300} value={title} onChange={event => setTitle(event.currentTarget.value)} />
        <Group grow gap="xs">
          <DateTimePicker size="xs" label={t('tasks.due')} clearable valueFormat="DD MMM YYYY HH:mm" value={due} onChange={setDue} />
          <Select size="xs" label={t('tasks.owner')} data={users.map(each => ({ value: String(each.id), label: each.name }))} value={owner} onChange={setOwner} />
        </Group>
        <ErrorNotice error={save.error} />
        <Group gap="xs" justify="flex-end">
          <Button size="xs" variant="default" onClick={onCancel}>{t('app:cancel')}</Button>
          <Button size="xs" type="submit" loading={save.isPending} disabled={title.trim() === ''}>{t('tasks.add_button')}</Button>
        </Group>
      </Stack>
    </form>
  )
}
