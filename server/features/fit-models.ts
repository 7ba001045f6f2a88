import { leastData } from '../../shared/features.ts'
import type { BgNbd, FeatureResult, GammaGamma, MissingReason } from '../../shared/features.ts'
import { aliveProbability, expectedPurchases, fitBgNbd } from './bg-nbd.ts'
import type { ComputedFeatures, Customer } from './customers.sql.ts'
import { expectedAmount, fitGammaGamma, meanOfAll } from './gamma-gamma.ts'
import { PurchaseGroups } from './purchase-groups.ts'
import { purchasesBetween, summarise } from './purchase-history.ts'
import type { PurchaseHistory } from './purchase-history.ts'
import { rateCustomer } from './rfm.ts'
import type { RfmCuts } from '../../shared/features.ts'

const year = 365 / 7
/** Of the calibration check: customers by their repeat purchases before, from this many on together. */
const together = 7

/** Goes over all customers once and then fits: what is kept of each meanwhile is only a place in a group. */
export class CustomerModels {
  #all = new PurchaseGroups()
  #before = new PurchaseGroups()
  #actual = new Map<number, number>()
  #firstDay: number | null
  #today: number
  #cutOff: number

  /** Days are counted from 1970. A third of the time, a year at most, is held back to check the predictions with. */
  constructor(firstDay: number | null, today: number) {
    this.#firstDay = firstDay
    this.#today = today
    this.#cutOff = today - Math.min(364, Math.floor((today - (firstDay ?? today)) / 3))
  }

  add(history: PurchaseHistory): void {
    const now = summarise(history, this.#today)
    if (now === null) return
    this.#all.add(now)
    const before = summarise(history, this.#cutOff)
    if (before === null) return
    this.#before.add(before)
    const place = Math.min(together, before.repeats)
    this.#actual.set(place, (this.#actual.get(place) ?? 0) + purchasesBetween(history, this.#cutOff, this.#today))
  }

  async fit(toMajor: (minor: number) => number): Promise<Pick<FeatureResult, 'purchases' | 'amounts' | 'check'>> {
    const weeks = this.#firstDay === null ? 0 : (this.#today - this.#firstDay) / 7
    const groups = this.#all
    const reason = missing(groups, weeks)
    const fitted = reason === null ? await fitBgNbd(groups.purchases) : null
    const isSound = fitted !== null && Number.isFinite(fitted.logLikelihood)
    const valued = groups.values.reduce((sum, group) => sum + group.customers, 0)
    const amounts = valued < leastData.valuedCustomers ? null : await fitGammaGamma(groups.values)
    const mean = amounts === null ? null : meanOfAll(amounts)
    return {
      purchases: {
        customers: groups.customers, repeat_customers: groups.repeatCustomers, weeks,
        parameters: isSound ? fitted.parameters : null, log_likelihood: isSound ? fitted.logLikelihood : null, reason: reason ?? (isSound ? null : 'no_fit'),
      },
      amounts: { customers: valued, parameters: mean === null ? null : amounts, mean: mean === null ? null : toMajor(mean), reason: amounts === null ? 'few_amounts' : mean === null ? 'no_fit' : null },
      check: isSound ? await this.#check() : null,
    }
  }

  /** Fits what was known before the time held back, and compares. */
  async #check(): Promise<FeatureResult['check']> {
    const groups = this.#before
    const weeks = (this.#today - this.#cutOff) / 7
    if (missing(groups, groups.longestAge) !== null || weeks < 1) return null
    const { parameters, logLikelihood } = await fitBgNbd(groups.purchases)
    if (!Number.isFinite(logLikelihood)) return null
    const lines = new Map<number, { customers: number, predicted: number }>()
    for (const group of groups.purchases) {
      const place = Math.min(together, group.repeats)
      const line = lines.get(place) ?? { customers: 0, predicted: 0 }
      lines.set(place, { customers: line.customers + group.customers, predicted: line.predicted + group.customers * expectedPurchases(parameters, group, weeks) })
    }
    const by_purchases = [...lines].sort((one, other) => one[0] - other[0]).map(([repeats, line]) => ({ repeats, ...line, actual: this.#actual.get(repeats) ?? 0 }))
    return {
      from: new Date(this.#cutOff * 86_400_000).toISOString(), weeks, customers: groups.customers,
      predicted: by_purchases.reduce((sum, line) => sum + line.predicted, 0), actual: by_purchases.reduce((sum, line) => sum + line.actual, 0), by_purchases,
    }
  }
}

function missing(groups: PurchaseGroups, weeks: number): MissingReason | null {
  if (groups.customers < leastData.customers) return 'few_customers'
  if (groups.repeatCustomers < leastData.repeatCustomers) return 'few_repeat_customers'
  return weeks < leastData.weeks ? 'short_history' : null
}

export type Standing = { cuts: RfmCuts | null, purchases: BgNbd | null, amounts: GammaGamma | null, today: number }

/**
 * What stands on a customer's card by these models. Rounded to what they can tell: whole percents, hundredths of an
 * order, three digits of money; so that a night does not write a million cards anew for nothing.
 */
export function computeFeatures({ orders_count, revenue, last_order_at, history }: Customer, { cuts, purchases, amounts, today }: Standing): ComputedFeatures {
  const rfm = cuts === null || orders_count === 0 || last_order_at === null ? null : rateCustomer({ lastOrder: last_order_at.getTime(), orders: orders_count, revenue }, cuts)
  const summary = purchases === null ? null : summarise(history, today)
  const expected = purchases === null || summary === null ? null : finite(expectedPurchases(purchases, summary, year))
  const amount = amounts === null || summary === null ? null : finite(expectedAmount(amounts, summary))
  return {
    rfm_recency: rfm?.recency ?? null, rfm_frequency: rfm?.frequency ?? null, rfm_monetary: rfm?.monetary ?? null, rfm_class: rfm?.class ?? null,
    // The model lets nobody leave before a second purchase: of who bought once it knows nothing.
    alive_probability: purchases === null || summary === null || summary.repeats === 0 || expected === null ? null : Math.round(100 * aliveProbability(purchases, summary)),
    expected_orders: expected === null ? null : Math.round(expected * 100) / 100,
    predicted_value: expected === null || amount === null ? null : Math.round(Number((expected * amount).toPrecision(3))),
  }
}

/** A model of customers who are all alike may lie at the edge of what numbers hold. */
const finite = (value: number | null): number | null => value !== null && Number.isFinite(value) ? value : null
