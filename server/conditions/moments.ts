/** Moments and calendar days, kept inside what PostgreSQL can hold however long a duration is. */
const earliest = Date.UTC(1, 0, 2)
const latest = Date.UTC(9999, 11, 30)

export function moment(milliseconds: number): Date {
  return new Date(Math.min(Math.max(milliseconds, earliest), latest))
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The calendar day of a moment in a time zone, `2026-11-24`. */
export function dayOf(instant: Date, timeZone: string): string {
  let formatter = formatters.get(timeZone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', year: 'numeric', month: '2-digit', day: '2-digit' })
    formatters.set(timeZone, formatter)
  }
  const parts = new Map(formatter.formatToParts(instant).map(part => [part.type, part.value]))
  return `${(parts.get('year') ?? '').padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`
}

/** The hour of a moment in a time zone, `2026-11-24 09`. */
export function hourOf(instant: Date, timeZone: string): string {
  const hour = new Intl.DateTimeFormat('en-US', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(instant)
  return `${dayOf(instant, timeZone)} ${hour}`
}

/** The calendar days d with after < d ≤ upTo. */
export function daysBetween(after: string, upTo: string): string[] {
  const days: string[] = []
  for (let time = Date.parse(`${after}T00:00:00Z`) + 86_400_000; time <= Date.parse(`${upTo}T00:00:00Z`); time += 86_400_000) {
    days.push(new Date(time).toISOString().slice(0, 10))
  }
  return days
}

/** The calendar day so many days after (before) another. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10)
}

export const isCalendarDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !text.startsWith('0000') && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)

/** A day (`2026-11-24`) or a moment with its offset (`2026-11-24T10:00:00+03:00`). */
export const isDayOrMoment = (text: string): boolean =>
  isCalendarDay(text) || (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)))

/** Whether the calendar of a place is known to this machine. */
export function isTimeZone(name: string): boolean {
  try {
    dayOf(new Date(0), name)
    return true
  } catch {
    return false
  }
}
