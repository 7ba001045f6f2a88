import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { contactListPage, contactListQuery } from '../../shared/contacts.ts'
import { searchQuery, searchResults } from '../../shared/search.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { findSegment } from '../segments/segments.sql.ts'
import { countContacts } from './count-contacts.sql.ts'
import { enteredAt } from './export-columns.ts'
import type { ExportColumn, ExportRow } from './export-columns.ts'
import { contactPages, memberPages } from './export-contacts.ts'
import { mediaTypes, writeTable } from './export-table.ts'
import type { FileOptions } from './export-table.ts'
import { listContacts } from './list-contacts.sql.ts'
import { readFilter, readSort } from './read-list.ts'
import { searchEverything } from './search-everything.sql.ts'

export const contacts = route({
  summary: 'Contacts: searched, filtered, sorted, by pages',
  query: contactListQuery,
  response: contactListPage,
  async handler({ app, query }) {
    const sort = await readSort(app, query.sort)
    const key = readCursor(query.cursor, [sort.by.cursor, 'number'])
    const after = key && { value: key[0] === null ? null : String(key[0]), id: Number(key[1]) }
    const { rows, next } = await listContacts(app.db, await readFilter(app, query), sort, query.limit, after, app.now())
    return { data: rows, next_cursor: next && writeCursor([next.value, next.id]) }
  },
})

export const count = route({
  summary: 'How many contacts fit a search and filter',
  description: '`exact` is false when counting would take longer than a moment: then there are more than `count`.',
  query: contactListQuery.omit({ limit: true, cursor: true, sort: true }),
  response: z.object({ count: z.number().int(), exact: z.boolean() }),
  handler: async ({ app, query }) => countContacts(app.db, await readFilter(app, query), app.now()),
})

const fileQuery = z.object({
  columns: z.string().max(5000).optional().describe('names with commas between: id, name, email, phone, …, fields.<key>; left out: all'),
  format: z.enum(['csv', 'xlsx']).default('csv'),
})

export const exportFile = route({
  summary: 'The contacts that fit, as CSV or XLSX, with the columns chosen',
  description: 'Streamed in the order asked for. With `language` the headings, times and numbers are written as people there read them; left out: names of columns and plain values, as an import wants them.',
  query: contactListQuery.omit({ limit: true, cursor: true }).extend({ ...fileQuery.shape, language: z.enum(['en', 'ru']).optional() }),
  page: true,
  async handler({ app, query, reply }) {
    const pages = contactPages(app, await readFilter(app, query), await readSort(app, query.sort))
    return sendFile(app, reply, 'contacts', pages, { ...query, columns: namesOf(query.columns), language: query.language ?? null, title: query.language === 'ru' ? 'Контакты' : 'Contacts' })
  },
})

export const exportSegment = route({
  summary: 'All members of a segment as CSV or XLSX, with the columns chosen',
  description: 'Streamed, in the order of cards. UTF-8 with a byte order mark and headings in the language; in Russian numbers have a comma and cells are divided by semicolons, as spreadsheets there expect.',
  params: z.object({ id: z.coerce.number().int().positive() }),
  query: fileQuery.extend({ language: z.enum(['en', 'ru']).optional().describe('left out: yours, or that of the company') }),
  page: true,
  async handler({ app, params: { id }, query, actor, reply }) {
    const segment = await findSegment(app.db, id, true)
    if (segment === undefined) throw notFound('segment')
    const own = query.language ?? (actor.kind === 'user' ? actor.locale : (await readCompany(app.db)).language)
    return sendFile(app, reply, `segment-${id}`, memberPages(app, id), { ...query, columns: namesOf(query.columns), language: own === 'ru' ? 'ru' : 'en', title: segment.name }, [enteredAt])
  },
})

const namesOf = (columns: string | undefined): string[] | undefined => columns?.split(',').map(name => name.trim()).filter(name => name !== '')

async function sendFile(app: App, reply: FastifyReply, name: string, pages: AsyncIterable<ExportRow[]>, options: FileOptions, special: ExportColumn[] = []) {
  const file = await writeTable(app, pages, options, special)
  return reply
    .type(mediaTypes[options.format])
    .header('content-disposition', `attachment; filename="${name}-${app.now().toISOString().slice(0, 10)}.${options.format}"`)
    .send(file)
}

export const everything = route({
  summary: 'Find anything by what it is called, people also by parts of mail and phone',
  description: 'Contacts, companies, open leads, deals, open tasks, segments, journeys, campaigns, templates and forms in which every word of `q` occurs, in any order, in Russian letters or Latin ones, typed in either keyboard layout (`ghbdtn` finds «привет»). A few of each kind: whole addresses and phones first, then whole words of the name, then beginnings, then the rest; the kind of the best result first. When fewer than five are found, `near` has people and companies whose names differ by one letter left out, added, replaced or swapped in a word of four letters or more; `shown_for` says the words as they are written there.',
  query: searchQuery,
  response: searchResults,
  handler: async ({ app, query }) => searchEverything(app.db, query.q),
})
