import type { Summary } from './purchase-history.ts'

/** Customers with the same history, as one. */
export type PurchaseGroup = Pick<Summary, 'repeats' | 'recency' | 'age'> & { customers: number }
export type ValueGroup = Pick<Summary, 'valued' | 'meanAmount'> & { customers: number }

const mostGroups = 10_000
const coarserWeeks = [1 / 7, 1, 4]
const coarserDigits = [4, 3, 2]

/**
 * Counts customers with equal histories together, so that a fit costs the same for ten thousand and for a million.
 * When there are too many different ones, times are rounded to weeks, then to four weeks, and
 * amounts to three digits, then to two.
 */
export class PurchaseGroups {
  #groups = new Map<string, PurchaseGroup>()
  #values = new Map<string, ValueGroup>()
  #weeks = 0
  #digits = 0
  customers = 0
  repeatCustomers = 0

  add(summary: Summary): void {
    this.customers++
    if (summary.repeats > 0) this.repeatCustomers++
    this.#count({ repeats: summary.repeats, recency: summary.recency, age: summary.age, customers: 1 })
    if (this.#groups.size > mostGroups && this.#weeks < coarserWeeks.length - 1) {
      this.#weeks++
      const before = this.purchases
      this.#groups = new Map()
      for (const group of before) this.#count(group)
    }
    if (summary.valued === 0) return
    this.#countValue({ valued: summary.valued, meanAmount: summary.meanAmount, customers: 1 })
    if (this.#values.size > mostGroups && this.#digits < coarserDigits.length - 1) {
      this.#digits++
      const before = this.values
      this.#values = new Map()
      for (const group of before) this.#countValue(group)
    }
  }

  #count({ repeats, recency, age, customers }: PurchaseGroup): void {
    const unit = coarserWeeks[this.#weeks]!
    const [units, of] = [Math.round(recency / unit), Math.round(age / unit)]
    const key = `${repeats} ${units} ${of}`
    const known = this.#groups.get(key)
    if (known) known.customers += customers
    else this.#groups.set(key, { repeats, recency: units * unit, age: of * unit, customers })
  }

  #countValue({ valued, meanAmount, customers }: ValueGroup): void {
    const rounded = Number(meanAmount.toPrecision(coarserDigits[this.#digits]))
    const key = `${valued} ${rounded}`
    const known = this.#values.get(key)
    if (known) known.customers += customers
    else this.#values.set(key, { valued, meanAmount: rounded, customers })
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
