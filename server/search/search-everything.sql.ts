import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { NearResult, SearchResult } from '../../shared/search.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { nearPredicate, searchPredicate, searchWords, wordsPredicate } from './contact-search.sql.ts'
import type { Found } from './rank-results.ts'
import { rankResults, wordsShown } from './rank-results.ts'
import { findNearWords } from './search-words.sql.ts'

/** Tables small enough to be read whole, whose records stand by themselves. */
const named = [
  { kind: 'segment', table: 'segments' }, { kind: 'journey', table: 'journeys' }, { kind: 'campaign', table: 'campaigns' },
  { kind: 'template', table: 'templates' }, { kind: 'form', table: 'forms' },
] as const

/** Candidates that are ranked; of more that fit, the newest. */
const contactsRanked = 100
const othersRanked = 30

/** With so many found nobody is thought to have mistyped. */
const enough = 5

export type Everything = { data: SearchResult[], near: NearResult[] }

/**
 * What fits every word typed, ranked, a few of each kind. A whole address, phone or external number finds its person first.
 * `near`: when that is little, who would be found but for one mistake in a word.
 */
export async function searchEverything(db: Db, typed: string): Promise<Everything> {
  const words = searchWords(typed)
  const exact = await findExact(db, typed)
  // Who types a whole address or phone means its owner; the rest need not be looked through.
  const isKnown = exact.length > 0 && /@|^\+?[\d\s()-]{10,}$/.test(typed)
  const [contacts, others, small] = await Promise.all([isKnown ? [] : findContacts(db, typed), findOfContacts(db, words), findNamed(db, words)])
  const people = [...new Map([...exact, ...contacts].map(found => [found.id, found])).values()]
  const leads = await findLeads(db, people.slice(0, othersRanked).map(found => found.id))
  const data = rankResults(typed, words, [...people, ...leads, ...others, ...small])
  return { data, near: isKnown || data.length >= enough ? [] : await findNear(db, words, data) }
}

async function findNear(db: Db, typed: string[], found: SearchResult[]): Promise<NearResult[]> {
  const words = typed.flatMap(word => word.split('-')).filter(word => word !== '')
  const near = await findNearWords(db, words)
  if (near.every(each => each.length === 0)) return []
  const wherever = (text: RawBuilder<unknown>) => nearPredicate(words, near, text)
  const all = await rows<Found>(db, sql`
    (select ${contactColumns}
    from contacts c
    where ${wherever(sql`c.search_fold`)}
    order by c.created_at desc, c.id desc
    limit ${contactsRanked})
    union all
    (select ${companyColumns}
    from companies
    where ${wherever(sql`search_fold(name)`)}
    limit ${othersRanked})
  `)
  const fresh = all.filter(each => !found.some(({ kind, id }) => kind === each.kind && id === each.id))
  const shown = new Map(fresh.map(each => [`${each.kind} ${each.id}`, wordsShown(words, near, each)]))
  return rankResults('', near.flat(), fresh).map(each => ({ ...each, shown_for: shown.get(`${each.kind} ${each.id}`)! }))
}

const contactColumns = sql`
  'contact' as kind, c.id, c.id as contact_id, ${contactName('c')} as title, concat_ws(' · ', c.email, c.phone, c.city) as detail,
  concat_ws(' ', c.email, c.phone, c.external_id, c.city) as also, array_remove(array[c.email, c.phone, c.external_id], null) as exact`

const companyColumns = sql`'company' as kind, id, null::bigint as contact_id, name as title, '' as detail, '' as also, array[]::text[] as exact`

/** Those whose address, phone or number in another system is the whole of what was typed. */
async function findExact(db: Db, typed: string): Promise<Found[]> {
  const whole = typed.toWellFormed().replaceAll('\u0000', '').trim()
  const digits = whole.replace(/[^\d]/g, '')
  const values = [whole, whole.toLowerCase(), `+${digits}`, ...digits.length === 11 && digits.startsWith('8') ? [`+7${digits.slice(1)}`] : []]
  return await rows<Found>(db, sql`
    select ${contactColumns}
    from contact_identities identity
    join contacts c on c.id = identity.contact_id
    where identity.kind in ('email', 'phone', 'external_id')
      and identity.value = any(${values}::text[])
    limit 8
  `)
}

async function findContacts(db: Db, typed: string): Promise<Found[]> {
  return await rows<Found>(db, sql`
    select ${contactColumns}
    from contacts c
    where ${searchPredicate(typed)}
    order by c.created_at desc, c.id desc
    limit ${contactsRanked}
  `)
}

/** Companies by their names, deals and open tasks by their titles. */
async function findOfContacts(db: Db, words: string[]): Promise<Found[]> {
  // Shorter words are in nobody's index.
  if (words.every(word => word.length < 3)) return []
  return await rows<Found>(db, sql`
    (select ${companyColumns}
    from companies
    where ${wordsPredicate(words, sql`search_fold(name)`)}
    limit ${othersRanked})
    union all
    (select 'deal', deals.id, deals.contact_id, deals.title, ${contactName('c')}, '', array[]::text[]
    from deals
    join contacts c on c.id = deals.contact_id
    where ${wordsPredicate(words, sql`search_fold(deals.title)`)}
    order by deals.id desc
    limit ${othersRanked})
    union all
    (select 'task', tasks.id, tasks.contact_id, tasks.title, case when c.id is null then '' else ${contactName('c')} end, '', array[]::text[]
    from tasks
    left join contacts c on c.id = tasks.contact_id
    where ${wordsPredicate(words, sql`search_fold(tasks.title)`)}
      and tasks.done_at is null
    order by tasks.id desc
    limit ${othersRanked})
  `)
}

/** Leads not finished yet of the people found. */
async function findLeads(db: Db, contactIds: number[]): Promise<Found[]> {
  if (contactIds.length === 0) return []
  return await rows<Found>(db, sql`
    select 'lead' as kind, leads.id, leads.contact_id, ${contactName('c')} as title, leads.source_label as detail,
      concat_ws(' ', c.email, c.phone, c.city) as also, array_remove(array[c.email, c.phone, c.external_id], null) as exact
    from leads
    join contacts c on c.id = leads.contact_id
    where leads.contact_id = any(${contactIds}::bigint[])
      and leads.status in ('new', 'in_work')
    order by leads.id desc
    limit ${othersRanked}
  `)
}

async function findNamed(db: Db, words: string[]): Promise<Found[]> {
  return await rows<Found>(db, sql`
    ${sql.join(named.map(({ kind, table }) => sql`
      (select ${kind}::text as kind, id, null::bigint as contact_id, name as title, '' as detail, '' as also, array[]::text[] as exact
      from ${sql.table(table)}
      where ${wordsPredicate(words, sql`search_fold(name)`)}
        and archived_at is null
      order by updated_at desc
      limit ${othersRanked})`), sql` union all `)}
  `)
}
