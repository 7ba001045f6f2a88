import { z } from 'zod'
import { condition, duration, propertyFilter } from './conditions.ts'

/**
 * A journey's graph: a trigger and steps by key. Each step names the next one (null: the end).
 * A published version is immutable; the draft may be incomplete (problems are listed by `findProblems`).
 */
const next = z.string().max(60).nullable()
const position = z.strictObject({ x: z.number(), y: z.number() }).optional()

export const journeyTrigger = z.union([
  z.strictObject({ kind: z.literal('event'), event: z.string().max(80), where: z.array(propertyFilter).max(20).optional() }),
  z.strictObject({ kind: z.literal('segment_entered'), segment_id: z.number().int().nullable() }),
  z.strictObject({ kind: z.literal('form'), form_id: z.number().int().nullable().describe('null: any form; starts when the subscription is confirmed, or at once for a form without double opt-in') }),
  z.strictObject({ kind: z.literal('manual') }),
])

export const journeyStep = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mail'), template_id: z.number().int().nullable(), topic_id: z.number().int().nullable(), next, position }),
  z.strictObject({ kind: z.literal('wait'), duration, next, position }),
  z.strictObject({ kind: z.literal('wait_for_event'), event: z.string().max(80), mail_step: z.string().max(60).nullable().describe('only the reaction to this mail'), timeout: duration, next, next_timeout: next, position }),
  z.strictObject({ kind: z.literal('condition'), condition, next_yes: next, next_no: next, position }),
  z.strictObject({ kind: z.literal('add_tag'), tag_id: z.number().int().nullable(), next, position }),
  z.strictObject({ kind: z.literal('remove_tag'), tag_id: z.number().int().nullable(), next, position }),
  z.strictObject({ kind: z.literal('set_field'), field: z.string().max(80), value: z.union([z.string().max(2000), z.number(), z.boolean(), z.null()]), next, position }),
  z.strictObject({ kind: z.literal('create_task'), title: z.string().max(300), due_in: duration.nullable(), assignee: z.union([z.literal('owner'), z.number().int()]), next, position }),
  z.strictObject({ kind: z.literal('notify_user'), user: z.union([z.literal('owner'), z.number().int()]), text: z.string().max(500), next, position }),
  z.strictObject({ kind: z.literal('end'), position }),
])
export type JourneyStep = z.infer<typeof journeyStep>

export const journeyGraph = z.strictObject({
  format: z.literal(1),
  trigger: journeyTrigger,
  /** who may enter, beside the trigger */
  entry_condition: condition.nullable(),
  /** once: a person goes through once in their life; again: after having ended; always: even beside a running one */
  reentry: z.enum(['once', 'again', 'always']),
  first: next,
  steps: z.record(z.string().regex(/^[a-z0-9_]{1,60}$/), journeyStep).refine(steps => Object.keys(steps).length <= 500, 'at most 500 steps'),
})
export type JourneyGraph = z.infer<typeof journeyGraph>
export type JourneyTrigger = z.infer<typeof journeyTrigger>
