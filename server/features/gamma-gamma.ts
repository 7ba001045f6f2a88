import type { GammaGamma } from '../../shared/features.ts'
import { logGamma } from './log-gamma.ts'
import { maximise } from './maximise.ts'
import type { ValueGroup } from './purchase-groups.ts'
import type { Summary } from './purchase-history.ts'

/**
 * The Gamma-Gamma model of what a purchase is worth: P. Fader, B. Hardie, "The Gamma-Gamma Model of Monetary Value"
 * (note 25, 2013). A customer's purchases scatter around a mean of their own as gamma(p, ν), and the ν of customers as
 * gamma(q, γ). Supposes that how much one spends does not depend on how often one buys. `v` is γ, in minor units.
 */
type Amounts = Pick<Summary, 'valued' | 'meanAmount'>

/** Their equation 1a, summed over groups of customers. x = valued, z̄ = meanAmount. */
export function logLikelihoodOfAmounts({ p, q, v }: GammaGamma, groups: ValueGroup[]): number {
  const [logGammaQ, logV] = [logGamma(q), Math.log(v)]
  const ofCount: number[] = []
  let sum = 0
  for (const { valued: x, meanAmount, customers } of groups) {
    const fixed = ofCount[x] ??= logGamma(p * x + q) - logGamma(p * x) - logGammaQ + q * logV + p * x * Math.log(x)
    sum += customers * (fixed + (p * x - 1) * Math.log(meanAmount) - (p * x + q) * Math.log(v + x * meanAmount))
  }
  return sum
}

const furthest = 12

/** The parameters under which these amounts are the most likely. Amounts are measured by their mean meanwhile. */
export async function fitGammaGamma(groups: ValueGroup[]): Promise<GammaGamma> {
  const customers = groups.reduce((sum, group) => sum + group.customers, 0)
  const mean = groups.reduce((sum, group) => sum + group.customers * group.meanAmount, 0) / Math.max(1, customers)
  const measured = groups.map(group => ({ ...group, meanAmount: group.meanAmount / mean }))
  const read = ([p, q, v]: number[]): GammaGamma => ({ p: Math.exp(p!), q: Math.exp(q!), v: Math.exp(v!) })
  const value = (at: number[]): number => {
    if (at.some(one => Math.abs(one) > furthest)) return -Infinity
    const found = logLikelihoodOfAmounts(read(at), measured)
    return Number.isFinite(found) ? found : -Infinity
  }
  const found = read((await maximise(value, [Math.log(4), Math.log(4), 0])).at)
  return { ...found, v: found.v * mean }
}

/** What the customers' purchases are worth in the middle: p γ / (q − 1); null when the model has no mean. */
export const meanOfAll = ({ p, q, v }: GammaGamma): number | null => q > 1 ? p * v / (q - 1) : null

/**
 * What the customer's purchases are worth on average, minor units (their equation 5): between their own mean and that of
 * all, the nearer to their own the more they have bought. Null when the model has no mean and nothing is known of them.
 */
export function expectedAmount(model: GammaGamma, { valued: x, meanAmount }: Amounts): number | null {
  if (x === 0) return meanOfAll(model)
  const weight = model.p * x + model.q - 1
  return weight > 0 ? model.p * (model.v + x * meanAmount) / weight : null
}
