import { sql } from 'kysely'
import type { SearchResult } from '../../shared/search.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { searchPredicate } from './contact-search.sql.ts'

const others = [
  { kind: 'segment', table: 'segments' }, { kind: 'journey', table: 'journeys' }, { kind: 'campaign', table: 'campaigns' },
  { kind: 'template', table: 'templates' }, { kind: 'form', table: 'forms' },
] as const

/** What is called like that, a few of each kind, contacts first. */
export async function searchEverything(db: Db, typed: string): Promise<SearchResult[]> {
  const pattern = `%${typed.toWellFormed().replaceAll('\u0000', '').trim().toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  const contacts = rows<SearchResult>(db, sql`
    select 'contact' as kind, c.id, ${contactName('c')} as title, concat_ws(' · ', c.email, c.phone, c.city) as detail
    from contacts c
    where ${searchPredicate(typed)}
    order by c.created_at desc, c.id desc
    limit 8
  `)
  const named = rows<SearchResult>(db, sql`
    ${sql.join(others.map(({ kind, table }) => sql`
      (select ${kind}::text as kind, id, name as title, '' as detail
      from ${sql.table(table)}
      where lower(name) like ${pattern}
        and archived_at is null
      order by updated_at desc
      limit 5)`), sql` union all `)}
  `)
  // Shorter words are in no index of titles.
  const deals = pattern.length < 5 ? [] : await rows<SearchResult>(db, sql`
    select 'deal' as kind, deals.contact_id as id, deals.title, ${contactName('c')} as detail
    from deals
    join contacts c on c.id = deals.contact_id
    where lower(deals.title) like ${pattern}
    order by deals.id desc
    limit 5
  `)
  return [...await contacts, ...deals, ...await named]
}
