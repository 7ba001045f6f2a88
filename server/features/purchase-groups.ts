import type { Summary } from './purchase-history.ts'

/** Customers with the same history, as one. */
export type PurchaseGroup = Pick<Summary, 'repeats' | 'recency' | 'age'> & { customers: number }
export type ValueGroup = Pick<Summary, 'valued' | 'meanAmount'> & { customers: number }

const mostGroups = 20_000
const coarser = [1 / 7, 1, 4]

/**
 * Counts customers with equal histories together, so that a fit costs the same for ten thousand and for a million.
 * When there are too many different ones, times are rounded to weeks, then to four weeks.
 */
export class PurchaseGroups {
  #groups = new Map<string, PurchaseGroup>()
  #values = new Map<string, ValueGroup>()
  #unit = 0
  customers = 0
  repeatCustomers = 0

  add(summary: Summary): void {
    this.customers++
    if (summary.repeats > 0) this.repeatCustomers++
    this.#count({ repeats: summary.repeats, recency: summary.recency, age: summary.age, customers: 1 })
    if (this.#groups.size > mostGroups && this.#unit < coarser.length - 1) {
      this.#unit++
      const before = [...this.#groups.values()]
      this.#groups = new Map()
      for (const group of before) this.#count(group)
    }
    if (summary.valued === 0) return
    const meanAmount = Number(summary.meanAmount.toPrecision(4))
    const key = `${summary.valued} ${meanAmount}`
    const known = this.#values.get(key)
    if (known) known.customers++
    else this.#values.set(key, { valued: summary.valued, meanAmount, customers: 1 })
  }

  #count({ repeats, recency, age, customers }: PurchaseGroup): void {
    const unit = coarser[this.#unit]!
    const [units, of] = [Math.round(recency / unit), Math.round(age / unit)]
    const key = `${repeats} ${units} ${of}`
    const known = this.#groups.get(key)
    if (known) known.customers += customers
    else this.#groups.set(key, { repeats, recency: units * unit, age: of * unit, customers })
  }

  get purchases(): PurchaseGroup[] {
    return [...this.#groups.values()]
  }

  get values(): ValueGroup[] {
    return [...this.#values.values()]
  }

  get longestAge(): number {
    return this.purchases.reduce((longest, group) => Math.max(longest, group.age), 0)
  }
}
