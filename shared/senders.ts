import { z } from 'zod'
import { smtpBody } from './delivery.ts'

const time = z.iso.datetime()
const text = (most: number) => z.string().trim().max(most)
const secret = z.string().max(1000).optional().describe('left out: the kept one stays')
const endpoint = z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default('').describe("another address of the API, such as a proxy of one's own; empty: the provider's")

export const senderKind = z.enum(['smtp', 'ses', 'sendgrid', 'mailgun', 'postmark', 'brevo', 'sparkpost', 'unisender_go'])
export type SenderKind = z.infer<typeof senderKind>
export const senderStream = z.enum(['marketing', 'transactional', 'both'])
export type SenderStream = z.infer<typeof senderStream>

/** What each kind of sender asks for. Names that end in `key`, `token` or are `password` are secrets: never given back. */
export const senderAccount = z.discriminatedUnion('kind', [
  smtpBody.omit({ connections: true }).extend({ kind: z.literal('smtp') }),
  z.object({ kind: z.literal('ses'), access_key_id: text(200).min(1, 'give the access key'), secret_access_key: secret, region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1'), configuration_set: text(100).default(''), endpoint }),
  z.object({ kind: z.literal('sendgrid'), api_key: secret, region: z.enum(['global', 'eu']).default('global'), endpoint }),
  z.object({ kind: z.literal('mailgun'), api_key: secret, domain: text(255).min(1, 'give the domain you have set up with Mailgun'), region: z.enum(['us', 'eu']).default('us'), endpoint }),
  z.object({ kind: z.literal('postmark'), server_token: secret, message_stream: text(100).default(''), endpoint }),
  z.object({ kind: z.literal('brevo'), api_key: secret, endpoint }),
  z.object({ kind: z.literal('sparkpost'), api_key: secret, region: z.enum(['us', 'eu']).default('us'), endpoint }),
  z.object({ kind: z.literal('unisender_go'), api_key: secret, region: z.enum(['go1', 'go2']).default('go1'), endpoint }),
])
export type SenderAccount = z.infer<typeof senderAccount>
export type AccountOf<Kind extends SenderKind> = Extract<SenderAccount, { kind: Kind }>
/** The secret of each kind. */
export const secretOf = { smtp: 'password', ses: 'secret_access_key', sendgrid: 'api_key', mailgun: 'api_key', postmark: 'server_token', brevo: 'api_key', sparkpost: 'api_key', unisender_go: 'api_key' } as const satisfies Record<SenderKind, string>

const limit = z.number().int().min(1).max(100_000_000).nullable()
export const senderLimits = z.object({
  connections: z.number().int().min(1).max(200).describe('connections or calls at once'),
  per_second: limit.describe('null: no limit'), per_hour: limit, per_day: limit.describe("of the day in the company's time zone"),
})

export const createSenderBody = z.object({
  name: z.string().trim().min(1, 'give the sender a name').max(100),
  stream: senderStream.default('both'),
  account: senderAccount,
  is_enabled: z.boolean().default(true),
  connections: senderLimits.shape.connections.default(10),
  per_second: limit.default(null), per_hour: limit.default(null), per_day: limit.default(null),
})
export type CreateSender = z.infer<typeof createSenderBody>
/** PATCH: what is left out stays. */
export const changeSenderBody = z.object({
  revision: z.number().int(), name: createSenderBody.shape.name.optional(), stream: senderStream.optional(), account: senderAccount.optional(), is_enabled: z.boolean().optional(),
  connections: senderLimits.shape.connections.optional(), per_second: limit.optional(), per_hour: limit.optional(), per_day: limit.optional(),
})
export const orderSendersBody = z.object({ ids: z.array(z.number().int().positive()).max(200).describe('all senders, the first to be used first') })
export const testSenderBody = z.object({
  account: senderAccount.optional().describe('try these settings before they are kept'),
  id: z.number().int().positive().optional().describe('of a kept sender: whose secret is used where none is given'),
  to: z.email().max(320).optional().describe('send a test mail there; only SMTP can be tried without'),
})

/** Why nothing leaves by a sender for now. */
export const heldReason = z.enum(['down', 'authentication', 'sender_refused', 'quota', 'rate'])
export type HeldReason = z.infer<typeof heldReason>
export const sender = senderLimits.extend({
  id: z.number().int(), name: z.string(), stream: senderStream, is_enabled: z.boolean(),
  account: z.record(z.string(), z.unknown()).describe('as given, without its secret'), kind: senderKind, has_secret: z.boolean(),
  health: z.object({
    state: z.enum(['good', 'held', 'failing', 'unused']).describe('failing: tried in the last hour, and nothing got through'),
    held_until: time.nullable(), held_reason: heldReason.nullable(), held_detail: z.string().nullable(),
    per_minute: z.number().describe('mails a minute over the last five'),
    last_hour: z.object({ sent: z.number().int(), later: z.number().int(), bounced: z.number().int(), failed: z.number().int() }),
    used_this_hour: z.number().int(), used_today: z.number().int(),
    last_answers: z.array(z.object({ at: time, outcome: z.string(), text: z.string() })).describe('the last answers that were no acceptance, the newest first'),
  }),
  notices: z.object({
    sent: z.number().int().describe('mails handed over in the last 30 days, as far as counted'), last_at: time.nullable().describe('the last report that was taken, at any address for this provider'),
    missing: z.boolean().describe('mails were sent, but no report ever came: bounces and complaints are not known of'),
  }).nullable().describe('what the provider reports of its mails (`/provider-hooks`); null for SMTP servers, whose bounces come by mail'),
  revision: z.number().int(), created_at: time, updated_at: time,
})
export type SenderView = z.infer<typeof sender>
