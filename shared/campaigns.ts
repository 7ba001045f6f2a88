import { z } from 'zod'
import { mailPlace } from './mail-checks.ts'
import { mailProblem } from './templates.ts'

const time = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })

export const campaignState = z.enum(['draft', 'scheduled', 'planning', 'sending', 'paused', 'sent', 'cancelled'])
export type CampaignState = z.infer<typeof campaignState>

/** The ledger of a campaign by state: one message for each person of the audience. */
export const ledgerCounts = z.object({
  planned: z.number().int(), queued: z.number().int(), sending: z.number().int(), sent: z.number().int().describe('taken by the mail server, bounced ones included'),
  skipped: z.number().int(), failed: z.number().int(), bounced: z.number().int(), unknown: z.number().int().describe('the answer of the mail server was lost; not sent again'),
})
export type LedgerCounts = z.infer<typeof ledgerCounts>

/** Reactions, each person once. `…_with_machines`: those of scanners and prefetching proxies included. */
export const reactionCounts = z.object({
  sent: z.number().int(), delivered: z.number().int().describe('sent without bounced'),
  opened: z.number().int(), opened_with_machines: z.number().int(),
  clicked: z.number().int(), clicked_with_machines: z.number().int(),
  unsubscribed: z.number().int(), bounced: z.number().int(), complained: z.number().int(),
  orders: z.number().int(), buyers: z.number().int(), revenue: z.number().describe('major units'),
})
export type ReactionCounts = z.infer<typeof reactionCounts>

/** First a small part, then the rest, with a look at the numbers between. */
export const campaignStages = z.object({
  percents: z.array(z.number().min(0.01).max(99)).min(1).max(5).refine(percents => percents.every((percent, index) => index === 0 || percent > percents[index - 1]!), 'each stage must be larger than the one before'),
  wait_minutes: z.number().int().min(1).max(20_160), by_itself: z.boolean().describe('false: each stage waits for somebody to go on'),
})
export type CampaignStages = z.infer<typeof campaignStages>

export const campaign = z.object({
  id: z.number().int(), name: z.string(), state: campaignState,
  template: named.nullable(), segment: named.extend({ members_count: z.number().int(), state: z.string() }).nullable(),
  topic: z.object({ id: z.number().int(), name_en: z.string(), name_ru: z.string() }).nullable(),
  send_at: time.nullable(), started_at: time.nullable(), planned_at: time.nullable(), finished_at: time.nullable(),
  pace_per_hour: z.number().int().nullable().describe('null: as fast as the senders can'),
  stages: campaignStages.nullable(),
  stage: z.object({
    number: z.number().int().describe('1: the first'), of: z.number().int(), mails: z.number().int().nullable().describe('of this stage and those before; null: everybody'),
    done_at: time.nullable().describe('all of it has left'), goes_on_at: time.nullable().describe('by itself, while healthy; null: by hand'),
  }).nullable().describe('while it is being sent in stages'),
  pause_reason: z.enum(['bounces', 'complaints', 'faults']).nullable().describe('it paused itself; `faults`: it was held before anything left and is a draft again'), pause_detail: z.string().nullable(),
  is_checked_first: z.boolean().describe('it is to leave now and waits until all of its mails have been looked at'),
  ignores_caps: z.boolean(), ignores_quiet_hours: z.boolean(), ignores_best_hour: z.boolean(),
  revision: z.number().int(), created_at: time, updated_at: time, archived_at: time.nullable(),
  ledger: ledgerCounts,
  reactions: reactionCounts,
  currency: z.string(),
})
export type Campaign = z.infer<typeof campaign>

const campaignName = z.string().trim().min(1, 'give the campaign a name').max(200)
const reference = z.number().int().positive().nullable()
export const createCampaignBody = z.object({ name: campaignName, template_id: reference.optional(), segment_id: reference.optional(), topic_id: reference.optional() })
/** PATCH: what is left out stays. */
export const changeCampaignBody = z.object({ revision: z.number().int(), name: campaignName.optional(), template_id: reference.optional(), segment_id: reference.optional(), topic_id: reference.optional(),
  pace_per_hour: z.number().int().min(1).max(100_000_000).nullable().optional(), stages: campaignStages.nullable().optional(), ignores_caps: z.boolean().optional(), ignores_quiet_hours: z.boolean().optional(), ignores_best_hour: z.boolean().optional(),
})
export const sendCampaignBody = z.object({ send_at: z.iso.datetime({ offset: true }).optional().describe('left out: now') }).nullish()

/** What stands in the way of sending, or should be known before it. Codes are put into words by the interface. */
export const preflightIssue = z.object({
  level: z.enum(['blocking', 'warning', 'info']),
  code: z.enum(['no_template', 'template_archived', 'template_not_marketing', 'no_segment', 'segment_computing', 'no_topic', 'nobody', 'no_sender', 'test_mailbox', 'unsigned', 'record_not_verified', 'server_down', 'free_mail_sender', 'mail_errors', 'mail_warnings', 'mail_faults', 'no_postal_address']),
  detail: z.string().nullable(),
})
export type PreflightIssue = z.infer<typeof preflightIssue>
export const preflight = z.object({
  audience: z.number().int(), will_get: z.number().int(),
  skipped: z.array(z.object({ reason: z.string(), count: z.number().int() })),
  problems: z.array(mailProblem).describe('of the mail itself, whoever gets it'),
  sender: z.object({ name: z.string(), email: z.string(), domain: z.string().nullable(), signed: z.boolean(), verified: z.boolean(), transport: z.enum(['smtp', 'test_mailbox']) }),
  issues: z.array(preflightIssue),
  ready: z.boolean(),
})
export type Preflight = z.infer<typeof preflight>

/** One thing in a mail's content. `subject`: the address, the size in kB, or the programs that lack it; codes are put into words by the interface. */
export const contentProblem = z.object({ level: z.enum(['error', 'warning']), code: z.string(), locale: z.string().nullable(), subject: z.string(), detail: z.string().nullable(),
  places: z.array(mailPlace.extend({ locale: z.string() })).describe('where the link or the picture stands in the mail'),
})
export type ContentProblem = z.infer<typeof contentProblem>
export const contentCheck = z.object({
  mails: z.array(z.object({ locale: z.string(), bytes: z.number().int().describe('of the HTML') })).describe('languages somebody of the audience gets'),
  problems: z.array(contentProblem),
  links: z.number().int(), images: z.number().int(),
  spam: z.object({ score: z.number(), threshold: z.number(), rules: z.array(z.object({ score: z.number(), name: z.string(), words: z.string() })) }).nullable().describe('by SpamAssassin; null: it is not installed'),
})
export type ContentCheck = z.infer<typeof contentCheck>

/** Who could still get a campaign that has been sent. */
export const campaignRest = z.object({
  new_members: z.number().int().describe('came into the segment since'),
  allowed_now: z.number().int().describe('left out then, but the reason is gone'),
  failed: z.number().int().describe('refused by the server for reasons not about the person'),
})
export type CampaignRest = z.infer<typeof campaignRest>
export const sendRestBody = z.object({ failed: z.boolean().default(false).describe('try those the server refused once more') }).nullish()

export const campaignReport = z.object({
  ledger: ledgerCounts, reactions: reactionCounts, currency: z.string(),
  reasons: z.array(z.object({ state: z.enum(['skipped', 'failed', 'bounced', 'unknown']), reason: z.string(), count: z.number().int() })).describe('who did not get it and why'),
  waiting: z.array(z.object({ reason: z.string(), count: z.number().int(), next_at: time, last_at: time })).describe('what is queued, why, and when the first and the last of it is looked at again'),
  links: z.array(z.object({ url: z.string(), people: z.number().int(), clicks: z.number().int(), machines: z.number().int() })),
  hours: z.array(z.object({ at: time, opened: z.number().int(), clicked: z.number().int() })).describe('first opens and clicks by people'),
})
export type CampaignReport = z.infer<typeof campaignReport>

/** The people behind a number. */
export const peopleOf = z.enum(['planned', 'queued', 'sending', 'sent', 'delivered', 'skipped', 'failed', 'bounced', 'unknown', 'opened', 'opened_with_machines', 'clicked', 'clicked_with_machines', 'unsubscribed', 'complained', 'buyers', 'not_opened'])
export type PeopleOf = z.infer<typeof peopleOf>
export const personBehindNumber = z.object({ id: z.number().int(), name: z.string(), email: z.string().nullable(), at: time.nullable(), note: z.string().nullable().describe('a code of the reason, and after a colon the words of the mail server') })
export type PersonBehindNumber = z.infer<typeof personBehindNumber>
