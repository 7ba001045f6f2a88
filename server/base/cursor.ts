import { invalid } from './errors.ts'

/** `number`: an id. `time`: a timestamp as PostgreSQL writes it. `digits`: a whole number as text. `decimal`: any number as text. `text`: any. null stands for a row without a value. */
export type CursorPart = 'number' | 'time' | 'digits' | 'decimal' | 'text'

/** Where a page of a list ended: the sort values of its last row, opaque on the wire. */
export const writeCursor = (key: (string | number | null)[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** The key of these parts, or undefined for the first page. Throws 422 for a cursor we did not write. */
export function readCursor(cursor: string | undefined, parts: CursorPart[]): (string | number | null)[] | undefined {
  if (cursor === undefined || cursor === '') return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(key) && key.length === parts.length && key.every((part, index) => part === null || fits(part, parts[index]!))) return key
  } catch {
    // answered below
  }
  throw invalid([{ field: 'cursor', message: 'take it from next_cursor of the page before, unchanged' }])
}

/** The cursor of a list sorted by id alone. */
export function readIdCursor(cursor: string | undefined): number | undefined {
  const id = readCursor(cursor, ['number'])?.[0]
  return typeof id === 'number' ? id : undefined
}

function fits(part: unknown, kind: CursorPart): boolean {
  if (kind === 'number') return Number.isSafeInteger(part)
  if (typeof part !== 'string') return false
  if (kind === 'digits') return /^-?\d{1,18}$/.test(part)
  if (kind === 'decimal') return /^-?\d{1,30}(\.\d{1,30})?$/.test(part)
  return kind === 'text' || part === 'infinity' || (/^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}$/.test(part) && !Number.isNaN(Date.parse(part.slice(0, 10))))
}
