import { z } from 'zod'
import { placementMailbox, type PlacementResult, type PlacementTest, placementTest, placementTestBody, placementTestDetail, type PlacementTestDetail } from '../../shared/placement.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { addressOf, listMailboxes } from '../inbound/mailboxes.sql.ts'
import { deletePlacementTest, findPlacementTest, listOutcomes, listPlacementResults, listPlacementTests, type PlacementResultRow, type PlacementTestRow } from './placement.sql.ts'
import { readAuthentication, readHeaders } from './read-authentication.ts'
import { startPlacementTest } from './start-placement.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const mostOutcomes = 30

const present = (row: PlacementTestRow): PlacementTest => ({ ...row, started_at: row.started_at.toISOString(), state: (row.outcomes.waiting ?? 0) > 0 ? 'running' : 'done' })

function presentResult(row: PlacementResultRow): PlacementResult {
  const headers = row.headers === null ? [] : readHeaders(row.headers)
  return {
    id: row.id, mailbox_id: row.mailbox_id, mailbox: row.mailbox, address: row.address, outcome: row.state === 'found' ? row.place! : row.state, folder: row.folder, tab: row.tab,
    sent_at: row.sent_at?.toISOString() ?? null, arrived_at: row.arrived_at?.toISOString() ?? null,
    // Clocks of providers are not ours.
    took_seconds: row.arrived_at === null || row.sent_at === null ? null : Math.max(0, Math.round((row.arrived_at.getTime() - row.sent_at.getTime()) / 1000)),
    error: row.error, deleted_at: row.deleted_at?.toISOString() ?? null,
    authentication: headers.length === 0 ? null : readAuthentication(headers), headers,
  }
}

async function detail(app: App, id: number): Promise<PlacementTestDetail> {
  const found = await findPlacementTest(app.db, id)
  if (!found) throw notFound('placement test')
  return { ...present(found), results: (await listPlacementResults(app.db, id)).map(presentResult) }
}

export const list = route({
  summary: 'Placement tests, the latest first: where a mail landed at several providers',
  query: z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(100).default(20) }),
  response: z.object({ data: z.array(placementTest), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const found = await listPlacementTests(app.db, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(present), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const show = route({
  summary: 'A placement test: for each mailbox where the mail landed, how long it took, its headers and what the receiver found out about its sender',
  params: byId, response: placementTestDetail,
  handler: ({ app, params }) => detail(app, params.id),
})

export const start = route({
  summary: 'Send a mail to the test mailboxes and see where it lands',
  description: 'It leaves as it would to people: signed, tracked, with the same headers. Opening it counts nowhere.',
  body: placementTestBody, response: placementTestDetail, status: 201,
  config: { rateLimit: { max: 20, timeWindow: '1 minute' } },
  handler: async ({ app, body, actor }) => detail(app, await startPlacementTest(app, body, actor.kind === 'user' ? actor.id : null)),
})

export const remove = route({
  summary: 'Forget a placement test with its results',
  params: byId,
  async handler({ app, params }) {
    if (!await deletePlacementTest(app.db, params.id)) throw notFound('placement test')
  },
})

export const mailboxes = route({
  summary: 'Test mailboxes with where the last mails landed',
  description: 'They are added with POST /api/v1/mailboxes and `purpose` placement.',
  response: z.object({ data: z.array(placementMailbox), next_cursor: z.null() }),
  async handler({ app }) {
    const found = await listMailboxes(app.db, 'placement')
    const outcomes = await listOutcomes(app.db, found.map(each => each.id), mostOutcomes)
    return {
      data: found.map(mailbox => ({
        id: mailbox.id, name: mailbox.name, address: addressOf(mailbox), error: mailbox.error, paused: mailbox.paused_at !== null,
        results: outcomes.filter(each => each.mailbox_id === mailbox.id).map(({ test_id, at, outcome }) => ({ test_id, at: at.toISOString(), outcome })),
      })),
      next_cursor: null,
    }
  },
})
