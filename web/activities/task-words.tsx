import { Group, Text, Tooltip } from '@mantine/core'
import { IconCalendarEvent, IconClipboardText, IconMail, IconPhone, IconRepeat } from '@tabler/icons-react'
import type { Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Task } from '../../shared/activities.ts'
import { localDay, nextDay } from '../../shared/local-time.ts'
import { useSession } from '../app/session.tsx'
import { useFormat } from '../ui/format.ts'

export const kindIcons: Record<Task['kind'], Icon> = { todo: IconClipboardText, call: IconPhone, mail: IconMail, meeting: IconCalendarEvent }

export function KindIcon({ kind }: { kind: Task['kind'] }) {
  const { t } = useTranslation('activities')
  const Icon = kindIcons[kind]
  return <Tooltip label={t(`kinds.${kind}`)}><Icon size={16} stroke={1.7} role="img" aria-label={t(`kinds.${kind}`)} color="var(--mantine-color-dimmed)" style={{ flex: 'none', marginTop: 3 }} /></Tooltip>
}

/** The day it is in the company's zone. */
export function useToday(): string {
  return localDay(new Date(), useSession().company.time_zone)
}

/** "today, 15:00", "Friday", "3 December": as near as it is; red once it is past. */
export function Due({ task }: { task: Task }) {
  const { t, i18n } = useTranslation('activities')
  const { company } = useSession()
  const format = useFormat()
  const today = useToday()
  if (task.due_at === null) return null
  const day = task.due_on ?? localDay(new Date(task.due_at), company.time_zone)
  const named = day === today ? t('today') : day === nextDay(today) ? t('tomorrow') : day === nextDay(today, -1) ? t('yesterday') : dayWords(day, today, i18n.language)
  const overdue = task.done_at === null && new Date(task.due_at) < new Date()
  return (
    <Group gap={4} wrap="nowrap" component="span">
      {task.repeats !== null && <IconRepeat size={13} role="img" aria-label={t('repeats')} color="var(--mantine-color-dimmed)" />}
      <Text component="time" dateTime={task.due_at} size="xs" c={overdue ? 'var(--mantine-color-red-light-color)' : 'dimmed'} style={{ whiteSpace: 'nowrap' }}>{named}{task.due_on === null && `, ${format.time(task.due_at)}`}</Text>
    </Group>
  )
}

/** A weekday for the coming days, a date otherwise; with the year of another year. */
export function dayWords(day: string, today: string, language: string): string {
  const isNear = day > today && day < nextDay(today, 7)
  const options: Intl.DateTimeFormatOptions = isNear ? { weekday: 'long' } : { day: 'numeric', month: 'short', ...day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' } }
  return new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
}

/** The Monday after a day. */
export function nextMonday(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return nextDay(day, (8 - weekday) % 7 || 7)
}
