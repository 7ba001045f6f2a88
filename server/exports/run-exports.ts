import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import type { Cell } from '../base/write-xlsx.ts'
import { contactPage } from '../search/export-contacts.ts'
import { seeAs } from '../staff/see.ts'
import { openTable } from '../search/export-table.ts'
import type { After } from '../search/list-contacts.sql.ts'
import { readSort } from '../search/read-list.ts'
import { addPart, deleteExpired, endExport, nextExport, type Place, type RunningExport } from './exports.sql.ts'
import { recordPage } from './records.sql.ts'

/**
 * The loop: the next thousand rows of the export that has waited longest, written down in one transaction with how far it
 * is, so that after a crash it goes on where it was. One that cannot go on (a column or segment is gone) ends with the
 * reason. True: more is to be done.
 */
export async function runExports(app: App): Promise<boolean> {
  let id: number | undefined
  try {
    return await withTransaction(app.db, async tx => {
      const current = await nextExport(tx)
      if (current === undefined) return false
      id = current.id
      // A file holds what its maker sees, now.
      const seen = await seeAs(app, current)
      if (seen === undefined) throw new AppError('maker_gone', 409, 'Whoever asked for this file may not sign in any more.')
      const { table, after } = current.upto ?? { table: 0, after: null }
      const page = await nextPage(seen, seen.isNarrowed ? seen.db : tx, current, table, after)
      const next = page.next !== null ? { table, after: page.next } : table + 1 < current.tables.length ? { table: table + 1, after: null } : null
      await addPart(tx, current, table, page.cells, next, app.now())
      return true
    })
  } catch (error) {
    if (!(error instanceof AppError) || id === undefined) throw error
    await endExport(app.db, id, 'failed', error.message, app.now())
    return true
  }
}

/** The next rows of one of its tables; `next` null: those were its last. */
async function nextPage(seen: App, db: Db, { tables, filter: asked, sort, language, format }: RunningExport, index: number, after: Place['after']): Promise<{ cells: Cell[][], next: Place['after'] }> {
  const { of, columns } = tables[index]!
  if (of !== 'contacts') return recordPage(seen.db, of, columns, after as string[] | null)
  const { cellsOf } = await openTable(seen, { columns, language, format: format === 'zip' ? 'csv' : format })
  const filter = { search: asked.search, condition: asked.condition ?? undefined }
  const { rows, next } = await contactPage(seen, db, filter, await readSort(seen, sort), after as After | null ?? undefined)
  return { cells: rows.map(cellsOf), next }
}

/** The loop: files nobody needs any more. */
export const forgetExports = async (app: App): Promise<boolean> => deleteExpired(app.db, app.now())
