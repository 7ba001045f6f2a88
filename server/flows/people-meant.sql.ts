import { sql } from 'kysely'
import { searchFold } from '../../shared/search-fold.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

/** Candidates that are looked at. */
const mostRead = 200

/**
 * Words that may be names, in whichever case («Анне», «Ивановым»), in; who may be meant out: those named by most of the words
 * first, then the user's own contacts, then whoever something happened with last.
 */
export async function findPeopleMeant(db: Db, names: string[], userId: number | null): Promise<{ id: number, name: string }[]> {
  const stems = names.map(stemOf).filter(stem => stem.length >= 2)
  if (stems.length === 0) return []
  const found = await rows<{ id: number, name: string, folded: string, own: boolean }>(db, sql`
    select c.id, ${contactName('c')} as name, search_fold(lower(concat_ws(' ', c.first_name, c.last_name, c.email))) as folded, coalesce(c.owner_id = ${userId}, false) as own
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where ${sql.join(stems.map(stem => sql`c.search_fold ~ ${`\\m${stem.replace(/[^\p{L}\p{N}]/gu, '\\$&')}`}`), sql` or `)}
    order by own desc, r.last_event_at desc nulls last, c.id desc
    limit ${mostRead}
  `)
  // What is left of a word after the part that no case changes: an ending; a longer rest is another name.
  const rest = (stem: string, word: string) => word.startsWith(stem) && word.length <= stem.length + (stem.length < 4 ? 2 : 3) ? word.length - stem.length : null
  return found.map(({ folded, ...person }) => {
    const words = folded.split(' ')
    const rests = stems.map(stem => words.flatMap(word => rest(stem, word) ?? []).toSorted((one, other) => one - other)[0]).filter(each => each !== undefined)
    return { ...person, fits: rests.length, rest: rests.reduce((sum, each) => sum + each, 0) }
  }).filter(person => person.fits > 0).toSorted((one, other) => other.fits - one.fits || one.rest - other.rest).slice(0, 5).map(({ id, name }) => ({ id, name }))
}

/** The part of a name that no case changes, folded: «Анне» → ann, «Ивановым» → ivanov. */
function stemOf(name: string): string {
  if (name.includes('@') || !/[а-яё]/i.test(name)) return searchFold(name)
  const stem = name.replace(/(ого|ому|ыми|ими|ой|ою|ей|ею|ым|им|ом|ем|ём|ую|ая|ах|ях|ам|ям|ов|ев|а|я|у|ю|е|ы|и|ь|й)$/i, '')
  return searchFold(stem.length >= 3 ? stem : name)
}
