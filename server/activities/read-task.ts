import * as english from 'chrono-node/en'
import * as russian from 'chrono-node/ru'
import type { TaskReading } from '../../shared/activities.ts'
import { instantOf, localTime } from '../../shared/local-time.ts'

export type TaskWords = Omit<TaskReading, 'contacts'> & { /** what may be a name, as typed */ names: string[] }

const kinds: [TaskReading['kind'], RegExp][] = [
  ['call', /^(по|со|пере|до)?звон|^набрать|^набери|^call|^phone|^ring$/i],
  ['meeting', /^встре[чт]|^совещан|^переговор|^meet|^lunch|^demo$|^демо$/i],
  ['mail', /^(на)?пи(са|ши)|^письм|^отправ|^ответ|^e-?mail|^mail|^write|^send|^reply|^answer/i],
]
/** A part of the day without an hour: when it is taken to begin. */
const partsOfDay: [RegExp, string][] = [[/утр|morning/i, '09:00'], [/днём|днем|afternoon/i, '14:00'], [/вечер|evening|tonight/i, '18:00']]

/**
 * What a line such as «позвонить Анне завтра в 15:00» or "call Anna tomorrow 3pm" says: what is to be done and how, when by the
 * clock of the zone, and which words may be names. An hour from one to six without more is one of the afternoon.
 */
export function readTask(text: string, now: Date, timeZone: string): TaskWords {
  const isRussian = /[а-яё]/i.test(text)
  const local = localTime(now, timeZone)
  const timezone = Math.round((Date.parse(`${local}Z`) - now.getTime()) / 60_000)
  // The day and month alone are a date to a Russian reader, not a number.
  const written = isRussian ? text.replace(/(^|\s)(\d{1,2})\.(0[1-9]|1[0-2])(?![.\d])/g, `$1$2.$3.${local.slice(0, 4)}`) : text
  const [found] = (isRussian ? russian : english).parse(written, { instant: now, timezone }, { forwardDate: true }).toSorted((one, other) => other.text.length - one.text.length)
  const title = tidy(found === undefined ? text : `${written.slice(0, found.index)} ${written.slice(found.index + found.text.length)}`) || text
  const words = title.split(/[^\p{L}\p{N}@.+-]+/u).filter(word => word !== '')
  const kind = words.flatMap(word => kinds.find(([, pattern]) => pattern.test(word))?.[0] ?? [])[0] ?? 'todo'
  return { kind, title, ...found === undefined ? { due_at: null, due_on: null } : dueOf(found, now, timeZone), understood: found?.text ?? null, names: namesIn(words) }
}

type Found = ReturnType<typeof russian.parse>[number]

function dueOf({ start, text }: Found, now: Date, timeZone: string): Pick<TaskReading, 'due_at' | 'due_on'> {
  const two = (part: 'month' | 'day' | 'hour' | 'minute') => String(start.get(part) ?? 0).padStart(2, '0')
  const day = `${String(start.get('year')).padStart(4, '0')}-${two('month')}-${two('day')}`
  const at = (time: string) => ({ due_at: instantOf(`${day}T${time}:00`, timeZone).toISOString(), due_on: null })
  const part = partsOfDay.find(([words]) => words.test(text))
  if (!start.isCertain('hour')) return part === undefined ? { due_at: null, due_on: day } : at(part[1])
  const hour = start.get('hour') ?? 0
  const isAfternoon = hour >= 1 && hour <= 6 && !start.isCertain('meridiem') && !/утр|ноч|morning|night|\b0\d/i.test(text)
  const read = at(`${String(isAfternoon ? hour + 12 : hour).padStart(2, '0')}:${two('minute')}`)
  // "At nine", said at ten: tomorrow's.
  return !start.isCertain('day') && !start.isCertain('weekday') && new Date(read.due_at) < now ? { ...read, due_at: new Date(Date.parse(read.due_at) + 86_400_000).toISOString() } : read
}

/** Words written like names; of a line all in small letters, whatever is no word for an act. */
function namesIn(words: string[]): string[] {
  const candidates = words.filter(word => word.length >= 3 && !kinds.some(([, pattern]) => pattern.test(word)) && !/^(насч[её]т|about|with|для|for|the|про|надо|нужно)$/i.test(word))
  const capital = candidates.filter((word, index) => /^\p{Lu}/u.test(word) && (index > 0 || words[0] !== word) || word.includes('@'))
  return (capital.length > 0 ? capital : candidates).slice(0, 4)
}

const tidy = (text: string): string => text.replace(/\s+/g, ' ').replace(/^[\s,.;:—–-]+|[\s,;:—–-]+$/g, '').replace(/\s+([,.;:])/g, '$1')
