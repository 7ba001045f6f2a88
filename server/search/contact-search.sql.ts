import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { otherLayout, searchStem } from '../../shared/search-fold.ts'

/**
 * What was typed into a search box as a predicate over contacts `c`: every word must occur, in any order, in whichever
 * script or keyboard layout.
 */
export function searchPredicate(search: string): RawBuilder<boolean> {
  const phone = phoneDigits(cleaned(search))
  if (phone !== null) return sql<boolean>`c.search_fold like ${`%${phone}%`}`
  return wordsPredicate(searchWords(search), sql`c.search_fold`)
}

/** The same over any folded text; no words: all. */
export function wordsPredicate(words: string[], text: RawBuilder<unknown>): RawBuilder<boolean> {
  if (words.length === 0) return sql<boolean>`true`
  return sql<boolean>`(${sql.join(words.map(word => wordPredicate(word, text)), sql` and `)})`
}

/** Words as typed, eight at most: of a longer text the rest adds nothing. Signs that stand alone (№, —) say nothing beside words. */
export function searchWords(search: string): string[] {
  const words = cleaned(search).split(/\s+/).filter(word => word !== '')
  const telling = words.filter(word => /[\p{L}\p{N}]/u.test(word))
  return (telling.length > 0 ? telling : words).slice(0, 8)
}

/** The ways a typed word may be meant, folded: as it stands, and as if the other layout had been on. */
export function wordStems(word: string): string[] {
  const other = otherLayout(word)
  return [...new Set([word, ...other === null ? [] : [other]].map(searchStem).filter(stem => /[\p{L}\p{N}]/u.test(stem)))]
}

/**
 * Every word as typed or, whole, as one of its near words. Both ways are asked of one index, so it stays quick.
 * `near`: as many lists as words, folded.
 */
export function nearPredicate(words: string[], near: string[][], text: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(${sql.join(words.map((word, index) => near[index]!.length === 0
    ? wordPredicate(word, text)
    : sql`(${wordPredicate(word, text)} or ${text} ~ ${`\\m(${near[index]!.join('|')})\\M`})`), sql` and `)})`
}

/** Three and more characters are found anywhere by trigrams; shorter ones only at the beginning of a word, which the same index finds. */
function wordPredicate(word: string, text: RawBuilder<unknown>): RawBuilder<unknown> {
  const ways = wordStems(word).map((stem) => {
    const start = stem.replace(/^[^\p{L}\p{N}]+/u, '')
    return stem.length >= 3
      ? sql`${text} like ${`%${stem.replace(/[\\%_]/g, '\\$&')}%`}`
      : sql`${text} ~ ${`\\m${start.replace(/[^\p{L}\p{N}]/gu, '\\$&')}`}`
  })
  // No index knows signs alone, and nobody is looked for by them.
  return ways.length === 0 ? sql`false` : sql`(${sql.join(ways, sql` or `)})`
}

const cleaned = (search: string) => search.toWellFormed().replaceAll('\u0000', '').trim()

/** A phone as people write it, reduced to what is in its E.164 form whatever the prefix was dialled as. */
function phoneDigits(typed: string): string | null {
  if (!/^[+\d][\d\s()-]{5,}$/.test(typed) || !/[\s()+-]/.test(typed) && typed.length < 10) return null
  const digits = typed.replace(/\D/g, '')
  return digits.length < 6 ? null : digits.length === 11 && digits.startsWith('8') ? digits.slice(1) : digits
}
