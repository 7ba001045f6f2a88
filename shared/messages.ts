import { z } from 'zod'

const time = z.iso.datetime()

export const ledgerState = z.enum(['queued', 'sending', 'sent', 'bounced', 'failed', 'skipped', 'unknown'])
export type LedgerState = z.infer<typeof ledgerState>

/** Why a mail waits, was left out or did not arrive: the code, and what a sentence about it needs. What does not belong to the reason is null. */
export const mailWhy = z.object({
  state: ledgerState, reason: z.string().nullable().describe('null while it only waits its turn, or all is well'),
  until: time.nullable().describe('of what waits: not before'),
  provider: z.string().nullable().describe('the receiving provider it waits for'),
  zone: z.string().nullable().describe('in whose quiet hours or best hour it waits'),
  most: z.number().int().nullable().describe('of a frequency cap: mails in so many days; of the warm-up: mails a day; of a provider: mails a minute'), days: z.number().int().nullable(),
  topic: z.object({ id: z.number().int(), name_en: z.string(), name_ru: z.string() }).nullable().describe('whose consent is missing'),
  since: time.nullable().describe('since when the consent or the suppression stands as it does'),
  words: z.string().nullable().describe("the server's own words"),
})
export type MailWhy = z.infer<typeof mailWhy>

/** One mail of the ledger. */
export const ledgerEntry = z.object({
  contact_id: z.number().int(), message_id: z.number().int(), name: z.string(), email: z.string().nullable(), step: z.string().nullable().describe('of a journey'),
  state: ledgerState, reason: z.string().nullable(), detail: z.string().nullable().describe("the server's words, or what the reason is about"), why: mailWhy,
  waits_until: time.nullable(), queued_at: time, sent_at: time.nullable(), attempts: z.number().int(),
  sender: z.string().nullable().describe('by which sender; null: the mail server of the settings, or not yet'), provider: z.string().nullable(),
})
export type LedgerEntry = z.infer<typeof ledgerEntry>

const named = z.object({ id: z.number().int(), name: z.string() })
/** One mail on a contact's card. */
export const contactMessage = ledgerEntry.omit({ contact_id: true, name: true }).extend({
  kind: z.enum(['campaign', 'journey', 'transactional']), mail: named.describe('the template'), campaign: named.nullable(), journey: named.nullable(),
  opened_at: time.nullable(), clicked_at: time.nullable(),
})
export type ContactMessage = z.infer<typeof contactMessage>

/** One mail of a contact with its content. */
export const messageContent = z.object({
  message_id: z.number().int(), mail: named.describe('the template'), state: ledgerState, to_email: z.string().nullable().describe('null until it leaves'), queued_at: time, sent_at: time.nullable(),
  filled_in: z.enum(['then', 'now']).describe('`then`: word for word what left, or will; `now`: the version it left with, or would, filled in with what the card, products and coupons say now'),
  subject: z.string(), html: z.string().describe('links of the person themselves, such as the one that unsubscribes, lead nowhere; nothing counts'), text: z.string(),
  error: z.string().nullable().describe('why it cannot be made now'),
  reactions: z.array(z.object({ act: z.enum(['opened', 'clicked']), url: z.string().nullable().describe('of a click'), is_machine: z.boolean(), count: z.number().int(), first_at: time, last_at: time })),
})
export type MessageContent = z.infer<typeof messageContent>

const states = { queued: z.number().int(), sending: z.number().int(), sent: z.number().int().describe('taken by the receiver'), bounced: z.number().int(), failed: z.number().int(), skipped: z.number().int(), unknown: z.number().int().describe('the answer of the mail server was lost') }
export const ledgerNumbers = z.object({ planned: z.number().int().describe('all of them'), ...states })
export type LedgerNumbers = z.infer<typeof ledgerNumbers>

/** What became of all mails of a campaign or a journey. */
export const ledger = z.object({
  counts: ledgerNumbers,
  waiting: z.array(z.object({ reason: z.string(), count: z.number().int(), next_at: time, last_at: time })).describe('what is queued, why (`in_turn`: only its turn), and when the first and the last of it is looked at again'),
  reasons: z.array(z.object({ state: z.enum(['skipped', 'failed', 'bounced', 'unknown']), reason: z.string(), count: z.number().int() })).describe('what did not arrive and why'),
  senders: z.array(z.object({ id: z.number().int().nullable(), name: z.string().nullable(), count: z.number().int() })).describe('by whom what left has left; null: the mail server of the settings'),
  steps: z.array(z.object({ step: z.string(), mail: z.string().describe('name of the template'), ...ledgerNumbers.shape })).describe('mail steps of a journey; empty for a campaign'),
})
export type Ledger = z.infer<typeof ledger>

/** Which mails of a ledger. `sender`: the id of one; 0: the mail server of the settings. */
export const ledgerFilter = z.object({
  state: ledgerState.optional(), reason: z.string().max(100).optional().describe('`in_turn` with `state=queued`: those that only wait their turn'),
  sender: z.coerce.number().int().min(0).optional(),
})
export type LedgerFilter = z.infer<typeof ledgerFilter>

const days = z.number().int().min(1).max(90).default(7).describe('only what was queued in so many days: a mail of last year is not wanted any more')
/** What of a journey's mails could be sent after all. */
export const journeyRest = z.object({
  allowed_now: z.number().int().describe('left out then, but the reason is gone'),
  failed: z.number().int().describe('refused for reasons not about the person'),
  unknown: z.number().int().describe('may have arrived: whoever gets it again may get it twice'),
})
export type JourneyRest = z.infer<typeof journeyRest>
export const journeyRestQuery = z.object({ step: z.string().max(100).optional(), days: z.coerce.number().int().min(1).max(90).default(7) })
export const journeyRestBody = z.strictObject({ step: z.string().max(100).optional().describe('left out: of all steps'), days, allowed_now: z.boolean().default(true), failed: z.boolean().default(false), unknown: z.boolean().default(false) })
