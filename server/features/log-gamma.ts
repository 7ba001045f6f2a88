/** Lanczos, g = 7, nine terms (Godfrey 2001): good to about 15 digits for x > 0. */
const terms = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]
const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI)

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  let sum = terms[0]!
  for (let index = 1; index < terms.length; index++) sum += terms[index]! / (z + index)
  const t = z + 7.5
  return halfLogTwoPi + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}
