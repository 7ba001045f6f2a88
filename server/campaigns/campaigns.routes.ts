import { z } from 'zod'
import { campaign, campaignReport, campaignRest, contentCheck, changeCampaignBody, createCampaignBody, peopleOf, personBehindNumber, preflight, sendCampaignBody, sendRestBody } from '../../shared/campaigns.ts'
import type { App } from '../base/app.ts'
import { readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { changedMeanwhile, conflict, type FieldError, invalid, notFound } from '../base/errors.ts'
import { touch } from '../base/live.ts'
import { route, type Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { countReasons, countWaiting } from '../messages/ledger.sql.ts'
import { countRest, listDecided } from '../messages/plan-messages.sql.ts'
import { countHours, countLinks, countMessages, listPeople, noMessages } from '../messages/report.sql.ts'
import { archiveCampaign, type CampaignRow, deleteCampaign, findCampaign, insertCampaign, listCampaigns, referenceExists, updateCampaign } from './campaigns.sql.ts'
import { checkContent } from './check-content.ts'
import { runPreflight } from './preflight.ts'
import { ledgerOf, presentCampaign, reactionsOf } from './present-campaign.ts'
import { cancelCampaign, goOnToNextStage, pauseCampaign, sendCampaign, sendRest } from './send-campaign.ts'

const byId = z.object({ id: z.coerce.number().int().positive() })
const paged = z.object({ cursor: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(200).default(50) })
const list = <Row extends z.ZodType>(row: Row) => z.object({ data: z.array(row), next_cursor: z.string().nullable() })

async function existing(app: App, id: number): Promise<CampaignRow> {
  const found = await findCampaign(app.db, id)
  if (!found) throw notFound('campaign')
  return found
}

async function present(app: App, id: number) {
  const row = await existing(app, id)
  return presentCampaign(row, (await countMessages(app.db, [id])).get(id), (await readCompany(app.db)).currency)
}

export const listAll = route({
  summary: 'Campaigns, newest first, with their numbers',
  query: paged.extend({ search: z.string().max(200).default(''), archived: z.stringbool().default(false) }),
  response: list(campaign),
  async handler({ app, query }) {
    const found = await listCampaigns(app.db, { search: query.search, archived: query.archived, before: readIdCursor(query.cursor) ?? null, limit: query.limit + 1 })
    const page = found.slice(0, query.limit)
    const counts = await countMessages(app.db, page.map(row => row.id))
    const { currency } = await readCompany(app.db)
    return { data: page.map(row => presentCampaign(row, counts.get(row.id), currency)), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const show = route({ summary: 'One campaign', params: byId, response: campaign, handler: ({ app, params }) => present(app, params.id) })

async function checkReferences(app: App, body: { template_id?: number | null | undefined, segment_id?: number | null | undefined, topic_id?: number | null | undefined }): Promise<void> {
  const errors: FieldError[] = []
  for (const [field, table] of [['template_id', 'templates'], ['segment_id', 'segments'], ['topic_id', 'topics']] as const) {
    const id = body[field]
    if (id != null && !await referenceExists(app.db, table, id)) errors.push({ field, message: 'there is no such one, or it is in the archive' })
  }
  if (errors.length > 0) throw invalid(errors)
}

export const create = route({
  summary: 'Make a campaign',
  body: createCampaignBody, response: campaign, status: 201,
  async handler({ app, body, actor }) {
    await checkReferences(app, body)
    const id = await insertCampaign(app.db, { name: body.name, template_id: body.template_id ?? null, segment_id: body.segment_id ?? null, topic_id: body.topic_id ?? null, created_by: actor.kind === 'user' ? actor.id : null }, app.now())
    return present(app, id)
  },
})

export const change = route({
  summary: 'Change a campaign',
  description: 'What is left out stays. Once it is being sent only its name, its pace and its exemptions can change.',
  params: byId, body: changeCampaignBody, response: campaign,
  async handler({ app, params, body }) {
    await checkReferences(app, body)
    await withTransaction(app.db, async tx => {
      const row = await findCampaign(tx, params.id, true)
      if (!row) throw notFound('campaign')
      if (row.revision !== body.revision) throw changedMeanwhile()
      const next = { name: body.name ?? row.name, template_id: body.template_id === undefined ? row.template_id : body.template_id, segment_id: body.segment_id === undefined ? row.segment_id : body.segment_id, topic_id: body.topic_id === undefined ? row.topic_id : body.topic_id,
        pace_per_hour: body.pace_per_hour === undefined ? row.pace_per_hour : body.pace_per_hour, ignores_caps: body.ignores_caps ?? row.ignores_caps, ignores_quiet_hours: body.ignores_quiet_hours ?? row.ignores_quiet_hours, ignores_best_hour: body.ignores_best_hour ?? row.ignores_best_hour,
        stages: body.stages === undefined ? row.stages : body.stages }
      const same = JSON.stringify(next.stages) === JSON.stringify(row.stages) && next.template_id === row.template_id && next.segment_id === row.segment_id && next.topic_id === row.topic_id
      if (row.state !== 'draft' && !same) throw conflict('already_sending', row.state === 'scheduled' ? 'The campaign is scheduled. Take it back to change it.' : 'The campaign is being sent or has been sent; only its name, its pace and its exemptions can change.')
      await updateCampaign(tx, row.id, body.revision, next, app.now())
      await touch(tx, `campaign:${row.id}`)
    })
    return present(app, params.id)
  },
})

export const remove = route({
  summary: 'Remove a campaign: a draft is deleted, a sent one goes to the archive',
  params: byId,
  async handler({ app, params }) {
    await withTransaction(app.db, async tx => {
      const row = await findCampaign(tx, params.id, true)
      if (!row) throw notFound('campaign')
      if (['scheduled', 'planning', 'sending', 'paused'].includes(row.state)) throw conflict('already_sending', 'The campaign is being sent. Cancel it first.')
      if (row.state === 'draft') await deleteCampaign(tx, row.id)
      else await archiveCampaign(tx, row.id, app.now())
    })
  },
})

const readerOf = async (app: App, actor: Actor) => actor.kind === 'user' ? actor.locale : (await readCompany(app.db)).language

export const showPreflight = route({
  summary: 'Before sending: who will get it, who not and why, what would look wrong',
  description: 'The mails themselves, one by one, are looked at by `mail-check`.',
  params: byId, response: preflight,
  handler: async ({ app, params, actor }) => runPreflight(app, await existing(app, params.id), await readerOf(app, actor)),
})

export const content = route({
  summary: 'Check the content of the mail: links and pictures are asked for, sizes, what mail programs do not show, spam score',
  description: 'Takes some seconds: every address is asked for once. Links are remembered for ten minutes.',
  params: byId, response: contentCheck,
  config: { rateLimit: { max: 20, timeWindow: '1 minute' } },
  handler: async ({ app, params }) => checkContent(app, await existing(app, params.id)),
})

export const preflightPeople = route({
  summary: 'The people behind a number of the pre-flight',
  params: byId, query: paged.extend({ reason: z.string().max(40).optional().describe('left out: those who will get it') }), response: list(personBehindNumber),
  async handler({ app, params, query }) {
    const row = await existing(app, params.id)
    if (row.segment_id === null) return { data: [], next_cursor: null }
    const found = await listDecided(app.db, row.segment_id, row.topic_id, query.reason ?? null, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(person => ({ ...person, at: null, note: query.reason ?? null })), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})

export const send = route({
  summary: 'Send a campaign now, at a time, or go on after a pause',
  description: 'Pressed twice is pressed once.',
  params: byId, body: sendCampaignBody, response: campaign,
  async handler({ app, params, body }) {
    await sendCampaign(app, params.id, body?.send_at === undefined ? null : new Date(body.send_at))
    return present(app, params.id)
  },
})

export const pause = route({
  summary: 'Pause a campaign, or take a scheduled one back',
  params: byId, response: campaign,
  async handler({ app, params }) {
    await pauseCampaign(app, params.id)
    return present(app, params.id)
  },
})

export const goOn = route({
  summary: 'On to the next stage of a campaign in stages',
  params: byId, body: z.object({ stage: z.number().int().min(1).describe('the stage that is seen now: pressed twice is pressed once') }), response: campaign,
  async handler({ app, params, body }) {
    await goOnToNextStage(app, params.id, body.stage)
    return present(app, params.id)
  },
})

export const cancel = route({
  summary: 'Cancel a campaign: what has not left never will',
  params: byId, response: campaign,
  async handler({ app, params }) {
    await cancelCampaign(app, params.id)
    return present(app, params.id)
  },
})

export const showRest = route({
  summary: 'Who could still get a campaign that has been sent',
  params: byId, response: campaignRest,
  async handler({ app, params }) {
    const row = await existing(app, params.id)
    if (row.segment_id === null || row.state !== 'sent') return { new_members: 0, allowed_now: 0, failed: 0 }
    return countRest(app.db, { id: row.id, segment_id: row.segment_id, topic_id: row.topic_id })
  },
})

export const sendToRest = route({
  summary: 'Send to the rest',
  description: 'To new members of the segment, to people left out for a reason that is gone, and with `failed` once more to whom the server refused. Nobody gets it twice.',
  params: byId, body: sendRestBody, response: campaign,
  async handler({ app, params, body }) {
    await sendRest(app, params.id, body?.failed ?? false)
    return present(app, params.id)
  },
})

export const report = route({
  summary: 'What a campaign has brought',
  numbers: true,
  params: byId, response: campaignReport,
  async handler({ app, params }) {
    await existing(app, params.id)
    const [counts, reasons, waiting, links, hours, company] = await Promise.all([countMessages(app.db, [params.id]), countReasons(app.db, { campaign: params.id }), countWaiting(app.db, { campaign: params.id }), countLinks(app.db, params.id), countHours(app.db, params.id), readCompany(app.db)])
    const own = counts.get(params.id) ?? noMessages
    return { ledger: ledgerOf(own), reactions: reactionsOf(own, company.currency), currency: company.currency, reasons, waiting, links, hours: hours.map(hour => ({ ...hour, at: hour.at.toISOString() })) }
  },
})

export const people = route({
  summary: 'The people behind a number of a campaign',
  params: byId, query: paged.extend({ what: peopleOf.default('planned'), reason: z.string().max(100).optional(), url: z.string().max(8000).optional() }), response: list(personBehindNumber),
  async handler({ app, params, query }) {
    await existing(app, params.id)
    const found = await listPeople(app.db, params.id, { what: query.what, reason: query.reason ?? null, url: query.url ?? null }, readIdCursor(query.cursor) ?? 0, query.limit + 1)
    const page = found.slice(0, query.limit)
    return { data: page.map(row => ({ ...row, at: row.at?.toISOString() ?? null })), next_cursor: found.length > query.limit ? writeCursor([page.at(-1)!.id]) : null }
  },
})
