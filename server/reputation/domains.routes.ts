import { z } from 'zod'
import { domainChange, sendingDomain } from '../../shared/delivery.ts'
import { reputationSettings } from '../../shared/reputation.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { notFound } from '../base/errors.ts'
import { route } from '../base/route.ts'
import { presentDomains } from '../delivery/delivery.routes.ts'
import { findSendingDomain, type SendingDomainRow } from '../delivery/sending-domains.sql.ts'
import { listDomainChanges } from './domain-changes.sql.ts'
import { readReputationSettings, writeReputationSettings } from './reputation-settings.ts'
import { lookAtDomain } from './watch-domains.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })

async function existing(app: App, id: number): Promise<SendingDomainRow> {
  const domain = await findSendingDomain(app.db, id)
  if (!domain) throw notFound('sending domain')
  return domain
}

export const show = route({
  summary: 'A sending domain with what was found at the last look',
  params: byId, response: sendingDomain,
  handler: async ({ app, params }) => (await presentDomains(app, [await existing(app, params.id)]))[0],
})

export const check = route({
  summary: 'Look at a sending domain now: SPF, DKIM, DMARC, MX, reverse DNS, TLS, MTA-STS, TLS-RPT, BIMI, the address of links',
  description: 'Done by itself every hour too.',
  params: byId, response: sendingDomain,
  config: { rateLimit: { max: 30, timeWindow: '1 minute' } },
  async handler({ app, params }) {
    await lookAtDomain(app, await existing(app, params.id))
    return (await presentDomains(app, [await existing(app, params.id)]))[0]
  },
})

export const changes = route({
  summary: 'What has changed at a sending domain, the latest first',
  params: byId, query: z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(100).default(20) }),
  response: z.object({ data: z.array(domainChange), next_cursor: z.string().nullable() }),
  async handler({ app, params, query }) {
    await existing(app, params.id)
    const found = await listDomainChanges(app.db, params.id, readIdCursor(query.cursor) ?? null, query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(row => ({ ...row, at: row.at.toISOString() })), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const showSettings = route({
  summary: 'What domains are held against that the program cannot find out by itself',
  response: reputationSettings,
  handler: ({ app }) => readReputationSettings(app.db),
})

export const changeSettings = route({
  summary: 'Set the addresses mails leave from',
  description: 'What is left out stays.',
  body: reputationSettings.partial(), response: reputationSettings,
  async handler({ app, body }) {
    await writeReputationSettings(app.db, { ...await readReputationSettings(app.db), ...body })
    return readReputationSettings(app.db)
  },
})
