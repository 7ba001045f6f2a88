import { z } from 'zod'
import { type TestMail, testMail, testMailDetail } from '../../shared/delivery.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { deleteTestMails, listTestMails, openTestMail, readTestMail, type TestMailRow } from './test-mails.sql.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const listQuery = z.object({ cursor: z.string().max(100).optional(), search: z.string().max(200).default(''), limit: z.coerce.number().int().min(1).max(200).default(50) })

const present = (row: TestMailRow): TestMail => ({
  id: row.id, to: row.to_email, from: row.from_email, subject: row.subject, contact_id: row.contact_id, message_id: row.message_id,
  received_at: row.received_at.toISOString(), opened_at: row.opened_at?.toISOString() ?? null,
})

export const list = route({
  summary: 'Mails in the built-in test mailbox, newest first',
  query: listQuery,
  response: z.object({ data: z.array(testMail), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const before = query.cursor ? Number(Buffer.from(query.cursor, 'base64url').toString()) : null
    const rows = await listTestMails(app.db, { search: query.search, before: before !== null && Number.isSafeInteger(before) ? before : null, limit: query.limit + 1 })
    const page = rows.slice(0, query.limit)
    return { data: page.map(present), next_cursor: rows.length > query.limit ? Buffer.from(String(page.at(-1)!.id)).toString('base64url') : null }
  },
})

export const show = route({
  summary: 'One mail of the test mailbox, as its recipient would see it',
  params: byId,
  response: testMailDetail,
  async handler({ app, params }) {
    const found = await openTestMail(app.db, params.id, app.now())
    if (!found) throw notFound('mail')
    const { simpleParser } = await import('mailparser')
    const parsed = await simpleParser(found.raw, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true })
    return {
      ...present(found),
      // With the name, as a mail program shows it.
      from: parsed.from?.text || found.from_email,
      html: parsed.html === false ? null : parsed.html ?? null,
      text: parsed.text ?? '',
      headers: parsed.headerLines.map(({ line }) => {
        const colon = line.indexOf(':')
        return { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/\r?\n\s+/g, ' ').trim() }
      }),
      unsubscribe_url: /<(https?:[^>]+)>/.exec(parsed.headerLines.find(each => each.key === 'list-unsubscribe')?.line.replace(/\r?\n\s+/g, '') ?? '')?.[1] ?? null,
      size: found.raw.length,
    }
  },
})

export const raw = route({
  summary: 'The source of a mail of the test mailbox',
  params: byId,
  page: true,
  async handler({ app, params, reply }) {
    const found = await readTestMail(app.db, params.id)
    if (!found) throw notFound('mail')
    return reply.type('text/plain; charset=utf-8').header('content-disposition', `inline; filename="mail-${params.id}.eml"`).send(found)
  },
})

export const empty = route({
  summary: 'Empty the test mailbox',
  async handler({ app }) {
    await deleteTestMails(app.db)
  },
})
