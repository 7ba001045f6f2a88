import type { OpenWork } from '../../shared/routing.ts'
import type { Db } from '../base/db.ts'
import { one, rows, sql } from '../base/db.ts'
import type { Handover } from './handover.ts'

/** How much is open and theirs. */
export async function countOpenWork(db: Db, userId: number): Promise<OpenWork> {
  return one(db, sql`
    select
      (select count(*) from leads where owner_id = ${userId} and status in ('new', 'in_work')) as leads,
      (select count(*) from deals where owner_id = ${userId} and state = 'open') as deals,
      (select count(*) from tasks where owner_id = ${userId} and done_at is null) as tasks`)
}

/** Contacts whose open leads, deals or tasks are this person's, with the oldest of the leads. */
export async function findOpenWork(db: Db, userId: number): Promise<{ contact_id: number, lead_id: number | null }[]> {
  return rows(db, sql`
    select contact_id, min(lead_id) as lead_id
    from (
      select contact_id, id as lead_id from leads where owner_id = ${userId} and status in ('new', 'in_work')
      union all
      select contact_id, null from deals where owner_id = ${userId} and state = 'open'
      union all
      select contact_id, null from tasks where owner_id = ${userId} and done_at is null and contact_id is not null
    ) as work
    group by contact_id
    order by contact_id`)
}

/** Their open leads to the new ones of their contacts, in one statement; those given on out. */
export async function handOverLeads(tx: Db, from: number, to: Handover[], now: Date): Promise<{ contact_id: number, id: number, owner_id: number | null, source_label: string, because: string }[]> {
  return rows(tx, sql`
    update leads
    set owner_id = given.owner_id, assigned_because = given.because, given_by_rule = given.rule_id, try_again_at = given.try_again_at, updated_at = ${now}
    from unnest(
      ${to.map(each => each.contact_id)}::bigint[], ${to.map(each => each.owner_id)}::bigint[], ${to.map(each => each.because)}::text[],
      ${to.map(each => each.rule_id)}::bigint[], ${to.map(each => each.try_again_at)}::timestamptz[]
    ) as given (contact_id, owner_id, because, rule_id, try_again_at)
    where leads.owner_id = ${from}
      and leads.status in ('new', 'in_work')
      and leads.contact_id = given.contact_id
    returning leads.contact_id, leads.id, leads.owner_id, leads.source_label, leads.assigned_because as because`)
}
