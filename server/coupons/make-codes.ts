import { randomInt } from 'node:crypto'
import { couponLetters } from '../../shared/coupons.ts'

/** Codes of the pattern, each * replaced by a random letter or digit, from the system's secure source. Two may be equal: the database knows which are new. */
export function makeCodes(pattern: string, count: number): string[] {
  return Array.from({ length: count }, () => pattern.replace(/\*/g, () => couponLetters[randomInt(couponLetters.length)]!))
}
