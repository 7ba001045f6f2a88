import { sql } from 'kysely'
import type { SearchResult } from '../../shared/search.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { searchPredicate, searchWords, wordsPredicate } from './contact-search.sql.ts'
import type { Found } from './rank-results.ts'
import { rankResults } from './rank-results.ts'

/** Tables small enough to be read whole, whose records stand by themselves. */
const named = [
  { kind: 'segment', table: 'segments' }, { kind: 'journey', table: 'journeys' }, { kind: 'campaign', table: 'campaigns' },
  { kind: 'template', table: 'templates' }, { kind: 'form', table: 'forms' },
] as const

/** Candidates that are ranked; of more that fit, the newest. */
const contactsRanked = 100
const othersRanked = 30

/** What fits every word typed, ranked, a few of each kind. A whole address, phone or external number finds its person first. */
export async function searchEverything(db: Db, typed: string): Promise<SearchResult[]> {
  const words = searchWords(typed)
  const exact = await findExact(db, typed)
  // Who types a whole address or phone means its owner; the rest need not be looked through.
  const isKnown = exact.length > 0 && /@|^\+?[\d\s()-]{10,}$/.test(typed)
  const [contacts, others, small] = await Promise.all([isKnown ? [] : findContacts(db, typed), findOfContacts(db, words), findNamed(db, words)])
  const people = [...new Map([...exact, ...contacts].map(found => [found.id, found])).values()]
  const leads = await findLeads(db, people.slice(0, othersRanked).map(found => found.id))
  return rankResults(typed, words, [...people, ...leads, ...others, ...small])
}

const contactColumns = sql`
  'contact' as kind, c.id, c.id as contact_id, ${contactName('c')} as title, concat_ws(' · ', c.email, c.phone, c.city) as detail,
  concat_ws(' ', c.email, c.phone, c.external_id, c.city) as also, array_remove(array[c.email, c.phone, c.external_id], null) as exact`

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
    (select 'company' as kind, id, null::bigint as contact_id, name as title, '' as detail, '' as also, array[]::text[] as exact
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
