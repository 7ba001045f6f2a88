import { invalid } from './errors.ts'

/** Where a page of a list ended: the sort values of its last row, opaque on the wire. */
export const writeCursor = (key: (string | number | null)[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** The key of the given length, or undefined for the first page. Throws 422 for a cursor we did not write. */
export function readCursor(cursor: string | undefined, length: number): (string | number | null)[] | undefined {
  if (cursor === undefined || cursor === '') return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(key) && key.length === length && key.every(part => part === null || typeof part === 'number' || typeof part === 'string')) return key
  } catch {
    // answered below
  }
  throw invalid([{ field: 'cursor', message: 'take it from next_cursor of the page before, unchanged' }])
}

/** The cursor of a list sorted by id alone. */
export function readIdCursor(cursor: string | undefined): number | undefined {
  const id = readCursor(cursor, 1)?.[0]
  if (id === undefined) return undefined
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id
  throw invalid([{ field: 'cursor', message: 'take it from next_cursor of the page before, unchanged' }])
}
