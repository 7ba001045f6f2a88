import type { DuplicateReason } from '../../shared/duplicates.ts'

/**
 * What each kind of agreement or difference says, in bits: log2 of how much more often it is seen between two cards of one
 * person than between cards of two (Fellegi and Sunter 1969; Winkler 2006 for the levels of likeness). Shares among cards of
 * one person are estimates, looked at on Febrl's datasets (ANU; bench/duplicates.ts); shares among strangers follow from how
 * many values there are. Mailbox, phone and company do not occur there: estimated carefully.
 * Where how many cards have the value is known, that decides instead: see compare-cards.ts.
 */
export const weights: Record<DuplicateReason['kind'], number> = {
  mailbox_same: 20, mailbox_name_same: 6, mailbox_differs: -0.5,
  phone_same: 17, phone_slip: 8, phone_differs: -2,
  name_same: 15, name_swapped: 14,
  last_same: 9, last_close: 7, last_differs: -6,
  first_same: 6, first_close: 4.5, first_short: 4, first_initial: 2, first_differs: -6,
  birthday_same: 13, birthday_slip: 5, birthday_differs: -7,
  address_same: 9, address_close: 7, address_differs: -3,
  postcode_same: 4, postcode_differs: -2,
  company_same: 3, company_differs: -1.5,
  city_same: 3, city_close: 2.5, city_differs: -2,
  name_unknown: 0,
}

/** Of how many bits, less the odds that two cards taken at random are one person, a pair is at which level. 7 bits: 128 to 1. */
export const levels = { certain: 7, likely: 1, possible: -4 }

/** Below that many cards the odds of two taken at random are not better. */
export const leastCards = 10_000

/** What more cards than that have in common tells nobody apart: they are not compared for it. Of a name alone, which is little, fewer. */
export const mostInBlock = 40
export const mostNamesakes = 5
