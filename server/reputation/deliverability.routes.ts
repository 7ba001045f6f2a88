import { z } from 'zod'
import { deliveryBy, deliveryOverview, deliveryWhat } from '../../shared/reputation.ts'
import { reportPerson } from '../../shared/reports.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { invalid } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { dayOf, readCounted } from './count-deliveries.ts'
import { countsBy, countsByDay, peopleOfDays, startOfDayAgo, sumDays } from './delivery-days.sql.ts'
import { readReputationSettings } from './reputation-settings.ts'

const period = z.object({ days: z.coerce.number().int().min(1).max(400).default(30).describe('whole days of the company\'s zone, today included') })

async function boundsOf(app: App, days: number, skip = 0): Promise<{ from: Date, to: Date, zone: string }> {
  const { time_zone: zone } = await readCompany(app.db)
  const [from, to] = await Promise.all([startOfDayAgo(app.db, days - 1 + skip, zone, app.now()), startOfDayAgo(app.db, skip - 1, zone, app.now())])
  return { from, to, zone }
}

export const overview = route({
  summary: 'How mails fare: delivered, returned, complained about, opened and clicked by people and machines, over time and by group',
  numbers: true,
  description: 'Counted by the day a mail was sent, anew every five minutes; `as_of` says when.',
  query: period.extend({ by: deliveryBy.default('provider') }), response: deliveryOverview,
  async handler({ app, query }) {
    const days = async (skip: number) => {
      const { from, to, zone } = await boundsOf(app, query.days, skip)
      return { from: dayOf(from, zone), to: dayOf(to, zone) }
    }
    const now = await days(0)
    const [totals, before, byDay, rows, counted, { limits }] = await Promise.all([
      sumDays(app.db, now), sumDays(app.db, await days(query.days)), countsByDay(app.db, now), countsBy(app.db, now, query.by), readCounted(app), readReputationSettings(app.db),
    ])
    return { as_of: counted?.as_of ?? null, totals, before, days: byDay, rows, limits }
  },
})

export const people = route({
  summary: 'The people behind a number of deliverability',
  query: period.extend({ what: deliveryWhat, by: deliveryBy.optional(), key: z.string().max(200).optional(), cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  response: z.object({ data: z.array(reportPerson), next_cursor: z.string().nullable() }),
  async handler({ app, query }) {
    if ((query.by === undefined) !== (query.key === undefined)) throw invalid([{ field: query.by === undefined ? 'by' : 'key', message: 'give both, or neither' }])
    const { from, to } = await boundsOf(app, query.days)
    const found = await peopleOfDays(app.db, from, to, query.what, query.by === undefined ? null : { by: query.by, key: query.key! }, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(person => ({ ...person, at: person.at?.toISOString() ?? null })), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.contact_id]) : null }
  },
})
