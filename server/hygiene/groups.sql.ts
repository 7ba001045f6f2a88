import type { HygieneActBody, HygieneKind, HygienePerson, HygienePreview } from '../../shared/hygiene.ts'
import { maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

export const countContacts = async (db: Db): Promise<number> => (await one<{ count: number }>(db, sql`select count(*) as count from contacts where email is not null`)).count

export const countMembers = async (db: Db): Promise<Map<string, number>> =>
  new Map((await rows<{ kind: string, count: number }>(db, sql`select kind, count(*) as count from hygiene_members group by kind`)).map(row => [row.kind, row.count]))

/** How far a count has come that has looked at all contacts up to this one, 0 to 1; by their numbers. */
export const partDone = async (db: Db, upto: number): Promise<number> =>
  (await one<{ part: number }>(db, sql`select least(1, ${upto}::double precision / greatest(1, (select max(id) from contacts))) as part`)).part

/** The tag of this name, whatever its capitals; null: there is none. */
export const tagCalled = async (db: Db, name: string): Promise<number | null> =>
  (await maybeOne<{ id: number }>(db, sql`select id from tags where lower(name) = lower(${name})`))?.id ?? null

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

/** What has an order, or a deal that is not lost: a customer, who is not deleted. */
export const isCustomer = (id: string) => sql`(
  exists (select from contact_rollups r where r.contact_id = ${sql.raw(id)} and r.orders_count > 0)
  or exists (select from deals d where d.contact_id = ${sql.raw(id)} and d.state <> 'lost'))`

/** Why an action would leave somebody as they are; null: it changes them. */
function staying({ action, segment_id }: HygieneActBody, tagId: number | null) {
  if (action === 'suppress') return sql`case when not exists (select from contact_identities i where i.contact_id = h.contact_id and i.kind = 'email' and not exists (select from suppressions s where s.email = i.value)) then 'already' end`
  if (action === 'unsubscribe') return sql`case when not exists (select from consent_states cs where cs.contact_id = h.contact_id and cs.status <> 'withdrawn') then 'already' end`
  if (action === 'tag') return sql`case when exists (select from contact_tags ct where ct.contact_id = h.contact_id and ct.tag_id = ${tagId}::bigint) then 'already' end`
  if (action === 'segment') return sql`case when exists (select from segment_memberships sm where sm.contact_id = h.contact_id and sm.segment_id = ${segment_id ?? null}::bigint) then 'already' end`
  if (action === 'correct') return sql`case when exists (select from contact_identities i where i.kind = 'email' and i.value = h.detail) then 'taken' end`
  return sql`case when ${isCustomer('h.contact_id')} then 'customer' end`
}

const examplesShown = 8

/** What an action would do, to how many and to whom for example. Changes nothing. */
export async function previewAction(db: Db, kind: HygieneKind, body: HygieneActBody, tagId: number | null): Promise<HygienePreview> {
  const members = sql`
    select h.contact_id, h.detail, ${staying(body, tagId)} as stays
    from hygiene_members h
    where h.kind = ${kind}
      ${body.contact_ids === undefined ? sql`` : sql`and h.contact_id = any(${body.contact_ids}::bigint[])`}`
  const counts = await rows<{ stays: HygienePreview['stay'][number]['reason'] | null, count: number }>(db, sql`
    select stays, count(*) as count
    from (${members}) as members
    group by stays`)
  const examples = await rows<HygienePreview['examples'][number]>(db, sql`
    select c.id as contact_id, ${contactName('c')} as name, coalesce(c.email, '') as email, ${body.action === 'correct' ? sql`members.detail` : sql`null`} as after
    from (${members}) as members
    join contacts c on c.id = members.contact_id
    where members.stays is null
    order by c.id
    limit ${examplesShown}`)
  const will_change = counts.find(row => row.stays === null)?.count ?? 0
  return {
    people: counts.reduce((sum, row) => sum + row.count, 0), will_change, examples,
    stay: counts.flatMap(row => row.stays === null ? [] : [{ reason: row.stays, count: row.count }]),
  }
}
