import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { importKind, importOptions, type ColumnMapping, type ImportOptions } from '../../shared/imports.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { invalid } from '../base/errors.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { dryRunImport } from '../flows/dry-run-import.ts'
import { runImports, stopImports } from '../flows/run-imports.ts'
import { startImport } from '../imports/imports.routes.ts'
import { deleteImport, findImport, holdImport, listRejections, saveSettings, type ImportRow } from '../imports/imports.sql.ts'
import { inspectFile, keptSettings } from '../imports/inspect-file.ts'
import { receiveFile } from '../imports/receive-file.ts'
import { Usage, type Command } from './command.ts'
import { withApp } from './with-app.ts'

type Options = Record<string, string | boolean | string[] | undefined>

/** What the pages of imports do, in one go: recognised, shown, imported by a running Otklik or by the command itself. */
export const importFiles: Command = {
  summary: 'imports CSV files; --dry-run only counts what would happen',
  parameters: 'FILE … [--kind contacts|orders|consents|suppressions] [--only-empty] [--tag T] [--topic KEY --wording W] [--dry-run]',
  options: {
    kind: { type: 'string' }, 'only-empty': { type: 'boolean' }, tag: { type: 'string', multiple: true }, source: { type: 'string' },
    topic: { type: 'string', multiple: true }, wording: { type: 'string' }, 'dry-run': { type: 'boolean' },
  },
  takesFiles: true,
  async run(options, files) {
    if (files.length === 0) throw new Usage('Name at least one file.')
    for (const file of files) if (!(await stat(file).catch(() => null))?.isFile()) throw new Usage(`There is no file ${file}.`)
    return withApp(async app => {
      let failed = 0
      for (const file of files) if (!await importFile(app, file, options as Options)) failed++
      return failed === 0 ? 0 : 1
    })
  },
}

/** False when the import failed. */
export async function importFile(app: App, file: string, options: Options): Promise<boolean> {
  // Together: a wrong option leaves no half-prepared import behind.
  const id = await withTransaction(app.db, async tx => {
    const id = await receiveFile({ ...app, db: tx }, { name: path.basename(file), stream: createReadStream(file) }, null)
    const row = (await holdImport(tx, id))!
    const kept = keptSettings(row)
    const kind = typeof options['kind'] === 'string' ? importKind.safeParse(options['kind']) : undefined
    if (kind?.success === false) throw new Usage(`--kind: one of ${importKind.options.join(', ')}`)
    const { columns, ...rest } = kept
    const sameKind = kind === undefined || kind.data === kept.kind
    await saveSettings(tx, id, await inspectFile(tx, row, {
      ...rest as Parameters<typeof inspectFile>[2], ...(sameKind ? { columns } : { kind: kind.data! }), options: await wishes(app, kept.options, options),
    }))
    return id
  })
  const row = (await findImport(app.db, id))!
  const settings = keptSettings(row)
  console.log(`${file}: ${settings.kind}, ${settings.encoding}, separator ${settings.delimiter === '\t' ? 'tab' : settings.delimiter}, ${settings.has_header ? 'with' : 'without'} headings`)
  console.log(`  columns: ${settings.columns.map((column, index) => `${index + 1} → ${nameOf(column)}`).join(', ')}`)
  if (options['dry-run'] === true) {
    const estimate = await dryRunImport(app, row.id)
    console.log(`  would be${estimate.complete ? '' : ', by the first rows'}: ${estimate.rows} rows, ${estimate.contacts_new} new contacts, ${estimate.contacts_changed} changed, ${estimate.contacts_known - estimate.contacts_changed} as they are, ${estimate.duplicates} repeated in the file, ${estimate.records} orders, consents or addresses, ${estimate.rejected} rejected`)
    for (const reason of estimate.reasons) console.log(`  ${reason.rows} rows from line ${reason.first_line} on: ${reason.field} ${reason.message}`)
    await withTransaction(app.db, tx => deleteImport(tx, id))
    return true
  }
  await withTransaction(app.db, async tx => startImport(tx, (await holdImport(tx, id))!, app.now()))
  return report(app, await finish(app, id))
}

async function wishes(app: App, kept: ImportOptions, options: Options): Promise<ImportOptions> {
  const keys = (options['topic'] ?? []) as string[]
  const topics = keys.length === 0 ? [] : await offeredTopics(app.db)
  const ids = keys.map(key => {
    const topic = topics.find(each => each.key === key)
    if (!topic) throw new Usage(`--topic: there is no "${key}"; there are: ${topics.map(each => each.key).join(', ') || 'none'}`)
    return topic.id
  })
  const parsed = importOptions.safeParse({
    ...kept,
    ...(options['only-empty'] === true ? { update: 'only_empty' } : {}),
    ...(options['tag'] === undefined ? {} : { tags: options['tag'] }),
    ...(options['source'] === undefined ? {} : { source: options['source'] }),
    ...(ids.length === 0 ? {} : { consent: { topic_ids: ids, wording: options['wording'] ?? '' } }),
  })
  if (!parsed.success) throw invalid(parsed.error.issues.map(issue => ({ field: issue.path.join('.'), message: issue.message })))
  return parsed.data
}

/** Does the work here, unless a running Otklik has taken it: then it is watched. */
async function finish(app: App, id: number): Promise<ImportRow> {
  try {
    for (;;) {
      const row = (await findImport(app.db, id))!
      if (row.state !== 'queued' && row.state !== 'running') return row
      if (process.stderr.isTTY) process.stderr.write(`\r  ${row.rows_done} of ${row.rows_total} rows`)
      if (!await runImports(app)) await pause(300)
    }
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\n')
    await stopImports(app)
  }
}

async function report(app: App, row: ImportRow): Promise<boolean> {
  console.log(`  ${row.state}: ${row.rows_done} rows, ${row.contacts_created} contacts created, ${row.contacts_updated} updated, ${row.events_created} events, ${row.rows_unchanged} rows unchanged, ${row.rows_rejected} rejected`)
  if (row.error) console.log(`  ${row.error}`)
  for (const { line, field, reason } of await listRejections(app.db, row.id, 0, 10)) console.log(`  line ${line}: ${field === null ? '' : `${field} `}${reason}`)
  if (row.rows_rejected > 10) console.log(`  … all of them: ${app.settings.publicUrl}/imports/${row.id}`)
  return row.state === 'done'
}

const nameOf = (column: ColumnMapping): string => column.to === '' ? 'left out' : column.to
