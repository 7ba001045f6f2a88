import { z } from 'zod'
import { journeyGraph } from './journeys.ts'

export const readyMadeKeys = ['welcome', 'abandoned_cart', 'post_purchase', 'review', 'reactivation', 'birthday', 'lead_nurture', 'sunset'] as const
export type ReadyMadeKey = (typeof readyMadeKeys)[number]

/** A journey that comes with its mails and whatever else it needs. What it does, for whom and what to expect is said on the screen in the reader's language. */
export const readyMadeJourney = z.object({
  key: z.enum(readyMadeKeys), name: z.string().describe('in the company language'),
  graph: journeyGraph.describe('its flow, before mails and segments are made'),
  mails: z.array(z.object({ step: z.string(), name: z.string(), subject: z.string() })),
  makes: z.array(z.enum(['segment', 'field', 'tag', 'pool'])).describe('made with it where it does not exist yet'),
  choices: z.array(z.enum(['topic', 'user'])),
  journey_id: z.number().nullable().describe('one made from it before'),
})
export type ReadyMadeJourney = z.infer<typeof readyMadeJourney>

export const readyMadeBody = z.strictObject({
  topic_id: z.number().int().positive().describe('whose consent its marketing mails need'),
  user_id: z.number().int().positive().nullable().default(null).describe('who takes over enquiries; null: you'),
  site: z.url().max(500).optional().describe('where buttons of the mails lead; left out: guessed from the sender address'),
})
