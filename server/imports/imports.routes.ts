import { Readable } from 'node:stream'
import { z } from 'zod'
import { fieldsOfKind, importList, importPeople, importPreview, importRejectionList, importSettings, importRecords, importValues, importView, type ColumnMapping, type ImportKind, type ImportView } from '../../shared/imports.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction, type Db } from '../base/db.ts'
import { conflict, invalid, notFound } from '../base/errors.ts'
import { notify, touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import { createCustomField, listCustomFields } from '../contacts/custom-fields.sql.ts'
import { offeredTopics } from '../consent/topics.sql.ts'
import { listPipelines } from '../deals/pipelines.sql.ts'
import { findSegment } from '../segments/segments.sql.ts'
import { countValues } from './count-values.ts'
import { slugKey } from './field-key.ts'
import { deleteImport, findImport, holdImport, listImports, listPeople, listRejections, saveSettings, setState, type ImportRow } from './imports.sql.ts'
import { listRecords } from './import-records.sql.ts'
import { inspectFile, keptSettings, previewFile } from './inspect-file.ts'
import { usableFields } from './read-context.ts'
import { findMappingProblems } from './read-rows.ts'
import { receiveFile } from './receive-file.ts'
import { remember } from './remembered.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

export const listAll = route({
  summary: 'Imports, the newest first',
  query: z.object({ limit: z.coerce.number().int().min(1).max(100).default(50), cursor: z.string().max(100).optional() }),
  response: importList,
  handler: async ({ app, query }) => {
    const found = await listImports(app.db, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page.map(present), next_cursor: found.length > query.limit && last ? writeCursor([last.id]) : null }
  },
})

export const upload = route({
  summary: 'Upload a CSV file, a workbook (.xlsx) or address cards (.vcf) (multipart/form-data, one file, at most 200 MB)',
  ofEverybody: true,
  description: 'What it is is told by its content. Encoding, separator, heading and columns are recognised; the preview shows how. Nothing is imported before POST /imports/:id/run.',
  response: importView,
  status: 201,
  handler: async ({ app, request, actor }) => {
    const file = request.isMultipart() ? await request.file() : undefined
    if (file === undefined) throw invalid([{ field: 'file', message: 'send the file as multipart/form-data' }])
    const id = await receiveFile(app, { name: file.filename, stream: file.file }, actor.kind === 'user' ? actor.id : null)
    return detail(app.db, id)
  },
})

export const read = route({ summary: 'An import: settings, progress, report', params: byId, response: importView, handler: ({ app, params }) => detail(app.db, params.id) })

export const preview = route({
  summary: 'The first rows as they will be kept, under settings that need not be saved',
  reads: true,
  description: 'What is left out of the settings is as saved; `columns` left out, or not fitting the file under these settings, are guessed anew.',
  params: byId,
  body: importSettings,
  response: importPreview,
  handler: async ({ app, params, body }) => {
    const row = await existing(app.db, params.id)
    if (row.state !== 'uploaded') throw conflict('has_begun', 'The import has begun; there is nothing to preview any more.')
    return previewFile(app.db, row, mergeSettings(row, body), app.now())
  },
})

export const values = route({
  summary: 'Which values a column holds and how often, under settings that need not be saved',
  reads: true,
  description: 'For the map of values of the column (`columns[].values`).',
  params: z.object({ id: z.coerce.number().int().positive(), column: z.coerce.number().int().min(0).max(2000) }),
  body: importSettings,
  response: importValues,
  status: 200,
  handler: async ({ app, params, body }) => {
    const row = await existing(app.db, params.id)
    if (row.state !== 'uploaded') throw conflict('has_begun', 'The import has begun.')
    return countValues(app.db, row, params.column, mergeSettings(row, body))
  },
})

export const change = route({
  summary: 'Say how the file is to be read and what is to happen',
  params: byId,
  body: importSettings,
  response: importView,
  handler: ({ app, params, body }) => withTransaction(app.db, async tx => {
    const row = await holdImport(tx, params.id)
    if (row === undefined) throw notFound('import')
    if (row.state !== 'uploaded') throw conflict('has_begun', 'The import has begun; it cannot be changed any more.')
    const inspected = await inspectFile(tx, row, mergeSettings(row, body))
    await assertTargets(tx, inspected.kind, inspected.columns)
    await saveSettings(tx, params.id, inspected)
    return detail(tx, params.id)
  }),
})

export const run = route({
  summary: 'Run the import in the background; again after it failed: go on where it stopped',
  ofEverybody: true,
  params: byId,
  response: importView,
  status: 202,
  handler: ({ app, params }) => withTransaction(app.db, async tx => {
    const row = await holdImport(tx, params.id)
    if (row === undefined) throw notFound('import')
    if (row.state !== 'uploaded' && row.state !== 'failed') throw conflict('has_begun', 'The import is under way or finished.')
    await startImport(tx, row, app.now())
    const started = await existing(tx, params.id)
    if (row.state === 'uploaded') await remember(tx, await inspectFile(tx, started, keptSettings(started)), app.now())
    return present(started)
  }),
})

export const stop = route({
  summary: 'Stop a running import; what is done stays, and it can be continued or undone',
  params: byId,
  response: importView,
  status: 200,
  handler: ({ app, params }) => withTransaction(app.db, async tx => {
    const row = await holdImport(tx, params.id)
    if (row === undefined) throw notFound('import')
    if (row.state !== 'queued' && row.state !== 'running') throw conflict('not_running', 'The import is not running.')
    await setState(tx, params.id, 'failed', { finished_at: app.now() }, 'Stopped by hand.')
    await touch(tx, `import:${params.id}`)
    return detail(tx, params.id)
  }),
})

export const undo = route({
  summary: 'Undo an import, in the background',
  ofEverybody: true,
  description: 'Contacts it made go unless something else has happened to them since; changed fields get their old values where nobody changed them after; purchases, events, tags and consents it brought are taken back; companies and deals it made go unless somebody has worked on them or with them since.',
  params: byId,
  response: importView,
  status: 202,
  handler: ({ app, params }) => withTransaction(app.db, async tx => {
    const row = await holdImport(tx, params.id)
    if (row === undefined) throw notFound('import')
    if (row.state !== 'done' && row.state !== 'failed') throw conflict('not_finished', 'Only an import that has ended can be undone.')
    await setState(tx, params.id, 'undoing', { finished_at: null })
    await notify(tx, 'imports')
    await touch(tx, `import:${params.id}`)
    return detail(tx, params.id)
  }),
})

export const remove = route({
  summary: 'Throw away an import that has not begun, or the record of one that was undone',
  params: byId,
  status: 204,
  handler: ({ app, params }) => withTransaction(app.db, async tx => {
    const row = await holdImport(tx, params.id)
    if (row === undefined) throw notFound('import')
    if (row.state !== 'uploaded' && row.state !== 'undone') throw conflict('has_begun', 'The record of an import stays: cards name it as their source. Undo it first.')
    await deleteImport(tx, params.id)
  }),
})

export const rejections = route({
  summary: 'Rows that were not taken, or not whole, each with its reason',
  description: '`kept` true: the row was taken, without the value named.',
  params: byId,
  query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100), cursor: z.string().max(100).optional() }),
  response: importRejectionList,
  handler: async ({ app, params, query }) => {
    await existing(app.db, params.id)
    const found = await listRejections(app.db, params.id, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page, next_cursor: found.length > query.limit && last ? writeCursor([last.line]) : null }
  },
})

export const rejectionsFile = route({
  summary: 'The same rows as a CSV file, to be mended and imported again', page: true, params: byId,
  handler: async ({ app, params, reply }) => {
    const row = await existing(app.db, params.id)
    return reply.header('content-disposition', `attachment; filename="import-${row.id}-rejected.csv"`).type('text/csv; charset=utf-8').send(Readable.from(rejectionLines(app, row)))
  },
})

export const people = route({
  summary: 'Contacts an import made or changed',
  params: byId,
  query: z.object({ what: z.enum(['created', 'updated']).default('created'), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(100).optional() }),
  response: importPeople,
  handler: async ({ app, params, query }) => {
    await existing(app.db, params.id)
    const found = await listPeople(app.db, params.id, query.what, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page, next_cursor: found.length > query.limit && last ? writeCursor([last.contact_id]) : null }
  },
})

export const records = route({
  summary: 'Companies or deals an import made or changed, the latest first',
  description: 'Those your role sees and that are still there.',
  params: byId,
  query: z.object({ what: z.enum(['created', 'updated']).default('created'), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(100).optional() }),
  response: importRecords,
  handler: async ({ app, params, query }) => {
    const { kind } = keptSettings(await existing(app.db, params.id))
    if (kind !== 'companies' && kind !== 'deals') return { data: [], next_cursor: null }
    const found = await listRecords(app.db, params.id, kind, query.what, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    const data = page.map(({ id, name, contact_id }) => kind === 'companies' ? { name, company_id: id } : { name, deal_id: id, contact_id: contact_id! })
    return { data, next_cursor: found.length > query.limit && last ? writeCursor([last.id]) : null }
  },
})

/** Checks that it can be run, makes the custom fields it asks for, and hands it to the workers. */
export async function startImport(tx: Db, row: ImportRow, now: Date): Promise<void> {
  if (row.state === 'uploaded') {
    const settings = keptSettings(row)
    const problems = findMappingProblems(settings.kind, settings.columns, settings.options)
    if (problems[0]) throw invalid(problems.map(problem => ({ field: 'columns', message: problem.message })))
    const topics = new Set((await offeredTopics(tx)).map(topic => topic.id))
    const unknown = settings.options.consent?.topic_ids.find(id => !topics.has(id))
    if (unknown !== undefined) throw invalid([{ field: 'options.consent.topic_ids', message: `there is no topic ${unknown} in use` }])
    const { segment_id } = settings.options
    if (segment_id !== null && (await findSegment(tx, segment_id))?.kind !== 'static') throw invalid([{ field: 'options.segment_id', message: `there is no static segment ${segment_id}` }])
    const { pipeline_id } = settings.options
    if (settings.kind === 'deals' && pipeline_id !== null && !(await listPipelines(tx)).some(pipeline => pipeline.id === pipeline_id && pipeline.archived_at === null)) throw invalid([{ field: 'options.pipeline_id', message: 'there is no such pipeline' }])
    const columns = await makeFields(tx, settings.kind, settings.columns, now)
    await saveSettings(tx, row.id, { ...settings, columns })
  }
  await setState(tx, row.id, 'queued')
  await notify(tx, 'imports')
  await touch(tx, `import:${row.id}`)
}

async function makeFields(tx: Db, kind: ImportKind, columns: ColumnMapping[], now: Date): Promise<ColumnMapping[]> {
  const made: ColumnMapping[] = []
  const of = fieldsOfKind[kind] ?? 'contact'
  let position = (await listCustomFields(tx, of)).length
  for (const column of columns) {
    const { new_field, ...rest } = column
    if (column.to !== 'new_field' || new_field === undefined) {
      made.push(column.to === 'new_field' ? { to: '' } : column)
      continue
    }
    const wanted = slugKey(new_field.label)
    for (let number = 1; ; number++) {
      const field = await createCustomField(tx, { of, key: number === 1 ? wanted : `${wanted.slice(0, 46)}_${number}`, label: new_field.label, kind: new_field.kind, options: [], position: position++ }, now)
      if (field === undefined) continue
      made.push({ ...rest, to: `fields.${field.key}` })
      break
    }
  }
  return made
}

async function assertTargets(db: Db, kind: ImportKind, columns: ColumnMapping[]): Promise<void> {
  if (kind === 'events') {
    const nameless = columns.findIndex(column => column.to.startsWith('properties.') && !/^[^.]+(\.[^.]+)*$/.test(column.to))
    if (nameless !== -1) throw invalid([{ field: `columns.${nameless}.to`, message: 'names joined by dots, such as delivery.city' }])
  }
  if (fieldsOfKind[kind] === undefined) return
  const keys = new Set((await usableFields(db, kind)).map(field => `fields.${field.key}`))
  const bad = columns.findIndex(column => column.to.startsWith('fields.') && !keys.has(column.to))
  if (bad !== -1) throw invalid([{ field: `columns.${bad}.to`, message: `there is no custom field "${columns[bad]!.to.slice(7)}"` }])
  const unnamed = columns.findIndex(column => column.to === 'new_field' && column.new_field === undefined)
  if (unnamed !== -1) throw invalid([{ field: `columns.${unnamed}.new_field`, message: 'say how the new field is called and of what kind it is' }])
}

/** New settings over the kept ones; with another way to read the file the columns are guessed anew. */
function mergeSettings(row: ImportRow, given: z.infer<typeof importSettings>): z.infer<typeof importSettings> {
  const kept = keptSettings(row)
  const readsOtherwise = (['encoding', 'delimiter', 'has_header', 'kind', 'sheet'] as const).some(name => given[name] !== undefined && given[name] !== kept[name]) || given.anew === true
  const { columns: keptColumns, options: keptOptions, ...rest } = kept
  return { ...rest, ...(readsOtherwise ? {} : { columns: keptColumns }), options: given.options ?? keptOptions, ...given }
}

async function existing(db: Db, id: number): Promise<ImportRow> {
  const row = await findImport(db, id)
  if (row === undefined) throw notFound('import')
  return row
}

const detail = async (db: Db, id: number): Promise<ImportView> => present(await existing(db, id))

function present(row: ImportRow): ImportView {
  const settings = keptSettings(row)
  return {
    id: row.id, name: row.name, kind: settings.kind, file_name: row.file_name, file_size: row.file_size, format: row.format, sheets: row.sheets.map(({ name, rows }) => ({ name, rows })), sheet: row.sheet, notes: row.notes, encoding: settings.encoding, delimiter: settings.delimiter, has_header: row.has_header,
    columns: settings.columns, options: settings.options, state: row.state,
    rows_total: row.rows_total, rows_done: row.rows_done, contacts_created: row.contacts_created, contacts_updated: row.contacts_updated,
    events_created: row.events_created, records_updated: row.records_updated, rows_rejected: row.rows_rejected, rows_unchanged: row.rows_unchanged,
    error: row.error, can_undo: row.state === 'done' || (row.state === 'failed' && row.rows_done > 0),
    created_by: row.created_by_name, created_at: row.created_at.toISOString(), started_at: row.started_at?.toISOString() ?? null, finished_at: row.finished_at?.toISOString() ?? null,
  }
}

async function* rejectionLines(app: App, row: ImportRow): AsyncGenerator<string> {
  yield '\uFEFFline,field,reason,row\r\n'
  for (let after = 0; ;) {
    const found = await listRejections(app.db, row.id, after, 1000)
    for (const each of found) yield [String(each.line), each.field ?? '', each.reason, ...each.row].map(csvCell).join(',') + '\r\n'
    if (found.length < 1000) return
    after = found.at(-1)!.line
  }
}

/** A cell a spreadsheet shows and never runs: what begins like a formula gets an apostrophe (OWASP, CSV injection). */
export function csvCell(text: string): string {
  const defused = /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d\s().,-]+$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused
}
