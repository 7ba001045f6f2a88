import { rfmClasses } from '../../shared/conditions.ts'
import type { RfmCuts } from '../../shared/features.ts'

export type RfmClass = typeof rfmClasses[number]
export type Rfm = { recency: number, frequency: number, monetary: number, class: RfmClass }

/**
 * Classes by recency (rows, 5 first) and the mean of frequency and monetary value, rounded up (columns, 1 first). The
 * guide shows the same table.
 */
export const rfmTable: Record<number, readonly RfmClass[]> = {
  5: ['new', 'promising', 'loyal', 'champions', 'champions'],
  4: ['new', 'promising', 'loyal', 'loyal', 'champions'],
  3: ['need_attention', 'need_attention', 'need_attention', 'loyal', 'loyal'],
  2: ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'cannot_lose'],
  1: ['lost', 'lost', 'hibernating', 'at_risk', 'cannot_lose'],
}

/** How many fifths of the customers are worse, and one: equal values get equal points. */
const points = (value: number, cuts: readonly number[]): number => 1 + cuts.filter(cut => value > cut).length

/** A customer's last order (milliseconds), number of orders and revenue (minor units) against those of all customers. */
export function rateCustomer(customer: { lastOrder: number, orders: number, revenue: number }, cuts: RfmCuts): Rfm {
  const recency = points(customer.lastOrder, cuts.recency.map(cut => Date.parse(cut)))
  const frequency = points(customer.orders, cuts.frequency)
  const monetary = points(customer.revenue, cuts.monetary)
  return { recency, frequency, monetary, class: rfmTable[recency]![Math.ceil((frequency + monetary) / 2) - 1]! }
}
