import { z } from 'zod'

const time = z.iso.datetime()

/** What can be amiss in the mail of one person. Put into words by the interface. */
export const faultCode = z.enum([
  'render_failed', 'empty_mail', 'empty_subject',
  'missing_field', 'odd_value', 'link_empty', 'link_placeholder', 'link_relative', 'empty_list', 'empty_block',
  'long_subject', 'subject_breaks', 'name_breaks', 'name_placeholder', 'name_email', 'name_test', 'name_no_letters', 'name_capitals',
  'clipped', 'no_language', 'fallback_used',
])
export type FaultCode = z.infer<typeof faultCode>

/** Such a mail is of no use to anybody: when more than a few are like that, nothing is sent. */
export const uselessFaults: readonly FaultCode[] = ['render_failed', 'empty_mail', 'empty_subject']
/** From this share of the mails in one language on: a single odd card must not hold up a campaign. */
export const blockingShare = 0.05

/** A block of the document, for the way into the editor. `number`: from 1, as the editor counts them. */
export const mailPlace = z.object({ part: z.enum(['subject', 'preheader', 'block', 'html']), block_id: z.string().nullable(), number: z.number().int().nullable(), kind: z.string().nullable() })
export type MailPlace = z.infer<typeof mailPlace>

export const mailFinding = z.object({
  id: z.number().int(), code: faultCode, locale: z.string(),
  level: z.enum(['blocking', 'warning', 'info']).describe('`info`: good to know, such as a fallback that stood in'),
  what: z.string().describe('the field, link or block it is about, as it stands in the mail'), words: z.string().describe('what stands there instead'),
  count: z.number().int().describe('mails'),
  examples: z.array(z.object({ contact_id: z.number().int(), name: z.string() })).describe('the first three'),
  places: z.array(mailPlace),
})
export type MailFinding = z.infer<typeof mailFinding>

export const mailCheck = z.object({
  state: z.enum(['none', 'running', 'done', 'cancelled']),
  stale: z.enum(['mail', 'audience', 'cards', 'age']).nullable().describe('what has changed since; null: nothing we know of'),
  members: z.number().int().describe('people of the segment'), members_seen: z.number().int(),
  mails: z.number().int().describe('rendered: those who will get it'), mails_with_faults: z.number().int(), mails_by_locale: z.record(z.string(), z.number().int()),
  started_at: time.nullable(), finished_at: time.nullable(),
  findings: z.array(mailFinding), listed: z.number().int().describe('of each finding at most so many people are listed'),
})
export type MailCheck = z.infer<typeof mailCheck>

/** The mail as one person would see it. In `html` the place of the fault carries `id="fault"`. */
export const mailExample = z.object({
  contact_id: z.number().int(), name: z.string(), to_name: z.string(), to_email: z.string().nullable(), locale: z.string(),
  subject: z.string(), html: z.string(), text: z.string(), kilobytes: z.number().int(),
  error: z.string().nullable().describe('why it cannot be rendered'),
  marked: z.enum(['subject', 'to', 'html', 'none']).describe('where the place is marked'),
  faults: z.array(z.object({ code: faultCode, what: z.string(), words: z.string() })),
})
export type MailExample = z.infer<typeof mailExample>
