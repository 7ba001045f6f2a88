import ical, { ICalAlarmType } from 'ical-generator'
import { localDay, startOfDay } from '../../shared/local-time.ts'
import type { FeedTask } from './calendar-feeds.sql.ts'

/** How long a task takes that does not say so. */
export const usualMinutes = { meeting: 60, call: 15, mail: 15, todo: 30 }

/**
 * A calendar (RFC 5545) of tasks. Each keeps its UID for good and counts its changes in SEQUENCE, so that calendars follow them;
 * moments are in UTC, days are days; what is done stays, ticked off and without alarm.
 */
export function writeCalendar(tasks: FeedTask[], { name, url, timeZone, language }: { name: string, url: string, timeZone: string, language: 'en' | 'ru' }): string {
  const calendar = ical({ name, prodId: { company: 'Otklik', product: 'Otklik', language: language.toUpperCase() }, ttl: 900 })
  const host = new URL(url).hostname
  for (const task of tasks) {
    const day = localDay(task.due_at, timeZone)
    const from = task.all_day ? new Date(startOfDay(day, timeZone).getTime() + 9 * 3_600_000) : task.due_at
    const minutes = task.minutes ?? usualMinutes[task.kind as keyof typeof usualMinutes]
    const event = calendar.createEvent({
      id: `task-${task.id}@${host}`, sequence: task.sequence, stamp: task.updated_at, lastModified: task.updated_at,
      ...task.all_day ? { start: new Date(`${day}T00:00:00Z`), allDay: true, timezone: 'UTC' } : { start: task.due_at, end: new Date(task.due_at.getTime() + minutes * 60_000) },
      summary: `${task.done_at === null ? '' : '✓ '}${task.title}${task.contact === null ? '' : ` · ${task.contact}`}`, description: [task.note, task.outcome].filter(Boolean).join('\n\n') || null,
      url: `${url}/day?task=${task.id}`, priority: { high: 1, normal: 5, low: 9 }[task.priority], categories: [{ name: task.kind }],
    })
    if (task.remind_before !== null && task.done_at === null) event.createAlarm({ type: ICalAlarmType.display, trigger: new Date(from.getTime() - task.remind_before * 60_000), description: task.title })
  }
  return calendar.toString()
}
