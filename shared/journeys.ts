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
/** 24 hours, as `09:30`. */
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day looks like 09:30')
const calendarDay = z.iso.date()
/** The contact's manager, or one user. */
const userChoice = z.union([z.literal('owner'), z.number().int()])
/** The end of an answer or outlet name of a split: small Latin letters, digits and _. */
const wayKey = stepKey
/** Who of several people gets something. */
export const assignmentRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), user: z.number().int().nullable() }),
  z.strictObject({ kind: z.literal('round_robin'), users: z.array(z.number().int()).max(200).describe('in turn') }),
  z.strictObject({ kind: z.literal('rules') }).describe('as the routing rules of leads say: about the contact and its latest open lead'),
  z.strictObject({ kind: z.literal('least_busy'), users: z.array(z.number().int()).max(200).describe('who has the fewest open leads and deals') }),
])
export type AssignmentRule = z.infer<typeof assignmentRule>

export const journeyTrigger = z.union([
  z.strictObject({ kind: z.literal('event'), event: z.string().max(80), where: z.array(propertyFilter).max(20).optional() }),
  z.strictObject({ kind: z.literal('segment_entered'), segment_id: z.number().int().nullable(), take_members: z.boolean().optional().describe('who is inside already when the journey is activated enters too') }),
  z.strictObject({ kind: z.literal('segment_left'), segment_id: z.number().int().nullable() }),
  z.strictObject({ kind: z.literal('form'), form_id: z.number().int().nullable().describe('null: any form; starts when the subscription is confirmed, or at once for a form without double opt-in') }),
  z.strictObject({
    kind: z.literal('date'), field: z.string().max(80).describe('a date of the card, built in or custom'),
    offset_days: z.number().int().min(-365).max(365).describe('negative: before the date'), at: timeOfDay.describe("in the contact's time zone; a time a jump of the clock leaves out means the first moment after it"),
    repeat: z.enum(['once', 'yearly']).describe('yearly: each anniversary; 29 February is kept on the 28th in other years'),
  }),
  z.strictObject({ kind: z.literal('manual').describe('by hand, by the API, or started by another journey') }),
])

/** Fields every step may have beside its own. */
const common = { position, name: z.string().max(120).optional().describe('shown instead of the kind'), note: z.string().max(2000).optional().describe('a comment for colleagues') }
/** Where those go whose step fails; left out: they stop there as failed, to be looked at and retried; null: the journey ends for them. */
const failing = { next_failed: next.optional() }

export const journeyStep = z.discriminatedUnion('kind', [
  // mail and time
  z.strictObject({ kind: z.literal('mail'), template_id: z.number().int().nullable(), topic_id: z.number().int().nullable().describe('whose consent a marketing mail needs; null: of any topic'), next, ...common }),
  z.strictObject({ kind: z.literal('wait'), duration, next, ...common }),
  z.strictObject({
    kind: z.literal('wait_until'),
    until: z.union([
      z.strictObject({ date: calendarDay, at: timeOfDay }),
      z.strictObject({ weekdays: z.array(z.number().int().min(1).max(7)).max(7).describe('1 Monday … 7 Sunday; the next of them at that time'), at: timeOfDay }),
      z.strictObject({ field: z.string().max(80).describe('a date of the card'), offset_days: z.number().int().min(-365).max(365), at: timeOfDay, yearly: z.boolean().optional() }),
    ]).describe("on the calendar of the contact's time zone"),
    next, next_past: next.optional().describe('when that moment is over already or the card has no such date; left out: goes on at once'), ...common,
  }),
  z.strictObject({ kind: z.literal('wait_for_event'), event: z.string().max(80), where: z.array(propertyFilter).max(20).optional(), mail_step: z.string().max(60).nullable().describe('only the reaction to this mail'), timeout: duration, next, next_timeout: next, ...common }),
  z.strictObject({ kind: z.literal('wait_for_condition'), condition, timeout: duration, next, next_timeout: next, ...common }),
  // ways
  z.strictObject({ kind: z.literal('condition'), condition, next_yes: next, next_no: next, ...common }),
  z.strictObject({ kind: z.literal('split_by_value'), field: z.string().max(80), cases: z.array(z.strictObject({ key: wayKey, values: z.array(z.union([z.string().max(2000), z.number(), z.boolean()])).max(200), next })).max(20), next_else: next, ...common }),
  z.strictObject({
    kind: z.literal('split_random'), ways: z.array(z.strictObject({ key: wayKey, name: z.string().max(120), weight: z.number().min(0).max(1000), next })).max(10),
    winner: z.strictObject({ measure: z.enum(['opened', 'clicked', 'ordered', 'revenue', 'goal']), after_people: z.number().int().min(2).max(10_000_000), after: duration.describe('and when the last of them had this long to react') }).nullable().describe('from then on everyone goes the way that did best; null: the weights stay'),
    ...common,
  }),
  z.strictObject({ kind: z.literal('hold_out'), percent: z.number().min(0).max(100).describe('this share is kept back to compare with'), next, next_held: next, ...common }),
  z.strictObject({ kind: z.literal('go_to'), to: next, most_times: z.number().int().min(1).max(1000).nullable().describe('how often one person may go this way; then the next step'), next, ...common }),
  z.strictObject({ kind: z.literal('start_journey'), journey_id: z.number().int().nullable(), next, ...common }),
  z.strictObject({ kind: z.literal('leave_journey'), journey_id: z.number().int().nullable(), next, ...common }),
  // the card
  z.strictObject({ kind: z.literal('add_tag'), tag_id: z.number().int().nullable(), next, ...common }),
  z.strictObject({ kind: z.literal('remove_tag'), tag_id: z.number().int().nullable(), next, ...common }),
  z.strictObject({ kind: z.literal('set_field'), field: z.string().max(80), value: z.union([z.string().max(2000), z.number(), z.boolean(), z.null()]), next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('compute_field'), field: z.string().max(80), operation: z.enum(['add', 'subtract', 'multiply', 'today', 'copy']), amount: z.number().optional().describe('of add, subtract, multiply; an unknown value counts as 0; of today: days to add'), from_field: z.string().max(80).optional().describe('of copy'), next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('change_topic'), topic_id: z.number().int().nullable(), action: z.enum(['grant', 'withdraw']), wording: z.string().max(1000).describe('of a grant: what the person agreed to and where; kept as the proof'), next, ...common }),
  z.strictObject({ kind: z.literal('change_segment'), segment_id: z.number().int().nullable().describe('a static one'), action: z.enum(['add', 'remove']), next, ...common }),
  // sales
  z.strictObject({ kind: z.literal('create_deal'), pipeline_id: z.number().int().nullable(), stage_id: z.number().int().nullable(), title: z.string().max(300).describe('may hold personal fields: {{ contact.first_name }}'), amount: z.number().min(0).nullable(), owner: userChoice, next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('move_deal'), pipeline_id: z.number().int().nullable(), stage_id: z.number().int().nullable().describe('the latest open deal of the pipeline; nobody with one: the step fails'), next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('create_lead'), label: z.string().max(200), next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('assign_manager'), rule: assignmentRule, replace: z.boolean().describe('also when the contact has a manager already'), next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('create_task'), title: z.string().max(300), due_in: duration.nullable(), assignee: userChoice, next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('notify_user'), user: userChoice, text: z.string().max(500), next, ...common }),
  // beyond
  z.strictObject({
    kind: z.literal('call_webhook'), url: z.string().max(2000), body: z.string().max(20_000).describe('Liquid that gives JSON; empty: the card and the enrolment'),
    save: z.array(z.strictObject({ path: z.string().max(200).describe('in the answer, a.b.0.c'), field: z.string().max(80) })).max(20), next, ...failing, ...common,
  }),
  z.strictObject({ kind: z.literal('give_coupon'), pool_id: z.number().int().nullable(), next, ...failing, ...common }),
  z.strictObject({ kind: z.literal('end'), ...common }),
])
export type JourneyStep = z.infer<typeof journeyStep>

export const journeyGraph = z.strictObject({
  format: z.literal(1),
  trigger: journeyTrigger,
  /** who may enter, beside the trigger */
  entry_condition: condition.nullable(),
  /** once: a person goes through once in their life; again: after having ended; always: even beside a running one */
  reentry: z.enum(['once', 'again', 'always']),
  /** with again: not sooner than this after the last time ended */
  reentry_after: duration.nullable().optional(),
  /** no more people than this enter */
  entry_limit: z.strictObject({ people: z.number().int().min(1).max(100_000_000), per: z.enum(['hour', 'day', 'ever']) }).nullable().optional(),
  /** whoever meets this leaves, wherever they are */
  exit_condition: condition.nullable().optional(),
  /** reached from anywhere: ends the journey (to: null) or jumps to a step */
  goals: z.array(z.strictObject({ key: stepKey, name: z.string().trim().min(1).max(120), condition, to: next })).max(10).optional(),
  first: next,
  /** pieces of paper on the canvas: nothing but text for colleagues, and where it lies */
  notes: z.array(z.strictObject({ key: stepKey, text: z.string().max(2000), position: z.strictObject({ x: z.number(), y: z.number() }) })).max(100).optional(),
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
  counted_at: z.string().nullable().describe('when these numbers were counted, of a journey that many people went through; null: just now'),
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
  intake: z.object({ people: z.number(), looked_at: z.number(), enrolled: z.number(), finished: z.boolean() }).nullable().describe('everybody of a segment let in, the last time: how far it has come'),
  dates_missed: z.number().describe('people whose date came while the journey could not let them in, more than a day before it could again'),
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
  counted_at: z.string().nullable().describe('when this was counted: a journey that many people went through is counted anew in the background while somebody looks; null: just now'),
  totals: z.object({ entered: z.number(), here: z.number(), done: z.number(), left: z.number(), failed: z.number() }).extend(mailNumbers.shape),
  steps: z.record(z.string(), z.object({
    here: z.number(), passed: z.number(), failed: z.number(),
    left: z.number().describe('taken out or ended here without going on'),
    outcomes: z.record(z.string(), z.number()).describe('next, yes, no, happened, timeout …'),
    mails: mailNumbers.nullable(),
  })),
})
export type JourneyReport = z.infer<typeof journeyReport>

export const journeyPeopleQuery = z.object({
  step: z.string().max(60).optional(),
  what: journeyCount.default('entered'),
  outcome: z.string().max(80).optional().describe('with passed: only those who left the step this way'),
  reason: z.string().max(400).optional().describe('with failed and left: only those with this reason'),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const journeyPerson = z.object({
  contact_id: z.number(), enrolment_id: z.number(), name: z.string().nullable(), email: z.string().nullable(),
  at: z.string().nullable(), note: z.string().describe('the reason or outcome, where there is one'),
})
export type JourneyPerson = z.infer<typeof journeyPerson>

export const splitWinner = z.object({
  step: z.string(), way: z.string().describe('the way that did best, everyone\'s from then on'), measure: z.string().describe('opened, clicked, ordered, revenue, goal'), decided_at: z.string(),
  ways: z.array(z.object({ way: z.string(), people: z.number(), value: z.number().describe('people who did it; of revenue the money, major units') })).describe('of the first people who went through'),
})
export type SplitWinner = z.infer<typeof splitWinner>

export const enrolmentsBody = z.strictObject({
  contacts: z.array(z.union([z.number().int().positive(), contactReference])).min(1).max(1000),
  key: z.string().max(200).optional().describe('yours; the same key again enrols nobody twice'),
})
export const segmentEnrolmentsBody = z.strictObject({ segment_id: z.number().int().positive() })

export const enrolmentOutcome = z.object({
  contact_id: z.number().nullable(),
  outcome: z.enum(['enrolled', 'already_was_in', 'still_in', 'too_soon_again', 'does_not_meet_entry_condition', 'entry_limit_reached', 'not_found', 'same_key']),
})

export const retrialsBody = z.strictObject({ step: z.string().max(60).optional(), reason: z.string().max(400).optional() })
export const journeyFailure = z.object({ step: z.string(), reason: z.string(), people: z.number() })
export type JourneyFailure = z.infer<typeof journeyFailure>

export const testRunBody = z.strictObject({
  contact_ids: z.array(z.number().int().positive()).min(1).max(20),
  wait_seconds: z.number().int().min(1).max(86_400).default(5).describe('every wait is cut to this'),
  mails_to: z.email().max(320).optional().describe('where the mails go instead of to the contacts; left out: to you'),
  acts: z.boolean().default(false).describe('really change cards, deals and other systems; false: only say what would be done'),
})
export const testRunView = z.object({ mails_to: z.string(), runs: z.array(z.object({ contact_id: z.number(), enrolment_id: z.number() })) })

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
