import { z } from 'zod'
import { inboundCounts, inboundKind, inboundMail, inboundMailDetail, inboundOutcome } from '../../shared/inbound.ts'
import type { InboundMail } from '../../shared/inbound.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { countInboundMails, findInboundMail, type InboundMailRow, listInboundMails, retryFailedMails } from './inbound-mails.sql.ts'
import { readWholeMail } from './whole-mail.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const listQuery = z.object({
  kind: inboundKind.optional(), outcome: inboundOutcome.optional(), state: z.enum(['waiting', 'done', 'failed']).optional(), contact: z.coerce.number().int().positive().optional(),
  search: z.string().trim().max(200).default(''), limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional(),
})
const countedDays = 30

const present = (row: InboundMailRow): InboundMail => ({
  id: row.id, received_at: row.received_at.toISOString(), source: row.source, mailbox: row.mailbox, size: row.size, cut: row.cut, state: row.state, error: row.error,
  kind: row.kind as InboundMail['kind'], outcome: row.outcome as InboundMail['outcome'], rule: row.rule, detail: row.detail ?? '',
  from: { email: row.from_email ?? '', name: row.from_name ?? '' }, subject: row.subject ?? '', text: row.visible_text ?? '', contact_id: row.contact_id, message_id: row.message_id,
})

export const list = route({
  summary: 'Mail that came in, the newest first, with what it was taken for and what came of it',
  query: listQuery, response: z.object({ data: z.array(inboundMail), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const key = readCursor(query.cursor, ['number'])
    const found = await listInboundMails(app.db, query, key && Number(key[0]), query.limit + 1)
    return { data: found.slice(0, query.limit).map(present), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.id]) : null }
  },
})

export const counts = route({
  summary: 'How many mails came in during the last 30 days, by what came of them',
  response: inboundCounts,
  async handler({ app }) {
    const found = await countInboundMails(app.db, new Date(app.now().getTime() - countedDays * 86_400_000))
    const sum = (of: (row: (typeof found)[number]) => boolean): number => found.filter(of).reduce((total, row) => total + row.count, 0)
    return {
      days: countedDays, waiting: sum(row => row.state === 'waiting'), failed: sum(row => row.state === 'failed'),
      outcomes: Object.fromEntries(inboundOutcome.options.map(outcome => [outcome, sum(row => row.outcome === outcome)])),
    }
  },
})

export const show = route({
  summary: 'One mail that came in, whole',
  description: 'HTML is made harmless: no scripts, no forms, no pictures from elsewhere. `whole` is false once the source is forgotten.',
  params: byId, response: inboundMailDetail,
  async handler({ app, params }) {
    const found = await findInboundMail(app.db, params.id)
    if (found === undefined) throw notFound('mail')
    const whole = found.raw === null ? { html: null, text: null, headers: [], attachments: [] } : readWholeMail(found.raw)
    return { ...present(found), whole: found.raw !== null, html: whole.html, plain: whole.text, headers: whole.headers, attachments: whole.attachments }
  },
})

export const raw = route({
  summary: 'The source of a mail that came in',
  params: byId, page: true,
  async handler({ app, params, reply }) {
    const found = await findInboundMail(app.db, params.id)
    if (found?.raw == null) throw notFound('mail')
    return reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff').header('content-disposition', `attachment; filename="mail-${params.id}.eml"`).send(found.raw)
  },
})

export const retry = route({
  summary: 'Read mails again that could not be read',
  response: z.object({ again: z.number().int() }),
  handler: async ({ app }) => ({ again: await retryFailedMails(app.db) }),
})
