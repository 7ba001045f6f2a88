import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { AppError } from '../base/errors.ts'
import { contactPage } from '../search/export-contacts.ts'
import { seeAs } from '../staff/see.ts'
import { openTable } from '../search/export-table.ts'
import { readSort } from '../search/read-list.ts'
import { addPart, deleteExpired, endExport, nextExport } from './exports.sql.ts'

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
      const { cellsOf } = await openTable(seen, current)
      const filter = { search: current.filter.search, condition: current.filter.condition ?? undefined }
      const { rows, next } = await contactPage(seen, seen.isNarrowed ? seen.db : tx, filter, await readSort(seen, current.sort), current.upto ?? undefined)
      await addPart(tx, current, rows.map(cellsOf), next, app.now())
      return true
    })
  } catch (error) {
    if (!(error instanceof AppError) || id === undefined) throw error
    await endExport(app.db, id, 'failed', error.message, app.now())
    return true
  }
}

/** The loop: files nobody needs any more. */
export const forgetExports = async (app: App): Promise<boolean> => deleteExpired(app.db, app.now())
