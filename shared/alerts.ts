import { z } from 'zod'

/** What administrators can be told of, in the order in which it is shown. */
export const alertKind = z.enum(['campaign', 'provider', 'sender', 'queue', 'domain', 'mailbox', 'rate', 'dmarc', 'hygiene'])
export type AlertKind = z.infer<typeof alertKind>
export const alertWay = z.enum(['program', 'mail', 'webhook'])
export type AlertWay = z.infer<typeof alertWay>

export const alertRule = z.object({
  people: z.union([z.literal('administrators'), z.array(z.number().int().positive()).max(100)]).default('administrators').describe('all administrators there are at that time, or these members of staff'),
  program: z.boolean().default(true), mail: z.boolean().default(true), webhook: z.boolean().default(true).describe('if `webhook_url` is given'),
})
export type AlertRule = z.infer<typeof alertRule>
const usual: AlertRule = alertRule.parse({})
const quiet: AlertRule = alertRule.parse({ mail: false })
export const alertSettings = z.object({
  kinds: z.object({
    campaign: alertRule.default(usual), provider: alertRule.default(usual), sender: alertRule.default(usual), queue: alertRule.default(usual), domain: alertRule.default(usual), mailbox: alertRule.default(usual),
    rate: alertRule.default(usual), dmarc: alertRule.default(quiet), hygiene: alertRule.default(quiet),
  } satisfies Record<AlertKind, unknown>).prefault({}),
  webhook_url: z.union([z.literal(''), z.url({ protocol: /^https?$/, error: 'an address beginning with http:// or https://' }).max(2000)]).default('').describe('called with POST and signed as Standard Webhooks says, with the secret of the webhooks; type: alert.raised, alert.well or alert.test'),
})
export type AlertSettings = z.infer<typeof alertSettings>
/** What is left out stays. */
export const changeAlertSettingsBody = z.object({ kinds: z.partialRecord(alertKind, alertRule).optional(), webhook_url: alertSettings.shape.webhook_url.unwrap().optional() })

const time = z.iso.datetime()
const id = z.number().int()
export const alertPerson = z.object({ id, name: z.string(), email: z.string(), is_administrator: z.boolean(), is_suppressed: z.boolean().describe('the address is on the stop list: no mail goes there, alerts neither') })
export type AlertPerson = z.infer<typeof alertPerson>
export const alertSettingsView = alertSettings.extend({ people: z.array(alertPerson) })
export type AlertSettingsView = z.infer<typeof alertSettingsView>

const both = z.object({ en: z.string(), ru: z.string() })
export const alertDelivery = z.object({
  id, news: z.enum(['raised', 'well', 'test']), way: alertWay, user: z.object({ id, name: z.string() }).nullable(), address: z.string(),
  state: z.enum(['waiting', 'sent', 'failed']), attempts: id, detail: z.string().describe('what the other side said, or why it was not sent'), next_at: time.nullable(), created_at: time, finished_at: time.nullable(),
})
export type AlertDelivery = z.infer<typeof alertDelivery>
export const alert = z.object({
  id, kind: alertKind, thing: z.string(), title: both, body: both, link: z.string(),
  state: z.enum(['open', 'well', 'past', 'test']).describe('open: it still is so; well: it is over; past: it happened, and is not over at some time'),
  times: id.describe('noticed so often'), raised_at: time, last_at: time, well_at: time.nullable(), tell_after: time.nullable().describe('not told yet: the last about the same is not an hour old'),
  deliveries: z.array(alertDelivery),
})
export type Alert = z.infer<typeof alert>
export const alertPage = z.object({ data: z.array(alert), next_cursor: z.string().nullable() })
export const testAlertBody = z.object({ kind: alertKind.describe('told to the people and by the ways of this kind') })
