import { z } from 'zod'

const ended = {
  won: z.number().int(), lost: z.number().int(), won_value: z.number(), lost_value: z.number(),
  win_rate: z.number().nullable().describe('won of won and lost; null: none ended'),
  mean_days_to_win: z.number().nullable().describe("days of the company's calendar from the day a deal was made to the day it was won"),
}
/** GET /api/v1/reports/sales: deals that ended from one day to another, of one currency: sums of different ones are never added. Major units. */
export const salesReport = z.object({
  from: z.iso.date(), to: z.iso.date().describe('that day included'), currency: z.string(),
  other_currencies: z.array(z.object({ currency: z.string(), deals: z.number().int() })).describe('deals that ended in this time in other currencies, which are not in the figures'),
  totals: z.object(ended),
  periods: z.array(z.object({ period: z.string().describe('2026-Q4'), from: z.iso.date(), to: z.iso.date(), ...ended })).describe('quarters, the earliest first; those without a deal are left out'),
  owners: z.array(z.object({ owner: z.object({ id: z.number().int(), name: z.string() }).nullable(), ...ended })).describe('by what they won'),
  pipelines: z.array(z.object({ pipeline: z.object({ id: z.number().int(), name: z.string() }), ...ended })),
  reasons: z.array(z.object({ reason: z.string().nullable(), lost: z.number().int(), lost_value: z.number() })).describe('why deals were lost, at most 100'),
  stages: z.array(z.object({
    pipeline: z.object({ id: z.number().int(), name: z.string() }), stage: z.object({ id: z.number().int(), name: z.string() }),
    entered: z.number().int().describe('deals that came to the stage in this time; the others are what became of them until now'),
    onward: z.array(z.object({ stage: z.object({ id: z.number().int(), name: z.string() }), deals: z.number().int() })).describe('later stages of the pipeline: how many came there or further, or were won'),
    won: z.number().int(), lost: z.number().int(),
    stays: z.number().int().describe('stays that began in this time and are over'), mean_days: z.number().nullable().describe('of these stays'), median_days: z.number().nullable(),
  })).describe('open stages in use, in their order; those nobody came to are left out'),
  committed_from: z.number().int().describe('per cent: open deals at stages at least that likely count as committed'),
  forecast: z.array(z.object({
    month: z.string().nullable().describe('2026-12, when they are expected to close; null: not said'), from: z.iso.date().nullable(), to: z.iso.date().nullable(),
    deals: z.number().int(), amount: z.number(), weighted: z.number().describe('each amount times the probability of its stage'),
    committed_deals: z.number().int(), committed_amount: z.number(),
  })).describe('open deals, whatever the time asked for'),
})
export type SalesReport = z.infer<typeof salesReport>
export type EndedDeals = z.infer<typeof salesReport>['totals']
