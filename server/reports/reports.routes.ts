import { z } from 'zod'
import { overviewReport, reportCount, reportPerson } from '../../shared/reports.ts'
import { reactionReport } from '../../shared/reactions.ts'
import { salesReport } from '../../shared/sales-report.ts'
import { isCurrency, toMajor } from '../../shared/money.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { invalid } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { dayNumbers, peopleOfPeriod, periodNumbers, senderNumbers, type Period, type PeriodRow } from './period.sql.ts'
import { reactionFigures } from './reactions.sql.ts'
import { salesFigures } from './sales.sql.ts'

const periodQuery = z.object({
  from: z.iso.datetime({ offset: true }).optional().describe('left out: 30 days before `to`'),
  to: z.iso.datetime({ offset: true }).optional().describe('left out: now'),
})
const longest = 5 * 366 * 86_400_000

function readPeriod(query: z.output<typeof periodQuery>, now: Date): Period {
  const to = query.to === undefined ? now : new Date(query.to)
  const from = query.from === undefined ? new Date(to.getTime() - 30 * 86_400_000) : new Date(query.from)
  if (from >= to) throw invalid([{ field: 'from', message: 'must be before `to`' }])
  if (to.getTime() - from.getTime() > longest) throw invalid([{ field: 'from', message: 'at most five years before `to`' }])
  return { from, to }
}

const inMajor = (currency: string) => (row: PeriodRow): PeriodRow => ({ ...row, revenue: toMajor(row.revenue, currency), attributed_revenue: toMajor(row.attributed_revenue, currency) })

export const overview = route({
  summary: 'Mails, leads, orders and revenue of a period, by day and by campaign and journey',
  numbers: true,
  query: periodQuery,
  response: overviewReport,
  async handler({ app, query }) {
    const period = readPeriod(query, app.now())
    const { currency, time_zone: timeZone } = await readCompany(app.db)
    const before = { from: new Date(2 * period.from.getTime() - period.to.getTime()), to: period.from }
    const [totals, earlier, days, senders] = await Promise.all([
      periodNumbers(app.db, period, currency), periodNumbers(app.db, before, currency), dayNumbers(app.db, period, timeZone, currency), senderNumbers(app.db, period, currency),
    ])
    return {
      from: period.from.toISOString(), to: period.to.toISOString(), currency,
      totals: inMajor(currency)(totals), before: inMajor(currency)(earlier),
      days: days.map(day => ({ ...day, revenue: toMajor(day.revenue, currency), attributed_revenue: toMajor(day.attributed_revenue, currency) })),
      senders: senders.map(sender => ({ ...sender, revenue: toMajor(sender.revenue, currency) })),
    }
  },
})

export const people = route({
  summary: 'The people behind a number of a period',
  query: periodQuery.extend({ what: reportCount, cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  response: z.object({ data: z.array(reportPerson), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const found = await peopleOfPeriod(app.db, readPeriod(query, app.now()), query.what, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    const page = found.slice(0, query.limit)
    return {
      data: page.map(person => ({ ...person, at: person.at?.toISOString() ?? null, note: null })),
      next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.contact_id]) : null,
    }
  },
})

export const sales = route({
  summary: 'Deals won and lost from one day to another, by quarter, person, pipeline and reason, and what is expected by month, and how far deals get from stage to stage',
  description: 'Of one currency at a time; deals of others are counted in `other_currencies` and never added. A deal counts on the day it was closed, in the time zone of the company.',
  query: z.object({
    from: z.iso.date(), to: z.iso.date(),
    pipeline: z.coerce.number().int().positive().optional(),
    currency: z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD').optional().describe("left out: the company's"),
    committed_from: z.coerce.number().int().min(0).max(100).default(60).describe('per cent of the stage from which an open deal counts as committed'),
  }),
  response: salesReport,
  async handler({ app, query }) {
    if (query.from > query.to) throw invalid([{ field: 'from', message: 'must be before `to`' }])
    const company = await readCompany(app.db)
    return salesFigures(app.db, { from: query.from, to: query.to, pipeline: query.pipeline, currency: query.currency ?? company.currency, timeZone: company.time_zone, committedFrom: query.committed_from })
  },
})

export const reactions = route({
  summary: 'How fast leads of some days were answered, by manager, source and hour of day',
  description: "Counts are of leads that came in on these days of the company's calendar; each can be had as a list by `GET /leads` with the same words.",
  query: z.object({ from: z.iso.date(), to: z.iso.date() }),
  response: reactionReport,
  async handler({ app, query }) {
    if (query.from > query.to) throw invalid([{ field: 'from', message: 'must be before `to`' }])
    return reactionFigures(app.db, { ...query, timeZone: (await readCompany(app.db)).time_zone }, app.now())
  },
})
