import { z } from 'zod'
import { condition } from './conditions.ts'

const named = z.object({ id: z.number().int(), name: z.string() })

export const routingWay = z.enum(['round_robin', 'by_load', 'by_territory'])
export type RoutingWay = z.infer<typeof routingWay>
/** What becomes of a lead when nobody of the rule is free: it waits until working hours begin, `stand_in` takes it, the next rules are asked, or it stays nobody's. */
export const nobodyFree = z.enum(['wait', 'person', 'next', 'nobody'])

const rule = {
  name: z.string().trim().min(1, 'give the rule a name').max(200),
  way: routingWay.describe('in turn; whoever has the fewest open leads and deals; whose territory the city or the phone number is in'),
  in_hours: z.boolean().default(true).describe('only to people whose working hours go on'),
  only_online: z.boolean().default(false).describe('only to people seen within the last ten minutes'),
  nobody_free: nobodyFree.default('wait'),
}
export const routingRule = z.object({
  ...rule, id: z.number().int(),
  condition: condition.describe('lines about leads are about the lead that is given out'),
  people: z.array(named.extend({ disabled: z.boolean() })), team: named.nullable(), stand_in: named.nullable(),
})
export type RoutingRule = z.infer<typeof routingRule>
export const routingRules = z.object({ data: z.array(routingRule), next_cursor: z.null(), revision: z.string() })
export type RoutingRules = z.infer<typeof routingRules>

/** PUT /api/v1/routing-rules: all of them, in their order. A rule with an `id` keeps its turn. */
export const routingRulesBody = z.object({
  revision: z.string().max(100).describe('of the list this was made from; 409 when somebody has changed it since'),
  rules: z.array(z.object({
    ...rule, id: z.number().int().positive().optional(), condition: z.unknown().describe('see the schema Condition; {all: []} is every lead'),
    user_ids: z.array(z.number().int().positive()).max(200).default([]), team_id: z.number().int().positive().nullable().default(null), stand_in_id: z.number().int().positive().nullable().default(null),
  })).max(100),
})
export type RoutingRuleInput = z.infer<typeof routingRulesBody>['rules'][number]

/** GET /api/v1/leads/:id/routing: who would get it now if nobody looked after the contact. Nothing is written. */
export const routingTrial = z.object({
  owner: named.nullable(),
  because: z.string(),
  try_again_at: z.iso.datetime().nullable().describe('it would wait until then'),
  rules: z.array(z.object({ id: z.number().int(), name: z.string(), applies: z.boolean() })),
})
export type RoutingTrial = z.infer<typeof routingTrial>

/** POST /api/v1/leads/routing: give these out by the rules. */
export const giveLeadsBody = z.object({ ids: z.array(z.number().int().positive()).min(1).max(200) })

/** GET /api/v1/users/:id/handover: what is open and theirs. */
export const openWork = z.object({ leads: z.number().int(), deals: z.number().int(), tasks: z.number().int() })
export type OpenWork = z.infer<typeof openWork>
/** POST /api/v1/users/:id/handover: all of it to one person, or each contact's to whom the rules say; what was given on. */
export const handoverBody = z.object({
  to: z.union([z.literal('rules'), z.number().int().positive()]),
  disable: z.boolean().default(false).describe('they cannot sign in from then on, in the same transaction'),
})
