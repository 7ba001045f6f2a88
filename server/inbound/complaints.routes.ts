import { z } from 'zod'
import { complaint, complaintCount } from '../../shared/inbound.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { route } from '../base/route.ts'
import { countComplaints, listComplaints } from './complaints.sql.ts'

const filters = {
  campaign: z.coerce.number().int().positive().optional(), journey: z.coerce.number().int().positive().optional(),
  source: z.string().max(200).optional().describe('where the consent, else the contact, came from: `form:3`, `import:7`, `api`'),
  days: z.coerce.number().int().min(1).max(3650).optional().describe('only of the last so many days'),
}
const sinceOf = (now: Date, days: number | undefined): Date | undefined => days === undefined ? undefined : new Date(now.getTime() - days * 86_400_000)

export const list = route({
  summary: 'Complaints, the newest first, with the campaign or journey and where the address came from',
  query: z.object({ ...filters, limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(500).optional() }),
  response: z.object({ data: z.array(complaint), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const key = readCursor(query.cursor, ['time', 'number'])
    const found = await listComplaints(app.db, { ...query, since: sinceOf(app.now(), query.days) }, key && [String(key[0]), Number(key[1])], query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return {
      data: page.map(({ cursor_at: _, contact_name, contact_id, ...row }) => ({ ...row, contact: { id: contact_id, name: contact_name }, occurred_at: row.occurred_at.toISOString() })),
      next_cursor: found.length > query.limit && last ? writeCursor([last.cursor_at, last.id]) : null,
    }
  },
})

export const counts = route({
  summary: 'Complaints counted by where the address came from, by campaign and by journey',
  query: z.object(filters),
  response: z.object({ data: z.array(complaintCount), next_cursor: z.null() }),
  handler: async ({ app, query }) => ({ data: await countComplaints(app.db, { ...query, since: sinceOf(app.now(), query.days) }), next_cursor: null }),
})
