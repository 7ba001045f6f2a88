import { z } from 'zod'
import { changedLeads, changeLeadBody, changeLeadsBody, convertLeadBody, lead as leadShape, leadBody, leadCounts, leadCountsQuery, leadLabels, leadListPage, leadListQuery, leadSettings, type LeadSettings } from '../../shared/leads.ts'
import type { App } from '../base/app.ts'
import { readCursor, writeCursor } from '../base/cursor.ts'
import type { Db } from '../base/db.ts'
import { notFound } from '../base/errors.ts'
import { touch } from '../base/live.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { readCompany, readSetting, writeSetting } from '../company/company.sql.ts'
import { countLeads, findLead, labelsOfLeads, type LeadFilter, listLeads } from '../leads/leads.sql.ts'
import { type By, changeManyLeads, takeInLead } from './change-leads.ts'
import { checkLeads } from './check-leads.ts'
import { convertLead, undoConversion } from './convert-lead.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const whoIs = (actor: Actor): By => ({ by: actor.kind === 'user' ? `user:${actor.id}` : 'api', userId: actor.kind === 'user' ? actor.id : null })
const filterOf = async (app: App, { owner, ...filter }: z.output<typeof leadCountsQuery>, actor: Actor): Promise<LeadFilter> => ({
  ...filter, owner: owner === 'me' ? whoIs(actor).userId : owner === 'nobody' ? null : owner, now: app.now(), timeZone: (await readCompany(app.db)).time_zone,
})

export const list = route({
  summary: 'Leads, the newest first, with what is known of their addresses',
  query: leadListQuery, response: leadListPage,
  async handler({ app, query: { status, limit, cursor, ...filter }, actor }) {
    const key = readCursor(cursor, ['time', 'number'])
    const { leads, next } = await listLeads(app.db, await filterOf(app, filter, actor), status, limit, key && [String(key[0]), Number(key[1])])
    return { data: await checkLeads(app.db, leads), next_cursor: next && writeCursor(next) }
  },
})

export const counts = route({
  summary: 'How many leads there are in each state',
  query: leadCountsQuery, response: leadCounts,
  handler: async ({ app, query, actor }) => countLeads(app.db, await filterOf(app, query, actor)),
})

export const labels = route({
  summary: 'Labels of leads, those of most leads first',
  response: leadLabels,
  handler: async ({ app }) => ({ data: await labelsOfLeads(app.db), next_cursor: null }),
})

export const read = route({
  summary: 'One lead',
  params, response: leadShape,
  handler: ({ app, params: { id } }) => present(app, id),
})

export const create = route({
  summary: 'Take in a lead of a contact that is there or is made with it; its manager is told',
  description: 'Asked for again while a lead of the same contact, origin and words is open, it answers with that one: a call can be repeated.',
  body: leadBody, response: leadShape, status: 201,
  handler: async ({ app, body, actor }) => present(app, await takeInLead(app, body, whoIs(actor))),
})

export const change = route({
  summary: 'Change the state, the labels or the manager of a lead; the new manager is told',
  params, body: changeLeadBody, response: leadShape,
  async handler({ app, params: { id }, body, actor }) {
    const { changed } = await changeManyLeads(app, [{ ...body, id }], whoIs(actor))
    if (changed.length === 0) throw notFound('lead')
    return present(app, id)
  },
})

export const changeMany = route({
  summary: 'Change up to 200 leads at once',
  description: 'All in one go. A lead that is not as `seen` says is left alone and named in `passed_over`: of two who take the same lead the first gets it. Sending back what `changed` says was `before` undoes it.',
  body: changeLeadsBody, response: changedLeads,
  handler: ({ app, body, actor }) => changeManyLeads(app, body.leads, whoIs(actor)),
})

export const convert = route({
  summary: 'A lead becomes a contact with what is written onto its card, and a deal if one is given',
  description: 'All of it or nothing. 409 `lead_converted` when it has been already.',
  params, body: convertLeadBody, response: leadShape,
  async handler({ app, params: { id }, body, actor }) {
    await convertLead(app, id, body, whoIs(actor))
    return present(app, id)
  },
})

export const revert = route({
  summary: 'Undo a conversion: the deal goes again and the lead is in work',
  description: 'What was written onto the card stays. 409 `deal_changed` when somebody has worked on the deal since, `lead_not_converted` when there is nothing to undo.',
  params, response: leadShape,
  async handler({ app, params: { id }, actor }) {
    await undoConversion(app, id, whoIs(actor))
    return present(app, id)
  },
})

async function present(app: App, id: number) {
  const found = await findLead(app.db, id)
  if (found === undefined) throw notFound('lead')
  return (await checkLeads(app.db, [found]))[0]
}

// ── settings ─────────────────────────────────────────────────────────────────────────────────────────

const settingsKey = 'leads'
const reasonsAtFirst = {
  en: ['Not our product', 'Too expensive', 'No answer', 'Chose somebody else', 'Advertising or spam', 'Came twice'],
  ru: ['Не наш товар', 'Дорого', 'Не отвечает', 'Выбрали других', 'Реклама или спам', 'Уже есть такой лид'],
}

async function readLeadSettings(db: Db): Promise<LeadSettings> {
  return await readSetting<LeadSettings>(db, settingsKey) ?? { refusal_reasons: reasonsAtFirst[(await readCompany(db)).language] }
}

export const settings = route({
  summary: 'Reasons of refusal to choose from',
  response: leadSettings,
  handler: ({ app }) => readLeadSettings(app.db),
})

export const changeSettings = route({
  summary: 'Change the reasons of refusal to choose from; leads refused before keep theirs',
  body: leadSettings, response: leadSettings,
  async handler({ app, body }) {
    await writeSetting(app.db, settingsKey, { refusal_reasons: [...new Set(body.refusal_reasons)] })
    await touch(app.db, 'lead-settings')
    return readLeadSettings(app.db)
  },
})
