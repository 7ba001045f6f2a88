import { z } from 'zod'
import { companyMerge, companyMergeBody, companyMerges } from '../../shared/company-duplicates.ts'
import { daysToUndoMerge } from '../../shared/merges.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { listCompanyMerges, type ListedCompanyMerge } from '../companies/company-merges.sql.ts'
import { mergeCompanies } from './merge-companies.ts'
import { undoCompanyMerge } from './undo-company-merge.ts'

const params = z.object({ id: z.coerce.number().int().positive() })

export const create = route({
  summary: 'Merge another company into this one',
  ofEverybody: true,
  description: 'People who work there, deals, tasks, notes, files and the history of changes move; the number of the company that went stands for this one from then on. Can be undone for 30 days.',
  params, body: companyMergeBody, response: companyMerge, status: 201,
  async handler({ app, params: { id }, body, actor }) {
    return show(app, await mergeCompanies(app, { into: id, from: body.company_id, fields: body.fields, by: actor.kind === 'user' ? actor.id : null }))
  },
})

export const list = route({
  summary: 'Merges of companies, the newest first',
  query: z.object({ company: z.coerce.number().int().positive().optional().describe('the company that stayed'), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional() }),
  response: companyMerges,
  async handler({ app, query: { company, limit, cursor } }) {
    const found = await listCompanyMerges(app.db, { company, before: readIdCursor(cursor) ?? null, limit: limit + 1 })
    return { data: found.slice(0, limit).map(row => present(row, app.now())), next_cursor: found.length > limit ? writeCursor([found[limit - 1]!.id]) : null }
  },
})

export const undo = route({
  summary: 'Undo a merge of companies: the one that went is there again with what was moved from it',
  ofEverybody: true,
  description: 'Who was given another company since stays there; fields changed since stay as they are. 409 `undone`, `too_late` (after 30 days), `merged_again` (undo the later merge first), `company_taken` (another company has the name by now).',
  params, response: companyMerge,
  async handler({ app, params: { id }, actor }) {
    await undoCompanyMerge(app, id, actor.kind === 'user' ? actor.id : null)
    return show(app, id)
  },
})

async function show(app: App, id: number) {
  const [found] = await listCompanyMerges(app.db, { id, before: null, limit: 1 })
  if (found === undefined) throw notFound('merge')
  return present(found, app.now())
}

function present(row: ListedCompanyMerge, now: Date): z.infer<typeof companyMerge> {
  const until = new Date(row.merged_at.getTime() + daysToUndoMerge * 86_400_000)
  return {
    id: row.id, into: { id: row.into_id, name: row.into_name }, from: { id: row.from_id, name: row.from_name }, merged_at: row.merged_at.toISOString(), merged_by: row.merged_by,
    undone_at: row.undone_at?.toISOString() ?? null, undo_until: row.remembered && until > now ? until.toISOString() : null,
  }
}
