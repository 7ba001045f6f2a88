import { z } from 'zod'
import { dmarcAddress, dmarcOverview, dmarcReport, dmarcTaken, type DmarcOverview, type DmarcSource } from '../../shared/reputation.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { AppError, invalid, notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readOurSide } from './check-domain.ts'
import { deleteDmarcReport, dmarcAddresses, dmarcDays, dmarcDomains, dmarcSources, latestDmarcPolicy, listDmarcReports, sumDmarc, type Within } from './dmarc.sql.ts'
import { takeDmarcReport } from './take-dmarc-report.ts'
import { largestUpload } from './unpack-report.ts'

const period = z.object({
  domain: z.string().max(255).optional().describe('left out: all'),
  days: z.coerce.number().int().min(1).max(400).default(30),
})
const withinOf = (query: z.output<typeof period>, now: Date): Within => ({ domain: query.domain ?? null, from: new Date(now.getTime() - query.days * 86_400_000), to: new Date(now.getTime() + 2 * 86_400_000) })

export const upload = route({
  summary: 'Take in a DMARC aggregate report (multipart/form-data, one .xml, .gz or .zip, at most 10 MB)',
  description: 'Those that come to the mailbox are taken in by themselves. The same report again changes nothing.',
  response: dmarcTaken, status: 201,
  async handler({ app, request }) {
    const file = request.isMultipart() ? await request.file({ limits: { fileSize: largestUpload } }) : undefined
    if (file === undefined) throw invalid([{ field: 'file', message: 'send the file as multipart/form-data' }])
    const content = await file.toBuffer().catch((error: unknown) => {
      if ((error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE') throw new AppError('too_large', 413, 'The file is larger than 10 MB; no report is.')
      throw error
    })
    return takeDmarcReport(app, content, 'upload')
  },
})

export const overview = route({
  summary: 'Who sends in our name, and how much of it passes, as receivers report it',
  query: period, response: dmarcOverview,
  async handler({ app, query }) {
    const within = withinOf(query, app.now())
    const [domains, sum, policy, days, found, { hosts }] = await Promise.all([dmarcDomains(app.db), sumDmarc(app.db, within), latestDmarcPolicy(app.db, within), dmarcDays(app.db, within), dmarcSources(app.db, within), readOurSide(app, query.domain ?? '')])
    const providers = hosts.providers.map(provider => provider.name)
    // Only who has our key can sign for us.
    const sources = found.map((source): DmarcSource => ({ ...source, ours: source.who === 'own' || providers.includes(source.who) || source.dkim > source.mails / 2 }))
    return { domains, policy, ...sum, days, sources, advice: advise(sum, policy, days, sources) }
  },
})

/** p=none is left once two weeks show that nearly all of our own mail passes (a share of 98 %, as RFC 9989's advice to watch first has it be decided by the owner). */
function advise(sum: { reports: number }, policy: string | null, days: { day: string }[], sources: DmarcSource[]): DmarcOverview['advice'] {
  if (sum.reports === 0) return 'no_reports'
  const own = sources.filter(source => source.ours)
  const [mails, passed] = [own.reduce((total, source) => total + source.mails, 0), own.reduce((total, source) => total + source.passed, 0)]
  if (mails > 0 && passed / mails < 0.98) return 'mend_own'
  if (policy !== 'none') return 'good'
  const span = Date.parse(days.at(-1)!.day) - Date.parse(days[0]!.day)
  return span >= 13 * 86_400_000 && mails > 0 ? 'raise_policy' : 'keep_watching'
}

export const addresses = route({
  summary: 'The addresses of one sender in our name',
  query: period.extend({ who: z.string().min(1).max(255) }), response: z.object({ data: z.array(dmarcAddress), next_cursor: z.null() }),
  handler: async ({ app, query }) => ({ data: await dmarcAddresses(app.db, withinOf(query, app.now()), query.who), next_cursor: null }),
})

export const list = route({
  summary: 'DMARC reports taken in, the latest first',
  query: z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  response: z.object({ data: z.array(dmarcReport), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    const found = await listDmarcReports(app.db, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    return {
      data: page.map(row => ({ ...row, begins_at: row.begins_at.toISOString(), ends_at: row.ends_at.toISOString(), received_at: row.received_at.toISOString() })),
      next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null,
    }
  },
})

export const remove = route({
  summary: 'Take a DMARC report out again: anybody can send one',
  params: z.object({ id: z.coerce.number().int().positive() }),
  async handler({ app, params }) {
    if (!await deleteDmarcReport(app.db, params.id)) throw notFound('report')
  },
})
