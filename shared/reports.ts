import { z } from 'zod'

/** Numbers of a period. Rates are left to the reader: each is shown by people and with machines. Money in major units of the company's currency. */
export const periodNumbers = z.object({
  new_contacts: z.number().int(),
  leads: z.number().int(),
  sent: z.number().int().describe('mails of campaigns and journeys handed to the receiving server'),
  delivered: z.number().int().describe('sent and not returned since'),
  bounced: z.number().int(),
  opened: z.number().int().describe('mails opened by a person'),
  opened_with_machines: z.number().int(),
  clicked: z.number().int().describe('mails clicked by a person'),
  clicked_with_machines: z.number().int(),
  unsubscribed: z.number().int(),
  complained: z.number().int(),
  orders: z.number().int(),
  revenue: z.number(),
  attributed_orders: z.number().int().describe('orders credited to a mail'),
  attributed_revenue: z.number(),
})
export type PeriodNumbers = z.infer<typeof periodNumbers>

export const reportDay = z.object({ day: z.iso.date(), sent: z.number().int(), opened: z.number().int(), clicked: z.number().int(), orders: z.number().int(), revenue: z.number(), attributed_revenue: z.number() })

export const reportSender = z.object({
  kind: z.enum(['campaign', 'journey']), id: z.number().int(), name: z.string(),
  sent: z.number().int(), delivered: z.number().int(), opened: z.number().int(), opened_with_machines: z.number().int(), clicked: z.number().int(), unsubscribed: z.number().int(),
  orders: z.number().int(), revenue: z.number(),
})
export type ReportSender = z.infer<typeof reportSender>

export const overviewReport = z.object({
  from: z.iso.datetime(), to: z.iso.datetime(), currency: z.string(),
  totals: periodNumbers,
  before: periodNumbers.describe('the same length of time before, to compare'),
  days: z.array(reportDay).describe("days of the company's time zone; without a row nothing happened"),
  senders: z.array(reportSender).describe('campaigns and journeys with mails sent or orders won in the period, by revenue'),
})
export type OverviewReport = z.infer<typeof overviewReport>

export const reportCounts = ['new_contacts', 'leads', 'sent', 'delivered', 'bounced', 'opened', 'clicked', 'unsubscribed', 'complained', 'orders', 'attributed_orders'] as const
export const reportCount = z.enum(reportCounts)
export type ReportCount = z.infer<typeof reportCount>

export const reportPerson = z.object({ contact_id: z.number().int(), name: z.string().nullable(), email: z.string().nullable(), at: z.iso.datetime().nullable(), note: z.string().nullable() })
