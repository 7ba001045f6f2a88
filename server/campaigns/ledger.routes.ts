import { z } from 'zod'
import { ledger, ledgerEntry, ledgerFilter } from '../../shared/messages.ts'
import type { App } from '../base/app.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { countLedger } from '../messages/ledger.sql.ts'
import { ledgerAsCsv, readLedgerPage } from '../messages/present-ledger.ts'
import { findCampaign } from './campaigns.sql.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

async function assertCampaign(app: App, id: number): Promise<void> {
  if (!await findCampaign(app.db, id)) throw notFound('campaign')
}

export const numbers = route({
  summary: 'The ledger of a campaign in numbers: what became of its mails, what waits for what, what did not arrive and why, by whom it left',
  numbers: true,
  params: byId, response: ledger,
  async handler({ app, params }) {
    await assertCampaign(app, params.id)
    return countLedger(app.db, { campaign: params.id })
  },
})

export const messages = route({
  summary: 'The ledger of a campaign: what became of each mail, and why',
  description: 'By contact.',
  params: byId, query: ledgerFilter.extend({ cursor: z.string().max(400).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }), response: z.object({ data: z.array(ledgerEntry), next_cursor: z.string().nullable() }),
  async handler({ app, params, query: { cursor, limit, ...filter } }) {
    await assertCampaign(app, params.id)
    return readLedgerPage(app.db, { campaign: params.id }, filter, cursor, limit)
  },
})

export const asCsv = route({
  summary: 'The ledger of a campaign as CSV: one row for each person',
  params: byId, query: ledgerFilter, page: true,
  async handler({ app, params, query, reply }) {
    await assertCampaign(app, params.id)
    const { currency } = await readCompany(app.db)
    return reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="campaign-${params.id}.csv"`).send(ledgerAsCsv(app.db, { campaign: params.id }, query, currency))
  },
})
