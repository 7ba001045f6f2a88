import { z } from 'zod'
import { consentList } from '../../shared/consent.ts'
import { invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { contactExists, listConsents } from './consents.sql.ts'

export const ofContact = route({
  summary: 'Every consent and withdrawal of a contact, with the proof, the last first',
  params: z.object({ id: z.coerce.number().int().positive() }),
  query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(100).optional() }),
  response: consentList,
  handler: async ({ app, params, query }) => {
    if (!await contactExists(app.db, params.id)) throw notFound('contact')
    const before = query.cursor === undefined ? null : Number(Buffer.from(query.cursor, 'base64url').toString())
    if (before !== null && !Number.isSafeInteger(before)) throw invalid([{ field: 'cursor', message: 'is not one of ours; begin again without it' }])
    const found = await listConsents(app.db, params.id, before, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return {
      data: page.map(row => ({ ...row, occurred_at: row.occurred_at.toISOString(), recorded_at: row.recorded_at.toISOString() })),
      next_cursor: found.length > query.limit && last ? Buffer.from(String(last.id)).toString('base64url') : null,
    }
  },
})
