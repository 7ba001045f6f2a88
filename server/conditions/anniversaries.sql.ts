import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../shared/conditions.ts'
import type { FieldLeaf } from '../../shared/conditions.ts'
import type { CompileOptions, ConditionContext } from './compile-condition.ts'
import { addDays, dayOf, daysBetween } from './moments.ts'

/** The anniversaries asked about lie on the days from … to, counted from the contact's today: -7 … 0 is "in the last 7 days". */
export type AnniversaryWindow = { from: number, to: number }

/** Years in which a date has anniversaries: enough for anybody's birthday, few enough to look each up in the index. */
export const firstYear = 1850
export const lastYear = 2150

/** A window that holds every day of the year. */
const wholeYear = 365

export const isAnniversary = (operator: string): boolean => operator.startsWith('anniversary_')

/** Both ends and today belong to the window; `anniversary_in_next` of 0 days is today. */
export function anniversaryWindow({ operator, value }: Pick<FieldLeaf, 'operator' | 'value'>): AnniversaryWindow {
  const length = typeof value === 'object' && 'unit' in value ? Math.min(wholeYear, Math.floor(durationMilliseconds(value) / 86_400_000)) : 0
  return operator === 'anniversary_in_last' ? { from: length === 0 ? 0 : -length, to: 0 } : { from: 0, to: operator === 'anniversary_in_next' ? length : 0 }
}

/** The days of the year (`02-28`) whose anniversary falls on that day: 29 February is kept on the 28th where the year has no 29th. */
export function yearDaysOn(day: string): string[] {
  const yearDay = day.slice(5)
  return yearDay === '02-28' && addDays(day, 1).endsWith('03-01') ? ['02-28', '02-29'] : [yearDay]
}

/**
 * Whether the anniversary of a date falls into the window, on the calendar of the contact's own zone. `yearDay` gives the
 * date's day of the year in a zone (an expression): a calendar day has the same in every zone, a moment has not.
 */
export function anniversaryPredicate(window: AnniversaryWindow, options: CompileOptions, zone: RawBuilder<unknown>, yearDay: RawBuilder<string | null>): RawBuilder<boolean> {
  if (window.to - window.from >= wholeYear) return sql`(${yearDay} is not null)`
  const wanted = (timeZone: string): string[] => {
    const today = dayOf(options.now, timeZone)
    return Array.from({ length: window.to - window.from + 1 }, (_, index) => addDays(today, window.from + index)).flatMap(yearDaysOn)
  }
  const usual = wanted(companyZone(options))
  // At any moment there are two or three different days in the world.
  const others = Map.groupBy(options.timeZones ?? [], timeZone => wanted(timeZone).join(' '))
  others.delete(usual.join(' '))
  const fits = (days: string[]) => sql`${yearDay} = any(${days}::text[])`
  if (others.size === 0) return sql`coalesce(${fits(usual)}, false)`
  const cases = [...others].map(([days, zones]) => sql`when ${zone} = any(${zones}::text[]) then ${fits(days.split(' '))}`)
  return sql`coalesce(case ${sql.join(cases, sql` `)} else ${fits(usual)} end, false)`
}

/** The day of the year of a calendar day written as `1990-12-25`. */
export const yearDayOfDay = (text: RawBuilder<string | null>): RawBuilder<string | null> =>
  sql`(case when (${text}) collate "C" >= ${`${firstYear}`} and (${text}) collate "C" < ${`${lastYear + 1}`} then substr(${text}, 6) end)`

/** The day of the year of a moment on the calendar of a zone; one nobody knows counts as the company's. */
export function yearDayOfMoment(instant: RawBuilder<unknown>, zone: RawBuilder<unknown>, context: ConditionContext): RawBuilder<string | null> {
  const { timeZones = [] } = context
  const known = timeZones.length === 0 ? sql`${companyZone(context)}::text` : sql`(case when ${zone} = any(${timeZones}::text[]) then ${zone} else ${companyZone(context)}::text end)`
  return sql`to_char(${instant} at time zone ${known}, 'MM-DD')`
}

export const companyZone = (context: Pick<ConditionContext, 'timeZone'>): string => context.timeZone ?? 'UTC'

// ── the clock ────────────────────────────────────────────────────────────────────────────────────────
/** Contacts of these zones (and, with `others`, of no known one) for whom days began, and days of the year whose holders that concerns. */
export type PassedMidnight = { zones: string[], others: boolean, days: string[], yearDays: string[] }

/**
 * Midnights in (from, upTo], by zone. Where day D begins, a window [D+from, D+to] takes in the anniversaries of D+to and
 * lets go of those of D+from−1.
 */
export function passedMidnights(window: AnniversaryWindow, from: Date, upTo: Date, context: Pick<ConditionContext, 'timeZone' | 'timeZones'>): PassedMidnight[] {
  if (window.to - window.from >= wholeYear) return []
  const usual = companyZone(context)
  const begun = (zone: string): string => {
    const [before, after] = [dayOf(from, zone), dayOf(upTo, zone)]
    // The calendar of a place can be set back, and then its days change too.
    return before === after ? '' : before < after ? `${before} ${after}` : `${after} ${before}`
  }
  const groups = Map.groupBy([...new Set([usual, ...context.timeZones ?? []])], begun)
  return [...groups].flatMap(([range, zones]) => {
    if (range === '') return []
    const days = daysBetween(range.slice(0, 10), range.slice(11))
    const turning = days.length > wholeYear ? allDays : [...new Set(days.flatMap(day => [addDays(day, window.to), addDays(day, window.from - 1)]))]
    return [{ zones, others: zones.includes(usual), days: turning, yearDays: [...new Set(turning.flatMap(yearDaysOn))] }]
  })
}

/** A leap year whole. */
const allDays = daysBetween('2019-12-31', '2020-12-31')
