import type { CompanyReason } from '../../shared/company-duplicates.ts'
import type { DuplicateLevel } from '../../shared/duplicates.ts'
import { compareAddresses } from './compare-cards.ts'
import { isOneSlip, jaroWinkler } from './jaro-winkler.ts'
import { levels } from './weights.ts'

/** What two companies are compared by; `words`: of the name, without legal forms, in Latin letters. */
export type ComparableCompany = { words: string[], domain: string | null, phone: string | null, address: string | null, tax: string | null }
export type ComparedCompanies = { score: number, level: DuplicateLevel | null, reasons: CompanyReason[] }
type Kind = CompanyReason['kind']

/**
 * In bits, as for cards of people (weights.ts). Estimated carefully: no set of companies with known duplicates was at hand.
 * A whole name counts by how rare it is here; that names of companies are made to be told apart is worth three bits.
 */
const bits: Record<Exclude<Kind, 'name_same'>, number> = {
  tax_same: 20, tax_differs: -14, name_close: 8, name_part: 5, name_differs: -8, domain_same: 14, domain_differs: -4, phone_same: 13, phone_differs: -1.5, address_same: 9, address_close: 7, address_differs: -2,
}
const leastCompanies = 1000

/** How sure it is that two companies are one. Certain needs two things that agree by themselves and nothing against it. Pure. */
export function compareCompanies(one: ComparableCompany, other: ComparableCompany, { companies, namesakes }: { companies: number, namesakes: number }): ComparedCompanies {
  const among = Math.max(companies, leastCompanies)
  const kinds = [compareSame('tax', one.tax, other.tax), compareNames(one.words, other.words), compareSame('domain', one.domain, other.domain), compareSame('phone', one.phone?.slice(-9) ?? null, other.phone?.slice(-9) ?? null), compareAddresses(one, other)].filter(kind => kind !== null)
  const reasons = kinds.map(kind => ({ kind, bits: kind === 'name_same' ? Math.round(10 * (Math.log2(0.9 * among / Math.max(2, namesakes)) + 3)) / 10 : bits[kind] }))
  const score = reasons.reduce((sum, reason) => sum + reason.bits, 0) - Math.log2(among)
  const has = (...some: Kind[]): boolean => some.some(kind => kinds.includes(kind))
  const agreeing = [['tax_same'], ['name_same', 'name_close'], ['domain_same'], ['phone_same'], ['address_same', 'address_close']].filter(group => has(...group as Kind[])).length
  const isCertain = score >= levels.certain && agreeing >= 2 && !has('name_differs', 'tax_differs')
  return { score, reasons, level: isCertain ? 'certain' : score >= levels.likely ? 'likely' : score >= levels.possible ? 'possible' : null }
}

function compareSame<T extends 'tax' | 'domain' | 'phone'>(what: T, one: string | null, other: string | null): `${T}_${'same' | 'differs'}` | null {
  return one === null || other === null ? null : `${what}_${one === other ? 'same' : 'differs'}`
}

/** In whatever order, written together or apart, with slips of the pen; or all of one in the other: «Чайный дом» and «Чайный дом на Арбате». */
function compareNames(one: string[], other: string[]): Extract<Kind, `name_${string}`> {
  const written = (words: string[]): string => words.toSorted().join('')
  if (written(one) === written(other) || one.join('') === other.join('')) return 'name_same'
  const [fewer, more] = one.length <= other.length ? [one, other] : [other, one]
  const left = [...more]
  const found = fewer.every(word => {
    const place = left.findIndex(each => isClose(word, each))
    if (place !== -1) left.splice(place, 1)
    return place !== -1
  })
  if (found && left.length === 0 || jaroWinkler(one.join(''), other.join('')) >= 0.95) return 'name_close'
  return found && fewer.join('').length > 4 ? 'name_part' : 'name_differs'
}
const isClose = (one: string, other: string): boolean => one === other || Math.min(one.length, other.length) > 3 && (isOneSlip(one, other) || jaroWinkler(one, other) >= 0.93)
