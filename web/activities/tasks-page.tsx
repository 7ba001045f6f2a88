import { useState } from 'react'
import { ActionIcon, Anchor, Button, Group, Menu, SegmentedControl, Select, Text } from '@mantine/core'
import { IconCalendarTime, IconChecklist, IconCircle, IconCircleCheck, IconPlus, IconUser } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { Task } from '../../shared/activities.ts'
import { taskKinds } from '../../shared/activities.ts'
import { withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { useUsers } from '../contacts/use-reference.ts'
import { DataList, useSelection } from '../ui/data-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { TimeAgo } from '../ui/time-ago.tsx'
import { useList } from '../ui/use-list.ts'
import { ActivityTabs } from './activity-tabs.tsx'
import { FinishDialog } from './finish-dialog.tsx'
import { OwnerSelect, useOwner } from './owner-select.tsx'
import { PostponeMenu } from './postpone-menu.tsx'
import { TaskDialog } from './task-dialog.tsx'
import type { NewTask } from './task-dialog.tsx'
import { dayWords, Due, KindIcon, useToday } from './task-words.tsx'
import { mostAtOnce, useRefreshTasks, useTaskActions } from './use-task-actions.tsx'
import type { TaskActions } from './use-task-actions.tsx'

/** Every task, by pages, of one person or of all; many are changed at once. */
export function Page() {
  const { t } = useTranslation('activities')
  const may = useMay('contacts')
  const [params, setParams] = useSearchParams()
  const owner = useOwner()
  const state = params.get('state') ?? 'open'
  const kind = params.get('kind') ?? ''
  const set = (changes: Record<string, string>) => setParams(before => new URLSearchParams(Object.entries({ ...Object.fromEntries(before), ...changes }).filter(([, value]) => value !== '')), { replace: true })
  const path = withQuery('/tasks', { owner, state, ...kind === '' ? {} : { kind } })
  const list = useList<Task>(path)
  const selection = useSelection(path)
  const selected = list.rows.filter(row => selection.selected.has(row.id))
  const [editing, setEditing] = useState<Task | NewTask | null>(null)
  const [finishing, setFinishing] = useState<Task | null>(null)
  const refresh = useRefreshTasks()
  const actions = useTaskActions()
  useLive(['tasks'], () => void refresh())
  const toggle = (task: Task) => {
    if (task.done_at !== null) actions.change([task], { done: false }, t('reopened', { title: task.title }))
    else if (task.contact === null) actions.finish([task])
    else setFinishing(task)
  }
  return (
    <>
      <PageHeader title={t('tasks_title')} actions={<><OwnerSelect />{may && <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing({})}>{t('add_title')}</Button>}</>} />
      <ActivityTabs />
      <DataList<Task>
        name="tasks" path={path} rowKey={row => row.id} onRow={setEditing} minWidth={760} {...may ? { selection } : {}}
        toolbar={selected.length > 0
          ? <BulkActions tasks={selected} actions={actions} onDone={() => selection.onChange(new Set())} />
          : (
              <Group gap="xs">
                <SegmentedControl size="xs" aria-label={t('state')} value={state} onChange={value => set({ state: value })} data={[{ value: 'open', label: t('open') }, { value: 'done', label: t('done') }]} />
                <Select size="xs" w={150} aria-label={t('kind')} placeholder={t('any_kind')} clearable value={kind === '' ? null : kind} onChange={value => set({ kind: value ?? '' })} data={taskKinds.map(each => ({ value: each, label: t(`kinds.${each}`) }))} />
              </Group>
            )}
        columns={[
          {
            key: 'title', label: t('what'), fixed: true,
            render: row => (
              <Group gap="xs" wrap="nowrap" align="flex-start">
                <ActionIcon size={20} variant="subtle" color={row.done_at === null ? 'gray' : 'pine'} disabled={!may} aria-label={row.done_at !== null ? t('reopen_this', { title: row.title }) : t('finish_this', { title: row.title })} title={row.done_at !== null ? t('reopen_this', { title: row.title }) : t('finish_this', { title: row.title })} onClick={() => toggle(row)}>{row.done_at === null ? <IconCircle size={18} stroke={1.5} /> : <IconCircleCheck size={18} />}</ActionIcon>
                <KindIcon kind={row.kind} />
                <Text size="sm" fw={row.priority === 'high' ? 600 : 400} {...row.done_at === null ? {} : { td: 'line-through' }}>{row.title}</Text>
              </Group>
            ),
          },
          { key: 'contact', label: t('contact'), render: row => row.contact?.name },
          { key: 'deal', label: t('deal'), render: row => row.deal && <Anchor component={Link} to={`/deals/${row.deal.id}`} size="sm" onClick={event => event.stopPropagation()}>{row.deal.name}</Anchor> },
          { key: 'company', label: t('company'), hidden: true, render: row => row.company?.name },
          { key: 'due', label: t('due'), render: row => row.due_at === null ? null : <Due task={row} /> },
          { key: 'owner', label: t('owner'), render: row => row.owner?.name },
          { key: 'outcome', label: t('outcome'), hidden: state !== 'done', render: row => row.outcome },
          { key: 'created', label: t('created'), hidden: true, render: row => <TimeAgo time={row.created_at} size="sm" /> },
        ]}
        empty={<EmptyState icon={IconChecklist} title={state === 'done' ? t('empty.nothing_done') : t('empty.nothing_open')} text={t('empty.text')} />}
      />
      <TaskDialog task={editing} onClose={() => setEditing(null)} />
      <FinishDialog task={finishing} onClose={() => setFinishing(null)} />
    </>
  )
}

function BulkActions({ tasks, actions, onDone }: { tasks: Task[], actions: TaskActions, onDone: () => void }) {
  const { t, i18n } = useTranslation('activities')
  const today = useToday()
  const users = useUsers()
  const some = tasks.slice(0, mostAtOnce)
  const act = (what: () => void) => {
    what()
    onDone()
  }
  return (
    <Group gap="xs" mih={36}>
      <Text size="sm" fw={500}>{tasks.length > mostAtOnce ? t('bulk.at_most', { count: mostAtOnce }) : t('bulk.selected', { count: tasks.length })}</Text>
      <Button size="xs" variant="default" onClick={() => act(() => actions.finish(some.filter(task => task.done_at === null)))}>{t('finish')}</Button>
      <PostponeMenu onChoose={day => act(() => actions.change(some, { move_to: day }, t('moved_many', { count: some.length, day: dayWords(day, today, i18n.language) })))}>
        <Button size="xs" variant="default" leftSection={<IconCalendarTime size={15} />}>{t('postpone')}</Button>
      </PostponeMenu>
      <Menu position="bottom-start">
        <Menu.Target><Button size="xs" variant="default" leftSection={<IconUser size={15} />}>{t('bulk.give')}</Button></Menu.Target>
        <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
          {users.map(user => <Menu.Item key={user.id} onClick={() => act(() => actions.change(some, { owner_id: user.id }, t('bulk.given', { count: some.length, name: user.name })))}>{user.name}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
      <Button variant="subtle" size="xs" onClick={onDone}>{t('bulk.clear')}</Button>
    </Group>
  )
}
