import { z } from 'zod'
import { levelOf, qualityFinding, qualityIds, qualityPeople, qualityReport, type QualityReport } from '../../shared/data-quality.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { route } from '../base/route.ts'
import { partDone } from '../hygiene/groups.sql.ts'
import { countQualityAnew, readQualityRound } from './count-quality.ts'
import { dayAWeekBefore, peopleWith, readDay } from './findings.sql.ts'

const params = z.object({ finding: qualityFinding })
/** As many as one action takes by their numbers. */
const idsAtOnce = 10_000

export const show = route({
  summary: 'What is missing, invalid or doubtful on cards, and who made them',
  description: 'Counted once a day, whenever a base of fewer than 5,000 contacts has doubled, and when asked for; `as_of` says when.',
  response: qualityReport,
  handler: ({ app }) => present(app),
})

export const count = route({
  summary: 'Count the report anew now',
  response: qualityReport, status: 202,
  async handler({ app }) {
    await withTransaction(app.db, tx => countQualityAnew(tx, app.now()))
    return present(app)
  },
})

export const people = route({
  summary: 'The people whose cards have the fault now',
  params, query: z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }), response: qualityPeople,
  async handler({ app, params: { finding }, query }) {
    const found = await peopleWith(app.db, finding, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    return { data: found.slice(0, query.limit), next_cursor: found.length > query.limit ? writeCursor([found[query.limit - 1]!.contact_id]) : null }
  },
})

export const ids = route({
  summary: 'The numbers of their cards, for an action on all of them',
  description: 'At most 10,000, the oldest cards first: what POST /api/v1/bulk-actions takes.',
  params, response: qualityIds,
  async handler({ app, params: { finding } }) {
    const found = await peopleWith(app.db, finding, 0, idsAtOnce + 1)
    return { contact_ids: found.slice(0, idsAtOnce).map(person => person.contact_id), more: found.length > idsAtOnce }
  },
})

async function present(app: App): Promise<QualityReport> {
  const round = await readQualityRound(app.db)
  const day = round?.as_of?.slice(0, 10)
  const before = day === undefined ? undefined : await dayAWeekBefore(app.db, day)
  const counts = day === undefined ? [] : await readDay(app.db, day)
  const earlier = before === undefined ? null : await readDay(app.db, before)
  const sum = (list: typeof counts, finding: string): number => list.filter(row => row.finding === finding).reduce((total, row) => total + row.people, 0)
  return {
    as_of: round?.as_of ?? null, contacts: round?.contacts ?? 0, counting: round === null ? 0 : round.upto === null ? null : await partDone(app.db, round.upto),
    findings: qualityFinding.options.map(finding => ({
      finding, level: levelOf(finding), people: sum(counts, finding), week_ago: earlier === null ? null : sum(earlier, finding),
      made_by: counts.filter(row => row.finding === finding).map(row => ({ by: row.made_by, people: row.people })),
    })),
  }
}
