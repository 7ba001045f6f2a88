import { z } from 'zod'

/** Groups of people to whom mail does harm, in the order in which they are shown. */
export const hygieneKind = z.enum(['typo', 'no_mail', 'soft_bounces', 'disposable', 'role', 'silent', 'unconfirmed', 'never_mailed', 'no_consent'])
export type HygieneKind = z.infer<typeof hygieneKind>
export const hygieneAct = z.enum(['suppress', 'unsubscribe', 'tag', 'segment', 'correct', 'delete'])
export type HygieneAct = z.infer<typeof hygieneAct>

/** What can be done with each group, the most fitting first. */
export const actsOf: Record<HygieneKind, HygieneAct[]> = {
  typo: ['correct', 'suppress', 'tag', 'segment', 'delete'],
  no_mail: ['suppress', 'delete', 'tag', 'segment'],
  soft_bounces: ['suppress', 'tag', 'segment', 'delete'],
  disposable: ['suppress', 'delete', 'tag', 'segment'],
  role: ['tag', 'unsubscribe', 'suppress', 'segment', 'delete'],
  silent: ['segment', 'unsubscribe', 'suppress', 'tag', 'delete'],
  unconfirmed: ['delete', 'unsubscribe', 'suppress', 'tag', 'segment'],
  never_mailed: ['segment', 'suppress', 'unsubscribe', 'tag', 'delete'],
  no_consent: ['segment', 'suppress', 'tag', 'delete'],
}
/** Days between putting people down for deletion and deleting them: until then it can be undone. */
export const daysToErase = 7

const whole = (least: number, most: number) => z.number().int().min(least).max(most)
export const hygieneSettings = z.object({
  silent_months: whole(1, 36).default(6).describe('nothing opened, clicked, bought, visited or answered for so long'),
  silent_mails: whole(1, 1000).default(5).describe('though so many mails were sent in that time'),
  soft_bounces: whole(2, 100).default(3).describe('so many mails came back'),
  soft_bounce_days: whole(1, 365).default(90).describe('within so many days'),
  unconfirmed_days: whole(1, 365).default(30).describe('a subscription asked for so long ago was not confirmed'),
  never_mailed_months: whole(1, 60).default(12).describe('imported so long ago and never mailed'),
  limit_percent: z.number().min(0.1).max(100).default(10).describe('administrators are told when a group is a larger part of the list than this; asked of addresses that cannot be right (typo, no_mail, soft_bounces, disposable)'),
})
export type HygieneSettings = z.infer<typeof hygieneSettings>
export const changeHygieneSettingsBody = z.object(Object.fromEntries(Object.entries(hygieneSettings.shape).map(([key, shape]) => [key, shape.unwrap().optional()])) as { [Key in keyof HygieneSettings]: z.ZodOptional<z.ZodNumber> })

const count = z.number().int()
const time = z.iso.datetime()

export const hygieneOverview = z.object({
  as_of: time.nullable().describe('when the last count ended; null: none has'),
  counting: z.number().min(0).max(1).nullable().describe('how far a count is that goes on; null: none does'),
  contacts: count.describe('with an email address, when the last count ended'),
  domains_to_ask: count.describe('domains whose mail servers are still to be looked up'),
  groups: z.array(z.object({ kind: hygieneKind, count, actions: z.array(hygieneAct) })),
  settings: hygieneSettings,
})
export type HygieneOverview = z.infer<typeof hygieneOverview>

export const hygienePerson = z.object({ contact_id: count, name: z.string(), email: z.string(), detail: z.string().describe('typo: the address that was meant; soft_bounces: how many; silent: the last sign of life; unconfirmed, never_mailed: since when'), note: z.string() })
export type HygienePerson = z.infer<typeof hygienePerson>
export const hygienePeople = z.object({ data: z.array(hygienePerson), next_cursor: z.string().nullable() })

export const hygieneActBody = z.object({
  action: hygieneAct,
  tag: z.string().trim().min(1, 'give the tag a name').max(100).optional().describe('its name; made when there is none'),
  segment_id: z.number().int().positive().optional().describe('a static segment'),
  segment_name: z.string().trim().min(1, 'give the segment a name').max(200).optional().describe('a new static segment'),
  contact_ids: z.array(z.number().int().positive()).min(1).max(10_000).optional().describe('of the group only these; left out: everybody'),
})
export type HygieneActBody = z.infer<typeof hygieneActBody>
