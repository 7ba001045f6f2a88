import { z } from 'zod'
import { condition, duration, propertyFilter } from './conditions.ts'
import { contactReference } from './events.ts'

/**
 * A journey's graph: a trigger and steps by key. Each step names the next one (null: the end).
 * A published version is immutable; the draft may be incomplete (problems are listed by `findProblems`).
 */
/** A name every object has already (`constructor`) is none of a step. */
const stepKey = z.string().regex(/^(?!constructor$)[a-z][a-z0-9_]{0,59}$/, 'small Latin letters, digits and _, beginning with a letter, at most 60')
const next = stepKey.nullable()
const position = z.strictObject({ x: z.number(), y: z.number() }).optional()

export const journeyTrigger = z.union([
  z.strictObject({ kind: z.literal('event'), event: z.string().max(80), where: z.array(propertyFilter).max(20).optional() }),
  z.strictObject({ kind: z.literal('segment_entered'), segment_id: z.number().int().nullable() }),
  z.strictObject({ kind: z.literal('form'), form_id: z.number().int().nullable().describe('null: any form; starts when the subscription is confirmed, or at once for a form without double opt-in') }),
  z.strictObject({ kind: z.literal('manual') }),
])

export const journeyStep = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mail'), template_id: z.number().int().nullable(), topic_id: z.number().int().nullable().describe('whose consent a marketing mail needs; null: of any topic'), next, position }),
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
  steps: z.record(stepKey, journeyStep).refine(steps => Object.keys(steps).length <= 500, 'at most 500 steps'),
})
export type JourneyGraph = z.infer<typeof journeyGraph>
export type JourneyTrigger = z.infer<typeof journeyTrigger>

// ── the wire ─────────────────────────────────────────────────────────────────────────────────────────

export const journeyBody = z.strictObject({
  name: z.string().trim().min(1).max(200),
  description: z.string().max(4000).default(''),
  draft: journeyGraph.optional().describe('left out: an empty journey started by hand'),
})
export const journeyUpdate = z.strictObject({
  revision: z.number().int(),
  name: z.string().trim().min(1).max(200).optional(),
  description: z.string().max(4000).optional(),
  draft: journeyGraph.optional(),
})
export const journeyActivation = z.strictObject({
  revision: z.number().int().optional().describe('the revision you saw: refused with 409 when somebody changed the draft since'),
})

export const journeyProblem = z.object({
  code: z.string(), step: z.string().nullable(), field: z.string(), blocking: z.boolean(), message: z.string(),
})

const journeyState = z.enum(['draft', 'active', 'paused'])
export const journeyRow = z.object({
  id: z.number(), name: z.string(), description: z.string(), state: journeyState,
  trigger: journeyTrigger,
  steps: z.number().describe('of the draft'),
  version: z.number().nullable().describe('number of the published version'),
  has_unpublished_changes: z.boolean(),
  here_now: z.number(), entered: z.number(),
  mails_sent: z.number(), revenue: z.number().describe('major units of the company currency'), currency: z.string(),
  updated_at: z.string(),
})
export type JourneyRow = z.infer<typeof journeyRow>

export const journeyView = z.object({
  id: z.number(), name: z.string(), description: z.string(), state: journeyState, revision: z.number(),
  draft: journeyGraph,
  problems: z.array(journeyProblem).describe('of the draft'),
  version: z.object({ id: z.number(), number: z.number(), published_at: z.string(), published_by: z.string().nullable(), graph: journeyGraph }).nullable(),
  has_unpublished_changes: z.boolean(),
  on_older_versions: z.number().describe('people still on their way through an older version; they go on to its end'),
  example: z.boolean(),
  created_at: z.string(), updated_at: z.string(),
})
export type JourneyView = z.infer<typeof journeyView>

/** What a number in the report counts; with a step, at that step. */
export const journeyCounts = ['entered', 'here', 'passed', 'done', 'left', 'failed', 'sent', 'skipped', 'opened', 'clicked', 'unsubscribed', 'bounced', 'orders'] as const
export const journeyCount = z.enum(journeyCounts)
export type JourneyCount = z.infer<typeof journeyCount>

const mailNumbers = z.object({
  queued: z.number(), sent: z.number(), skipped: z.number(), bounced: z.number(),
  opened: z.number().describe('by people'), machine_opened: z.number().describe('people or machines'),
  clicked: z.number().describe('by people'), unsubscribed: z.number(),
  orders: z.number().describe('people who ordered'), revenue: z.number(),
})
export const journeyReport = z.object({
  currency: z.string(),
  totals: z.object({ entered: z.number(), here: z.number(), done: z.number(), left: z.number(), failed: z.number() }).extend(mailNumbers.shape),
  steps: z.record(z.string(), z.object({
    here: z.number(), passed: z.number(), failed: z.number(),
    outcomes: z.record(z.string(), z.number()).describe('next, yes, no, happened, timeout …'),
    mails: mailNumbers.nullable(),
  })),
})
export type JourneyReport = z.infer<typeof journeyReport>

export const journeyPeopleQuery = z.object({
  step: z.string().max(60).optional(),
  what: journeyCount.default('entered'),
  outcome: z.string().max(40).optional().describe('with passed: only those who left the step this way'),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const journeyPerson = z.object({
  contact_id: z.number(), enrolment_id: z.number(), name: z.string().nullable(), email: z.string().nullable(),
  at: z.string().nullable(), note: z.string().describe('the reason or outcome, where there is one'),
})
export type JourneyPerson = z.infer<typeof journeyPerson>

export const enrolmentsBody = z.strictObject({
  contacts: z.array(z.union([z.number().int().positive(), contactReference])).min(1).max(1000),
  key: z.string().max(200).optional().describe('yours; the same key again enrols nobody twice'),
})
export const segmentEnrolmentsBody = z.strictObject({ segment_id: z.number().int().positive() })

export const enrolmentOutcome = z.object({
  contact_id: z.number().nullable(),
  outcome: z.enum(['enrolled', 'already_was_in', 'still_in', 'does_not_meet_entry_condition', 'not_found', 'same_key']),
})

export const testRunBody = z.strictObject({
  contact_id: z.number().int().positive(),
  wait_seconds: z.number().int().min(1).max(86_400).default(5),
})

/** One person's way through a journey. */
export const enrolmentView = z.object({
  id: z.number(), contact_id: z.number(), journey_id: z.number(), journey_name: z.string(), version: z.number(),
  state: z.enum(['active', 'waiting', 'done', 'left', 'failed']), state_reason: z.string(),
  because: z.string().describe('what enrolled them: event:12, segment:3, manual, test'),
  step: z.string(), wake_at: z.string().nullable(), waits_for: z.string().nullable(),
  test: z.boolean(), entered_at: z.string(), arrived_at: z.string(), ended_at: z.string().nullable(),
  steps: z.array(z.object({
    step: z.string(), visit: z.number(), outcome: z.string(), reason: z.string(), arrived_at: z.string(), left_at: z.string(),
    mail: z.object({ message_id: z.number(), state: z.string(), reason: z.string().nullable(), sent_at: z.string().nullable(), opened_at: z.string().nullable(), clicked_at: z.string().nullable() }).nullable(),
  })),
  graph: journeyGraph.describe('the version they go through'),
})
export type EnrolmentView = z.infer<typeof enrolmentView>
