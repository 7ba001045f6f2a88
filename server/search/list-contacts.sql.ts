import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import type { ContactListRow } from '../../shared/contacts.ts'
import { toMajor } from '../../shared/money.ts'
import type { Db } from '../base/db.ts'
import { one, rows } from '../base/db.ts'
import { invalid } from '../base/errors.ts'
import { compileCondition } from '../conditions/compile-condition.ts'
import type { CompileOptions } from '../conditions/compile-condition.ts'
import { engagementScore } from '../conditions/engagement-leaf.sql.ts'
import { impliedPredicates } from '../conditions/implied-predicates.sql.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { searchPredicate } from './contact-search.sql.ts'
import type { SortKey } from './sort-keys.sql.ts'

export type ContactFilter = {
  ids?: number[] | undefined
  search?: string | undefined
  segment?: number | undefined
  tag?: number | undefined
  owner?: number | undefined
  condition?: Condition | undefined
}
export type Sort = { by: SortKey, descending: boolean }
/** The sorted value of the last row of the page before (null: it had none) and its id. */
export type After = { value: string | null, id: number }
export type ContactPage = { rows: ContactListRow[], next: After | null }

/** So many at most are sorted without an index. */
const mostSorted = 50_000

/**
 * One page of the contacts that fit, by key: its cost follows the page, not the base. Those without a value come last.
 * Every card has its row of rollups from the moment it is made, so lists may begin from there.
 */
export async function listContacts(db: Db, filter: ContactFilter, sort: Sort, limit: number, after: After | undefined, now: Date): Promise<ContactPage> {
  const context = await loadConditionContext(db)
  const options = { ...context, now }
  const where = filterPredicate(filter, options)
  const { nullable, indexed } = sort.by
  if (!indexed && after === undefined && await isMoreThan(db, where, mostSorted)) throw invalid([{ field: 'sort', message: 'more than 50,000 people are in this list: sorting by this needs fewer, narrow the list down' }])
  const found: Found[] = []
  if (!nullable || after?.value !== null) found.push(...await findPage(db, where, sort, limit + 1, after, nullable ? 'known' : 'all', options))
  if (nullable && found.length <= limit) found.push(...await findPage(db, where, sort, limit + 1 - found.length, after?.value === null ? after : undefined, 'unknown', options))
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { rows: page.map(row => present(row, context.currency)), next: found.length > limit && last ? { value: last.key, id: last.id } : null }
}

export function filterPredicate(filter: ContactFilter, context: Parameters<typeof compileCondition>[1]): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = []
  if (filter.ids !== undefined) parts.push(sql`c.id = any(${filter.ids}::bigint[])`)
  if (filter.search !== undefined && filter.search.trim() !== '') parts.push(searchPredicate(filter.search))
  if (filter.segment !== undefined) parts.push(sql`exists (select from segment_memberships m where m.segment_id = ${filter.segment} and m.contact_id = c.id)`)
  if (filter.tag !== undefined) parts.push(sql`exists (select from contact_tags t where t.tag_id = ${filter.tag} and t.contact_id = c.id)`)
  if (filter.owner !== undefined) parts.push(sql`c.owner_id = ${filter.owner}`)
  if (filter.condition !== undefined) parts.push(compileCondition(filter.condition, context).predicate, ...impliedPredicates(filter.condition, context))
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `)
}

const isMoreThan = async (db: Db, where: RawBuilder<unknown>, most: number): Promise<boolean> => (await one<{ count: number }>(db, sql`
  select count(*) as count
  from (select from contacts c left join contact_rollups r on r.contact_id = c.id where ${where} limit ${most + 1}) as fitting`)).count > most

type Time = 'last_event_at' | 'last_mail_at' | 'last_open_at' | 'last_click_at' | 'last_visit_at' | 'last_order_at' | 'created_at' | 'updated_at'
type Found = Omit<ContactListRow, Time | 'currency'> & Record<Time, Date | null> & { key: string | null }

async function findPage(db: Db, where: RawBuilder<unknown>, { by, descending }: Sort, limit: number, after: After | undefined, part: 'all' | 'known' | 'unknown', options: CompileOptions): Promise<Found[]> {
  const { key, id, type, rollups } = by
  const direction = descending ? sql`desc` : sql`asc`
  const beyond = descending ? sql`<` : sql`>`
  const order = part === 'unknown' ? sql`${id} ${direction}` : sql`${key} ${direction}, ${id} ${direction}`
  const position = after === undefined ? sql`true`
    : part === 'unknown' ? sql`${id} ${beyond} ${after.id}::bigint`
      : sql`(${key}, ${id}) ${beyond} (${after.value}::${sql.raw(type)}, ${after.id}::bigint)`
  return rows<Found>(db, sql`
    with page as materialized (
      select id, key, row_number() over () as place
      from (
        select c.id, ${part === 'unknown' ? sql`null` : sql`(${key})::text`} as key
        from contacts c
        ${rollups ? sql`join` : sql`left join`} contact_rollups r on r.contact_id = c.id
        where ${part === 'unknown' ? sql`${key} is null` : part === 'known' ? sql`${key} is not null` : sql`true`}
          and ${position}
          and ${where}
        order by ${order}
        limit ${limit}
      ) as ordered
    )
    ${ofPage(options)}
  `)
}

const ofPage = (options: CompileOptions) => sql`
    select page.id, page.key, ${contactName('c')} as name, c.revision, c.first_name, c.last_name, c.external_id, c.email, c.phone, c.city, c.source, c.locale, c.time_zone, c.fields, c.created_at, c.updated_at,
      companies.name as company,
      case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner,
      (select coalesce(jsonb_agg(jsonb_build_object('id', tags.id, 'name', tags.name) order by lower(tags.name)), '[]')
        from contact_tags
        join tags on tags.id = contact_tags.tag_id
        where contact_tags.contact_id = c.id) as tags,
      coalesce(r.orders_count, 0) as orders_count, coalesce(r.revenue, 0) as revenue, r.last_event_at, r.last_order_at, coalesce(r.mails_sent, 0) as mails_sent, r.last_mail_at, r.last_open_at, r.last_click_at, r.last_visit_at,
      round(${engagementScore(options)}, 1)::double precision as engagement_score, r.rfm_class, r.predicted_value
    from page
    join contacts c on c.id = page.id
    left join contact_rollups r on r.contact_id = c.id
    left join companies on companies.id = c.company_id
    left join users on users.id = c.owner_id
    order by page.place`

/** Cards by their numbers, in that order, as the list shows them. */
export async function readContactRows(db: Db, ids: number[], now: Date): Promise<ContactListRow[]> {
  if (ids.length === 0) return []
  const options = { ...await loadConditionContext(db), now }
  const found = await rows<Found>(db, sql`
    with page as materialized (
      select id, null::text as key, place
      from unnest(${ids}::bigint[]) with ordinality as wanted (id, place)
    )
    ${ofPage(options)}
  `)
  return found.map(row => present(row, options.currency))
}

function present(found: Found, currency: string): ContactListRow {
  const { key: _, ...row } = found
  const time = (name: Time): string | null => row[name]?.toISOString() ?? null
  return {
    ...row, currency, revenue: toMajor(row.revenue, currency), predicted_value: row.predicted_value === null ? null : toMajor(row.predicted_value, currency),
    last_event_at: time('last_event_at'), last_mail_at: time('last_mail_at'), last_open_at: time('last_open_at'), last_click_at: time('last_click_at'), last_visit_at: time('last_visit_at'), last_order_at: time('last_order_at'),
    created_at: time('created_at')!, updated_at: time('updated_at')!,
  }
}
