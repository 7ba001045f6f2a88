import { createHash } from 'node:crypto'
import { shortHash } from './assemble-orders.ts'
import type { DealRow } from './read-records.ts'

/**
 * Gives each deal of a file the number it is known by. One without a number gets one made of what it is called, whose it
 * is and when it began, so that the same file read twice means the same deals. Rows are to come in their order.
 */
export class DealNumbers {
  #seen = new Map<number, number>()

  take(deal: DealRow): DealRow {
    const { title, company, created_at, lines } = deal.input
    const said = deal.deal_id ?? JSON.stringify([title, deal.contact?.external_id ?? deal.contact?.email ?? deal.contact?.phone, company ?? deal.company_domain, created_at, lines?.[0]?.product])
    const key = shortHash(said)
    const count = (this.#seen.get(key) ?? 0) + 1
    this.#seen.set(key, count)
    if (deal.deal_id === null) return { ...deal, deal_id: `row-${createHash('sha256').update(`${said} ${count}`).digest('hex').slice(0, 20)}` }
    // The second product would take the place of the first.
    if (count > 1 && lines !== undefined) return { ...deal, errors: [...deal.errors, { field: 'deal_id', message: 'stands in the file before: a row is one deal with one product' }] }
    return deal
  }
}
