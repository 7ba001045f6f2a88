import { z } from 'zod'

/** A journey played over what really happened in the last days, nothing of it done. */
export const dryRunBody = z.strictObject({
  days: z.union([z.literal(7), z.literal(30), z.literal(90)]).default(30),
  mails_a_week: z.number().int().min(1).max(100).default(3).describe('people who would get more mails than this in any seven days are counted'),
  segment_id: z.number().int().positive().nullable().default(null).describe('for a journey started by hand: who is in this segment now enters on the first day'),
})
export type DryRunOptions = z.infer<typeof dryRunBody>

/** What the numbers do not know; each has a sentence on the screen. */
export const dryRunNotes = [
  'card_as_now', 'consent_as_now', 'reactions_estimated', 'no_reactions_known', 'webhooks_succeed', 'chance_differs', 'segment_is_younger', 'by_hand_only', 'no_candidates', 'daily_moments', 'journeys_as_now',
] as const

export const dryRunStep = z.object({
  arrived: z.number().describe('people, visits of a circle each'),
  here: z.number().describe('would stand here at the end'),
  failed: z.number().describe('would stop here because the step cannot be done for them'),
  outcomes: z.record(z.string(), z.number()).describe('next, yes, no, happened, timeout, way:a …'),
  ways: z.record(z.string(), z.number()).describe('by the way out they would take: next, next_no, way:a …'),
  by_day: z.record(z.string(), z.number()).describe('who would arrive on which day of the company, days with nobody left out'),
  mails: z.object({ sent: z.number(), skipped: z.record(z.string(), z.number()).describe('by reason'), crowded: z.number().describe('people for whom it would be one mail too many in seven days') }).nullable(),
  estimated: z.boolean().describe('which way was taken rests on how many usually react'),
})

export const dryRunResult = z.object({
  from: z.string(), to: z.string(), days: z.number(),
  sample: z.object({ candidates: z.number(), one_of: z.number() }).nullable().describe('too many to play through: one of so many was taken, all counts are of those taken'),
  entered: z.number(), people: z.number().describe('different ones'),
  here: z.number(), done: z.number(), left: z.number().describe('by the exit condition or a goal that ends'), failed: z.number(),
  goals: z.record(z.string(), z.number()),
  not_entered: z.object({ condition: z.number(), reentry: z.number(), limit: z.number() }),
  steps: z.record(z.string(), dryRunStep),
  by_day: z.array(z.object({ day: z.string(), entered: z.number(), mails: z.number() })),
  mails: z.object({
    total: z.number(), people: z.number(), most: z.number().describe('one person would get'),
    per_person: z.array(z.object({ mails: z.number(), people: z.number() })),
    per_day: z.number().describe('on average: what to expect from now on'), busiest_day: z.number(),
  }),
  too_many: z.object({ mails_a_week: z.number(), people: z.number(), most_in_a_week: z.number() }).describe('with the mails they really got in those days'),
  no_consent: z.number().describe('people who would be skipped at least once for want of consent or address'),
  overlaps: z.array(z.object({ journey_id: z.number(), name: z.string(), people: z.number() })).describe('other active journeys these people were in at that time'),
  notes: z.array(z.enum(dryRunNotes)),
})
export type DryRunResult = z.infer<typeof dryRunResult>

export const dryRunView = z.object({
  id: z.number(), state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']), progress: z.number().describe('percent'),
  options: dryRunBody, result: dryRunResult.nullable(), error: z.string().nullable(),
  outdated: z.boolean().describe('the draft has changed since'),
  created_at: z.string(), finished_at: z.string().nullable(),
})
export type DryRunView = z.infer<typeof dryRunView>

export const dryRunPeopleQuery = z.object({
  step: z.string().max(60).optional().describe('left out: of the whole journey'),
  what: z.string().max(80).optional().describe('of a step a way out (next_no, way:a …), here, sent, skipped, crowded or failed; without a step goal:key; left out: who arrived, or entered'),
})
