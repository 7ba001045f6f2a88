import '@mantine/schedule/styles.css'
import { useEffect, useRef, useState } from 'react'
import { Box, Button, Group, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Schedule } from '@mantine/schedule'
import type { ScheduleEventData, ScheduleViewLevel } from '@mantine/schedule'
import { IconCalendarShare, IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import type { ChangedTasks, Task, TaskPatch } from '../../shared/activities.ts'
import { instantOf, localTime, nextDay, startOfDay } from '../../shared/local-time.ts'
import { api, withQuery } from '../app/api.ts'
import type { Page as ListPage } from '../app/api.ts'
import { useLive } from '../app/live.ts'
import { useMay, useSession } from '../app/session.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { notifyError } from '../ui/notify.ts'
import { notifyUndo } from '../ui/notify-undo.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ActivityTabs } from './activity-tabs.tsx'
import { CalendarFeedDialog } from './calendar-feed-dialog.tsx'
import { OwnerSelect, useOwner } from './owner-select.tsx'
import { TaskDialog } from './task-dialog.tsx'
import type { NewTask } from './task-dialog.tsx'
import { useToday } from './task-words.tsx'
import { useRefreshTasks } from './use-task-actions.tsx'
import classes from './activities.module.css'

/** Of more tasks in what is shown the first stand there, and it is said. */
const mostShown = 1000
const colors: Record<Task['kind'], string> = { todo: 'gray', call: 'pine', mail: 'blue', meeting: 'violet' }
/** How tall a task stands that does not say how long it takes. */
const usualMinutes = { meeting: 60, call: 30, mail: 30, todo: 30 }

/** Tasks and meetings by day, week and month; dragged to another time, stretched, made by a click. */
export function Page() {
  const { t, i18n } = useTranslation('activities')
  const may = useMay('contacts')
  const { company: { time_zone } } = useSession()
  const today = useToday()
  const owner = useOwner()
  const narrow = useMediaQuery('(max-width: 48em)') ?? false
  const [params, setParams] = useSearchParams()
  const date = /^\d{4}-\d{2}-\d{2}$/.test(params.get('date') ?? '') ? params.get('date')! : today
  const view = (['day', 'week', 'month'] as const).find(each => each === params.get('view')) ?? 'week'
  const set = (changes: Record<string, string>) => setParams(before => new URLSearchParams({ ...Object.fromEntries(before), ...changes }), { replace: true })
  const [editing, setEditing] = useState<Task | NewTask | null>(null)
  const [isSharing, setSharing] = useState(false)
  const refresh = useRefreshTasks()
  useLive(['tasks'], () => void refresh())
  const month = narrow || view === 'month'
  const from = startOfDay(month ? nextDay(`${date.slice(0, 7)}-01`, -7) : nextDay(date, -7), time_zone).toISOString()
  const to = startOfDay(month ? nextDay(`${date.slice(0, 7)}-01`, 45) : nextDay(date, 8), time_zone).toISOString()
  const found = useQuery({ queryKey: ['tasks', 'calendar', owner, from, to], queryFn: ({ signal }) => readAll(owner, from, to, signal), placeholderData: keepPreviousData })
  const save = useMutation({
    mutationFn: ({ patches }: { patches: (TaskPatch & { id: number })[], words?: string }) => api.post<ChangedTasks>('/tasks/changes', { tasks: patches }),
    onSuccess: ({ before }, { words }) => {
      if (words !== undefined) notifyUndo(words, t('undo'), () => save.mutate({ patches: before }))
      return refresh()
    },
    onError: notifyError,
  })
  const tasks = found.data?.tasks ?? []
  const move = (id: string | number, newStart: string, minutes: number | null) => {
    const task = tasks.find(each => each.id === Number(id))
    if (task === undefined) return
    const local = newStart.replace(' ', 'T')
    // Dropped on the row of whole days, or moved within a month.
    const due = task.due_on !== null && local.endsWith('T00:00:00') ? { due_on: local.slice(0, 10) } : { due_at: instantOf(local, time_zone).toISOString() }
    const day = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${local.slice(0, 10)}T00:00:00Z`))
    save.mutate({ patches: [{ id: task.id, ...due, ...minutes === null ? {} : { minutes } }], words: t('moved', { title: task.title, day }) })
  }
  const make = (local: string | null, day: string) => {
    const of = Number(owner) || undefined
    if (may) setEditing({ kind: local === null ? 'todo' : 'meeting', ...local === null ? { due_on: day } : { due_at: instantOf(local.replace(' ', 'T'), time_zone).toISOString() }, ...of === undefined ? {} : { owner_id: of } })
  }
  // Its heads of days are called other than they read (WCAG 2.5.3): what they read is name enough.
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => root.current?.querySelectorAll('.mantine-WeekView-weekViewDayLabel').forEach(head => head.removeAttribute('aria-label')))
  const words = (options: Intl.DateTimeFormatOptions) => (day: string) => new Intl.DateTimeFormat(i18n.language, { ...options, timeZone: 'UTC' }).format(new Date(`${day.slice(0, 10)}T00:00:00Z`))
  const views = { viewSelectProps: { views: ['day', 'week', 'month'] as const }, weekdayFormat: words({ weekday: 'short' }), weekendDays: [] }
  const hours = { startTime: '00:00:00', endTime: '23:59:59', startScrollTime: '07:30:00', withCurrentTimeIndicator: true, slotLabelFormat: 'H:mm', scrollAreaProps: { mah: 'max(420px, calc(100vh - 270px))' } }
  return (
    <>
      <PageHeader
        title={t('calendar.title')}
        actions={(
          <>
            <OwnerSelect />
            <Button variant="default" leftSection={<IconCalendarShare size={16} />} onClick={() => setSharing(true)}>{t('feed.open')}</Button>
            {may && <Button leftSection={<IconPlus size={16} />} onClick={() => make(null, date)}>{t('add_title')}</Button>}
          </>
        )}
      />
      <ActivityTabs />
      <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      {found.data?.isCut === true && <Text size="sm" c="dimmed" mb="xs">{t('calendar.cut', { count: mostShown })}</Text>}
      <Box ref={root} className={classes.calendar ?? ''}>
        <Schedule
          locale={i18n.language} layout="responsive" date={date} onDateChange={day => set({ date: day.slice(0, 10) })}
          view={view as ScheduleViewLevel} onViewChange={level => set({ view: level === 'year' ? 'month' : level })}
          events={tasks.map(task => eventOf(task, time_zone))} labels={useLabels()}
          withEventsDragAndDrop={may} withEventResize={may}
          onEventDrop={({ eventId, newStart }) => move(eventId, newStart, null)}
          onEventResize={({ eventId, newStart, newEnd }) => move(eventId, newStart, Math.max(5, Math.round((Date.parse(`${newEnd.replace(' ', 'T')}Z`) - Date.parse(`${newStart.replace(' ', 'T')}Z`)) / 60_000)))}
          canResizeEvent={event => (event.payload as Task).due_on === null && (event.payload as Task).done_at === null}
          canDragEvent={event => (event.payload as Task).done_at === null}
          onTimeSlotClick={({ slotStart }) => make(slotStart, date)} onAllDaySlotClick={day => make(null, day)} onDayClick={day => narrow || view === 'month' ? make(null, day) : undefined}
          onEventClick={event => setEditing(event.payload as Task)}
          renderEventBody={event => <EventBody task={event.payload as Task} />}
          dayViewProps={{ ...hours, intervalMinutes: 30, headerFormat: words({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }), viewSelectProps: views.viewSelectProps }}
          weekViewProps={{ ...hours, ...views, intervalMinutes: 60, weekLabelFormat: words({ day: 'numeric', month: 'long' }) }}
          monthViewProps={views}
          mobileMonthViewProps={{ eventsHeaderFormat: words({ weekday: 'long', day: 'numeric', month: 'long' }), weekendDays: [] }}
        />
      </Box>
      <TaskDialog task={editing} onClose={() => setEditing(null)} />
      <CalendarFeedDialog opened={isSharing} onClose={() => setSharing(false)} />
    </>
  )
}

async function readAll(owner: string, from: string, to: string, signal: AbortSignal): Promise<{ tasks: Task[], isCut: boolean }> {
  const tasks: Task[] = []
  for (let cursor = ''; ;) {
    const page = await api.get<ListPage<Task>>(withQuery('/tasks', { owner, state: 'all', from, to, limit: '200', cursor }), { signal })
    tasks.push(...page.data)
    if (page.next_cursor === null || tasks.length >= mostShown) return { tasks, isCut: page.next_cursor !== null }
    cursor = page.next_cursor
  }
}

/** In the company's clock, whatever the browser's is. What would go past midnight ends there. */
function eventOf(task: Task, timeZone: string): ScheduleEventData {
  const start = new Date(task.due_at!)
  const end = new Date(start.getTime() + (task.minutes ?? usualMinutes[task.kind]) * 60_000)
  const [from, until] = [localTime(start, timeZone), localTime(end, timeZone)]
  const times = task.due_on === null
    ? { start: from.replace('T', ' '), end: until.slice(0, 10) > from.slice(0, 10) ? `${from.slice(0, 10)} 23:59:00` : until.replace('T', ' ') }
    : { start: `${task.due_on} 00:00:00`, end: `${task.due_on} 23:59:59` }
  return { id: task.id, title: task.title, ...times, color: task.done_at === null && start < new Date() ? 'red' : colors[task.kind], payload: task }
}

function EventBody({ task }: { task: Task }) {
  return (
    <Group gap={4} wrap="nowrap" miw={0} component="span">
      <Text size="xs" inherit truncate component="span" {...task.done_at === null ? {} : { td: 'line-through' }}>{task.title}{task.contact !== null && ` · ${task.contact.name}`}</Text>
    </Group>
  )
}

function useLabels() {
  const { t } = useTranslation('activities')
  return {
    day: t('tabs.day'), week: t('calendar.week'), month: t('calendar.month'), year: t('calendar.year'), allDay: t('calendar.all_day'), weekday: t('calendar.weekday'), timeSlot: t('calendar.time_slot'), today: t('to_today'), next: t('calendar.next'), previous: t('calendar.previous'),
    more: t('calendar.more'), selectMonth: t('calendar.select_month'), selectYear: t('calendar.select_year'), switchToDayView: t('calendar.to_day'), switchToWeekView: t('calendar.to_week'), switchToMonthView: t('calendar.to_month'), switchToYearView: t('calendar.to_year'),
    viewSelectLabel: t('calendar.view'), noEvents: t('calendar.nothing'), moreLabel: (count: number) => t('calendar.more_count', { count }),
  }
}
