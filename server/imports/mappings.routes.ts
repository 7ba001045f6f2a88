import { z } from 'zod'
import { importMapping, importMappingBody, importMappingList } from '../../shared/imports.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { deleteMapping, listMappings, renameMapping, type KeptMapping } from './mappings.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const list = route({
  summary: 'Remembered mappings of files: where the columns of a file of that shape went the last time, the latest first',
  description: 'Kept by every import that is run; the next file with the same columns is mapped so at once.',
  query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional() }),
  response: importMappingList,
  async handler({ app, query }) {
    const found = await listMappings(app.db, { before: readIdCursor(query.cursor), limit: query.limit + 1 })
    const page = found.slice(0, query.limit)
    return { data: page.map(present), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const rename = route({
  summary: 'Name a remembered mapping',
  params, body: importMappingBody, response: importMapping,
  async handler({ app, params: { id }, body }) {
    if (!await renameMapping(app.db, id, body.name)) throw notFound('mapping')
    return present((await listMappings(app.db, { id, limit: 1 }))[0]!)
  },
})

export const remove = route({
  summary: 'Forget a mapping: the next file of that shape is guessed anew',
  params, status: 204,
  async handler({ app, params: { id } }) {
    if (!await deleteMapping(app.db, id)) throw notFound('mapping')
  },
})

const present = ({ options: _, created_at, used_at, ...mapping }: KeptMapping) => ({ ...mapping, created_at: created_at.toISOString(), used_at: used_at.toISOString() })
