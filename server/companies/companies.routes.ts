import { z } from 'zod'
import { companyRow } from '../../shared/companies.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { route } from '../base/route.ts'
import { listCompanies } from './list-companies.sql.ts'


export const list = route({
  summary: 'Companies contacts work for, by name',
  query: z.object({ search: z.string().max(200).default(''), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(2000).optional() }),
  response: z.object({ data: z.array(companyRow), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const key = readCursor(query.cursor, ['text', 'number'])
    const found = await listCompanies(app.db, query.search.trim(), query.limit + 1, key && [String(key[0]), Number(key[1])])
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return { data: page.map(({ key: _, ...row }) => row), next_cursor: found.length > query.limit && last ? writeCursor([last.key, last.id]) : null }
  },
})
