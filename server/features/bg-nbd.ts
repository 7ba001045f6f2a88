import type { BgNbd } from '../../shared/features.ts'
import { hypergeometric } from './hypergeometric.ts'
import { logGamma } from './log-gamma.ts'
import { maximise } from './maximise.ts'
import type { PurchaseGroup } from './purchase-groups.ts'
import type { Summary } from './purchase-history.ts'

/**
 * The BG/NBD model: P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005).
 * While a customer is alive purchases come at a rate of their own, λ ~ gamma(r, α); after each they may leave for good,
 * with a probability of their own, p ~ beta(a, b). Time in weeks.
 */
type History = Pick<Summary, 'repeats' | 'recency' | 'age'>

/** Their equation 6, summed over groups of customers. x = repeats, t_x = recency, T = age. */
export function logLikelihood({ r, alpha, a, b }: BgNbd, groups: PurchaseGroup[]): number {
  const [logGammaR, logAlpha, logBeta] = [logGamma(r), Math.log(alpha), logGamma(a + b) - logGamma(b)]
  // What depends on x alone is wanted again and again.
  const ofRepeats: number[] = []
  let sum = 0
  for (const { repeats: x, recency, age, customers } of groups) {
    const fixed = ofRepeats[x] ??= logGamma(r + x) - logGammaR + r * logAlpha + logBeta + logGamma(b + x) - logGamma(a + b + x)
    const alive = -(r + x) * Math.log(alpha + age)
    let either = alive
    if (x > 0) {
      const left = Math.log(a / (b + x - 1)) - (r + x) * Math.log(alpha + recency)
      either = Math.max(alive, left) + Math.log1p(Math.exp(-Math.abs(alive - left)))
    }
    sum += customers * (fixed + either)
  }
  return sum
}

const furthest = 12

/** The parameters under which these purchases are the most likely. Searched as logarithms, between e⁻¹² and e¹². */
export async function fitBgNbd(groups: PurchaseGroup[]): Promise<{ parameters: BgNbd, logLikelihood: number }> {
  const read = ([r, alpha, a, b]: number[]): BgNbd => ({ r: Math.exp(r!), alpha: Math.exp(alpha!), a: Math.exp(a!), b: Math.exp(b!) })
  const value = (at: number[]): number => {
    if (at.some(one => Math.abs(one) > furthest)) return -Infinity
    const found = logLikelihood(read(at), groups)
    return Number.isFinite(found) ? found : -Infinity
  }
  const customers = groups.reduce((sum, group) => sum + group.customers, 0)
  const meanAge = groups.reduce((sum, group) => sum + group.customers * group.age, 0) / Math.max(1, customers)
  const found = await maximise(value, [Math.log(0.5), Math.log(Math.max(0.2, meanAge / 5)), 0, Math.log(2)])
  return { parameters: read(found.at), logLikelihood: found.value }
}

/** The odds of having left: the ratio of the two ways of the likelihood. Nobody leaves before a second purchase. */
function oddsOfLeft({ r, alpha, a, b }: BgNbd, { repeats: x, recency, age }: History): number {
  return x === 0 ? 0 : a / (b + x - 1) * ((alpha + age) / (alpha + recency)) ** (r + x)
}

/** How likely it is that the customer has not left (their equation 8 of the note of 2008), 0 … 1. */
export const aliveProbability = (model: BgNbd, history: History): number => 1 / (1 + oddsOfLeft(model, history))

/**
 * Purchases to be expected within `weeks` from now, by all that is known of the customer: their equation 10. The terms of
 * this form of 2F1 are all of one sign, so nothing cancels out, and their sum stays below e to the purchases of `weeks`.
 */
export function expectedPurchases(model: BgNbd, history: History, weeks: number): number {
  const { r, alpha, b } = model
  const x = history.repeats
  // At a = 1 and at a + b + x = 1 both sides of a quotient are 0; right beside them the limit is met to ten digits.
  let a = Math.abs(model.a - 1) < 1e-5 ? 1 + 1e-5 : model.a
  if (Math.abs(a + b + x - 1) < 1e-5) a += 2e-5
  const z = weeks / (alpha + history.age + weeks)
  const rest = (1 - z) ** (r + x) * hypergeometric(r + x, b + x, a + b + x - 1, z)
  return Math.max(0, (a + b + x - 1) / (a - 1) * (1 - rest) / (1 + oddsOfLeft(model, history)))
}

/** Of somebody who makes the first purchase now (their equation 9): the same with nothing known yet. */
export const expectedOfNewCustomer = (model: BgNbd, weeks: number): number => expectedPurchases(model, { repeats: 0, recency: 0, age: 0 }, weeks)
