import { z } from 'zod'

/** Administrators hear when a rate of the last seven days to one provider is above: per cent of the mails sent. */
export const rateLimits = z.object({
  bounced: z.number().min(0.01).max(100).default(5),
  complained: z.number().min(0.01).max(100).default(0.3),
  unsubscribed: z.number().min(0.01).max(100).default(2),
  least_mails: z.number().int().min(1).max(1_000_000).default(200).describe('fewer mails in the seven days say nothing'),
})

/** What the program cannot find out by itself, and what it warns of. */
export const reputationSettings = z.object({
  sending_addresses: z.array(z.union([z.ipv4(), z.ipv6()], 'give IP addresses such as 203.0.113.7')).max(50).default([]).describe('IP addresses your mail server sends from; empty: those of its name'),
  limits: rateLimits.prefault({}),
  rotate_keys_months: z.number().int().min(1, 'from 1 to 60 months').max(60, 'from 1 to 60 months').nullable().default(null).describe('a new signing key is made by itself when the one in use has signed for so many months; null: never'),
})
export type ReputationSettings = z.infer<typeof reputationSettings>

/** What became of a report somebody gave: `taken`, `known` already, or why it cannot be used. */
export const dmarcTaken = z.object({
  outcome: z.enum(['taken', 'known', 'refused']),
  reason: z.enum(['too_large', 'no_archive', 'no_report', 'not_ours', 'too_many_rows', 'future']).nullable(),
  report_id: z.number().int().nullable(),
  org_name: z.string().nullable(), domain: z.string().nullable(), mails: z.number().int().nullable(),
})
export type DmarcTaken = z.infer<typeof dmarcTaken>

export const dmarcReport = z.object({
  id: z.number().int(), org_name: z.string(), domain: z.string(), begins_at: z.iso.datetime(), ends_at: z.iso.datetime(),
  policy: z.string(), mails: z.number().int(), passed: z.number().int(), source: z.enum(['upload', 'mailbox']), received_at: z.iso.datetime(),
})
export type DmarcReport = z.infer<typeof dmarcReport>

const counts = { mails: z.number().int(), passed: z.number().int().describe('DKIM or SPF passed and belongs to the domain'), dkim: z.number().int(), spf: z.number().int(), put_aside: z.number().int().describe('quarantined or rejected') }
/** One sender in our name. `ours`: our server, or a provider we send through, or whoever signs with our key. */
export const dmarcSource = z.object({ who: z.string(), ours: z.boolean(), addresses: z.number().int(), ...counts })
export type DmarcSource = z.infer<typeof dmarcSource>
export const dmarcAddress = z.object({ address: z.string(), host: z.string().nullable(), ...counts })
export type DmarcAddress = z.infer<typeof dmarcAddress>
export const dmarcOverview = z.object({
  domains: z.array(z.string()).describe('those there are reports about'),
  reports: z.number().int(), policy: z.string().nullable().describe('of the latest report'),
  ...counts,
  days: z.array(z.object({ day: z.iso.date(), mails: z.number().int(), passed: z.number().int() })),
  sources: z.array(dmarcSource).describe('by number of mails, at most 200'),
  advice: z.enum(['no_reports', 'mend_own', 'keep_watching', 'raise_policy', 'good']),
})
export type DmarcOverview = z.infer<typeof dmarcOverview>

const count = z.number().int()
export const deliveryCounts = z.object({
  sent: count.describe('left, or refused while handed over'), delivered: count.describe('sent and not returned'), bounced_hard: count.describe('the address is not mailed any more'), bounced_soft: count,
  complained: count, opened: count.describe('by a person'), opened_by_machines: count.describe('by machines only'), clicked: count, clicked_by_machines: count, unsubscribed: count,
})
export type DeliveryCounts = z.infer<typeof deliveryCounts>
export const deliveryBy = z.enum(['provider', 'domain', 'sender', 'campaign', 'journey', 'source']).describe('domain: of ours, which the mail was sent from')
export type DeliveryBy = z.infer<typeof deliveryBy>
export const deliveryWhat = z.enum(['sent', 'delivered', 'bounced_hard', 'bounced_soft', 'complained', 'opened', 'opened_by_machines', 'clicked', 'clicked_by_machines', 'unsubscribed'])
export type DeliveryWhat = z.infer<typeof deliveryWhat>
export const deliveryOverview = z.object({
  as_of: z.iso.datetime().nullable().describe('null: not counted yet'),
  totals: deliveryCounts, before: deliveryCounts.describe('as many days before'),
  days: z.array(deliveryCounts.extend({ day: z.iso.date() })),
  rows: z.array(deliveryCounts.extend({ key: z.string(), name: z.string() })),
  limits: rateLimits,
})
export type DeliveryOverview = z.infer<typeof deliveryOverview>
