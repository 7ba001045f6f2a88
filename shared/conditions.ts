import { z } from 'zod'

/**
 * The one condition language (segments, journey conditions, filters of lists; later scoring, routing, dynamic blocks).
 * A tree: groups (`all`, `any`, `not`) of leaves. Compiled to SQL over a set of contacts by server/conditions.
 *
 * A leaf is about
 *  - a card field or computed feature: {field, operator, value}
 *  - past events:     {event, count | measure, window, where, where_item, not_followed_by}
 *  - records of the contact: {related: 'lead' | 'deal' | 'order', count | measure, where}
 *  - mails:           {mail, of, happened, link, window}
 *  - coupons:         {coupon, pool, happened}
 *  - reaction to a topic: {topic_reaction, measure, operator, value}
 *  - a topic's consent: {consent, topic, since}
 *  - a tag:           {tag, has, since}
 *  - a segment:       {segment, in, since}
 *  - a journey:       {journey, state, happened, since}
 *  - a mail of this journey (in journey conditions only): {mail_step, reaction}
 */

/** Card fields and computed features, by the kind of their value. Custom fields are `fields.<key>`. Money is in major units on the wire. */
export const conditionFields = {
  email: 'text', phone: 'text', external_id: 'text', first_name: 'text', last_name: 'text', company: 'text',
  locale: 'text', time_zone: 'text', city: 'text', source: 'text', job_title: 'text', owner_id: 'user',
  created_at: 'date',
  orders_count: 'number', revenue: 'money', average_order: 'money',
  first_order_at: 'date', last_order_at: 'date',
  mails_sent: 'number', last_mail_at: 'date',
  opens: 'number', clicks: 'number', last_open_at: 'date', last_click_at: 'date', last_visit_at: 'date',
  subscribed_at: 'date', unsubscribed_at: 'date', bounced_at: 'date', complained_at: 'date', last_event_at: 'date',
  // computed features: server/features says how each is computed and from what
  engagement_score: 'number', order_interval_days: 'number',
  rfm_recency: 'number', rfm_frequency: 'number', rfm_monetary: 'number', rfm_class: 'choice',
  alive_probability: 'number', expected_orders: 'number', predicted_value: 'money',
} as const
/** Classes a contact may fall into by recency, frequency and monetary value: the choices of `rfm_class`. */
export const rfmClasses = ['champions', 'loyal', 'promising', 'new', 'need_attention', 'at_risk', 'cannot_lose', 'hibernating', 'lost'] as const
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
  // anniversary_…: the day and month, whatever the year, on the calendar of the contact's own time zone; 29 February is kept on the 28th in other years.
  // anniversary_today takes no value; anniversary_in_next and anniversary_in_last take {amount, unit: days | weeks}, today included.
  date: ['in_last', 'more_than_ago', 'not_in_last', 'in_next', 'before', 'after', 'between', 'anniversary_today', 'anniversary_in_next', 'anniversary_in_last', 'known', 'unknown'],
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
  /** longer ago than N */
  z.strictObject({ before: duration }),
  z.strictObject({ from: z.iso.datetime({ offset: true }).optional(), to: z.iso.datetime({ offset: true }).optional() }),
  /** within N after a date field of the card, e.g. 7 days after subscribed_at */
  z.strictObject({ within: duration, after_field: z.string().max(80) }),
  /** within N after any event of this type of the same contact */
  z.strictObject({ within: duration, after_event: z.string().max(80) }),
  /** since this enrolment began (in journey conditions only) */
  z.strictObject({ since_entry: z.literal(true) }),
])

export const countTest = z.union([
  z.strictObject({ at_least: z.number().int().min(1).max(1_000_000) }),
  z.strictObject({ at_most: z.number().int().min(0).max(1_000_000) }),
  z.strictObject({ exactly: z.number().int().min(0).max(1_000_000) }),
])

/** A sum, mean, smallest or largest of a number over what is counted; unknown (so false) when there is nothing to measure. A sum of nothing is 0. */
export const measureTest = z.strictObject({
  of: z.enum(['sum', 'average', 'smallest', 'largest']),
  /** `amount` of orders (major units); any numeric property; `items.price`, `items.quantity`; for records one of their number or money fields */
  property: z.string().min(1).max(200),
  operator: z.enum(['at_least', 'at_most', 'more_than', 'less_than', 'between']),
  value: z.union([z.number(), z.array(z.number()).length(2)]),
})

/** How long something has been so. */
export const sinceTest = z.strictObject({ operator: z.enum(['in_last', 'more_than_ago']), value: duration })

export const eventLeaf = z.strictObject({
  event: z.string().max(80),
  /** default: at least once. `none` is {exactly: 0}. */
  count: countTest.optional(),
  /** count different days (of the company's calendar) instead of events: how often somebody comes */
  by_day: z.literal(true).optional(),
  /** instead of a count */
  measure: measureTest.optional(),
  window: eventWindow.optional(),
  where: z.array(propertyFilter).max(20).optional(),
  /** all of these of one and the same order line: {property: 'category', …}, without `items.` */
  where_item: z.array(propertyFilter).max(10).optional(),
  /** machine opens and clicks do not count unless asked for */
  include_machines: z.boolean().optional(),
  /**
   * counts only events after which no `event` came with the same value of `same_property` (e.g. a clicked coupon never used);
   * with `within`, only those N ago or longer that nothing followed within N
   */
  not_followed_by: z.strictObject({ event: z.string().max(80), same_property: z.string().max(200).optional(), within: duration.optional() }).optional(),
})

/** Fields of the records a contact has, by the kind of their value; `items.…` asks whether any line of the order or deal fits, `stale` whether it was told that a deal stands at its stage too long, `labels` whether any label does. */
export const recordFields = {
  lead: { status: 'choice', source: 'text', source_label: 'text', labels: 'text', owner_id: 'user', created_at: 'date', 'utm.source': 'text', 'utm.medium': 'text', 'utm.campaign': 'text' },
  deal: { state: 'choice', pipeline_id: 'number', stage_id: 'number', title: 'text', amount: 'money', owner_id: 'user', created_at: 'date', stage_since: 'date', closed_at: 'date', expected_on: 'date', stale: 'boolean', source: 'text', 'items.sku': 'text', 'items.name': 'text', 'items.price': 'money', 'items.quantity': 'number' },
  order: { status: 'choice', amount: 'money', currency: 'text', coupon: 'text', placed_at: 'date', 'items.sku': 'text', 'items.name': 'text', 'items.category': 'text', 'items.price': 'money', 'items.quantity': 'number' },
} as const satisfies Record<string, Record<string, ConditionFieldKind>>
export type RelatedKind = keyof typeof recordFields

export const relatedLeaf = z.strictObject({
  related: z.enum(['lead', 'deal', 'order']),
  /** default: at least one */
  count: countTest.optional(),
  measure: measureTest.optional(),
  /** all of these of one and the same record */
  where: z.array(fieldLeaf).max(20).optional(),
})

/** Which mails are meant: null any; `step` narrows a journey's to one of its steps. */
export const mailSource = z.union([
  z.strictObject({ campaign: z.number().int() }),
  z.strictObject({ journey: z.number().int(), step: z.string().max(60).optional() }),
  z.strictObject({ template: z.number().int() }),
]).nullable()
export const mailReaction = z.enum(['sent', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed'])
export const sentMailLeaf = z.strictObject({
  mail: mailReaction.describe('opened and clicked: by a person unless include_machines'),
  of: mailSource,
  happened: z.boolean(),
  /** with `clicked`: the address of the link contains this */
  link: z.string().min(1).max(2000).optional(),
  window: z.union([z.strictObject({ last: duration }), z.strictObject({ before: duration })]).optional(),
  include_machines: z.boolean().optional(),
})

/** open: given, not redeemed and not run out. */
export const couponLeaf = z.strictObject({ coupon: z.enum(['given', 'redeemed', 'open', 'run_out']), pool: z.number().int().nullable(), happened: z.boolean() })

/** The share, in percent, of the topic's mails sent to the contact that a person opened or clicked; unknown while none was sent. */
export const topicReactionLeaf = z.strictObject({
  topic_reaction: z.number().int(), measure: z.enum(['opened', 'clicked']),
  operator: z.enum(['at_least', 'at_most', 'more_than', 'less_than', 'known', 'unknown']), value: z.number().min(0).max(100).optional(),
})

/** in: on their way; ever: was at any time; finished: reached the end; goal: ended by reaching a goal; left: taken out. `step` goes with `in`. */
export const journeyLeaf = z.strictObject({
  journey: z.number().int(), state: z.enum(['in', 'ever', 'finished', 'goal', 'left', 'failed']), happened: z.boolean(),
  step: z.string().max(60).optional(), since: sinceTest.optional(),
})

export const consentLeaf = z.strictObject({ consent: z.enum(['granted', 'requested', 'withdrawn', 'none']), topic: z.number().int().nullable().describe('null: any topic'), since: sinceTest.optional() })
export const tagLeaf = z.strictObject({ tag: z.number().int(), has: z.boolean(), since: sinceTest.optional().describe('with has: true') })
export const segmentLeaf = z.strictObject({ segment: z.number().int(), in: z.boolean(), since: sinceTest.optional().describe('with in: true') })
export const mailLeaf = z.strictObject({ mail_step: z.string().max(60), reaction: z.enum(['sent', 'opened', 'clicked', 'ordered']), happened: z.boolean() })

export type FieldLeaf = z.infer<typeof fieldLeaf>
export type EventLeaf = z.infer<typeof eventLeaf>
export type ConsentLeaf = z.infer<typeof consentLeaf>
export type TagLeaf = z.infer<typeof tagLeaf>
export type SegmentLeaf = z.infer<typeof segmentLeaf>
export type MailLeaf = z.infer<typeof mailLeaf>
export type PropertyFilter = z.infer<typeof propertyFilter>
export type RelatedLeaf = z.infer<typeof relatedLeaf>
export type SentMailLeaf = z.infer<typeof sentMailLeaf>
export type CouponLeaf = z.infer<typeof couponLeaf>
export type TopicReactionLeaf = z.infer<typeof topicReactionLeaf>
export type JourneyLeaf = z.infer<typeof journeyLeaf>
export type CountTest = z.infer<typeof countTest>
export type MeasureTest = z.infer<typeof measureTest>
export type SinceTest = z.infer<typeof sinceTest>
export type ConditionLeaf = FieldLeaf | EventLeaf | RelatedLeaf | SentMailLeaf | CouponLeaf | TopicReactionLeaf | ConsentLeaf | TagLeaf | SegmentLeaf | JourneyLeaf | MailLeaf
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | ConditionLeaf

/** Depth ≤ 10 and ≤ 200 leaves, checked by server/conditions. An empty `all` is everyone, an empty `any` nobody. */
export const condition: z.ZodType<Condition> = z.lazy(() => z.union([
  z.strictObject({ all: z.array(condition).max(100) }),
  z.strictObject({ any: z.array(condition).max(100) }),
  z.strictObject({ not: condition }),
  fieldLeaf, eventLeaf, relatedLeaf, sentMailLeaf, couponLeaf, topicReactionLeaf, consentLeaf, tagLeaf, segmentLeaf, journeyLeaf, mailLeaf,
])).meta({ id: 'Condition' })
