/**
 * Gauss's 2F1(a, b; c; z) by its series, for 0 ≤ z < 1. Call it where the terms are of one
 * sign; it ends when a term adds nothing any more.
 */
export function hypergeometric(a: number, b: number, c: number, z: number): number {
  let term = 1
  let sum = 1
  for (let n = 0; n < 1_000_000; n++) {
    term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
    sum += term
    if (Math.abs(term) <= 1e-15 * Math.abs(sum) && (a + n) * (b + n) * z < (c + n) * (n + 1)) return sum
  }
  return sum
}
