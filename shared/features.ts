import { z } from 'zod'
import { eventType } from './events.ts'

/** What people do by themselves and how much each act is worth at the moment it happens; other types can be added. */
export const usualActs = {
  'email.opened': 1, 'page.viewed': 2, 'cart.updated': 3, 'email.clicked': 5, 'form.submitted': 10, 'email.replied': 15, 'order.placed': 20,
} as const

/** The engagement score: the sum of weight · 2^(−age / half-life) over all acts of the person. */
export const engagementSettings = z.strictObject({
  half_life_days: z.number().int().min(1).max(730).describe('after so many days an act is worth half'),
  weights: z.record(eventType, z.number().min(0).max(1000)).describe('by event type, 0: does not count. An order counts once, however often it is corrected, and not when it is cancelled'),
})
export type EngagementSettings = z.infer<typeof engagementSettings>
export const usualEngagement: EngagementSettings = { half_life_days: 30, weights: usualActs }

// ── models ───────────────────────────────────────────────────────────────────────────────────────────
/** Purchases and leaving (Fader, Hardie & Lee 2005), time in weeks. */
export const bgNbd = z.object({ r: z.number(), alpha: z.number(), a: z.number(), b: z.number() })
export type BgNbd = z.infer<typeof bgNbd>
/** What a purchase is worth (Fader & Hardie 2013); `v` (γ in the paper) in minor units. */
export const gammaGamma = z.object({ p: z.number(), q: z.number(), v: z.number() })
export type GammaGamma = z.infer<typeof gammaGamma>

/** The values below and at which the first, second, third and fourth fifth of the customers lie. */
export const rfmCuts = z.object({
  recency: z.array(z.iso.datetime()).length(4),
  frequency: z.array(z.number()).length(4),
  monetary: z.array(z.number()).length(4).describe('minor units'),
})
export type RfmCuts = z.infer<typeof rfmCuts>

/** How much is needed before a number is given. */
export const leastData = { rfmCustomers: 50, customers: 100, repeatCustomers: 30, weeks: 8, valuedCustomers: 30 } as const

/** Why there is no number: too few customers, too few who came again, too short a history, no amounts, or no fit. */
export const missingReason = z.enum(['few_customers', 'few_repeat_customers', 'short_history', 'few_amounts', 'no_fit'])
export type MissingReason = z.infer<typeof missingReason>

export const featureResult = z.object({
  rfm: z.object({
    customers: z.number().int(), cuts: rfmCuts.nullable().describe('null: fewer customers than needed'),
    classes: z.record(z.string(), z.number().int()).describe('customers in each class'),
  }),
  purchases: z.object({
    customers: z.number().int(), repeat_customers: z.number().int().describe('who bought on two days or more'),
    weeks: z.number().describe('from the first purchase to the computation'),
    parameters: bgNbd.nullable(), log_likelihood: z.number().nullable(), reason: missingReason.nullable(),
  }),
  amounts: z.object({ customers: z.number().int(), parameters: gammaGamma.nullable(), mean: z.number().nullable().describe('of a purchase, major units'), reason: missingReason.nullable() }),
  check: z.object({
    from: z.iso.datetime().describe('what came after was held back while fitting'), weeks: z.number(), customers: z.number().int(),
    predicted: z.number(), actual: z.number().int(),
    by_purchases: z.array(z.object({ repeats: z.number().int().describe('repeat purchases before; the last line: this many or more'), customers: z.number().int(), predicted: z.number(), actual: z.number().int() })),
  }).nullable().describe('purchases predicted for the time held back against those made; null: too little history'),
})
export type FeatureResult = z.infer<typeof featureResult>

const when = z.iso.datetime()
export const featureRun = z.object({
  id: z.number().int(),
  state: z.enum(['running', 'done', 'failed']),
  phase: z.enum(['reading', 'fitting', 'writing']),
  started_at: when, finished_at: when.nullable(),
  customers: z.number().int(), looked_at: z.number().int().describe('of the customers, in this phase'),
  changed: z.number().int().describe('contacts of whom something changed'),
  error: z.string().nullable(),
})
export type FeatureRun = z.infer<typeof featureRun>

export const featuresState = z.object({
  latest: featureRun.nullable(),
  waiting: z.boolean().describe('a computation has been asked for and has not begun'),
  computed_at: when.nullable().describe('of the numbers that stand on the cards'),
  result: featureResult.nullable(),
  needed: z.object({ rfm_customers: z.number().int(), customers: z.number().int(), repeat_customers: z.number().int(), weeks: z.number().int(), valued_customers: z.number().int() }),
  currency: z.string(),
  engagement: engagementSettings,
  engagement_rebuilding: z.boolean().describe('the scores are being counted anew with these weights'),
})
export type FeaturesState = z.infer<typeof featuresState>

/** The computed features of one contact, each with what it was made of. */
export const contactFeatures = z.object({
  currency: z.string(),
  computed_at: when.nullable().describe('when classes and predictions were computed last; null: not yet'),
  engagement: z.object({
    score: z.number(), half_life_days: z.number(),
    by_type: z.array(z.object({ type: z.string(), acts: z.number().int(), weight: z.number(), points: z.number().describe('what they still contribute now') })),
    latest: z.array(z.object({ type: z.string(), at: when, weight: z.number(), points: z.number(), order_id: z.string().nullable() })).describe('the newest acts first, at most 30'),
  }),
  active_days: z.object({ last_30: z.number().int(), last_90: z.number().int() }).describe('days with an act of the person, in the company’s time zone'),
  order_interval_days: z.number().nullable(),
  rfm: z.object({
    recency: z.number().int(), frequency: z.number().int(), monetary: z.number().int(), class: z.string(),
    last_order_at: when.nullable(), orders_count: z.number().int(), revenue: z.number().describe('major units'),
  }).nullable(),
  rfm_reason: z.enum(['few_customers', 'no_orders', 'not_computed']).nullable(),
  prediction: z.object({
    alive_probability: z.number().nullable().describe('percent; null: too few orders to judge'), expected_orders: z.number().describe('in the coming 12 months'), predicted_value: z.number().nullable().describe('in the coming 12 months, major units'),
    purchases: z.number().int().describe('days with a purchase'), first_at: when.nullable(), last_at: when.nullable(), mean_purchase: z.number().nullable().describe('of the repeat purchases, major units'),
    value_reason: missingReason.nullable(),
  }).nullable(),
  prediction_reason: z.enum([...missingReason.options, 'no_orders', 'not_computed']).nullable(),
  topics: z.array(z.object({ topic_id: z.number().int(), name_en: z.string(), name_ru: z.string(), sent: z.number().int(), opened: z.number().int(), clicked: z.number().int() })),
})
export type ContactFeatures = z.infer<typeof contactFeatures>
