import { useState } from 'react'
import { ActionIcon, Anchor, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Task } from '../../shared/activities.ts'
import { withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay } from '../app/session.tsx'
import { Panel } from '../contacts/panel.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { useList } from '../ui/use-list.ts'
import { FinishDialog } from './finish-dialog.tsx'
import { TaskDialog } from './task-dialog.tsx'
import type { NewTask } from './task-dialog.tsx'
import { TaskRow } from './task-row.tsx'
import { dayWords, useToday } from './task-words.tsx'
import { useRefreshTasks, useTaskActions } from './use-task-actions.tsx'
import classes from './activities.module.css'

/** The tasks of a contact, a company or a deal, on its page: open ones, and what was done. `add`: what is known of a new one. */
export function TasksPanel({ of, add }: { of: { contact: number } | { company: number } | { deal: number }, add: NewTask }) {
  const { t, i18n } = useTranslation('activities')
  const may = useMay('contacts')
  const today = useToday()
  const [editing, setEditing] = useState<Task | NewTask | null>(null)
  const [finishing, setFinishing] = useState<Task | null>(null)
  const [isDoneShown, setDoneShown] = useState(false)
  const query = (state: string) => withQuery('/tasks', { owner: 'all', ...Object.fromEntries(Object.entries(of).map(([name, id]) => [name, String(id)])), state, limit: '20' })
  const open = useList<Task>(query('open'))
  const done = useList<Task>(query('done'), isDoneShown)
  const refresh = useRefreshTasks()
  const actions = useTaskActions()
  useLive(['tasks'], () => void refresh())
  const rows = (tasks: Task[]) => (
    <ul className={classes.list}>
      {tasks.map(task => (
        <TaskRow
          key={task.id} task={task} current={false} withOwner about={false} onOpen={() => setEditing(task)} onFinish={() => setFinishing(task)}
          onReopen={() => actions.change([task], { done: false }, t('reopened', { title: task.title }))} onPostpone={day => actions.change([task], { move_to: day }, t('moved', { title: task.title, day: dayWords(day, today, i18n.language) }))}
        />
      ))}
    </ul>
  )
  return (
    <Panel title={t('panel.title')} action={may && <ActionIcon variant="subtle" color="gray" aria-label={t('panel.add')} title={t('panel.add')} onClick={() => setEditing(add)}><IconPlus size={17} /></ActionIcon>}>
      {open.isSuccess && open.rows.length === 0 && <Text size="sm" c="dimmed">{t('panel.none')}</Text>}
      {rows(open.rows)}
      <LoadMore hasMore={open.hasNextPage} loading={open.isFetchingNextPage} onMore={() => void open.fetchNextPage()} />
      <Anchor component="button" type="button" size="xs" mt={6} aria-expanded={isDoneShown} onClick={() => setDoneShown(before => !before)}>{isDoneShown ? t('panel.hide_done') : t('panel.show_done')}</Anchor>
      {isDoneShown && <>{done.isSuccess && done.rows.length === 0 && <Text size="sm" c="dimmed">{t('empty.nothing_done')}</Text>}{rows(done.rows)}<LoadMore hasMore={done.hasNextPage} loading={done.isFetchingNextPage} onMore={() => void done.fetchNextPage()} /></>}
      <TaskDialog task={editing} onClose={() => setEditing(null)} />
      <FinishDialog task={finishing} onClose={() => setFinishing(null)} />
    </Panel>
  )
}
