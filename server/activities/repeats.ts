// oxlint-disable-next-line import/default -- a CommonJS package: what it exports is the default
import rrule from 'rrule'
import { invalid } from '../base/errors.ts'

/** The parts of an RRULE (RFC 5545, 3.3.10) that are taken. */
const parts: Record<string, RegExp> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  BYDAY: /^([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)){0,6}$/,
  BYMONTHDAY: /^-?([1-9]|[12]\d|3[01])(,-?([1-9]|[12]\d|3[01])){0,30}$/,
  BYMONTH: /^([1-9]|1[0-2])(,([1-9]|1[0-2])){0,11}$/,
  BYSETPOS: /^-?[1-9]\d?$/,
  UNTIL: /^\d{8}(T\d{6}Z?)?$/,
}
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/**
 * The rule as it is kept: what its first day says is written into it, so that moving one task does not move the others.
 * The 29th, 30th and 31st of a month stand for its last day where the month is shorter (and 29 February for the 28th).
 * `due`: local time of the first task. Throws 422 for what is not taken.
 */
export function keepRule(text: string, due: string | null): string {
  const rule = new Map(text.replace(/^RRULE:/i, '').toUpperCase().split(';').filter(part => part !== '').map(part => part.split('=', 2) as [string, string]))
  for (const [name, value] of rule) if (parts[name]?.test(value ?? '') !== true) throw fault(`"${name}" is not understood: use FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and UNTIL of RFC 5545`)
  if (!rule.has('FREQ')) throw fault('say how often: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY')
  if (due === null) throw fault('say first when it is due')
  const day = new Date(`${due}Z`)
  const saysDay = ['BYDAY', 'BYMONTHDAY', 'BYMONTH', 'BYSETPOS'].some(name => rule.has(name))
  const frequency = rule.get('FREQ')
  if (!saysDay && frequency === 'WEEKLY') rule.set('BYDAY', weekdays[day.getUTCDay()]!)
  if (!saysDay && frequency === 'YEARLY') rule.set('BYMONTH', String(day.getUTCMonth() + 1))
  if (!saysDay && (frequency === 'MONTHLY' || frequency === 'YEARLY')) {
    const wanted = day.getUTCDate()
    rule.set('BYMONTHDAY', Array.from({ length: Math.max(1, wanted - 27) }, (_, index) => Math.min(28, wanted) + index).join(','))
    if (wanted > 28) rule.set('BYSETPOS', '-1')
  }
  const kept = [...rule].map(([name, value]) => `${name}=${value}`).join(';')
  if (nextTime(kept, due, due) === null) throw fault('it would never come again')
  return kept
}

/** The next local time of a rule after this one, not before the day it is now (what was missed is not made up for); null: it has ended. */
export function nextTime(rule: string, due: string, now: string): string | null {
  const from = new Date(`${due}Z`)
  const today = new Date(`${now.slice(0, 10)}T00:00:00Z`)
  const found = new rrule.RRule({ ...rrule.RRule.parseString(rule), dtstart: from }).after(new Date(Math.max(from.getTime(), today.getTime() - 1)))
  return found === null ? null : found.toISOString().slice(0, 19)
}

const fault = (message: string) => invalid([{ field: 'repeats', message }])
