import { z } from 'zod'
import { contactMessage, ledgerState, messageContent } from '../../shared/messages.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { route } from '../base/route.ts'
import { presentWhy } from '../events/why-of-mail.sql.ts'
import { listContactMessages } from './ledger.sql.ts'
import { showMessage } from './show-message.ts'

const iso = (date: Date | null) => date?.toISOString() ?? null

export const ofContact = route({
  summary: 'The mails of a contact, the latest first: what became of each, and why it waits, was left out or did not arrive',
  params: z.object({ id: z.coerce.number().int().positive() }),
  query: z.object({ state: ledgerState.optional(), cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  response: z.object({ data: z.array(contactMessage), next_cursor: z.string().nullable() }),
  async handler({ app, params, query }) {
    const found = await listContactMessages(app.db, params.id, query.state ?? null, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    return {
      data: page.map(row => {
        const why = presentWhy(row.why)
        return { ...row, why, waits_until: why.until, queued_at: row.queued_at.toISOString(), sent_at: iso(row.sent_at), opened_at: iso(row.opened_at), clicked_at: iso(row.clicked_at) }
      }),
      next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.message_id]) : null,
    }
  },
})

export const show = route({
  summary: 'One mail of a contact with its content, and what was opened and clicked in it',
  description: 'Made from the version of the template the mail has. `filled_in` tells whether it is word for word what left.',
  params: z.object({ id: z.coerce.number().int().positive(), message_id: z.coerce.number().int().positive() }), response: messageContent,
  handler: ({ app, params }) => showMessage(app, params.id, params.message_id),
})
