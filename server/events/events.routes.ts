import { z } from 'zod'
import { lag as lagShape, timelinePage, timelineQuery } from '../../shared/contacts.ts'
import { eventsBody } from '../../shared/events.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { findContacts } from '../contacts/find-contacts.sql.ts'
import { appendEvents } from './append-events.sql.ts'
import { checkEvents } from './check-events.ts'
import { readLag, retryRejectedEvents } from './claim-events.sql.ts'
import { findRejectedEvents } from './rejected-events.sql.ts'
import { readTimeline } from './timeline.sql.ts'

export const intake = route({
  summary: 'Report what happened: orders, visits, events of your own',
  description: 'Up to 5,000 at a time, all or none. 202 means they are kept; cards, segments and journeys follow within a second. `id` is yours: the same id again changes nothing. Whoever has the first of id, external_id, email, phone that is known is meant; nobody has any: a contact is made. `order.placed` takes `{order_id, amount, currency, items: [{sku, name, category, price, quantity}], coupon}`; the same order_id again (with another event id) corrects the order.',
  body: eventsBody.meta({ examples: [{ events: [{ id: 'order-1001', type: 'order.placed', contact: { email: 'anna@example.com' }, occurred_at: '2026-11-24T10:00:00Z', properties: { order_id: '1001', amount: 1490.5, currency: 'RUB', items: [{ sku: 'A-1', name: 'Kettle', category: 'Kitchen', price: 1490.5, quantity: 1 }] } }] }] }),
  response: z.object({ accepted: z.number().int(), duplicates: z.number().int() }),
  status: 202,
  bodyLimit: 32 * 1024 * 1024,
  async handler({ app, body }) {
    const now = app.now()
    const { phone_country } = await readCompany(app.db)
    const checked = checkEvents(body.events, { source: 'api', phoneCountry: phone_country, now })
    if ('errors' in checked) throw invalid(checked.errors)
    const byId = checked.events.flatMap((event, index) => event.contact.id === undefined ? [] : [{ index, id: event.contact.id }])
    const found = await findContacts(app.db, byId.map(({ id }) => ({ id })))
    const unknown = byId.filter((_, place) => found[place] === null)
    if (unknown.length > 0) throw invalid(unknown.slice(0, 100).map(({ index }) => ({ field: `events.${index}.contact.id`, message: 'there is no such contact' })))
    return withTransaction(app.db, tx => appendEvents(tx, checked.events, now))
  },
})

export const timeline = route({
  summary: "A contact's events, the newest first",
  params: z.object({ id: z.coerce.number().int().positive() }),
  query: timelineQuery,
  response: timelinePage,
  async handler({ app, params: { id }, query }) {
    const after = readCursor(query.cursor, ['time', 'number'])
    const { entries, next } = await readTimeline(app.db, [id], { kind: query.kind, search: query.search, limit: query.limit, after: after && [String(after[0]), Number(after[1])] })
    if (entries.length === 0 && (await findContacts(app.db, [{ id }]))[0] === null) throw notFound('contact')
    return { data: entries, next_cursor: next && writeCursor(next) }
  },
})

export const lag = route({
  summary: 'How far processing is behind intake',
  response: lagShape,
  handler: ({ app }) => readLag(app.db, app.now()),
})

const rejectedEvent = z.object({ id: z.number().int(), event: z.record(z.string(), z.unknown()), reason: z.string(), rejected_at: z.iso.datetime() })

export const rejected = route({
  summary: 'Events that could not be processed, with the reason, the newest first',
  query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(500).optional() }),
  response: z.object({ data: z.array(rejectedEvent), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const found = await findRejectedEvents(app.db, Number(readCursor(query.cursor, ['number'])?.[0] ?? Number.MAX_SAFE_INTEGER), query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(one => ({ ...one, rejected_at: one.rejected_at.toISOString() })), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const retryRejected = route({
  summary: 'Try the rejected events again, after their cause is mended',
  response: z.object({ retried: z.number().int() }),
  status: 202,
  handler: async ({ app }) => ({ retried: await withTransaction(app.db, tx => retryRejectedEvents(tx)) }),
})
