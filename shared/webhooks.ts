import { z } from 'zod'

const when = z.iso.datetime()

export const webhookCallState = z.enum(['waiting', 'sending', 'done', 'failed'])
export type WebhookCallState = z.infer<typeof webhookCallState>

export const webhookCall = z.object({
  id: z.number().int(),
  contact: z.object({ id: z.number().int(), name: z.string() }),
  journey: z.object({ id: z.number().int(), name: z.string() }).nullable(),
  step_key: z.string().nullable(),
  url: z.string(),
  state: webhookCallState,
  attempts: z.number().int(),
  next_at: when.nullable().describe('when it is tried again'),
  outcome: z.string().describe('of the last try: answered, bad_status, timeout, network, redirected, refused_address, not_saved'),
  status: z.number().int().nullable().describe('of the last answer'),
  detail: z.string(),
  created_at: when,
  finished_at: when.nullable(),
})
export type WebhookCall = z.infer<typeof webhookCall>
export const webhookCallDetails = webhookCall.extend({ body: z.string(), answer: z.string().nullable().describe('at most 256 KB of it') })
export type WebhookCallDetails = z.infer<typeof webhookCallDetails>

export const webhookCallQuery = z.object({
  state: z.preprocess(value => value === '' ? undefined : value, webhookCallState.optional()),
  journey: z.preprocess(value => value === '' ? undefined : value, z.coerce.number().int().positive().optional()),
  contact: z.preprocess(value => value === '' ? undefined : value, z.coerce.number().int().positive().optional()),
  limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional(),
})
export const webhookCallPage = z.object({ data: z.array(webhookCall), next_cursor: z.string().nullable() })

export const webhookSettings = z.object({
  secret: z.string().describe('whsec_… of Standard Webhooks: receivers check the signature with it'),
  old_secret_until: when.nullable().describe('until then the secret before it signs too'),
  allow_private: z.boolean().describe('calls may go to addresses of the own network'),
})
export type WebhookSettings = z.infer<typeof webhookSettings>
export const changeWebhookSettingsBody = z.object({ allow_private: z.boolean() })

export const webhookSampleBody = z.strictObject({
  url: z.string().trim().min(1).max(2000).describe('http or https; guarded as the calls of journeys are'),
  body: z.string().max(20_000).nullable().default(null).describe('JSON; null: what a step without a body of its own sends, about an example person'),
})
export const webhookSample = z.object({
  outcome: z.string().describe('answered, bad_status, timeout, network, redirected, refused_address'),
  status: z.number().int().nullable(), milliseconds: z.number().int(),
  answer: z.string().nullable().describe('the first 2,000 characters'), answer_cut: z.boolean(), detail: z.string(),
  body: z.string().describe('what was sent'),
})
export type WebhookSample = z.infer<typeof webhookSample>
