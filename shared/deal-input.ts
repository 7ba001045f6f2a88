import { z } from 'zod'
import { stageKind } from './deals.ts'
import { contactReference } from './events.ts'
import { isCurrency } from './money.ts'

const byNumberOrName = z.union([z.number().int().positive(), z.string().trim().min(1).max(200)])
const moment = z.iso.datetime({ offset: true })
const name = z.string().max(200)

const line = z.object({
  product: z.string().trim().min(1).max(500).describe('code or name of a product of the catalogue, whichever case'),
  quantity: z.number().positive().max(1e6).default(1),
  price: z.number().min(0).max(1e12).optional().describe("of one, major units of the deal's currency; left out: the catalogue's"),
  discount_percent: z.number().min(0).max(100).optional(),
  discount: z.number().min(0).max(1e12).optional().describe('money off the line'),
})

/**
 * A deal as another program or a file tells it. What is left out of a deal that is there stays; null empties. Of a new
 * deal: title and contact or company are needed; the rest has the defaults that are said.
 */
export const dealInput = z.object({
  external_id: z.string().trim().min(1).max(200).describe('the number of the deal in its source: with it a second run changes the deal instead of making another'),
  title: z.string().trim().min(1).max(300).optional(),
  contact: contactReference.and(z.object({ first_name: name.optional(), last_name: name.optional() })).optional().describe('found by id, external id, email or phone, else made'),
  company: name.optional().describe('by name; made when nobody has it. Without a contact the deal stands on the card of the company itself'),
  pipeline: byNumberOrName.optional().describe('left out: the first, or that of the stage'),
  stage: byNumberOrName.optional().describe('left out: the first stage of the kind `state` says'),
  state: stageKind.optional().describe('left out: that of the stage, else open'),
  amount: z.number().min(0).max(1e12).nullable().optional().describe('major units; with lines it is their sum and may be left out'),
  currency: z.string().refine(isCurrency, 'an ISO 4217 code such as RUB, EUR, USD').optional().describe("left out: the company's"),
  owner: z.union([z.number().int().positive(), z.string().trim().max(320)]).nullable().optional().describe('member of staff by number or email; left out: the manager of the contact'),
  lost_reason: z.string().trim().max(1000).nullable().optional(),
  expected_on: z.iso.date().nullable().optional(),
  created_at: moment.optional().describe('left out: stage_since, closed_at or now'),
  stage_since: moment.optional().describe('when it came to its stage; left out: closed_at, else created_at, of a deal that moves: now'),
  closed_at: moment.optional().describe('of a won or lost deal; left out: stage_since or now'),
  lines: z.array(line).max(200).optional().describe('what is sold; takes the place of the lines there are'),
})
export type DealInput = z.infer<typeof dealInput>

/** POST /api/v1/deals/batch: each row is looked at by itself. */
export const dealBatchBody = z.object({
  source: z.string().trim().min(1).max(100).default('api').describe('where the external ids come from, e.g. pipedrive'),
  deals: z.array(z.record(z.string(), z.unknown())).min(1).max(1000),
})
export const dealBatchResult = z.object({
  created: z.number().int(), updated: z.number().int(), unchanged: z.number().int(), failed: z.number().int(),
  data: z.array(z.union([
    z.object({ index: z.number().int(), id: z.number().int(), created: z.boolean() }),
    z.object({ index: z.number().int(), errors: z.array(z.object({ field: z.string(), message: z.string() })) }),
  ])),
})
