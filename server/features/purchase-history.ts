/**
 * What the models know of a customer. A purchase is a day with one order or more: two orders of one day are one visit
 * to the shop. Weeks are the unit of time, as in the papers.
 */
export type PurchaseHistory = {
  /** days with a purchase, counted from 1970 in the company's time zone, in order */
  days: number[]
  /** what was spent on each, minor units of the company's currency; null: in other currencies only */
  amounts: (number | null)[]
}
export type Summary = {
  /** x: purchases after the first */
  repeats: number
  /** t_x: weeks from the first purchase to the last */
  recency: number
  /** T: weeks from the first purchase to the end of what is known */
  age: number
  /** repeat purchases whose amount counts: more than nothing, in the company's currency */
  valued: number
  /** mean amount of those, minor units; 0 without any */
  meanAmount: number
}

/** As it was at the end of a day; null: not a customer yet. */
export function summarise({ days, amounts }: PurchaseHistory, until: number): Summary | null {
  const first = days[0]
  if (first === undefined || first > until) return null
  let [repeats, last, valued, total] = [0, first, 0, 0]
  for (let index = 1; index < days.length && days[index]! <= until; index++) {
    repeats++
    last = days[index]!
    const amount = amounts[index] ?? 0
    if (amount > 0) {
      valued++
      total += amount
    }
  }
  return { repeats, recency: (last - first) / 7, age: (until - first) / 7, valued, meanAmount: valued === 0 ? 0 : total / valued }
}

export const purchasesBetween = ({ days }: PurchaseHistory, after: number, until: number): number => days.filter(day => day > after && day <= until).length
