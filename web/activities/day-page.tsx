import { useRef, useState } from 'react'
import { Button, Grid, Group, Kbd, Paper, Stack, Text, Title } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import type { HotkeyItem } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { Task, TaskCounts } from '../../shared/activities.ts'
import { nextDay, startOfDay } from '../../shared/local-time.ts'
import { api, withQuery } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay, useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { LoadMore } from '../ui/load-more.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { useList } from '../ui/use-list.ts'
import { ActivityTabs } from './activity-tabs.tsx'
import { DayAside } from './day-aside.tsx'
import { FinishDialog } from './finish-dialog.tsx'
import { OwnerSelect, useOwner } from './owner-select.tsx'
import { QuickAdd } from './quick-add.tsx'
import { TaskDialog } from './task-dialog.tsx'
import type { NewTask } from './task-dialog.tsx'
import { TaskRow } from './task-row.tsx'
import { dayWords, nextMonday, useToday } from './task-words.tsx'
import { useRefreshTasks, useTaskActions } from './use-task-actions.tsx'
import classes from './activities.module.css'

/** A manager's home: what is overdue, for today and next, what waits beside it, and a line to write the next thing down. */
export function Page() {
  const { t, i18n } = useTranslation('activities')
  const may = useMay('contacts')
  const { user, company: { time_zone } } = useSession()
  const today = useToday()
  const owner = useOwner()
  const [params, setParams] = useSearchParams()
  const input = useRef<HTMLInputElement>(null)
  const [editing, setEditing] = useState<Task | NewTask | null>(null)
  const [finishing, setFinishing] = useState<Task | null>(null)
  const [current, setCurrent] = useState<number | null>(null)
  const [isDoneShown, { toggle: toggleDone }] = useDisclosure(false)
  const refresh = useRefreshTasks()
  useLive(['tasks', 'leads', 'deals'], () => void refresh())
  const counts = useQuery({ queryKey: ['tasks', 'counts', owner], queryFn: () => api.get<TaskCounts>(withQuery('/tasks/counts', { owner })), placeholderData: before => before, refetchInterval: 60_000 })
  const part = (due: string) => withQuery('/tasks', { owner, due, limit: '50' })
  const lists = { overdue: useList<Task>(part('overdue')), today: useList<Task>(part('today')), next: useList<Task>(withQuery('/tasks', { owner, due: 'next', limit: '20' })), never: useList<Task>(withQuery('/tasks', { owner, due: 'never', limit: '20' })) }
  const done = useList<Task>(withQuery('/tasks', { owner, state: 'done', done_since: startOfDay(today, time_zone).toISOString(), limit: '50' }), isDoneShown)
  // Opened by its address: a reminder, a search result.
  const asked = Number(params.get('task')) || null
  const opened = useQuery({ queryKey: ['tasks', asked], enabled: asked !== null, queryFn: () => api.get<Task>(`/tasks/${asked}`) })
  const actions = useTaskActions()
  const finish = (task: Task) => task.contact === null ? actions.finish([task]) : setFinishing(task)
  const postpone = (tasks: Task[], day: string) => actions.change(tasks, { move_to: day }, tasks.length === 1 ? t('moved', { title: tasks[0]!.title, day: dayWords(day, today, i18n.language) }) : t('moved_many', { count: tasks.length, day: dayWords(day, today, i18n.language) }))
  const shown = Object.values(lists).flatMap(list => list.rows)
  const at = shown.findIndex(task => task.id === current)
  const step = (by: number) => {
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))]
    if (next === undefined) return
    setCurrent(next.id)
    document.querySelector(`[data-task="${next.id}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  const onCurrent = (act: (task: Task) => void) => () => {
    if (shown[at] !== undefined) act(shown[at])
  }
  const key = (letter: string, act: () => void): HotkeyItem => [letter, act, { usePhysicalKeys: true }]
  useHotkeys(editing !== null || finishing !== null ? [] : [
    key('J', () => step(1)), key('K', () => step(-1)), ['ArrowDown', () => step(1)], ['ArrowUp', () => step(-1)],
    key('E', onCurrent(setEditing)),
    ...may ? [key('D', onCurrent(finish)), key('T', onCurrent(task => postpone([task], nextDay(today)))), key('W', onCurrent(task => postpone([task], nextMonday(today)))), key('N', () => input.current?.focus())] : [],
  ])
  const close = () => {
    setEditing(null)
    if (asked !== null) setParams(before => new URLSearchParams([...before].filter(([name]) => name !== 'task')), { replace: true })
  }
  const rows = (tasks: Task[]) => (
    <ul className={classes.list}>
      {tasks.map(task => (
        <TaskRow
          key={task.id} task={task} current={task.id === current} withOwner={owner === 'all'} onOpen={() => { setCurrent(task.id); setEditing(task) }} onFinish={() => finish(task)}
          onReopen={() => actions.change([task], { done: false }, t('reopened', { title: task.title }))} onPostpone={day => postpone([task], day)}
        />
      ))}
    </ul>
  )
  const numbers = counts.data
  const error = Object.values(lists).find(list => list.isError)?.error ?? counts.error
  return (
    <>
      <PageHeader title={t('title')} subtitle={`${new Intl.DateTimeFormat(i18n.language, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${today}T00:00:00Z`))}${numbers === undefined || numbers.done_today === 0 ? '' : ` · ${t('done_today', { count: numbers.done_today })}`}`} actions={<OwnerSelect />} />
      <ActivityTabs />
      <ErrorNotice error={error} retry={() => void refresh()} />
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="lg">
            {may && <QuickAdd input={input} ownerId={Number(owner) || undefined} onMore={setEditing} />}
            {(['overdue', 'today', 'next', 'never'] as const).map((name) => {
              const list = lists[name]
              const count = numbers === undefined ? list.rows.length : { overdue: numbers.overdue, today: numbers.due_today, next: numbers.next, never: numbers.never }[name]
              if (list.rows.length === 0 && name !== 'today') return null
              return (
                <Paper key={name} component="section" aria-label={t(`parts.${name}`)}>
                  <Group justify="space-between" mb={4} gap="xs">
                    <Title order={2}>{t(`parts.${name}`)} {count > 0 && <Text component="span" c={name === 'overdue' ? 'var(--mantine-color-red-light-color)' : 'dimmed'} inherit fw={400}>{count}</Text>}</Title>
                    {name === 'overdue' && may && <Button size="compact-sm" variant="subtle" onClick={() => postpone(list.rows, today)}>{count > list.rows.length ? t('first_to_today', { count: list.rows.length }) : t('all_to_today')}</Button>}
                  </Group>
                  {list.rows.length === 0 && <Text size="sm" c="dimmed">{list.isPending ? '…' : numbers !== undefined && numbers.overdue + numbers.next + numbers.never + numbers.done_today === 0 ? t('empty.first') : t('empty.today')}</Text>}
                  {rows(list.rows)}
                  <LoadMore hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
                </Paper>
              )
            })}
            {numbers !== undefined && numbers.done_today > 0 && (
              <Paper component="section" aria-label={t('parts.done')}>
                <Group justify="space-between"><Title order={2}>{t('parts.done')} <Text component="span" c="dimmed" inherit fw={400}>{numbers.done_today}</Text></Title><Button size="compact-sm" variant="subtle" aria-expanded={isDoneShown} onClick={toggleDone}>{isDoneShown ? t('hide') : t('show')}</Button></Group>
                {isDoneShown && <>{rows(done.rows)}<LoadMore hasMore={done.hasNextPage} loading={done.isFetchingNextPage} onMore={() => void done.fetchNextPage()} /></>}
              </Paper>
            )}
            {shown.length > 0 && <Text size="xs" c="dimmed" visibleFrom="sm"><Kbd size="xs">J</Kbd> <Kbd size="xs">K</Kbd> {t('keys.move')} · <Kbd size="xs">D</Kbd> {t('keys.finish')} · <Kbd size="xs">T</Kbd> {t('keys.tomorrow')} · <Kbd size="xs">W</Kbd> {t('keys.next_week')} · <Kbd size="xs">E</Kbd> {t('keys.open')} · <Kbd size="xs">N</Kbd> {t('keys.add')}</Text>}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}><DayAside owner={owner === 'me' ? String(user.id) : owner} /></Grid.Col>
      </Grid>
      <TaskDialog task={editing ?? opened.data ?? null} onClose={close} />
      <FinishDialog task={finishing} onClose={() => setFinishing(null)} />
    </>
  )
}
