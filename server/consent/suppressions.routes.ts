import { z } from 'zod'
import { addedSuppressions, addSuppressionsBody, suppressionList, suppressionReason } from '../../shared/consent.ts'
import { invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { normaliseEmail } from '../contacts/normalise.ts'
import { listSuppressions, removeSuppression, suppress } from './suppressions.sql.ts'

const cursorKey = z.tuple([z.string(), z.string()])

export const listAll = route({
  summary: 'Addresses nobody may mail, the newest first',
  query: z.object({ search: z.string().max(320).default(''), reason: suppressionReason.optional(), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(1000).optional() }),
  response: suppressionList,
  handler: async ({ app, query }) => {
    const after = readCursor(query.cursor)
    const found = await listSuppressions(app.db, query, after && { created_at: after[0], email: after[1] }, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return {
      data: page.map(({ cursor_at: _, ...row }) => ({ ...row, created_at: row.created_at.toISOString() })),
      next_cursor: found.length > query.limit && last ? Buffer.from(JSON.stringify([last.cursor_at, last.email])).toString('base64url') : null,
    }
  },
})

export const add = route({
  summary: 'Suppress addresses by hand',
  description: 'What is not an address is listed in `invalid`; the others are taken all the same.',
  body: addSuppressionsBody,
  response: addedSuppressions,
  status: 201,
  handler: async ({ app, body }) => {
    const bad: string[] = []
    const emails = new Set<string>()
    for (const text of body.emails) {
      const email = normaliseEmail(text)
      if (email === null) bad.push(text)
      else emails.add(email)
    }
    if (emails.size === 0) throw invalid([{ field: 'emails', message: 'none of these is an email address' }])
    const added = await suppress(app.db, [...emails].map(email => ({ email, reason: 'manual', detail: body.detail })), app.now())
    return { added: added.length, known: emails.size - added.length, invalid: bad }
  },
})

export const remove = route({
  summary: 'Allow an address again',
  params: z.object({ email: z.string().min(1).max(320) }),
  status: 204,
  handler: async ({ app, params }) => {
    const email = normaliseEmail(params.email) ?? params.email.trim().toLowerCase()
    if (!await removeSuppression(app.db, email)) throw notFound('suppressed address')
  },
})

function readCursor(cursor: string | undefined): z.infer<typeof cursorKey> | null {
  if (cursor === undefined) return null
  try {
    return cursorKey.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw invalid([{ field: 'cursor', message: 'is not one of ours; begin again without it' }])
  }
}
