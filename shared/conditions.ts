import { z } from 'zod'

/**
 * The one condition language (segments, journey conditions, filters of lists; later scoring, routing, dynamic blocks).
 * A tree: groups (`all`, `any`, `not`) of leaves. Compiled to SQL over a set of contacts by server/conditions.
 *
 * A leaf is about
 *  - a card field or computed feature: {field, operator, value}
 *  - past events:     {event, count, window, where, not_followed_by}
 *  - a topic's consent: {consent, topic}
 *  - a tag:           {tag, has}
 *  - a segment:       {segment, in}
 *  - a mail of this journey (in journey conditions only): {mail_step, reaction}
 */

/** Card fields and computed features, by the kind of their value. Custom fields are `fields.<key>`. Money is in major units on the wire. */
export const conditionFields = {
  email: 'text', phone: 'text', external_id: 'text', first_name: 'text', last_name: 'text', company: 'text',
  locale: 'text', time_zone: 'text', city: 'text', source: 'text', owner_id: 'user',
  created_at: 'date',
  orders_count: 'number', revenue: 'money', average_order: 'money',
  first_order_at: 'date', last_order_at: 'date',
  mails_sent: 'number', last_mail_at: 'date',
  opens: 'number', clicks: 'number', last_open_at: 'date', last_click_at: 'date', last_visit_at: 'date',
  subscribed_at: 'date', unsubscribed_at: 'date', bounced_at: 'date', complained_at: 'date', last_event_at: 'date',
} as const
export type ConditionFieldKind = 'text' | 'number' | 'money' | 'date' | 'boolean' | 'choice' | 'multi_choice' | 'link' | 'user'

/** Lengths of time are counted as exact multiples: a day is 24 hours. */
export const duration = z.strictObject({
  amount: z.number().int().min(0).max(100_000),
  unit: z.enum(['minutes', 'hours', 'days', 'weeks', 'months']).describe('a month is 30 days here, so that every edge is exact'),
})
export type Duration = z.infer<typeof duration>
export const unitMilliseconds = { minutes: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 604_800_000, months: 2_592_000_000 } as const
export const durationMilliseconds = (d: Duration): number => d.amount * unitMilliseconds[d.unit]

export const fieldOperators = {
  text: ['is', 'is_not', 'contains', 'does_not_contain', 'starts_with', 'one_of', 'known', 'unknown'],
  link: ['is', 'contains', 'known', 'unknown'],
  choice: ['is', 'is_not', 'one_of', 'known', 'unknown'],
  multi_choice: ['contains', 'does_not_contain', 'known', 'unknown'],
  user: ['is', 'is_not', 'known', 'unknown'],
  boolean: ['is', 'known', 'unknown'],
  number: ['is', 'is_not', 'at_least', 'at_most', 'more_than', 'less_than', 'between', 'known', 'unknown'],
  money: ['is', 'is_not', 'at_least', 'at_most', 'more_than', 'less_than', 'between', 'known', 'unknown'],
  // in_last {duration}: within the last N. more_than_ago {duration}: known and older than N. not_in_last: older than N or unknown.
  date: ['in_last', 'more_than_ago', 'not_in_last', 'in_next', 'before', 'after', 'between', 'known', 'unknown'],
} as const

const scalar = z.union([z.string().max(2000), z.number().finite(), z.boolean()])

export const fieldLeaf = z.strictObject({
  field: z.string().max(80),
  operator: z.string().max(30),
  /** by operator: a scalar; `one_of`: array; `between`: [from, to]; relative dates: a Duration; known / unknown: none */
  value: z.union([scalar, z.array(scalar).max(10_000), duration]).optional(),
})

export const propertyFilter = z.strictObject({
  /** a top-level property; `items.category`, `items.sku`, `items.price` look inside order lines (any line) */
  property: z.string().min(1).max(200),
  operator: z.enum(['is', 'is_not', 'contains', 'one_of', 'known', 'unknown', 'at_least', 'at_most', 'more_than', 'less_than']),
  value: z.union([scalar, z.array(scalar).max(1000)]).optional(),
})

export const eventWindow = z.union([
  z.strictObject({ last: duration }),
  z.strictObject({ from: z.iso.datetime({ offset: true }).optional(), to: z.iso.datetime({ offset: true }).optional() }),
  /** within N after a date field of the card, e.g. 7 days after subscribed_at */
  z.strictObject({ within: duration, after_field: z.string().max(80) }),
])

export const eventLeaf = z.strictObject({
  event: z.string().max(80),
  /** default: at least once. `none` is {exactly: 0}. */
  count: z.union([
    z.strictObject({ at_least: z.number().int().min(1).max(1_000_000) }),
    z.strictObject({ at_most: z.number().int().min(0).max(1_000_000) }),
    z.strictObject({ exactly: z.number().int().min(0).max(1_000_000) }),
  ]).optional(),
  window: eventWindow.optional(),
  where: z.array(propertyFilter).max(20).optional(),
  /** machine opens and clicks do not count unless asked for */
  include_machines: z.boolean().optional(),
  /** counts only events after which no `event` came with the same value of `same_property` (e.g. a clicked coupon never used) */
  not_followed_by: z.strictObject({ event: z.string().max(80), same_property: z.string().max(200).optional() }).optional(),
})

export const consentLeaf = z.strictObject({ consent: z.enum(['granted', 'requested', 'withdrawn', 'none']), topic: z.number().int().nullable().describe('null: any topic') })
export const tagLeaf = z.strictObject({ tag: z.number().int(), has: z.boolean() })
export const segmentLeaf = z.strictObject({ segment: z.number().int(), in: z.boolean() })
export const mailLeaf = z.strictObject({ mail_step: z.string().max(60), reaction: z.enum(['sent', 'opened', 'clicked', 'ordered']), happened: z.boolean() })

export type FieldLeaf = z.infer<typeof fieldLeaf>
export type EventLeaf = z.infer<typeof eventLeaf>
export type ConsentLeaf = z.infer<typeof consentLeaf>
export type TagLeaf = z.infer<typeof tagLeaf>
export type SegmentLeaf = z.infer<typeof segmentLeaf>
export type MailLeaf = z.infer<typeof mailLeaf>
export type PropertyFilter = z.infer<typeof propertyFilter>
export type ConditionLeaf = FieldLeaf | EventLeaf | ConsentLeaf | TagLeaf | SegmentLeaf | MailLeaf
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | ConditionLeaf

/** Depth ≤ 10 and ≤ 200 leaves, checked by server/conditions. An empty `all` is everyone, an empty `any` nobody. */
export const condition: z.ZodType<Condition> = z.lazy(() => z.union([
  z.strictObject({ all: z.array(condition).max(100) }),
  z.strictObject({ any: z.array(condition).max(100) }),
  z.strictObject({ not: condition }),
  fieldLeaf, eventLeaf, consentLeaf, tagLeaf, segmentLeaf, mailLeaf,
])).meta({ id: 'Condition' })
