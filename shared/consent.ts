import { z } from 'zod'

const when = z.iso.datetime()

/** What people subscribe to. A contact sees the name in their language on forms and on the preference page. */
export const topic = z.object({
  id: z.number().int(),
  key: z.string(),
  name_en: z.string(),
  name_ru: z.string(),
  description_en: z.string(),
  description_ru: z.string(),
  position: z.number().int(),
  archived_at: when.nullable(),
  granted_count: z.number().int().describe('contacts whose consent is given now'),
})
export type Topic = z.infer<typeof topic>

const topicName = z.string().trim().min(1, 'give the topic a name').max(200)
export const createTopicBody = z.object({
  key: z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/, 'small Latin letters, digits, - and _, beginning with a letter').optional().describe('left out: made from the English name'),
  name_en: topicName,
  name_ru: topicName,
  description_en: z.string().trim().max(1000).default(''),
  description_ru: z.string().trim().max(1000).default(''),
  position: z.number().int().min(0).max(10_000).optional(),
})
export const changeTopicBody = z.object({
  name_en: topicName.optional(),
  name_ru: topicName.optional(),
  description_en: z.string().trim().max(1000).optional(),
  description_ru: z.string().trim().max(1000).optional(),
  position: z.number().int().min(0).max(10_000).optional(),
  archived: z.boolean().optional().describe('an archived topic is offered nowhere; the consents stay on record'),
})

export const suppressionReason = z.enum(['hard_bounce', 'soft_bounces', 'complaint', 'manual', 'imported'])
export type SuppressionReason = z.infer<typeof suppressionReason>
export const suppression = z.object({
  email: z.string(),
  reason: suppressionReason,
  detail: z.string(),
  created_at: when,
  contact_id: z.number().int().nullable().describe('whose address it is, when somebody has it'),
})
export type Suppression = z.infer<typeof suppression>
export const suppressionList = z.object({ data: z.array(suppression), next_cursor: z.string().nullable() })
export const addSuppressionsBody = z.object({
  emails: z.array(z.string().trim().min(1).max(320)).min(1).max(10_000),
  detail: z.string().trim().max(500).default(''),
})
export const addedSuppressions = z.object({ added: z.number().int(), known: z.number().int(), invalid: z.array(z.string()) })

export const consentAction = z.enum(['requested', 'granted', 'withdrawn'])
export type ConsentAction = z.infer<typeof consentAction>
/** One entry of the ledger; never changed, never removed. */
export const consentEntry = z.object({
  id: z.number().int(),
  topic: z.object({ id: z.number().int(), key: z.string(), name_en: z.string(), name_ru: z.string() }),
  action: consentAction,
  wording: z.string().describe('the text the person saw, or the reason staff gave'),
  source: z.string().describe('`form:3`, `import:7`, `unsubscribe:one-click`, `preferences`, `api`, `staff`'),
  source_name: z.string().nullable().describe('name of the form or import'),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  message_id: z.number().int().nullable(),
  occurred_at: when,
  recorded_at: when,
})
export type ConsentEntry = z.infer<typeof consentEntry>
export const consentList = z.object({ data: z.array(consentEntry), next_cursor: z.string().nullable() })
export const changeConsentBody = z.object({
  topic_id: z.number().int().positive(),
  action: z.enum(['granted', 'withdrawn']),
  wording: z.string().trim().min(3, 'say on what the change rests: it is kept as the proof').max(4000),
  occurred_at: z.iso.datetime({ offset: true }).optional().describe('when the person said so; left out: now'),
})
export const changedConsent = z.object({ status: consentAction, since: when })
