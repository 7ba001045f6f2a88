import type { ImportEstimate } from '../../shared/imports.ts'
import type { App } from '../base/app.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { ensureMonths } from '../events/months.ts'
import { changedRecords, countRecords } from '../imports/import-records.sql.ts'
import { changedExamples, countChanges, countReasons, findImport } from '../imports/imports.sql.ts'
import { startImport } from '../imports/imports.routes.ts'
import { keptSettings } from '../imports/inspect-file.ts'
import { CsvError } from '../imports/read-csv.ts'
import { readImport } from './read-import.ts'

/** A dry run holds the cards it would change: it ends before anybody notices, and says so. */
const mostRows = 20_000
const mostMilliseconds = 6000

/**
 * What an import would do: it is done, looked at, and taken back, all in one transaction nobody else sees. Segments,
 * journeys and the timeline are left out of it. Of a large file, the first rows.
 */
export async function dryRunImport(app: App, id: number): Promise<ImportEstimate> {
  const now = app.now()
  await ensureMonths(app, [now])
  const taken = new TakenBack()
  try {
    await withTransaction(app.db, async tx => {
      taken.result = await doAndCount(app, tx, id, now)
      throw taken
    })
  } catch (error) {
    if (error !== taken) throw error
  }
  return taken.result!
}

/** Not a fault: rolls the transaction back. */
class TakenBack extends Error {
  result: ImportEstimate | null = null
}

async function doAndCount(app: App, tx: Db, id: number, now: Date): Promise<ImportEstimate> {
  await startImport(tx, (await findImport(tx, id))!, now)
  const row = (await findImport(tx, id))!
  const { kind } = keptSettings(row)
  const reading = await readImport(app, tx, row, { dry: true, mostRows })
  const until = Date.now() + mostMilliseconds
  let done = 0
  let complete = false
  let records = 0
  let records_changed = 0
  let records_known = 0
  let rejected = 0
  try {
    while (await reading.look());
    while (!complete && Date.now() < until) {
      const batch = await reading.next(done)
      const result = await batch.write(tx, now)
      done = batch.upTo
      complete = batch.isLast
      records += result.events_created
      records_changed += result.records_updated
      records_known += result.records_known
      rejected += result.rows_rejected
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // A broken file is not imported at all.
    return { ...nothing, rows: reading.total(), rejected: reading.total(), reasons: [{ field: 'file', message: error.message, kept: false, rows: 1, first_line: error.line }] }
  }
  const { created, changed, people } = await countChanges(tx, id)
  const examples = kind === 'companies' || kind === 'deals'
    ? (await changedRecords(tx, id, kind, 5)).map(one => ({ kind: kind === 'deals' ? 'deal' as const : 'company' as const, ...one }))
    : (await changedExamples(tx, id, 5)).map(({ contact_id, ...one }) => ({ kind: 'contact' as const, id: contact_id, ...one }))
  if (kind === 'companies' || kind === 'deals') ({ created: records, changed: records_changed } = await countRecords(tx, id))
  return {
    rows: done, complete: complete && done < mostRows, contacts_new: created, contacts_known: people - created, contacts_changed: changed,
    duplicates: kind === 'contacts' ? done - rejected - people : 0, records, records_changed, records_known, rejected, reasons: await countReasons(tx, id),
    examples: examples.map(({ before, after, ...one }) => ({ ...one, changes: Object.keys(after).map(field => ({ field, before: before[field] ?? null, after: after[field] ?? null })) })),
  }
}

const nothing: ImportEstimate = { rows: 0, complete: true, contacts_new: 0, contacts_known: 0, contacts_changed: 0, duplicates: 0, records: 0, records_changed: 0, records_known: 0, rejected: 0, reasons: [], examples: [] }
