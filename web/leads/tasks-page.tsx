import { Checkbox, Group, SegmentedControl, Text } from '@mantine/core'
import { IconChecklist } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { Task } from '../../shared/activities.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { DataList } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { notifyError } from '../ui/notify.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'

export function Page() {
  const { t } = useTranslation('leads')
  const may = useMay('contacts')
  const client = useQueryClient()
  const [params, setParams] = useSearchParams()
  const state = params.get('state') ?? 'open'
  const owner = params.get('owner') ?? 'me'
  useLive(['tasks'], () => void client.invalidateQueries({ queryKey: ['list'] }))
  const toggle = useMutation({
    mutationFn: ({ id, done }: { id: number, done: boolean }) => done ? api.post(`/tasks/${id}/completion`, {}) : api.delete(`/tasks/${id}/completion`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['list'] }),
    onError: notifyError,
  })
  return (
    <>
      <PageHeader title={t('tasks.page_title')} subtitle={t('tasks.page_subtitle')} />
      <DataList<Task>
        name="tasks" path={withQuery('/tasks', { owner, state })} rowKey={row => row.id} rowTo={row => `/contacts/${row.contact.id}`}
        toolbar={(
          <Group gap="xs">
            <SegmentedControl size="xs" value={owner} onChange={value => setParams({ owner: value, state })} data={[{ value: 'me', label: t('tasks.mine') }, { value: 'all', label: t('tasks.everybodys') }]} />
            <SegmentedControl size="xs" value={state} onChange={value => setParams({ owner, state: value })} data={[{ value: 'open', label: t('tasks.open') }, { value: 'done', label: t('tasks.done') }]} />
          </Group>
        )}
        columns={[
          {
            key: 'title', label: t('tasks.what'), fixed: true,
            render: row => <Checkbox checked={row.done_at !== null} disabled={!may} onChange={event => toggle.mutate({ id: row.id, done: event.currentTarget.checked })} label={<Text size="sm" td={row.done_at === null ? undefined : 'line-through'}>{row.title}</Text>} />,
          },
          { key: 'contact', label: t('contact'), render: row => row.contact.name },
          { key: 'due', label: t('tasks.due'), render: row => row.due_at === null ? null : <TimeAgo time={row.due_at} size="sm" c={row.done_at === null && new Date(row.due_at) < new Date() ? 'red' : undefined} /> },
          { key: 'owner', label: t('owner'), render: row => row.owner?.name },
          { key: 'created', label: t('created'), hidden: true, render: row => <TimeAgo time={row.created_at} size="sm" /> },
        ]}
        empty={<EmptyState icon={IconChecklist} title={state === 'done' ? t('tasks.nothing_done') : t('tasks.nothing_open')} text={t('tasks.page_empty')} />}
      />
    </>
  )
}
