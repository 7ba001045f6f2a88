import type { z } from 'zod'
import type { changeDealBody, changePipelineBody, Deal, dealBody, StageBody, StageRequirement } from '../../shared/deals.ts'
import { toMinor } from '../../shared/money.ts'
import { createTasks } from '../activities/create-tasks.sql.ts'
import { notifyUsers } from '../activities/notify-users.sql.ts'
import { freeTasks } from '../activities/free-tasks.sql.ts'
import { userExists } from '../activities/exists.sql.ts'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { AppError, changedMeanwhile, invalid, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { readCompany } from '../company/company.sql.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { assertUnused, distinctUses, findUses } from '../contacts/find-uses.sql.ts'
import { ownersOf } from '../contacts/owners.sql.ts'
import { dealEvents } from '../deals/deal-events.ts'
import { contactOfDeal, dealsAtStage, findDeal } from '../deals/deals.sql.ts'
import { archiveStages, ensurePipeline, findPipeline, firstStages, holdPipeline, insertStages, usableStages, writePipeline } from '../deals/pipelines.sql.ts'
import type { StageInUse, StageSettings } from '../deals/pipelines.sql.ts'
import { changeDeal, createDeals, deleteDeal, moveDeals } from '../deals/write-deals.sql.ts'
import type { WrittenDeal } from '../deals/write-deals.sql.ts'
import { appendEvents } from '../events/append-events.sql.ts'
import { insertEvents } from '../events/insert-events.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { applyChanges } from './apply-changes.ts'
import { checkCustomFields, loadFieldContext } from './check-custom-fields.ts'

type By = { by: string, userId: number | null }

/** One deal by hand or by another system; its number. Runs in an open transaction, too. Without `fields` none are asked for. */
export async function makeDeal(app: App, body: Omit<z.output<typeof dealBody>, 'fields'> & { fields?: z.output<typeof dealBody>['fields'] }, { by, userId }: By, db: Db = app.db): Promise<number> {
  const now = app.now()
  await ensureMonths(app, [now])
  const company = await readCompany(db)
  await ensurePipeline(db, company.language)
  return withTransaction(db, async tx => {
    if (!(await lockContacts(tx, [body.contact_id])).has(body.contact_id)) throw invalid([{ field: 'contact_id', message: 'there is no such contact' }])
    const stage = await stageFor(tx, body)
    const currency = body.currency ?? company.currency
    const owner_id = body.owner_id === undefined ? (await ownersOf(tx, [body.contact_id])).get(body.contact_id) ?? userId : await assertOwner(tx, body.owner_id)
    assertKnown(stage, { amount: body.amount, owner_id, expected_on: body.expected_on, lost_reason: body.lost_reason ?? null, next_step: body.next_step ?? null })
    const [made] = await createDeals(tx, [{
      contact_id: body.contact_id, title: body.title, currency, stage,
      amount: body.amount === null ? null : toMinor(body.amount, currency),
      owner_id, source: userId === null ? 'api' : 'staff', lost_reason: body.lost_reason ?? null, expected_on: body.expected_on,
      fields: body.fields === undefined ? {} : await fieldsOf(tx, {}, body.fields, null),
    }], now)
    await follow(tx, app, [made!], by, now)
    await addNextStep(tx, made!, body.next_step, by, now)
    await tellOwner(tx, made!, null, userId, now)
    return made!.id
  })
}

/** 409 `changed_meanwhile` when the deal is not at the revision; 404 when it is gone. */
export async function editDeal(app: App, id: number, body: z.output<typeof changeDealBody>, { by, userId }: By): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const contactId = await holdContactOf(tx, id)
    const before = await findDeal(tx, id, now)
    if (before === undefined) throw notFound('deal')
    const currency = body.currency ?? before.currency
    // An amount is kept in minor units, which another currency may count differently.
    const amount = body.amount !== undefined ? body.amount : body.currency !== undefined ? before.amount : undefined
    if (before.revision !== body.revision) throw changedMeanwhile()
    if (before.lines.length > 0 && ((body.amount !== undefined && body.amount !== before.amount) || currency !== before.currency)) throw invalid([{ field: body.amount === undefined ? 'currency' : 'amount', message: 'the amount of this deal is the sum of its lines: give the lines' }])
    const stage = body.stage_id === undefined ? undefined : await stageFor(tx, { stage_id: body.stage_id })
    const after = <T>(given: T | undefined, was: T): T => given === undefined ? was : given
    if (stage !== undefined && stage.id !== before.stage.id) {
      assertKnown(stage, {
        amount: after(body.amount, before.amount), owner_id: after(body.owner_id, before.owner?.id ?? null), expected_on: after(body.expected_on, before.expected_on),
        lost_reason: after(body.lost_reason, before.lost_reason), next_step: body.next_step ?? before.next_step,
      })
    }
    const written = await changeDeal(tx, {
      contact_id: contactId, id, revision: body.revision,
      ...(body.title === undefined ? {} : { title: body.title }),
      ...(amount === undefined ? {} : { amount: amount === null ? null : toMinor(amount, currency) }),
      ...(body.currency === undefined ? {} : { currency }),
      ...(body.owner_id === undefined ? {} : { owner_id: await assertOwner(tx, body.owner_id) }),
      ...(stage === undefined ? {} : { stage }),
      ...(body.expected_on === undefined ? {} : { expected_on: body.expected_on }),
      ...(body.lost_reason === undefined ? {} : { lost_reason: body.lost_reason }),
      ...(body.fields === undefined ? {} : { fields: await fieldsOf(tx, before.fields, body.fields, id) }),
    }, now)
    if (written === undefined) throw changedMeanwhile()
    await follow(tx, app, [written], by, now)
    await addNextStep(tx, written, body.next_step, by, now)
    await tellOwner(tx, written, before.owner?.id ?? null, userId, now)
  })
}

/** Won or lost: the deal goes to the first stage of that kind in its pipeline. */
export async function closeDeal(app: App, id: number, { kind, revision, reason }: { kind: 'won' | 'lost', revision: number, reason?: string }, by: By): Promise<void> {
  const deal = await findDeal(app.db, id, app.now())
  if (deal === undefined) throw notFound('deal')
  const stage_id = deal.stage.kind === kind ? deal.stage.id : (await firstStages(app.db, deal.pipeline.id))[0]?.[kind]
  if (stage_id === undefined) throw invalid([{ field: 'stage_id', message: 'the pipeline of the deal is archived: move the deal to another one' }])
  await editDeal(app, id, { revision, stage_id, ...(reason === undefined ? {} : { lost_reason: reason === '' ? null : reason }) }, by)
}

export async function removeDeal(app: App, id: number, db: Db = app.db): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(db, async tx => {
    const contactId = await holdContactOf(tx, id)
    await freeTasks(tx, contactId, id)
    if (!await deleteDeal(tx, contactId, id)) throw notFound('deal')
    await applyChanges(tx, app, [{ contact_id: contactId, keys: ['deal'], events: [] }], now)
    await touchAll(tx, ['deals'])
  })
}

const manyAtOnce = 500

/**
 * Stages renamed, ordered, added and taken away. Deals of a stage that goes are moved first, some at a time, each told to
 * its timeline; broken off in between, a second call goes on. 409 `stage_has_deals` names the stages that say nowhere to go.
 */
export async function changePipeline(app: App, id: number, body: z.output<typeof changePipelineBody>, by: string): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  const before = await findPipeline(app.db, id)
  if (before === undefined || before.archived_at !== null) throw notFound('pipeline')
  const known = new Map(before.stages.map(stage => [stage.id, stage]))
  const staying = new Set(body.stages.flatMap(stage => stage.id ?? []))
  const faults = body.stages.flatMap((stage, index) => {
    if (stage.id === undefined) return []
    const was = known.get(stage.id)
    if (was === undefined) return [{ field: `stages.${index}.id`, message: 'there is no such stage in this pipeline' }]
    return was.kind === stage.kind ? [] : [{ field: `stages.${index}.kind`, message: 'the kind of a stage stays: make a new stage and move the deals there' }]
  })
  if (staying.size < body.stages.filter(stage => stage.id !== undefined).length) faults.push({ field: 'stages', message: 'a stage is named twice' })
  const targets = new Map(body.moves.map(move => [move.from, move.to]))
  for (const [index, move] of body.moves.entries()) {
    const [from, to] = [known.get(move.from), known.get(move.to)]
    if (!from || staying.has(move.from)) faults.push({ field: `moves.${index}.from`, message: 'this stage is not being taken away' })
    else if (!to || !staying.has(move.to) || to.kind !== from.kind) faults.push({ field: `moves.${index}.to`, message: 'choose a stage of the same kind that stays' })
  }
  if (faults.length > 0) throw invalid(faults)
  const going = before.stages.filter(stage => !staying.has(stage.id))
  assertUnused('stage', distinctUses([...(await findUses(app.db, 'stage', going.map(stage => stage.id))).values()].flat()))
  refuseStages(going.filter(stage => stage.deals > 0 && !targets.has(stage.id)))

  for (const stage of going) {
    const to = targets.get(stage.id)
    if (to !== undefined) await moveAll(app, stage.id, to, by)
  }
  await withTransaction(app.db, async tx => {
    if (!await holdPipeline(tx, id)) throw notFound('pipeline')
    const archived = new Set(await archiveStages(tx, going.map(stage => stage.id), now))
    refuseStages(going.filter(stage => !archived.has(stage.id)))
    const placed = stageSettings(body.stages, known)
    await writePipeline(tx, id, body.name, placed.flatMap(stage => stage.id === undefined ? [] : [{ ...stage, id: stage.id }]))
    await insertStages(tx, id, placed.filter(stage => stage.id === undefined))
    await touchAll(tx, ['pipelines', 'deals'])
  })
}

/** What is left out stays as it was; won and lost stages are certain and never stale. */
export function stageSettings(stages: StageBody[], known: ReadonlyMap<number, Omit<StageSettings, 'position'>>): (StageSettings & { id: number | undefined })[] {
  return stages.map((stage, index) => {
    const was = stage.id === undefined ? undefined : known.get(stage.id)
    return {
      id: stage.id, name: stage.name, kind: stage.kind, position: index + 1,
      probability: stage.kind === 'won' ? 100 : stage.kind === 'lost' ? 0 : stage.probability ?? was?.probability ?? 50,
      required_fields: [...new Set(stage.required_fields ?? was?.required_fields ?? [])],
      stale_days: stage.kind !== 'open' ? null : stage.stale_days === undefined ? was?.stale_days ?? null : stage.stale_days,
    }
  })
}

function refuseStages(stages: { id: number, name: string }[]): void {
  if (stages.length === 0) return
  throw new AppError('stage_has_deals', 409, `Deals stand at these stages: ${stages.map(stage => stage.name).join(', ')}. Say where they go.`, stages.map(stage => ({ field: 'moves', message: `deals stand at "${stage.name}": say where they go` })))
}

async function moveAll(app: App, from: number, to: number, by: string): Promise<void> {
  for (;;) if (await moveSome(app, from, to, by) < manyAtOnce) return
}

async function moveSome(app: App, from: number, to: number, by: string): Promise<number> {
  const now = app.now()
  return withTransaction(app.db, async tx => {
    const deals = await dealsAtStage(tx, from, manyAtOnce)
    if (deals.length === 0) return 0
    await lockContacts(tx, deals.map(deal => deal.contact_id))
    const stage = (await usableStages(tx, [to])).get(to)
    if (stage === undefined) throw invalid([{ field: 'moves', message: 'choose a stage of the same kind that stays' }])
    await follow(tx, app, await moveDeals(tx, deals.map(deal => ({ ...deal, stage })), now), by, now)
    return deals.length
  })
}

/** Told to the timelines, and what depends on it follows, in the transaction of the change. */
async function follow(tx: Db, app: App, deals: WrittenDeal[], by: string, now: Date): Promise<void> {
  const events = await insertEvents(tx, deals.flatMap(deal => dealEvents(deal, by)).map(event => ({ ...event, occurred_at: now, source: by, message_id: null, campaign_id: null, journey_id: null })), now)
  const changes = [...Map.groupBy(deals, deal => deal.contact_id).keys()].map(contact_id => {
    const own = events.filter(event => event.contact_id === contact_id)
    return { contact_id, keys: ['deal', ...new Set(own.map(event => `event:${event.type}`))], events: own }
  })
  await applyChanges(tx, app, changes, now)
  await touchAll(tx, ['deals'])
}

/** Who has just been given a deal by somebody else hears of it. */
async function tellOwner(tx: Db, deal: WrittenDeal, before: number | null, userId: number | null, now: Date): Promise<void> {
  if (deal.owner_id === null || deal.owner_id === before || deal.owner_id === userId) return
  const { language } = await readCompany(tx)
  await notifyUsers(tx, [{ user_id: deal.owner_id, title: language === 'ru' ? `Вам передана сделка: ${deal.title}` : `A deal was given to you: ${deal.title}`, body: deal.stage, link: `/deals/${deal.id}` }], now)
}

/** 422 naming each field that the stage asks for and the deal lacks. */
function assertKnown(stage: StageInUse, deal: Record<StageRequirement, unknown>): void {
  const missing = stage.required_fields.filter(field => deal[field] === null || deal[field] === '')
  if (missing.length > 0) throw invalid(missing.map(field => ({ field, message: `the stage "${stage.name}" asks for this` })))
}

/** The next step is a task of the deal's manager, told to the timeline like any other. */
async function addNextStep(tx: Db, deal: WrittenDeal, step: z.output<typeof dealBody>['next_step'], by: string, now: Date): Promise<void> {
  if (step === undefined) return
  const [task] = await createTasks(tx, [{ contact_id: deal.contact_id, deal_id: deal.id, title: step.title, due_at: step.due_at === null ? null : new Date(step.due_at), owner_id: deal.owner_id, source: 'staff' }], now)
  await appendEvents(tx, [{ key: `task.created:${task!.id}`, type: 'task.created', contact: { id: deal.contact_id }, occurred_at: now, properties: { task_id: task!.id, title: step.title, deal_id: deal.id, by }, source: by }], now)
  await touchAll(tx, ['tasks'])
}

/** The custom fields as they shall be; `id` null: of a deal that is being made. */
async function fieldsOf(tx: Db, before: Deal['fields'], given: Deal['fields'], id: number | null): Promise<Deal['fields']> {
  const { fields, errors } = await checkCustomFields(tx, 'deal', before, given, await loadFieldContext(tx, 'deal'), { demands: id === null, id })
  if (errors.length > 0) throw invalid(errors)
  return fields
}

async function holdContactOf(tx: Db, id: number): Promise<number> {
  const contactId = await contactOfDeal(tx, id)
  if (contactId === undefined || !(await lockContacts(tx, [contactId])).has(contactId)) throw notFound('deal')
  return contactId
}

async function assertOwner(tx: Db, owner: number | null): Promise<number | null> {
  if (owner !== null && !await userExists(tx, owner)) throw invalid([{ field: 'owner_id', message: 'there is no such member of staff' }])
  return owner
}

async function stageFor(tx: Db, wanted: { pipeline_id?: number | undefined, stage_id?: number | undefined }): Promise<StageInUse> {
  const id = wanted.stage_id ?? (await firstStages(tx, wanted.pipeline_id))[0]?.open
  if (id === undefined) throw invalid([{ field: 'pipeline_id', message: 'there is no such pipeline' }])
  const stage = (await usableStages(tx, [id])).get(id)
  if (stage === undefined) throw invalid([{ field: 'stage_id', message: 'there is no such stage' }])
  if (wanted.pipeline_id !== undefined && stage.pipeline_id !== wanted.pipeline_id) throw invalid([{ field: 'stage_id', message: 'this stage belongs to another pipeline' }])
  return stage
}
