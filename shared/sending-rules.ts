import { z } from 'zod'

const time = z.iso.datetime()
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 22:00')
const perMinute = z.number().int().min(1).max(1_000_000).nullable()

/** When marketing mails (campaigns and marketing mails of journeys) may leave. Transactional ones are exempt from all of it. */
export const sendingRules = z.object({
  caps: z.array(z.object({
    kind: z.enum(['all', 'campaign', 'journey']), most: z.number().int().min(1).max(1000), days: z.number().int().min(1).max(90),
  })).max(6).default([]).describe('a person gets at most so many within so many days; what is too much waits'),
  quiet_hours: z.object({ from: clock, to: clock }).refine(hours => hours.from !== hours.to, 'begin and end must differ').nullable().default(null).describe("on the contact's own clock; may go over midnight"),
  best_hour: z.object({
    company_hour: z.number().int().min(0).max(23).nullable().describe('for whom too little is known; null: at once'),
  }).nullable().default(null).describe('campaigns wait at most a day for the hour at which a person opens and clicks; null: off'),
  providers: z.array(z.object({
    provider: z.string().trim().toLowerCase().regex(/^[a-z0-9.-]+\.[a-z0-9-]+$/, 'a domain such as gmail.com'), per_minute: perMinute, at_once: z.number().int().min(1).max(10_000).nullable(),
  })).max(200).default([
    { provider: 'gmail.com', per_minute: 6000, at_once: null }, { provider: 'mail.ru', per_minute: 3000, at_once: null }, { provider: 'yandex.ru', per_minute: 3000, at_once: null },
    { provider: 'outlook.com', per_minute: 3000, at_once: null }, { provider: 'yahoo.com', per_minute: 3000, at_once: null },
  ]).describe('how much a receiving provider is given: a minute, and mails under way at once'),
  guard: z.object({
    at_least: z.number().int().min(10).max(20_000).describe('mails that must have left before it judges'),
    bounce_percent: z.number().min(0.1).max(100), complaint_percent: z.number().min(0.01).max(100),
  }).nullable().default({ at_least: 50, bounce_percent: 5, complaint_percent: 0.5 }).describe('a campaign pauses itself when more than that of its first 20,000 mails come back or are complained of; null: off'),
  warm_up: z.object({
    first_day: z.number().int().min(1).max(10_000_000).describe('mails to each provider on the first day'),
    growth_percent: z.number().int().min(1).max(400).describe('more each day, while few mails come back'),
    until: z.number().int().min(1).max(100_000_000).describe('mails a day to each provider at which it is done'),
  }).nullable().default(null).describe('a new domain or server is made known slowly; what is too much waits for tomorrow'),
})
export type SendingRules = z.infer<typeof sendingRules>
export const defaultRules: SendingRules = sendingRules.parse({})
/** PATCH: what is left out stays. */
export const changeRulesBody = z.object({
  caps: sendingRules.shape.caps.unwrap().optional(), quiet_hours: sendingRules.shape.quiet_hours.unwrap().optional(), best_hour: sendingRules.shape.best_hour.unwrap().optional(),
  providers: sendingRules.shape.providers.unwrap().optional(), warm_up: sendingRules.shape.warm_up.unwrap().optional(), guard: sendingRules.shape.guard.unwrap().optional(),
})

/** How a receiving provider is doing. */
export const providerState = z.object({
  provider: z.string(),
  held_until: time.nullable(), held_reason: z.enum(['rate', 'block', 'busy']).nullable(), held_detail: z.string().nullable(),
  slow: z.number().int().describe('its pace was halved so many times'),
  waiting: z.number().int(), sent_last_hour: z.number().int(), used_today: z.number().int().describe('of the warm-up volume'),
})
export type ProviderState = z.infer<typeof providerState>
export const sendingRulesView = sendingRules.extend({
  warm_up_state: z.object({ day: z.number().int(), volume: z.number().int(), done: z.boolean(), held_back: z.boolean().describe('not raised today: too many mails came back') }).nullable(),
  states: z.array(providerState),
})
export type SendingRulesView = z.infer<typeof sendingRulesView>

/** Why a queued message waits. */
export const waitReasons = ['frequency_cap', 'another_mail', 'quiet_hours', 'best_hour', 'provider_limit', 'provider_held', 'warm_up'] as const
