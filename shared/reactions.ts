import { z } from 'zod'
import { leadSource } from './leads.ts'

const minutes = z.number().int().min(1, 'from 1 to 10,080 minutes').max(10_080, 'from 1 to 10,080 minutes')

/** GET and PUT /api/v1/lead-reaction: within how much working time a lead shall be answered, and what happens when it is not. */
export const reactionRules = z.object({
  minutes: minutes.nullable().describe('of working time, of the manager or else of the company; null: no limit'),
  by_source: z.partialRecord(leadSource, minutes.nullable()).describe('another limit for leads of a source'),
  then_minutes: z.number().int().min(0).max(10_080, 'from 0 to 10,080 minutes').describe('working minutes from the limit, at which the manager is told, until others are'),
  then_tell: z.enum(['administrators', 'team', 'nobody']).describe('team: who is in a team with the manager, else the administrators'),
  hand_on: z.boolean().describe('then the lead goes to somebody else by the routing rules; it stays where it is when nobody is free'),
})
export type ReactionRules = z.infer<typeof reactionRules>

const figures = {
  leads: z.number().int(), answered: z.number().int(), within: z.number().int().describe('answered within the limit'), late: z.number().int().describe('answered after it'),
  waiting: z.number().int(), overdue: z.number().int().describe('of those waiting'),
  share_within: z.number().nullable().describe('answered within the limit, of those answered or overdue that have one'),
  median_seconds: z.number().nullable().describe('working time to the first answer'),
}
/** GET /api/v1/reports/reactions: of leads that came in from one day to another. */
export const reactionReport = z.object({
  from: z.iso.date(), to: z.iso.date(),
  totals: z.object(figures),
  owners: z.array(z.object({ owner: z.object({ id: z.number().int(), name: z.string() }).nullable(), ...figures })),
  sources: z.array(z.object({ source: leadSource, ...figures })),
  hours: z.array(z.object({ hour: z.number().int(), ...figures })).describe("hours of the company's day at which they came in; those without a lead are left out"),
})
export type ReactionReport = z.infer<typeof reactionReport>
export type ReactionFigures = ReactionReport['totals']
