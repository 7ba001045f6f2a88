import { z } from 'zod'
import { timelinePage, timelineQuery } from '../../shared/contacts.ts'
import { dealBatchBody, dealBatchResult, dealInput } from '../../shared/deal-input.ts'
import { changeDealBody, changePipelineBody, dealBody, dealFilter, dealListPage, dealListQuery, dealStages, dealSums, dealWithLines as dealShape, loseDealBody, lostReasons, pipeline as pipelineShape, pipelineBody, pipelineList, winDealBody } from '../../shared/deals.ts'
import type { StageBody } from '../../shared/deals.ts'
import type { App } from '../base/app.ts'
import { readCursor, readIdCursor, writeCursor } from '../base/cursor.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, conflict, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { route } from '../base/route.ts'
import type { Actor } from '../base/route.ts'
import { readCompany } from '../company/company.sql.ts'
import { assertUnused, distinctUses, findUses } from '../contacts/find-uses.sql.ts'
import { contactOfDeal, findDeal, listDeals, sumDeals } from '../deals/deals.sql.ts'
import type { DealFilter } from '../deals/deals.sql.ts'
import { listLostReasons, writeLostReasons } from '../deals/lost-reasons.sql.ts'
import { stageHistory } from '../deals/stage-history.sql.ts'
import { archivePipeline, ensurePipeline, findPipeline, insertPipeline, listPipelines } from '../deals/pipelines.sql.ts'
import { readTimeline } from '../events/timeline.sql.ts'
import { changePipeline, closeDeal, editDeal, makeDeal, removeDeal, stageSettings } from './change-deals.ts'
import { saveDeals } from './save-deals.ts'

const params = z.object({ id: z.coerce.number().int().positive() })
const whoIs = (actor: Actor) => ({ by: actor.kind === 'user' ? `user:${actor.id}` : 'api', userId: actor.kind === 'user' ? actor.id : null })

// ── pipelines ────────────────────────────────────────────────────────────────────────────────────────

export const pipelines = route({
  summary: 'Pipelines with their stages, in their order, archived pipelines last',
  description: 'The first one is made when it is first asked for.',
  response: pipelineList,
  async handler({ app }) {
    await ensurePipeline(app.db, (await readCompany(app.db)).language)
    return { data: await listPipelines(app.db), next_cursor: null }
  },
})

export const addPipeline = route({
  summary: 'Make a pipeline',
  body: pipelineBody, response: pipelineShape, status: 201,
  async handler({ app, body }) {
    assertKinds(body.stages)
    const stages = stageSettings(body.stages, new Map())
    const id = await withTransaction(app.db, async tx => {
      const made = await insertPipeline(tx, body.name, stages)
      await touchAll(tx, ['pipelines'])
      return made
    }).catch(sayTaken)
    return findPipeline(app.db, id)
  },
})

export const savePipeline = route({
  summary: 'Change a pipeline: its name, and its stages as they shall be',
  description: 'Stages left out are archived. Where deals stand at one, `moves` says to which stage of the same kind they go (409 `stage_has_deals` otherwise); a stage that a segment or journey asks for stays (409 `in_use`).',
  params, body: changePipelineBody, response: pipelineShape,
  async handler({ app, params: { id }, body, actor }) {
    assertKinds(body.stages)
    await changePipeline(app, id, body, whoIs(actor).by).catch(sayTaken)
    return findPipeline(app.db, id)
  },
})

export const removePipeline = route({
  summary: 'Archive a pipeline',
  description: '409 `has_open_deals` while deals are open in it, `in_use` while a segment or journey asks for it, `last_pipeline` for the only one.',
  params,
  async handler({ app, params: { id } }) {
    const found = await findPipeline(app.db, id)
    if (found === undefined || found.archived_at !== null) throw notFound('pipeline')
    const [ofPipeline, ofStages] = [await findUses(app.db, 'pipeline', [id]), await findUses(app.db, 'stage', found.stages.map(stage => stage.id))]
    assertUnused('pipeline', distinctUses([...ofPipeline.values(), ...ofStages.values()].flat()))
    await withTransaction(app.db, async tx => {
      const outcome = await archivePipeline(tx, id, app.now())
      if (outcome === 'has_open_deals') throw conflict('has_open_deals', 'Deals are open in this pipeline. Close them or move them to another one first.')
      if (outcome === 'is_the_last') throw conflict('last_pipeline', 'This is the only pipeline. Make another one first.')
      await touchAll(tx, ['pipelines'])
    })
  },
})

function assertKinds(stages: StageBody[]): void {
  const faults = stages.flatMap((stage, index) => stage.kind !== 'lost' && stage.required_fields?.includes('lost_reason') ? [{ field: `stages.${index}.required_fields`, message: 'only a lost stage can ask why a deal was lost' }] : [])
  if (faults.length > 0) throw invalid(faults)
  for (const kind of ['open', 'won', 'lost']) {
    if (!stages.some(stage => stage.kind === kind)) throw invalid([{ field: 'stages', message: `a pipeline needs a stage of kind ${kind}` }])
  }
}

export const reasons = route({
  summary: 'Why deals are lost: the reasons people choose from, in their order',
  response: lostReasons,
  async handler({ app }) {
    await ensurePipeline(app.db, (await readCompany(app.db)).language)
    return { reasons: await listLostReasons(app.db) }
  },
})

export const saveReasons = route({
  summary: 'The reasons of a loss as they shall be; deals keep the words they were lost with',
  body: lostReasons, response: lostReasons,
  async handler({ app, body }) {
    await withTransaction(app.db, async tx => {
      await writeLostReasons(tx, [...new Set(body.reasons)])
      await touchAll(tx, ['pipelines'])
    })
    return { reasons: await listLostReasons(app.db) }
  },
})

function sayTaken(error: unknown): never {
  if ((error as { constraint?: string }).constraint === 'pipelines_name') throw new AppError('taken', 409, 'Another pipeline has this name.', [{ field: 'name', message: 'another pipeline has this name' }])
  throw error
}

// ── deals ────────────────────────────────────────────────────────────────────────────────────────────

const filterOf = ({ owner, ...query }: z.output<typeof dealFilter>, actor: Actor): DealFilter => ({
  ...query, owner: owner === 'me' ? whoIs(actor).userId : owner === 'nobody' ? null : owner,
})

export const list = route({
  summary: 'Deals, the newest first',
  query: dealListQuery, response: dealListPage,
  async handler({ app, query: { limit, cursor, ...filter }, actor }) {
    const { deals, next } = await listDeals(app.db, filterOf(filter, actor), limit, readIdCursor(cursor), app.now())
    return { data: deals, next_cursor: next === null ? null : writeCursor([next]) }
  },
})

export const sums = route({
  summary: 'How many deals there are at each stage and what they come to',
  query: dealFilter, response: dealSums,
  handler: async ({ app, query, actor }) => ({ data: await sumDeals(app.db, filterOf(query, actor), app.now()) }),
})

export const read = route({
  summary: 'One deal',
  params, response: dealShape,
  handler: ({ app, params: { id } }) => present(app, id),
})

export const stages = route({
  summary: 'Where a deal has been and for how long, the latest first',
  params, response: dealStages,
  async handler({ app, params: { id } }) {
    const contactId = await contactOfDeal(app.db, id)
    if (contactId === undefined) throw notFound('deal')
    return { data: await stageHistory(app.db, contactId, id) }
  },
})

export const timeline = route({
  summary: 'What happened to a deal, and the mails its contact got, the newest first',
  params, query: timelineQuery, response: timelinePage,
  async handler({ app, params: { id }, query }) {
    const contactId = await contactOfDeal(app.db, id)
    if (contactId === undefined) throw notFound('deal')
    const after = readCursor(query.cursor, ['time', 'number'])
    const { entries, next } = await readTimeline(app.db, [contactId], { kind: query.kind, search: query.search, dealId: id, limit: query.limit, after: after && [String(after[0]), Number(after[1])] })
    return { data: entries, next_cursor: next && writeCursor(next) }
  },
})

export const create = route({
  summary: 'Make a deal of a contact',
  body: dealBody, response: dealShape, status: 201,
  handler: async ({ app, seen, body, actor }) => presentWritten(app, seen, await makeDeal(app, body, whoIs(actor))),
})

export const batch = route({
  summary: 'Create or update up to 1,000 deals of another program, each with its own outcome',
  ofEverybody: true,
  description: 'A deal is known by `source` and its `external_id`: the same rows a second time change nothing. Stages, pipelines, products and staff may be named. Rows that are refused say every fault by its field and do not hinder the others; `data` holds one outcome for each row, in order.',
  body: dealBatchBody, response: dealBatchResult, bodyLimit: 16 * 1024 * 1024,
  async handler({ app, body, actor }) {
    const rows = body.deals.map(row => dealInput.safeParse(row))
    const { by } = whoIs(actor)
    const outcomes = await saveDeals(app, app.db, rows.flatMap(row => row.success ? [row.data] : []), { now: app.now(), by, source: body.source })
    const result = { created: 0, updated: 0, unchanged: 0, failed: 0 }
    let next = 0
    const data = rows.map((row, index) => {
      const outcome = row.success ? outcomes[next++]! : { errors: row.error.issues.map(issue => ({ field: issue.path.join('.'), message: issue.message })) }
      if ('errors' in outcome) {
        result.failed++
        return { index, errors: outcome.errors }
      }
      result[outcome.created ? 'created' : Object.keys(outcome.changes).length > 0 ? 'updated' : 'unchanged']++
      return { index, id: outcome.deal_id, created: outcome.created }
    })
    return { ...result, data }
  },
})

export const change = route({
  summary: 'Change a deal, or move it to another stage',
  description: 'Carries the revision you saw: 409 `changed_meanwhile` when somebody else has changed the deal since. A stage of kind won or lost closes the deal, an open one opens it again.',
  params, body: changeDealBody, response: dealShape,
  async handler({ app, seen, params: { id }, body, actor }) {
    await editDeal(app, id, body, whoIs(actor))
    return presentWritten(app, seen, id)
  },
})

export const win = route({
  summary: 'A deal is won: it goes to the first won stage of its pipeline',
  params, body: winDealBody, response: dealShape,
  async handler({ app, seen, params: { id }, body, actor }) {
    await closeDeal(app, id, { kind: 'won', revision: body.revision }, whoIs(actor))
    return presentWritten(app, seen, id)
  },
})

export const lose = route({
  summary: 'A deal is lost, and why: it goes to the first lost stage of its pipeline',
  params, body: loseDealBody, response: dealShape,
  async handler({ app, seen, params: { id }, body, actor }) {
    await closeDeal(app, id, { kind: 'lost', ...body }, whoIs(actor))
    return presentWritten(app, seen, id)
  },
})

export const remove = route({
  summary: 'Delete a deal; what it was stays on the timeline',
  params,
  handler: ({ app, params: { id } }) => removeDeal(app, id),
})

async function present(app: App, id: number) {
  const found = await findDeal(app.db, id, app.now())
  if (found === undefined) throw notFound('deal')
  return found
}

/** As whoever wrote it sees it; whose it is no more sees what was written, without custom fields. */
async function presentWritten(app: App, seen: App, id: number) {
  return await findDeal(seen.db, id, app.now()) ?? { ...await present(app, id), fields: {} }
}
