import { z } from 'zod'
import { condition } from './conditions.ts'
import { contactReference } from './events.ts'
import type { Condition, ConditionLeaf } from './conditions.ts'

export const segmentState = z.enum(['computing', 'live', 'failed'])

/** live: its condition says who belongs to it, always; static: people are put in and taken out by hand, an import, a journey or the API. */
export const segmentKind = z.enum(['live', 'static'])
export type SegmentKind = z.infer<typeof segmentKind>

export const segmentListRow = z.object({
  id: z.number().int(),
  kind: segmentKind,
  name: z.string(),
  description: z.string(),
  state: segmentState.describe('computing: members are being found for the first time or after a change; live: kept up to date by itself'),
  error: z.string().nullable(),
  members_count: z.number().int().describe('refreshed every few seconds'),
  computed_percent: z.number().int().describe('how far the computing is; 100 when live'),
  clock_lag_seconds: z.number().describe('how long ago the passing of time was last followed; 0 when nothing depends on it'),
  depends_on: z.array(z.string()),
  used_by_count: z.number().int(),
  example_key: z.string().nullable(),
  never_matched: z.boolean().describe('live, and there are people enough, but as far as is known nobody has ever been in it'),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).describe('what the condition names and is no longer there; looked at every minute'),
  archived_at: z.iso.datetime().nullable(),
  updated_at: z.iso.datetime(),
})
export type SegmentListRow = z.infer<typeof segmentListRow>

export const segmentListQuery = z.object({
  search: z.string().max(200).default(''),
  kind: segmentKind.optional(),
  state: z.enum(['live', 'computing', 'broken', 'empty', 'unused', 'archived']).optional().describe('broken: failed, or its condition names what is gone; empty: nobody is in it; unused: nothing is built on it; left out: all but archived ones'),
  sort: z.enum(['name', '-name', 'members', '-members', 'updated', '-updated']).default('name'),
})

export const segmentUse = z.object({ kind: z.enum(['segment', 'journey', 'campaign', 'form', 'import', 'template']), id: z.number().int(), name: z.string() })
export type SegmentUse = z.infer<typeof segmentUse>

export const segmentDetail = segmentListRow.extend({
  condition: condition.describe('of a static segment: nobody, {any: []}'),
  made_from: condition.nullable().describe('of a static segment: who was put in at the start'),
  revision: z.number().int(),
  used_by: z.array(segmentUse),
  members_seen: z.number().int().optional().describe('of a role that sees a part of the contacts: how many members those are'),
  created_at: z.iso.datetime(),
})
export type SegmentDetail = z.infer<typeof segmentDetail>

export const segmentDays = z.object({
  data: z.array(z.object({
    day: z.iso.date(),
    members: z.number().int().describe('at the end of the day; of today: now'),
    entered: z.number().int(),
    left: z.number().int(),
  })),
})
export type SegmentDays = z.infer<typeof segmentDays>

export const segmentMovesQuery = z.object({
  what: z.enum(['entered', 'left']).optional(),
  day: z.iso.date().optional().describe("only of this day of the company's calendar"),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const segmentMove = z.object({
  id: z.number().int(),
  contact_id: z.number().int(), name: z.string(), email: z.string().nullable(),
  what: z.enum(['entered', 'left']), at: z.iso.datetime(),
  because: z.array(z.string()),
  cause: z.object({ type: z.string(), occurred_at: z.iso.datetime(), amount: z.number().nullable().describe('major units'), currency: z.string().nullable() }).nullable(),
})
export type SegmentMove = z.infer<typeof segmentMove>
export const segmentMoves = z.object({ data: z.array(segmentMove), next_cursor: z.string().nullable() })

export const segmentOverlaps = z.object({
  members: z.number().int(),
  exact: z.boolean().describe('false: projected from a part of the segment'),
  data: z.array(z.object({
    id: z.number().int(), name: z.string(), kind: segmentKind, members: z.number().int(),
    both: z.number().int().describe('people in both'),
    share_of_this: z.number().describe('0 … 1'), share_of_other: z.number(),
  })),
})
export type SegmentOverlaps = z.infer<typeof segmentOverlaps>

export const segmentLag = z.object({
  changes_seconds: z.number().describe('how long the oldest event not processed yet has been waiting; 0: none waits'),
  changes_waiting: z.number().int().describe('events not processed yet, counted up to 100,000'),
  clock_seconds: z.number().describe('how long ago the passing of time was last followed, for the segment furthest behind'),
  computing: z.number().int(), failed: z.number().int(),
})
export type SegmentLag = z.infer<typeof segmentLag>

const staticOutcome = z.enum(['added', 'already_in', 'removed', 'was_not_in', 'not_found'])
export type StaticOutcome = z.infer<typeof staticOutcome>
export const staticMembersBody = z.strictObject({ contacts: z.array(z.union([z.number().int().positive(), contactReference])).min(1).max(1000) })
export const staticMembersResult = z.object({ data: z.array(z.object({ contact_id: z.number().int().nullable(), outcome: staticOutcome })) })

export const segmentName = z.string().trim().min(1, 'give the segment a name').max(200)

export const segmentMember = z.object({
  id: z.number().int(),
  name: z.string(),
  email: z.string().nullable(),
  city: z.string().nullable(),
  orders_count: z.number().int(),
  revenue: z.number().describe("major units of the company's currency"),
  currency: z.string(),
  last_event_at: z.iso.datetime().nullable(),
  entered_at: z.iso.datetime(),
})
export type SegmentMember = z.infer<typeof segmentMember>

export const previewContact = z.object({ id: z.number().int(), name: z.string(), email: z.string().nullable() })

export const conditionPreview = z.object({
  count: z.number().int().describe('people the condition is true of now'),
  exact: z.boolean().describe('false: counted on a random part of the base, since an exact count would have taken too long'),
  total: z.number().int().describe('people in the base'),
  sample: z.array(previewContact).max(10),
  steps: z.array(z.object({ path: z.string(), count: z.number().int() }))
    .describe('by place (condition.all[1]): how many are left after that part of a group `all` or `not any`, how many that part of a group `any` or `not all` adds to the ones before it'),
  steps_exact: z.boolean(),
  took_ms: z.number().int(),
})
export type ConditionPreview = z.infer<typeof conditionPreview>

export const conditionExplanation = z.object({
  contact: previewContact,
  holds: z.boolean(),
  tree: z.lazy(() => explanationNode),
})
export type ConditionExplanation = z.infer<typeof conditionExplanation>

/** What is the case for one contact at a leaf. Money in major units of the company's currency; times ISO 8601. */
export type LeafActual =
  | { kind: 'field', value: string | number | boolean | string[] | null }
  /** what fits the leaf, whatever its count asks: `days` with `by_day`, `measured` with `measure` (null: nothing to measure) */
  | { kind: 'events', count: number, last_at: string | null, days?: number | undefined, measured?: number | null | undefined }
  /** the records that fit, at most three of them, the newest first */
  | { kind: 'records', count: number, measured?: number | null | undefined, latest: RecordFound[] }
  /** the mails that fit, and the newest of them */
  | { kind: 'mails', count: number, last_at: string | null, message_id: number | null }
  /** of the pool asked about, at most three, the newest first */
  | { kind: 'coupons', coupons: { code: string, given_at: string, valid_until: string | null, redeemed_at: string | null }[] }
  /** mails of the topic */
  | { kind: 'topic_reaction', sent: number, opened: number, clicked: number }
  /** at most three ways through the journey, the newest first */
  | { kind: 'journey', enrolments: { id: number, state: string, state_reason: string, step: string, entered_at: string, arrived_at: string, ended_at: string | null }[] }
  | { kind: 'consent', topics: { topic_id: number, status: string, since: string }[] }
  | { kind: 'tag', has: boolean, since: string | null }
  | { kind: 'segment', in: boolean, since: string | null }
  | { kind: 'mail', sent_at: string | null, opened_at: string | null, clicked_at: string | null, orders: number }

/** A lead, deal or order: `label` is where the lead came from, the title of the deal, the number of the order. */
export type RecordFound = { id: number, label: string, status: string, amount: number | null, currency: string | null, at: string }

/** A condition with its truth for one contact at every node. */
export type ExplanationNode =
  | { kind: 'all' | 'any' | 'not', holds: boolean, parts: ExplanationNode[] }
  | {
    kind: 'leaf', holds: boolean, leaf: ConditionLeaf, actual: LeafActual,
    /** when the leaf changes by itself, if nothing else happens; null: it does not, or that is not foreseen */
    changes_at: string | null,
  }

const leafActual: z.ZodType<LeafActual> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('field'), value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable() }),
  z.object({ kind: z.literal('events'), count: z.number().int(), last_at: z.string().nullable(), days: z.number().int().optional(), measured: z.number().nullable().optional() }),
  z.object({
    kind: z.literal('records'), count: z.number().int(), measured: z.number().nullable().optional(),
    latest: z.array(z.object({ id: z.number().int(), label: z.string(), status: z.string(), amount: z.number().nullable(), currency: z.string().nullable(), at: z.string() })),
  }),
  z.object({ kind: z.literal('mails'), count: z.number().int(), last_at: z.string().nullable(), message_id: z.number().int().nullable() }),
  z.object({ kind: z.literal('coupons'), coupons: z.array(z.object({ code: z.string(), given_at: z.string(), valid_until: z.string().nullable(), redeemed_at: z.string().nullable() })) }),
  z.object({ kind: z.literal('topic_reaction'), sent: z.number().int(), opened: z.number().int(), clicked: z.number().int() }),
  z.object({
    kind: z.literal('journey'),
    enrolments: z.array(z.object({ id: z.number().int(), state: z.string(), state_reason: z.string(), step: z.string(), entered_at: z.string(), arrived_at: z.string(), ended_at: z.string().nullable() })),
  }),
  z.object({ kind: z.literal('consent'), topics: z.array(z.object({ topic_id: z.number().int(), status: z.string(), since: z.string() })) }),
  z.object({ kind: z.literal('tag'), has: z.boolean(), since: z.string().nullable() }),
  z.object({ kind: z.literal('segment'), in: z.boolean(), since: z.string().nullable() }),
  z.object({ kind: z.literal('mail'), sent_at: z.string().nullable(), opened_at: z.string().nullable(), clicked_at: z.string().nullable(), orders: z.number().int() }),
])
export const explanationNode: z.ZodType<ExplanationNode> = z.lazy(() => z.union([
  z.object({ kind: z.enum(['all', 'any', 'not']), holds: z.boolean(), parts: z.array(explanationNode) }),
  z.object({ kind: z.literal('leaf'), holds: z.boolean(), leaf: condition as z.ZodType<ConditionLeaf>, actual: leafActual, changes_at: z.string().nullable() }),
])).meta({ id: 'ExplanationNode' })

export const segmentExplanation = z.object({
  contact: z.object({ id: z.number().int(), name: z.string(), email: z.string().nullable() }),
  is_member: z.boolean().describe('as stored'),
  entered_at: z.iso.datetime().nullable(),
  holds: z.boolean().describe('as asked now; differs from is_member only while the segment is computing'),
  tree: explanationNode,
  history: z.array(z.object({ what: z.enum(['entered', 'left']), at: z.iso.datetime(), because: z.array(z.string()) }))
    .describe('the last entries and exits: `because` names what had changed (field:city, event:order.placed, clock …)'),
})
export type SegmentExplanation = z.infer<typeof segmentExplanation>

const named = z.array(z.object({ id: z.number().int(), name: z.string() }))

/** Names a person reads beside the numbers and keys in a condition, and what can be chosen for them. */
export const conditionVocabulary = z.object({
  currency: z.string(),
  custom_fields: z.array(z.object({ key: z.string(), label: z.string(), kind: z.string(), options: z.array(z.object({ value: z.string(), label: z.string() })) })),
  tags: named,
  topics: z.array(z.object({ id: z.number().int(), name_en: z.string(), name_ru: z.string() })),
  segments: named,
  users: named,
  campaigns: named.describe('the newest 500'),
  journeys: z.array(z.object({
    id: z.number().int(), name: z.string(),
    steps: z.array(z.object({ key: z.string(), kind: z.string(), name: z.string().nullable().describe('given by a person, or the name of the mail') })).describe('of the draft and of the published version'),
  })),
  templates: named,
  forms: named,
  coupon_pools: named,
  pipelines: z.array(z.object({ id: z.number().int(), name: z.string(), stages: named })),
  lead_sources: z.array(z.object({ value: z.string(), label: z.string() })).describe('of the newest leads'),
  events: z.array(z.object({ type: z.string(), properties: z.array(z.string()), values: z.record(z.string(), z.array(z.string())).describe('texts seen lately, by property; the most frequent first') }))
    .describe('types and property names seen lately, and the known ones'),
  item_values: z.record(z.string(), z.array(z.string())).describe('sku, name and category of the products known'),
  field_values: z.record(z.string(), z.array(z.string())).describe('texts seen lately in fields of the card'),
})
export type ConditionVocabulary = z.infer<typeof conditionVocabulary>

export type { Condition }
