import { z } from 'zod'
import { segmentDays, segmentLag, segmentMoves, segmentMovesQuery, segmentOverlaps } from '../../shared/segments.ts'
import { toMajor } from '../../shared/money.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { readLag } from '../events/claim-events.sql.ts'
import { findOverlaps } from './overlap.sql.ts'
import { listRecentMoves } from './recent-moves.sql.ts'
import { readDays } from './segment-days.sql.ts'
import { readSegmentLag } from './segment-lag.sql.ts'
import { findSegment } from './segments.sql.ts'
import type { SegmentRow } from './segments.sql.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

export const days = route({
  summary: 'How a segment grew: members at the end of each day, and who entered and left on it',
  numbers: true,
  description: "Days of the company's calendar, oldest first; the last one is today so far. A recomputation changes members without anybody entering or leaving.",
  params: byId,
  query: z.object({ days: z.coerce.number().int().min(1).max(3660).default(90) }),
  response: segmentDays,
  handler: async ({ app, params, query }) => {
    await existing(app, params.id)
    const { time_zone } = await readCompany(app.db)
    return { data: await readDays(app.db, params.id, time_zone, query.days, app.now()) }
  },
})

export const moves = route({
  summary: 'Who entered and left a segment lately, and what caused it',
  description: '`because` names what had changed (field:city, event:order.placed, clock, segment:12, user:3, import:7 …); `cause` is the event itself, where it was one.',
  params: byId,
  query: segmentMovesQuery,
  response: segmentMoves,
  handler: async ({ app, params, query }) => {
    await existing(app, params.id)
    const key = readCursor(query.cursor, ['time', 'number'])
    const { time_zone, currency } = await readCompany(app.db)
    const filter = { type: query.what && `segment.${query.what}` as const, day: query.day, timeZone: time_zone }
    const found = await listRecentMoves(app.db, params.id, filter, key === undefined ? null : { key: String(key[0]), id: Number(key[1]) }, query.limit + 1)
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return {
      data: page.map(move => ({
        id: move.id, contact_id: move.contact_id, name: move.name, email: move.email,
        what: move.type === 'segment.entered' ? 'entered' as const : 'left' as const,
        at: move.occurred_at.toISOString(),
        because: Array.isArray(move.because) ? move.because.map(String) : [],
        cause: move.cause && {
          type: move.cause.type, occurred_at: new Date(move.cause.occurred_at).toISOString(),
          amount: move.cause.amount === null ? null : toMajor(move.cause.amount, move.cause.currency ?? currency), currency: move.cause.currency,
        },
      })),
      next_cursor: found.length > query.limit && last ? writeCursor([last.key, last.id]) : null,
    }
  },
})

export const overlaps = route({
  summary: 'Which other segments share people with this one, and how many',
  numbers: true,
  description: 'From the memberships as they stand. Of a segment of more than 40,000 people the numbers are projected from a part of it: `exact` false.',
  params: byId,
  response: segmentOverlaps,
  handler: async ({ app, params }) => {
    const { members_count: members } = await existing(app, params.id)
    const { oneIn, overlaps: found } = await findOverlaps(app.db, params.id, members)
    return {
      members, exact: oneIn === 1,
      data: found.map(other => ({ ...other, share_of_this: members === 0 ? 0 : other.both / members, share_of_other: other.members === 0 ? 0 : other.both / other.members })),
    }
  },
})

export const lag = route({
  summary: 'How far segments are behind what happened',
  response: segmentLag,
  handler: async ({ app }) => {
    const [events, segments] = await Promise.all([readLag(app.db, app.now()), readSegmentLag(app.db, app.now())])
    return { changes_seconds: events.oldest_event_seconds, changes_waiting: events.queue, ...segments }
  },
})

async function existing(app: App, id: number): Promise<SegmentRow> {
  const segment = await findSegment(app.db, id, true)
  if (segment === undefined) throw notFound('segment')
  return segment
}
