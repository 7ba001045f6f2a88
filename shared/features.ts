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
