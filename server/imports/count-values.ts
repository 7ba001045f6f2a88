import type { ImportSettings, ImportValues } from '../../shared/imports.ts'
import type { Db } from '../base/db.ts'
import { fileRows } from './file-rows.ts'
import type { ImportRow } from './imports.sql.ts'
import { inspectFile } from './inspect-file.ts'
import { parseDealState, parseSubscription } from './parse-values.ts'
import { CsvError } from './read-csv.ts'

const mostRows = 100_000
const mostValues = 200
/** Beyond, the column holds no names of states: counting them all would only fill memory. */
const mostDifferent = 5000

/** Which values a column holds and how often, the most frequent first, each with what it is taken for where that is known. */
export async function countValues(db: Db, row: ImportRow, column: number, settings: ImportSettings): Promise<ImportValues> {
  const inspected = await inspectFile(db, row, settings)
  const to = inspected.columns[column]?.to
  const counts = new Map<string, { value: string, rows: number }>()
  let rows = 0
  try {
    for await (const part of fileRows(db, row, inspected)) {
      for (const { cells } of part) {
        rows++
        const value = (cells[column] ?? '').trim().slice(0, 200)
        const known = counts.get(value.toLowerCase())
        if (known) known.rows++
        else if (counts.size < mostDifferent) counts.set(value.toLowerCase(), { value, rows: 1 })
      }
      if (rows >= mostRows) break
    }
  } catch (error) {
    // What stands before a fault of the file can be mapped all the same; the preview tells the fault.
    if (!(error instanceof CsvError)) throw error
  }
  const found = [...counts.values()].toSorted((one, other) => other.rows - one.rows)
  return {
    different: found.length,
    complete: rows < mostRows && found.length <= mostValues,
    values: found.slice(0, mostValues).map(each => ({ ...each, taken_for: each.value !== '' && (to === 'subscription' || to === 'action' || to === 'reason') ? parseSubscription(each.value) : to === 'state' ? parseDealState(each.value) : null })),
  }
}
