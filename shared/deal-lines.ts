import { z } from 'zod'
import { toMinor } from './money.ts'

const discounts = { discount_percent: z.number().min(0).max(100).nullable().default(null), discount: z.number().min(0).max(1e12).nullable().default(null).describe('money off the line, major units; not beside discount_percent') }

/** One line of a deal as it is given: a product of the catalogue by number, or anything by name. */
export const dealLineBody = z.object({
  product_id: z.number().int().positive().nullable().default(null),
  name: z.string().trim().max(500).default('').describe("left out: the product's"),
  quantity: z.number().positive().max(1e6).default(1).describe('up to three digits after the point'),
  price: z.number().min(0).max(1e12).describe('of one, major units of the currency of the deal'),
  ...discounts,
}).refine(line => line.discount === null || line.discount_percent === null, { path: ['discount'], message: 'give a discount in money or in per cent, not both' })
export type DealLineBody = z.infer<typeof dealLineBody>

export const dealLine = z.object({
  id: z.number().int(), product_id: z.number().int().nullable(), name: z.string(), quantity: z.number(), price: z.number(),
  discount_percent: z.number().nullable(), discount: z.number().nullable(), total: z.number().describe('major units, without the discount'),
})
export type DealLine = z.infer<typeof dealLine>

/** What a line comes to, in minor units; each step rounded half up as on an invoice, never below nothing. Server and screen ask this. */
export function lineTotal(line: Pick<DealLineBody, 'quantity' | 'price' | 'discount_percent' | 'discount'>, currency: string): number {
  const gross = Math.round(Math.round(line.quantity * 1000) * toMinor(line.price, currency) / 1000)
  const off = line.discount_percent !== null ? Math.round(gross * Math.round(line.discount_percent * 100) / 10_000) : toMinor(line.discount ?? 0, currency)
  return Math.max(0, gross - off)
}

export const linesTotal = (lines: Parameters<typeof lineTotal>[0][], currency: string): number => lines.reduce((sum, line) => sum + lineTotal(line, currency), 0)
