import type { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { z } from 'zod'
import { createExportBody, exportOf, keptExport } from '../../shared/exports.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { conflict, forbidden, notFound } from '../base/errors.ts'
import { route, type Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { countContacts } from '../search/count-contacts.sql.ts'
import { mediaTypes, openTable, writeFile } from '../search/export-table.ts'
import { readFilter, readSort } from '../search/read-list.ts'
import { endExport, insertExport, listExports, readParts, type ExportTable, type Maker } from './exports.sql.ts'
import { countRecords, recordColumns } from './records.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const create = route({
  summary: 'Take contacts, another list or everything out as a file, in the background',
  description: '`of` says what; search, filter, order and columns are those of contacts, other lists are taken out whole. The rows are written down as they are then; the file can be fetched at `/exports/:id/file` once `state` is `done`, for seven days. A text that a spreadsheet would take for a formula is defused.',
  body: createExportBody, response: keptExport, status: 202,
  async handler({ app, seen, body, actor }) {
    const filter = await readFilter(seen, { search: body.search, filter: body.filter === undefined || body.filter === null ? undefined : JSON.stringify(body.filter) })
    await readSort(seen, body.sort)
    const own = body.language ?? (actor.kind === 'user' ? actor.locale : (await readCompany(app.db)).language)
    const language = own === 'ru' ? 'ru' as const : 'en' as const
    const kinds = body.of === 'everything' ? exportOf.options.filter(of => of !== 'everything') : [body.of]
    const tables = await Promise.all(kinds.map(of => tableOf(seen, of, body.columns, language)))
    const counts = await Promise.all(kinds.map(async of => of === 'contacts' ? (await countContacts(seen.db, filter, app.now())).count : countRecords(seen.db, of)))
    return withTransaction(app.db, async tx => {
      const id = await insertExport(tx, { search: body.search, condition: filter.condition ?? null, sort: body.sort, tables, language, format: body.format, total: counts.reduce((sum, count) => sum + count, 0), maker: makerOf(actor) }, app.now())
      return find(tx, id, actor)
    })
  },
})

export const list = route({
  summary: 'Files taken out lately: your own; administrators see all',
  query: z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  response: z.object({ data: z.array(keptExport), next_cursor: z.string().nullable() }),
  async handler({ app, query, actor }) {
    const found = await listExports(app.db, { maker: onlyOf(actor), before: readIdCursor(query.cursor), limit: query.limit + 1 })
    return { data: found.slice(0, query.limit), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.id]) : null }
  },
})

export const show = route({
  summary: 'A file that is being made, and how far it is',
  params, response: keptExport,
  handler: ({ app, params: { id }, actor }) => find(app.db, id, actor),
})

export const file = route({
  summary: 'The file itself, streamed',
  description: '409 `not_ready` while its rows are still being written down, or it was stopped.',
  params, page: true,
  async handler({ app, params: { id }, actor, reply }) {
    const found = await find(app.db, id, actor)
    if (found.state !== 'done') throw conflict('not_ready', 'This file is not ready.')
    const day = found.created_at.slice(0, 10)
    const title = (of: ExportTable['of']): string => found.language === 'ru' ? titles[of] : `${of.slice(0, 1).toUpperCase()}${of.slice(1)}`
    const written = (index: number, format: 'csv' | 'xlsx'): Readable => writeFile(readParts(app.db, id, index), found.tables[index]!.headings, { format, language: found.language, title: title(found.tables[index]!.of) })
    reply.header('content-disposition', `attachment; filename="${found.of}-${day}.${found.format}"`)
    if (found.format !== 'zip') return reply.type(mediaTypes[found.format]).send(written(0, found.format))
    return reply.type('application/zip').send(archive(found.tables.map(({ of }, index) => ({ name: `${of}.csv`, open: () => written(index, 'csv') }))))
  },
})

export const stop = route({
  summary: 'Stop making a file',
  params, response: keptExport,
  handler: ({ app, params: { id }, actor }) => withTransaction(app.db, async tx => {
    await find(tx, id, actor)
    if (!await endExport(tx, id, 'stopped', null, app.now())) throw conflict('not_running', 'This is not under way any more.')
    return find(tx, id, actor)
  }),
})

const titles: Record<ExportTable['of'], string> = { contacts: 'Контакты', companies: 'Компании', deals: 'Сделки', orders: 'Заказы', events: 'События', consents: 'Согласия', suppressions: 'Стоп-лист' }

/** What a file of that list has, as the caller sees it. */
async function tableOf(seen: App, of: ExportTable['of'], asked: string[] | undefined, language: 'en' | 'ru'): Promise<ExportTable> {
  if (of === 'contacts') {
    const { columns, headings } = await openTable(seen, { columns: asked, language, format: 'csv' })
    return { of, columns, headings }
  }
  const columns = await recordColumns(seen.db, of)
  return { of, columns: columns.map(column => column.name), headings: columns.map(column => column.headings[language]) }
}

/** Files one after another, each read only when its turn comes: never more than a page in memory. */
function archive(files: { name: string, open: () => Readable }[]): Readable {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  for (const { name, open } of files) zip.addReadStreamLazy(name, (callback) => {
    const stream = open()
    stream.on('error', error => output.destroy(error))
    callback(null, stream)
  })
  zip.end()
  return output
}

function makerOf(actor: Actor): Maker {
  if (actor.kind === 'public') throw forbidden()
  return actor
}

/** A file holds what its maker may see: nobody else gets it but administrators, who see everything anyway. */
const onlyOf = (actor: Actor): Maker | null => actor.kind !== 'public' && actor.role === 'administrator' ? null : makerOf(actor)

async function find(db: Db, id: number, actor: Actor) {
  const [found] = await listExports(db, { maker: onlyOf(actor), id, limit: 1 })
  if (found === undefined) throw notFound('export')
  return found
}
