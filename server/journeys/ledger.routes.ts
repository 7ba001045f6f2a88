import { z } from 'zod'
import { journeyRest, journeyRestBody, journeyRestQuery, ledger, ledgerEntry, ledgerFilter } from '../../shared/messages.ts'
import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { countLedger, type LedgerOwner } from '../messages/ledger.sql.ts'
import { countJourneyRest, requeueRest } from '../messages/plan-messages.sql.ts'
import { ledgerAsCsv, readLedgerPage } from '../messages/present-ledger.ts'
import { findJourney } from './journeys.sql.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const ofStep = z.object({ step: z.string().max(100).optional().describe('of one mail step; left out: of all') })
const daysAgo = (now: Date, days: number) => new Date(now.getTime() - days * 86_400_000)

async function ownerOf(app: App, journey: number, step: string | undefined): Promise<LedgerOwner> {
  if (!await findJourney(app.db, journey)) throw notFound('journey')
  return { journey, step: step ?? null }
}

export const numbers = route({
  summary: 'The ledger of a journey in numbers: what became of its mails (test runs left out), as a whole and by step, what waits for what, what did not arrive and why, by whom it left',
  numbers: true,
  params, query: ofStep, response: ledger,
  handler: async ({ app, params: { id }, query }) => countLedger(app.db, await ownerOf(app, id, query.step)),
})

export const messages = route({
  summary: 'The ledger of a journey: what became of each mail, and why',
  description: 'By step, state and contact.',
  params, query: ledgerFilter.extend({ ...ofStep.shape, cursor: z.string().max(400).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }), response: z.object({ data: z.array(ledgerEntry), next_cursor: z.string().nullable() }),
  handler: async ({ app, params: { id }, query: { cursor, limit, step, ...filter } }) => readLedgerPage(app.db, await ownerOf(app, id, step), filter, cursor, limit),
})

export const asCsv = route({
  summary: 'The ledger of a journey as CSV: one row for each mail',
  params, query: ledgerFilter.extend(ofStep.shape), page: true,
  async handler({ app, params: { id }, query: { step, ...filter }, reply }) {
    const owner = await ownerOf(app, id, step)
    const { currency } = await readCompany(app.db)
    return reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="journey-${id}.csv"`).send(ledgerAsCsv(app.db, owner, filter, currency))
  },
})

export const rest = route({
  summary: 'Which mails of a journey could be sent after all',
  params, query: journeyRestQuery, response: journeyRest,
  handler: async ({ app, params: { id }, query: { step, days } }) => countJourneyRest(app.db, await ownerOf(app, id, step), daysAgo(app.now(), days)),
})

export const sendRest = route({
  summary: 'Send mails of a journey after all',
  description: 'Mails left out for a reason that is gone, and as chosen those that were refused or of which it is not known whether they arrived. People stay where they are in the journey. A second call finds nothing more to send.',
  params, body: journeyRestBody, response: z.object({ sent_again: z.number().int() }),
  async handler({ app, params: { id }, body: { step, days, ...choice } }) {
    const owner = await ownerOf(app, id, step)
    const sent_again = await withTransaction(app.db, async tx => {
      const count = await requeueRest(tx, owner, choice, daysAgo(app.now(), days), app.now())
      await touchAll(tx, [`journey:${id}`])
      return count
    })
    return { sent_again }
  },
})
