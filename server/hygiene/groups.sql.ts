import type { HygieneKind, HygienePerson } from '../../shared/hygiene.ts'
import { one, rows, sql, type Db } from '../base/db.ts'
import { isCustomer } from '../bulk/preview-action.sql.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

export const countContacts = async (db: Db): Promise<number> => (await one<{ count: number }>(db, sql`select count(*) as count from contacts where email is not null`)).count

export const countMembers = async (db: Db): Promise<Map<string, number>> =>
  new Map((await rows<{ kind: string, count: number }>(db, sql`select kind, count(*) as count from hygiene_members group by kind`)).map(row => [row.kind, row.count]))

/** How far a count has come that has looked at all contacts up to this one, 0 to 1; by their numbers. */
export const partDone = async (db: Db, upto: number): Promise<number> =>
  (await one<{ part: number }>(db, sql`select least(1, ${upto}::double precision / greatest(1, (select max(id) from contacts))) as part`)).part

/** By the number of the contact. */
export async function listMembers(db: Db, kind: HygieneKind, after: number, limit: number): Promise<HygienePerson[]> {
  return rows(db, sql`
    select h.contact_id, ${contactName('c')} as name, coalesce(c.email, '') as email, h.detail, ${kind} || ':' || h.detail as note
    from hygiene_members h
    join contacts c on c.id = h.contact_id
    where h.kind = ${kind}
      and h.contact_id > ${after}
    order by h.contact_id
    limit ${limit}`)
}

/** The people of a group, or some of them, as a preview of an action wants them. */
export const membersOf = (kind: HygieneKind, contactIds: number[] | undefined) => sql<{ contact_id: number, detail: string }>`
  select h.contact_id, h.detail
  from hygiene_members h
  where h.kind = ${kind}
    ${contactIds === undefined ? sql`` : sql`and h.contact_id = any(${contactIds}::bigint[])`}`

/** The next people of the group an action is for who were in it when it was asked for. */
export async function nextMembers(tx: Db, action: { kind: HygieneKind | null, upto: number, created_at: Date, contact_ids: number[] | null }, limit: number): Promise<number[]> {
  return (await rows<{ contact_id: number }>(tx, sql`
    select contact_id
    from hygiene_members
    where kind = ${action.kind}
      and contact_id > ${action.upto}
      and found_at <= ${action.created_at}::timestamptz
      ${action.contact_ids === null ? sql`` : sql`and contact_id = any(${action.contact_ids}::bigint[])`}
    order by contact_id
    limit ${limit}`)).map(row => row.contact_id)
}

/** Of these who are in the group, with what is known of them. */
export async function membersAmong(tx: Db, kind: HygieneKind, ids: number[]): Promise<{ contact_id: number, detail: string, emails: string[], is_customer: boolean }[]> {
  return rows(tx, sql`
    select h.contact_id, h.detail, array(select value from contact_identities i where i.contact_id = h.contact_id and i.kind = 'email') as emails, ${isCustomer('h.contact_id')} as is_customer
    from hygiene_members h
    where h.kind = ${kind}
      and h.contact_id = any(${ids}::bigint[])
    order by h.contact_id`)
}
