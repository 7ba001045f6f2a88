import { createReadStream } from 'node:fs'
import path from 'node:path'
import type { ImportSettings, ImportView } from '../../shared/imports.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { findImport, holdImport, saveSettings } from '../imports/imports.sql.ts'
import { startImport } from '../imports/imports.routes.ts'
import { inspectFile, keptSettings } from '../imports/inspect-file.ts'
import { receiveFile } from '../imports/receive-file.ts'
import { runImports, stopImports } from './run-imports.ts'

export type ImportResult = Pick<ImportView, 'id' | 'state' | 'rows_total' | 'contacts_created' | 'contacts_updated' | 'events_created' | 'rows_rejected' | 'rows_unchanged' | 'error'>

/**
 * Imports a file from this machine and waits for the end: for the command line. What `settings` leaves out is
 * recognised. A running server may take the work over; then its progress is followed.
 */
export async function importFile(app: App, file: string, settings: ImportSettings = {}, onProgress?: (done: number, total: number) => void): Promise<ImportResult> {
  const id = await receiveFile(app, { name: path.basename(file), stream: createReadStream(file) }, null)
  await withTransaction(app.db, async tx => {
    const row = await holdImport(tx, id)
    if (row === undefined) throw notFound('import')
    const kept = keptSettings(row)
    const guessed = Object.keys(settings).some(name => ['encoding', 'delimiter', 'has_header', 'kind', 'columns'].includes(name))
    const inspected = await inspectFile(tx, row, { ...kept, ...settings, ...(guessed ? { columns: settings.columns } : {}) })
    if (inspected.malformed !== null) throw invalid([{ field: 'file', message: inspected.malformed }])
    await saveSettings(tx, id, inspected)
    await startImport(tx, { ...row, ...(await findImport(tx, id))! }, app.now())
  })
  for (;;) {
    const worked = await runImports(app)
    const row = await findImport(app.db, id)
    if (row === undefined) throw notFound('import')
    onProgress?.(row.rows_done, row.rows_total)
    if (row.state !== 'queued' && row.state !== 'running') {
      await stopImports(app)
      return row
    }
    if (!worked) await new Promise(resolve => setTimeout(resolve, 300))
  }
}
