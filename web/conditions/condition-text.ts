import type { Condition } from '../../shared/conditions.ts'

/** Conditions as text: what is copied, pasted and edited as JSON. */

const leafKeys = ['field', 'event', 'related', 'mail', 'coupon', 'topic_reaction', 'consent', 'tag', 'segment', 'journey', 'mail_step']

/** Only what has the shape of a tree is let through: the server says what else is wrong. */
export function isTree(node: unknown, depth = 1): node is Condition {
  if (typeof node !== 'object' || node === null || Array.isArray(node) || depth > 12) return false
  const entries = node as Record<string, unknown>
  for (const key of ['all', 'any']) if (key in entries) return Array.isArray(entries[key]) && entries[key].every(part => isTree(part, depth + 1))
  if ('not' in entries) return isTree(entries['not'], depth + 1)
  return leafKeys.some(key => key in entries)
}

/** A pasted text as a condition; also `{"condition": …}` as the API sends segments, and a list of conditions. */
export function readCondition(text: string): Condition | null {
  try {
    const parsed: unknown = JSON.parse(text)
    if (Array.isArray(parsed)) return parsed.length > 0 && parsed.every(part => isTree(part)) ? { all: parsed } : null
    if (typeof parsed === 'object' && parsed !== null && 'condition' in parsed) return isTree(parsed.condition) ? parsed.condition : null
    return isTree(parsed) ? parsed : null
  } catch {
    return null
  }
}

export type Spot = { line: number, column: number }

/** Where JSON stops being JSON; nothing when it is. */
export function syntaxErrorIn(text: string): Spot | null {
  const { stoppedAt } = scan(text)
  return stoppedAt === null ? null : spotOf(text, stoppedAt)
}

/** The line on which the value at a path (`condition.all[1].value`) begins, or the nearest around it. */
export function lineOf(text: string, path: string, root = 'condition'): number {
  const { starts } = scan(text)
  for (let at = path; at !== ''; at = at.replace(/(\.[^.[\]]+|\[\d+\])$/, '')) {
    const start = starts.get(at.slice(root.length))
    if (start !== undefined) return spotOf(text, start).line
    if (at === root) break
  }
  return 1
}

const spotOf = (text: string, index: number): Spot => {
  const before = text.slice(0, index).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** Reads JSON as far as it is JSON: where every value begins (`.all[0].field`), and where reading stopped. */
function scan(text: string): { starts: Map<string, number>, stoppedAt: number | null } {
  const starts = new Map<string, number>()
  let at = 0
  const stop = (): never => { throw new RangeError('stopped') }
  const blank = () => { while (/\s/.test(text[at] ?? '')) at++ }
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found === undefined) return stop()
    at += found.length
    return found
  }
  const value = (path: string): void => {
    blank()
    starts.set(path, at)
    if (text[at] === '{') {
      members('}', () => {
        const key = JSON.parse(take(/"(?:[^"\\\n]|\\.)*"/y)) as string
        blank()
        take(/:/y)
        value(`${path}.${key}`)
      })
    } else if (text[at] === '[') members(']', index => value(`${path}[${index}]`))
    else take(/"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)
  }
  const members = (end: '}' | ']', read: (index: number) => void): void => {
    at++
    blank()
    if (text[at] === end) { at++; return }
    for (let index = 0; ; index++) {
      blank()
      read(index)
      blank()
      if (text[at] === end) { at++; return }
      take(/,/y)
    }
  }
  try {
    value('')
    blank()
    return { starts, stoppedAt: at < text.length ? at : null }
  } catch {
    return { starts, stoppedAt: Math.min(at, text.length) }
  }
}
