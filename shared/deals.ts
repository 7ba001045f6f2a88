import { z } from 'zod'
import { fieldValue } from './contacts.ts'
import { dealLine } from './deal-lines.ts'
import { isCurrency } from './money.ts'

const when = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })
const id = z.number().int().positive()

export const stageKind = z.enum(['open', 'won', 'lost'])
export type StageKind = z.infer<typeof stageKind>
/** The same three: a deal is in the state of the kind of its stage. */
export const dealState = stageKind
export type DealState = z.infer<typeof dealState>

/** What a stage may ask for before a deal comes in; named as in the body of a deal. */
export const stageRequirement = z.enum(['amount', 'owner_id', 'expected_on', 'next_step', 'lost_reason'])
export type StageRequirement = z.infer<typeof stageRequirement>

// ── pipelines ────────────────────────────────────────────────────────────────────────────────────────

export const stage = z.object({
  id: z.number().int(), name: z.string(), kind: stageKind,
  probability: z.number().int().describe('per cent of the deals here that are won, as the company reckons; won: 100, lost: 0'),
  required_fields: z.array(stageRequirement).describe('must be known of a deal that comes in by hand or by API'),
  stale_days: z.number().int().nullable().describe('a deal that stands here longer is stale'),
  deals: z.number().int().describe('how many stand at it, of a won or lost stage: ended there'),
})
export type Stage = z.infer<typeof stage>
export const pipeline = z.object({ id: z.number().int(), name: z.string(), archived_at: when.nullable(), stages: z.array(stage).describe('in their order, without archived ones') })
export type Pipeline = z.infer<typeof pipeline>
export const pipelineList = z.object({ data: z.array(pipeline), next_cursor: z.null() })

const stageBody = z.object({
  id: id.optional().describe('of a stage that is there; left out: a new one'),
  name: z.string().trim().min(1, 'give the stage a name').max(100), kind: stageKind,
  probability: z.number().int().min(0).max(100).optional().describe('per cent; only of an open stage. Left out: stays, of a new one 50'),
  required_fields: z.array(stageRequirement).max(5).optional().describe('left out: stay, of a new one none; lost_reason only of a lost stage'),
  stale_days: z.number().int().min(1).max(3650).nullable().optional().describe('only of an open stage. Left out: stays, of a new one none'),
})
export type StageBody = z.output<typeof stageBody>
/** The stages as they shall be, in their order: at least one open, one won and one lost. */
const stages = z.array(stageBody).min(3).max(30)
export const pipelineBody = z.object({ name: z.string().trim().min(1, 'give the pipeline a name').max(100), stages })
/** PUT /api/v1/pipelines/:id: stages left out are archived; `moves` says where their deals go. */
export const changePipelineBody = pipelineBody.extend({
  moves: z.array(z.object({ from: id, to: id })).max(30).default([]).describe('from a stage that is left out to one that stays, of the same kind'),
})

/** The reasons people choose from, in their order. */
export const lostReasons = z.object({ reasons: z.array(z.string().trim().min(1).max(200)).max(50) })
export type LostReasons = z.infer<typeof lostReasons>

// ── deals ────────────────────────────────────────────────────────────────────────────────────────────

export const deal = z.object({
  id: z.number().int(),
  revision: z.number().int(),
  contact: z.object({ id: z.number().int(), name: z.string(), email: z.string().nullable() }),
  title: z.string(),
  amount: z.number().nullable().describe('major units'),
  currency: z.string(),
  pipeline: named,
  stage: named.extend({ kind: stageKind }),
  state: dealState,
  owner: named.nullable(),
  source: z.string().describe('staff, api, journey:4'),
  expected_on: z.iso.date().nullable().describe('when it is expected to be closed'),
  stale: z.boolean().describe('stands at its stage longer than the stage allows'),
  next_step: z.object({ id: z.number().int(), title: z.string(), due_at: when.nullable() }).nullable().describe('the open task of the deal that is due first'),
  lost_reason: z.string().nullable(),
  fields: z.record(z.string(), fieldValue).describe('custom fields of deals by their keys'),
  created_at: when,
  stage_since: when,
  closed_at: when.nullable(),
  updated_at: when,
})
export type Deal = z.infer<typeof deal>
export const dealWithLines = deal.extend({
  company: named.nullable().describe('which the deal names, else where its contact works'),
  lines: z.array(dealLine).describe('what is sold; with lines the amount is their sum'),
})
export type DealWithLines = z.infer<typeof dealWithLines>

const title = z.string().trim().min(1, 'give the deal a name').max(300)
const amount = z.number().min(0).max(1e12).nullable().describe('major units')
const currency = z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD')

const fields = z.record(z.string().max(50), fieldValue)

/** A task made in the same breath, for the manager of the deal. */
const nextStep = z.object({ title: z.string().trim().min(1, 'say what is to be done').max(300), due_at: z.iso.datetime({ offset: true }).nullable().default(null) })

export const dealBody = z.object({
  contact_id: id,
  title,
  amount: amount.default(null),
  currency: currency.optional().describe("left out: the company's"),
  pipeline_id: id.optional().describe('left out: the first pipeline'),
  stage_id: id.optional().describe('left out: the first stage'),
  owner_id: id.nullable().optional().describe('left out: the manager of the contact, else who makes the deal'),
  lost_reason: z.string().trim().max(1000).nullable().optional().describe('with a stage of kind lost'),
  expected_on: z.iso.date().nullable().default(null),
  next_step: nextStep.optional(),
  fields: fields.default({}).describe('custom fields by their keys; required ones are asked for'),
})
/** PATCH /api/v1/deals/:id: what is left out stays. A stage of kind won or lost closes the deal, an open one opens it again. */
export const changeDealBody = z.object({
  revision: z.number().int().describe('the revision you saw'),
  title: title.optional(),
  amount: amount.optional(),
  currency: currency.optional(),
  owner_id: id.nullable().optional(),
  stage_id: id.optional().describe('of any pipeline'),
  lost_reason: z.string().trim().max(1000).nullable().optional(),
  expected_on: z.iso.date().nullable().optional(),
  next_step: nextStep.optional().describe('one more task; the earlier ones stay'),
  fields: fields.optional().describe('custom fields left out stay; null empties'),
})
export const winDealBody = z.object({ revision: z.number().int().describe('the revision you saw') })
export const loseDealBody = winDealBody.extend({ reason: z.string().trim().max(1000).default('') })

/** `?stage=` means the same as leaving it out. */
const orEmpty = <T extends z.ZodType>(schema: T) => z.preprocess(value => value === '' ? undefined : value, schema)
export const dealFilter = z.object({
  pipeline: orEmpty(z.coerce.number().int().positive().optional()),
  stage: orEmpty(z.coerce.number().int().positive().optional()),
  owner: orEmpty(z.union([z.literal('me'), z.literal('nobody'), z.coerce.number().int().positive()]).optional()),
  state: orEmpty(dealState.optional()),
  contact: orEmpty(z.coerce.number().int().positive().optional()),
  stale: orEmpty(z.literal('yes').optional()),
  next_step: orEmpty(z.enum(['none', 'overdue']).optional()).describe('no open task, or one that should be done already'),
  expected_from: orEmpty(z.iso.date().optional()),
  expected_to: orEmpty(z.iso.date().optional()).describe('that day included'),
  closed_from: orEmpty(z.iso.date().optional()).describe("day of the company's calendar on which it was won or lost"),
  closed_to: orEmpty(z.iso.date().optional()).describe('that day included'),
  expected: orEmpty(z.literal('none').optional()).describe('without an expected close'),
  probability_from: orEmpty(z.coerce.number().int().min(0).max(100).optional()).describe('per cent of the stage'),
  passed: orEmpty(z.coerce.number().int().positive().optional()).describe('a stage they came to, wherever they are now'),
  passed_from: orEmpty(z.iso.date().optional()).describe("day of the company's calendar on which they came to it"),
  passed_to: orEmpty(z.iso.date().optional()).describe('that day included'),
  onward: orEmpty(z.coerce.number().int().positive().optional()).describe('with `passed`: and then to this stage or a later one of the pipeline, or were won'),
  currency: orEmpty(z.string().length(3).optional()),
  lost_reason: orEmpty(z.string().max(1000).optional()).describe('in these very words; `-`: without a reason'),
  amount_from: orEmpty(z.coerce.number().min(0).max(1e12).optional()).describe('major units of whatever currency'),
  amount_to: orEmpty(z.coerce.number().min(0).max(1e12).optional()),
  search: orEmpty(z.string().max(200).optional()).describe('a part of the title'),
})
export const dealListQuery = dealFilter.extend({ limit: orEmpty(z.coerce.number().int().min(1).max(200).default(50)), cursor: z.string().max(500).optional() })
export const dealListPage = z.object({ data: z.array(deal), next_cursor: z.string().nullable() })

/** GET /api/v1/deals/sums */
export const dealSums = z.object({
  data: z.array(z.object({
    stage_id: z.number().int(), deals: z.number().int(),
    amounts: z.array(z.object({
      currency: z.string(), amount: z.number(),
      weighted: z.number().describe('the amount times the probability of the stage, rounded to minor units'),
    })).describe('major units, one for each currency'),
  })),
})
export type DealSums = z.infer<typeof dealSums>

/** GET /api/v1/deals/:id/stages: where a deal has been, the latest first. */
export const dealStages = z.object({
  data: z.array(z.object({
    stage: z.string().describe('as it was called then'), pipeline: z.string(), from: when, until: when.nullable().describe('null: it is there now'),
    by: named.nullable().describe('who moved it there, when it was a person'), source: z.string().describe('user:3, api, journey:4'),
  })),
})
export type DealStages = z.infer<typeof dealStages>
