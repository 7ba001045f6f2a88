import { z } from 'zod'

const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'write the time as 09:30')
const workingDay = z.object({ from: clock, to: clock }).refine(day => day.from < day.to, { path: ['to'], message: 'the end comes after the beginning' }).nullable()
const day = z.iso.date()
const days = z.array(workingDay).length(7).describe('Monday first; null: a day off')

/** GET and PUT /api/v1/working-hours: the company's, in its time zone. Reaction times are measured in them. */
export const companyHours = z.object({ days, holidays: z.array(day).max(500).describe('days on which nobody works') })
export type CompanyHours = z.infer<typeof companyHours>

/** A person's own; null: the company's. */
export const ownHours = z.object({ days, time_zone: z.string().max(100).nullable().describe("IANA; null: the company's") }).nullable()
export type OwnHours = z.infer<typeof ownHours>

export const absence = z.object({ id: z.number().int(), from_day: day, to_day: day, substitute: z.object({ id: z.number().int(), name: z.string() }).nullable() })
/** POST /api/v1/users/:id/absences */
export const absenceBody = z.object({
  from_day: day, to_day: day, substitute_id: z.number().int().positive().nullable().default(null).describe('gets what would come to the person meanwhile'),
}).refine(body => body.from_day <= body.to_day, { path: ['to_day'], message: 'the last day is not before the first' })

/** GET /api/v1/availability: who could take something now, and PUT /api/v1/users/:id/availability. */
export const availability = z.object({
  id: z.number().int(),
  name: z.string(),
  working_hours: ownHours,
  territory: z.array(z.string()),
  last_seen_at: z.iso.datetime().nullable(),
  online: z.boolean().describe('seen within the last ten minutes'),
  works_now: z.boolean(),
  works_from: z.iso.datetime().nullable().describe('when the working hours begin next; null: they go on now, or not within a month'),
  absent_until: day.nullable().describe('the last day of the absence that goes on now'),
  load: z.number().int().describe('open leads and deals'),
  absences: z.array(absence).describe('of today and later'),
})
export type Availability = z.infer<typeof availability>
export const availabilityBody = z.object({
  working_hours: ownHours,
  territory: z.array(z.string().trim().min(1).max(100)).max(200).describe('cities, and beginnings of phone numbers such as +7495'),
})
