import { z } from 'zod'

/** The way to the first mail, from the real state of things. */
export const checklistKey = z.enum(['sender', 'smtp', 'domain', 'contacts', 'consents', 'form', 'segment', 'journey', 'first_mail', 'shop'])
export type ChecklistKey = z.infer<typeof checklistKey>

export const checklistItem = z.object({
  key: checklistKey,
  state: z.enum(['done', 'partly', 'open']).describe('partly: works, but not yet as it should before going live'),
  detail: z.string().describe('what it rests on: an address, a domain, a name; empty when nothing'),
  count: z.number().int().nullable().describe('how many there are, where that says something'),
  to: z.string().describe('the page where it is done'),
})
export type ChecklistItem = z.infer<typeof checklistItem>
export const checklist = z.object({ data: z.array(checklistItem), done: z.number().int(), total: z.number().int() })
export type Checklist = z.infer<typeof checklist>

/** What has happened since midnight in the company's time zone. Opens and clicks: people, not machines. */
export const today = z.object({
  since: z.iso.datetime(),
  new_contacts: z.number().int(),
  new_leads: z.number().int(),
  mails_sent: z.number().int(),
  people_opened: z.number().int(),
  people_clicked: z.number().int(),
  orders: z.number().int(),
  revenue: z.number().describe("major units of the company's currency"),
  currency: z.string(),
  has_data: z.boolean().describe('false: nothing but the setup has happened here yet'),
})
export type Today = z.infer<typeof today>
