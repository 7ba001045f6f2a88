import type { DuplicateLevel, DuplicateReason } from '../../shared/duplicates.ts'
import { searchFold } from '../../shared/search-fold.ts'
import { roleNames } from '../hygiene/role-names.ts'
import { isOneSlip, jaroWinkler } from './jaro-winkler.ts'
import { isShortFor } from './short-names.ts'
import { leastCards, levels, mostInBlock, weights } from './weights.ts'

/** What two cards are compared by; `mailbox` is the address by the rules of its provider. */
export type Comparable = {
  mailbox: string | null, phone: string | null, first_name: string | null, last_name: string | null, company: string | null
  city: string | null, birthday: string | null, address: string | null, postcode: string | null
}
export type Compared = { score: number, level: DuplicateLevel | null, reasons: DuplicateReason[] }
type Kind = DuplicateReason['kind']

/**
 * How sure it is that two cards are one person: the sum of what each field says, less the odds of two cards at random.
 * `cards`: how many there are; `namesakes`: how many of them have this name. Certain needs two things that agree by
 * themselves and nothing that speaks against it, whatever the sum. Pure.
 */
export function compareCards(one: Comparable, other: Comparable, { cards, namesakes }: { cards: number, namesakes: number }): Compared {
  const among = Math.max(cards, leastCards)
  const reasons = [
    ...compareNames(one, other).map(kind => reasonOf(kind, among, namesakes)),
    ...[compareMailboxes, comparePhones, compareBirthdays, compareAddresses, comparePostcodes, compareCompanies, compareCities].flatMap(compare => compare(one, other) ?? []).map(kind => reasonOf(kind, among, namesakes)),
  ]
  const score = reasons.reduce((sum, { bits }) => sum + bits, 0) - Math.log2(among)
  return { score, level: levelOf(score, reasons.map(({ kind }) => kind)), reasons }
}

/** A whole name says as much as it is rare in this base. */
function reasonOf(kind: Kind, among: number, namesakes: number): DuplicateReason {
  if (kind !== 'name_same' && kind !== 'name_swapped') return { kind, bits: weights[kind] }
  // More than were counted: as common a name as there are.
  const many = namesakes > mostInBlock ? Math.max(namesakes, among / 2000) : Math.max(2, namesakes)
  return { kind, bits: Math.round(10 * Math.log2(0.9 * among / many)) / 10, cards: Math.max(2, namesakes) }
}

/** The name of a mailbox is mostly made of that of the person: not a thing by itself. */
const strong: Kind[][] = [['mailbox_same'], ['phone_same'], ['birthday_same'], ['address_same', 'address_close']]
const against: Kind[] = ['first_differs', 'last_differs', 'birthday_differs', 'name_unknown', 'first_initial']

function levelOf(score: number, kinds: Kind[]): DuplicateLevel | null {
  const has = (...some: Kind[]): boolean => some.some(kind => kinds.includes(kind))
  const namesAgree = has('name_same', 'name_swapped') || has('last_same', 'last_close') && has('first_same', 'first_close', 'first_short')
  const agreeing = strong.filter(group => has(...group)).length + (namesAgree ? 1 : 0)
  if (score >= levels.certain && agreeing >= 2 && !has(...against)) return 'certain'
  return score >= levels.likely ? 'likely' : score >= levels.possible ? 'possible' : null
}

const fathersName = /(ovich|evich|ovna|evna|ichna)$/
/** First and last name as they are compared, each perhaps of several words. */
function namesOf({ first_name: first, last_name: last }: Comparable): [string, string] {
  const words = (text: string | null): string[] => text === null ? [] : searchFold(text).split(/[^\p{L}\p{N}]+/u).filter(word => word !== '')
  const [own, family] = [words(first), words(last)]
  const all = [...own, ...family].length > 2 ? [own, family].map(each => each.filter(word => !fathersName.test(word))) : [own, family]
  // A whole name written into one field.
  if (all[1]!.length === 0 && all[0]!.length === 2) return [all[0]![0]!, all[0]![1]!]
  if (all[0]!.length === 0 && all[1]!.length === 2) return [all[1]![0]!, all[1]![1]!]
  return [all[0]!.join(' '), all[1]!.join(' ')]
}

function compareNames(one: Comparable, other: Comparable): Kind[] {
  const [first, last] = namesOf(one)
  const [otherFirst, otherLast] = namesOf(other)
  if (first + last === '' || otherFirst + otherLast === '') return ['name_unknown']
  if (first !== '' && last !== '' && first === otherFirst && last === otherLast) return ['name_same']
  if (first !== '' && last !== '' && first === otherLast && last === otherFirst) return ['name_swapped']
  const straight = compareParts(first, otherFirst, last, otherLast)
  if (first === '' || last === '' || otherFirst === '' || otherLast === '') return straight.length === 0 ? ['name_unknown'] : straight
  const swapped = compareParts(first, otherLast, last, otherFirst)
  const sum = (kinds: Kind[]): number => kinds.reduce((bits, kind) => bits + weights[kind], 0)
  return sum(swapped) - 1 > sum(straight) ? swapped : straight
}

function compareParts(first: string, otherFirst: string, last: string, otherLast: string): Kind[] {
  const firstKind = (): Kind[] => {
    if (first === '' || otherFirst === '') return []
    if (first === otherFirst) return ['first_same']
    if (isShortFor(first, otherFirst)) return ['first_short']
    if ((first.length === 1 || otherFirst.length === 1) && first[0] === otherFirst[0]) return ['first_initial']
    return [isClose(first, otherFirst) ? 'first_close' : 'first_differs']
  }
  const lastKind = (): Kind[] => last === '' || otherLast === '' ? [] : last === otherLast ? ['last_same'] : [isClose(last, otherLast) || isFeminineOf(last, otherLast) ? 'last_close' : 'last_differs']
  return [...firstKind(), ...lastKind()]
}
/** A slip of the pen; in a long word more than one. */
const isClose = (one: string, other: string): boolean => Math.min(one.length, other.length) > 3 && isOneSlip(one, other) || jaroWinkler(one, other) >= 0.9
const isFeminineOf = (one: string, other: string): boolean => one === `${other}a` || other === `${one}a`

function compareMailboxes({ mailbox }: Comparable, { mailbox: other }: Comparable): Kind | null {
  if (mailbox === null || other === null) return null
  if (mailbox === other) return 'mailbox_same'
  const [name, otherName] = [mailbox, other].map(each => each.slice(0, each.indexOf('@')))
  const letters = (text: string): string => searchFold(text).replace(/[^\p{L}\p{N}]/gu, '')
  return letters(name!).length > 4 && letters(name!) === letters(otherName!) && !roles.has(name!) ? 'mailbox_name_same' : 'mailbox_differs'
}
const roles = new Set(roleNames)

function comparePhones({ phone }: Comparable, { phone: other }: Comparable): Kind | null {
  if (phone === null || other === null) return null
  return phone.length > 9 && phone.slice(-9) === other.slice(-9) ? 'phone_same' : isOneSlip(phone, other) ? 'phone_slip' : 'phone_differs'
}

function compareBirthdays({ birthday }: Comparable, { birthday: other }: Comparable): Kind | null {
  if (birthday === null || other === null) return null
  if (birthday === other) return 'birthday_same'
  const [year, month, day] = birthday.split('-')
  return isOneSlip(birthday, other) || other === `${year}-${day}-${month}` ? 'birthday_slip' : 'birthday_differs'
}

export function compareAddresses({ address }: Pick<Comparable, 'address'>, { address: other }: Pick<Comparable, 'address'>): 'address_same' | 'address_close' | 'address_differs' | null {
  if (address === null || other === null) return null
  const [own, others] = [plainAddress(address), plainAddress(other)]
  if (own === '' || others === '') return null
  if (own === others) return 'address_same'
  const numbers = (text: string): string => (text.match(/\d+/g) ?? []).join(' ')
  const streets = (text: string): string => text.replace(/[\d ]+/g, '')
  const near = jaroWinkler(streets(own), streets(others))
  const sameNumbers = numbers(own) === numbers(others)
  return sameNumbers && near >= 0.85 || near >= 0.95 && (numbers(own) === '' || numbers(others) === '') ? 'address_close' : 'address_differs'
}
const ways = new Set(['street', 'st', 'str', 'ul', 'ulitsa', 'road', 'rd', 'avenue', 'ave', 'prospekt', 'pr', 'd', 'dom', 'kv', 'apt', 'strase'])
const plainAddress = (text: string): string => searchFold(text).split(/[^\p{L}\p{N}]+/u).filter(word => word !== '' && !ways.has(word)).join(' ')

const comparePostcodes = ({ postcode }: Comparable, { postcode: other }: Comparable): Kind | null => postcode === null || other === null ? null : postcode === other ? 'postcode_same' : isOneSlip(postcode, other) ? null : 'postcode_differs'
const compareCompanies = ({ company }: Comparable, { company: other }: Comparable): Kind | null => company === null || other === null ? null : company === other ? 'company_same' : 'company_differs'

function compareCities({ city }: Comparable, { city: other }: Comparable): Kind | null {
  if (city === null || other === null) return null
  const [own, others] = [searchFold(city), searchFold(other)]
  return own === others ? 'city_same' : isClose(own, others) ? 'city_close' : 'city_differs'
}
