import { z } from 'zod'
import { contactInput } from './contacts.ts'
import { dealBody } from './deals.ts'

const when = z.iso.datetime()
const named = z.object({ id: z.number().int(), name: z.string() })

export const leadStatus = z.enum(['new', 'in_work', 'converted', 'refused'])
export type LeadStatus = z.infer<typeof leadStatus>

/**
 * What is known of the address: none · probably mistyped (`proposal` says what was meant) · a throw-away one · nobody takes
 * mail there · DNS is being asked · somebody takes mail. An address of another shape never gets onto a card.
 */
export const leadEmail = z.enum(['none', 'typo', 'disposable', 'no_mail', 'asking', 'takes_mail'])
export type LeadEmail = z.infer<typeof leadEmail>
/** What the part of `source` before the colon can be. */
export const leadSource = z.enum(['form', 'mail', 'journey', 'import', 'api', 'staff'])
export type LeadSource = z.infer<typeof leadSource>

/** What the first answer of a person was. */
export const leadAnswer = z.enum(['call', 'mail', 'task', 'status'])
export type LeadAnswer = z.infer<typeof leadAnswer>
/** answered; within the limit or late; still waiting, or overdue */
export const leadReaction = z.enum(['waiting', 'overdue', 'answered', 'within', 'late'])
export type LeadReaction = z.infer<typeof leadReaction>

export const lead = z.object({
  id: z.number().int(),
  contact: z.object({
    id: z.number().int(), name: z.string(), email: z.string().nullable(), phone: z.string().nullable(),
    known_since: when.nullable().describe('the card was there before the lead; null: it came with it'),
  }),
  checks: z.object({ email: leadEmail, proposal: z.string().nullable().describe('the address that was probably meant') }),
  status: leadStatus,
  source: z.string().describe('form:3, journey:5, import:7, mail, api, staff'),
  source_label: z.string(),
  utm: z.record(z.string(), z.string()).describe('the last touch: what the address of the page said when the lead came in'),
  first_utm: z.record(z.string(), z.string()).describe('the first touch: of the earliest lead of the same person that has any'),
  labels: z.array(z.string()),
  refused_because: z.string().nullable(),
  deal: named.nullable().describe('what it became'),
  form_id: z.number().int().nullable(),
  owner: named.nullable(),
  assigned_because: z.string(),
  try_again_at: when.nullable().describe("nobody is free: given out when somebody's working hours begin"),
  reaction: z.object({
    due_at: when.nullable().describe('by then a person shall have answered; null: no limit'),
    answered_at: when.nullable(), by: leadAnswer.nullable(), user: named.nullable(),
    seconds: z.number().int().nullable().describe('working time from the lead to the answer'),
  }).describe('the first answer of a person'),
  created_at: when,
  updated_at: when,
})
export type Lead = z.infer<typeof lead>

/** `?source=` means the same as leaving it out. */
const orEmpty = <T extends z.ZodType>(schema: T) => z.preprocess(value => value === '' ? undefined : value, schema)
const filter = {
  owner: orEmpty(z.union([z.literal('me'), z.literal('nobody'), z.coerce.number().int().positive()]).optional()),
  source: orEmpty(leadSource.optional()),
  label: orEmpty(z.string().max(60).optional()),
  contact: orEmpty(z.coerce.number().int().positive().optional()),
  reaction: orEmpty(leadReaction.optional()),
  from: orEmpty(z.iso.date().optional()).describe("came in on that day of the company's calendar or later"),
  to: orEmpty(z.iso.date().optional()).describe('that day included'),
  hour: orEmpty(z.coerce.number().int().min(0).max(23).optional()).describe("hour of the company's day"),
}
export const leadListQuery = z.object({
  ...filter,
  status: orEmpty(leadStatus.or(z.literal('open')).optional()).describe('open: new or in work'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
})
export const leadListPage = z.object({ data: z.array(lead), next_cursor: z.string().nullable() })
/** GET /api/v1/leads/counts: how many leads of the filter there are in each state, and in all how many open ones nobody looks after, and how many wait for an answer beyond the limit. */
export const leadCountsQuery = z.object(filter)
export const leadCounts = z.object({ new: z.number().int(), in_work: z.number().int(), converted: z.number().int(), refused: z.number().int(), nobodys: z.number().int(), overdue: z.number().int() })
export type LeadCounts = z.infer<typeof leadCounts>
export const leadLabels = z.object({ data: z.array(z.object({ label: z.string(), leads: z.number().int() })), next_cursor: z.null() })
export type LeadLabels = z.infer<typeof leadLabels>

const labels = z.array(z.string().trim().min(1, 'give the label a name').max(60)).max(20)
const refusedBecause = z.string().trim().max(500).nullable()
/** PATCH /api/v1/leads/:id: what is left out stays. A lead that is not refused has no `refused_because`. */
export const changeLeadBody = z.object({
  status: leadStatus.optional(), owner_id: z.number().int().positive().nullable().optional(), labels: labels.optional(), refused_because: refusedBecause.optional(),
})
/** POST /api/v1/leads/changes: many at once, all or nothing, but for those that are not any more as `seen`. */
export const changeLeadsBody = z.object({
  leads: z.array(changeLeadBody.extend({
    id: z.number().int().positive(),
    seen: z.object({ status: leadStatus, owner_id: z.number().int().nullable() }).optional().describe('left alone when the lead is not so any more'),
  })).min(1).max(200),
})
export type LeadChange = z.infer<typeof changeLeadsBody>['leads'][number]
export const changedLeads = z.object({
  changed: z.array(z.object({ id: z.number().int(), before: z.object({ status: leadStatus, owner_id: z.number().int().nullable(), labels: z.array(z.string()), refused_because: z.string().nullable() }) })),
  passed_over: z.array(z.object({ id: z.number().int(), owner: named.nullable() })).describe('changed meanwhile or gone; who looks after it now'),
})
export type ChangedLeads = z.infer<typeof changedLeads>

/** POST /api/v1/leads: of a contact that is there, or of one to be found or made. */
export const leadBody = z.object({
  contact_id: z.number().int().positive().optional(),
  contact: contactInput.optional().describe('found by email, phone or external id, made when there is none; fills only what is empty'),
  source_label: z.string().trim().min(1, 'say where the lead comes from').max(200),
  utm: z.record(z.string().max(50), z.string().max(300)).default({}),
  owner_id: z.number().int().positive().nullable().optional().describe('left out: who looks after the contact, else as the routing rules say'),
  labels: labels.default([]),
}).refine(body => (body.contact_id === undefined) !== (body.contact === undefined), { path: ['contact'], message: 'give contact_id or contact' })

/** POST /api/v1/leads/:id/conversion */
export const convertLeadBody = z.object({
  contact: contactInput.optional().describe('written over what the card says'),
  deal: dealBody.omit({ contact_id: true, fields: true }).nullable().default(null).describe('null: no deal'),
})

/** GET and PUT /api/v1/lead-settings */
export const leadSettings = z.object({ refusal_reasons: z.array(z.string().trim().min(1, 'give the reason').max(200)).max(50).describe('to choose from; another can be written') })
export type LeadSettings = z.infer<typeof leadSettings>
