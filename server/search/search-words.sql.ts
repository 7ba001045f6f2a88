import { sql } from 'kysely'
import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { changedRows, rows, withTransaction } from '../base/db.ts'
import { otherLayout, searchFold } from '../../shared/search-fold.ts'
import { isOneMistake } from './is-one-mistake.ts'

/** Of more that are near, any: whoever types one mistake has seldom more to choose from. */
const mostNear = 20
const shortest = 4
const keyedAtOnce = 1000

/**
 * For each word typed the words of names one mistake away from it, folded, as if either keyboard layout had been on. They
 * are everybody's words, whoever asks: show none that does not stand on a record the asker sees (decision 0061).
 */
export async function findNearWords(db: Db, words: string[]): Promise<string[][]> {
  const meant = words.map(word => [word, otherLayout(word)].filter(way => way !== null).map(plain).filter(way => way.length >= shortest))
  const asked = meant.flat()
  if (asked.length === 0) return words.map(() => [])
  const known = await rows<{ asked: string, word: string }>(db, sql`
    select asked, near.word
    from unnest(${asked}::text[]) as asked
    cross join lateral (select distinct word from search_words where keys && mistake_keys(asked) limit 500) as near
  `)
  return meant.map((ways) => {
    const near = known.filter(each => ways.includes(each.asked) && isNear(each.asked, each.word)).map(each => searchFold(each.word))
    return [...new Set(near)].slice(0, mostNear)
  })
}

const isNear = (typed: string, word: string) => isOneMistake(typed, word) || isOneMistake(searchFold(typed), searchFold(word))

/** Only letters and digits: what else a key gives is part of no word. Of numbers a neighbour would be another's. */
const plain = (way: string) => /\p{L}/u.test(way) ? way.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '') : ''

/** Makes the keys of words that are new; until then they are nobody's neighbours. */
export async function keyWords(app: App): Promise<boolean> {
  return await changedRows(app.db, sql`
    update search_words
    set keys = mistake_keys(word)
    where keys is null
      and word in (select word from search_words where keys is null order by word limit ${keyedAtOnce})
  `) > 0
}

/** Takes out the words no name has any more, such as those of people who were erased, and puts in what is missing. A second run changes nothing. */
export async function keepWords(app: App): Promise<boolean> {
  await withTransaction(app.db, tx => sql`
    with used as (
      select words_of_name(concat_ws(' ', first_name, last_name)) as word from contacts
      union select words_of_name(name) from companies
    ), forgotten as (
      delete from search_words
      where not exists (select from used where used.word = search_words.word)
    )
    insert into search_words (word)
    select word from used
    where not exists (select from search_words known where known.word = used.word)
  `.execute(tx))
  return false
}
