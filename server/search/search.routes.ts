import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Condition } from '../../shared/conditions.ts'
import { contactListPage, contactListQuery } from '../../shared/contacts.ts'
import { searchQuery, searchResults } from '../../shared/search.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { invalid } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCondition } from '../conditions/check-condition.ts'
import { exportContacts } from './export-contacts.ts'
import { listContacts } from './list-contacts.sql.ts'
import type { ContactFilter, Sort } from './list-contacts.sql.ts'
import { searchEverything } from './search-everything.sql.ts'

export const contacts = route({
  summary: 'Contacts: searched, filtered, sorted, by pages',
  query: contactListQuery,
  response: contactListPage,
  async handler({ app, query }) {
    const sort = readSort(query.sort)
    const key = readCursor(query.cursor, [cursorPart[sort.by], 'number'])
    const after = key && { value: key[0] === null ? null : String(key[0]), id: Number(key[1]) }
    const { rows, next } = await listContacts(app.db, await readFilter(app, query), sort, query.limit, after, app.now())
    return { data: rows, next_cursor: next && writeCursor([next.value, next.id]) }
  },
})

export const exportFile = route({
  summary: 'The contacts that fit, as CSV',
  query: contactListQuery.omit({ limit: true, cursor: true }),
  page: true,
  async handler({ app, query, reply }) {
    const filter = await readFilter(app, query)
    const day = app.now().toISOString().slice(0, 10)
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="contacts-${day}.csv"`)
      .send(Readable.from(exportContacts(app, filter, readSort(query.sort))))
  },
})

export const everything = route({
  summary: 'Find contacts, segments, journeys, campaigns, templates and forms by what they are called',
  query: searchQuery,
  response: searchResults,
  handler: async ({ app, query }) => ({ data: await searchEverything(app.db, query.q) }),
})

const cursorPart = { created_at: 'time', last_event_at: 'time', revenue: 'digits', engagement_score: 'time', name: 'text' } as const

function readSort(sort: z.output<typeof contactListQuery>['sort']): Sort {
  return { by: sort.replace('-', '') as Sort['by'], descending: sort.startsWith('-') }
}

async function readFilter(app: App, query: Pick<z.output<typeof contactListQuery>, 'search' | 'segment' | 'tag' | 'owner' | 'filter'>): Promise<ContactFilter> {
  return { search: query.search, segment: query.segment, tag: query.tag, owner: query.owner, condition: query.filter ? await parseFilter(app, query.filter) : undefined }
}

async function parseFilter(app: App, text: string): Promise<Condition> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw invalid([{ field: 'filter', message: 'is not JSON' }])
  }
  const { condition, errors } = await readCondition(app.db, json, { path: 'filter' })
  if (condition === null) throw invalid(errors)
  return condition
}
