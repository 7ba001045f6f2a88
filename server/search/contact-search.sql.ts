import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/**
 * What was typed into a search box as a predicate over contacts `c`: every word must occur, in any order. Three and more
 * characters are found anywhere by trigrams; shorter words only at the beginning of a word, which the same index finds.
 */
export function searchPredicate(search: string): RawBuilder<boolean> {
  const typed = search.toWellFormed().replaceAll('\u0000', '').trim().toLowerCase()
  const phone = phoneDigits(typed)
  if (phone !== null) return sql<boolean>`c.search_text like ${`%${phone}%`}`
  const words = typed.split(/\s+/).filter(word => word !== '').slice(0, 8)
  if (words.length === 0) return sql<boolean>`true`
  return sql<boolean>`(${sql.join(words.map(wordPredicate), sql` and `)})`
}

function wordPredicate(word: string): RawBuilder<unknown> {
  const start = word.replace(/^[^\p{L}\p{N}]+/u, '')
  // No index knows signs alone, and nobody is looked for by them.
  if (start === '') return sql`false`
  return word.length >= 3
    ? sql`c.search_text like ${`%${word.replace(/[\\%_]/g, '\\$&')}%`}`
    : sql`c.search_text ~ ${`\\m${start.replace(/[^\p{L}\p{N}]/gu, '\\$&')}`}`
}

/** A phone as people write it, reduced to what is in its E.164 form whatever the prefix was dialled as. */
function phoneDigits(typed: string): string | null {
  if (!/^[+\d][\d\s()-]{5,}$/.test(typed) || !/[\s()+-]/.test(typed) && typed.length < 10) return null
  const digits = typed.replace(/\D/g, '')
  return digits.length < 6 ? null : digits.length === 11 && digits.startsWith('8') ? digits.slice(1) : digits
}
