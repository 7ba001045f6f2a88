import type { RawBuilder } from 'kysely'
import type { Condition } from '../../shared/conditions.ts'
import { rows, sql, type Db } from '../base/db.ts'
import { loadConditionContext } from '../conditions/condition-context.sql.ts'
import { filterPredicate } from './list-contacts.sql.ts'

/** Whom an action on a list is for: the people chosen, or all whom its search and condition show. */
export type Whom = { contact_ids: number[] | null, filter: { search: string, condition: Condition | null } | null }

async function fits(db: Db, { contact_ids, filter }: Whom, now: Date): Promise<RawBuilder<unknown>> {
  if (filter === null) return sql`c.id = any(${contact_ids}::bigint[])`
  return filterPredicate({ search: filter.search, condition: filter.condition ?? undefined }, { ...await loadConditionContext(db), now })
}

/** The people an action would be for now, as a preview wants them. */
export async function listedPeople(db: Db, whom: Whom, now: Date): Promise<RawBuilder<unknown>> {
  return sql`
    select c.id as contact_id, '' as detail
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where ${await fits(db, whom, now)}`
}

/** The next people an action is for who were there when it was asked for, in the order of their numbers. */
export async function nextListed(tx: Db, action: Whom & { upto: number, created_at: Date }, limit: number, now: Date): Promise<number[]> {
  return (await rows<{ id: number }>(tx, sql`
    select c.id
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where c.id > ${action.upto}::bigint
      and c.created_at <= ${action.created_at}::timestamptz
      and ${await fits(tx, action, now)}
    order by c.id
    limit ${limit}`)).map(row => row.id)
}

/** Of these, held by the caller, whom the list still shows. */
export async function listedAmong(tx: Db, action: Whom, ids: number[], now: Date): Promise<number[]> {
  return (await rows<{ id: number }>(tx, sql`
    select c.id
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where c.id = any(${ids}::bigint[])
      and ${await fits(tx, action, now)}`)).map(row => row.id)
}
