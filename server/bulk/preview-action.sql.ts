import type { RawBuilder } from 'kysely'
import type { BulkAction, BulkPreview } from '../../shared/bulk.ts'
import type { FieldValue } from '../../shared/contacts.ts'
import { rows, sql, type Db } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { tidyName } from '../contacts/tidy-name.ts'

/** What has an order, or a deal that is not lost: a customer, who is not deleted. */
export const isCustomer = (id: string) => sql`(
  exists (select from contact_rollups r where r.contact_id = ${sql.raw(id)} and r.orders_count > 0)
  or exists (select from deals d where d.contact_id = ${sql.raw(id)} and d.state <> 'lost'))`

export type Intended = { action: BulkAction['action'], tag_id: number | null, segment_id: number | null, field: string | null, value: FieldValue }

/** Why an action would leave somebody as they are; null: it changes them. */
function staying({ action, tag_id, segment_id, field, value }: Intended) {
  if (action === 'suppress') return sql`case when not exists (select from contact_identities i where i.contact_id = h.contact_id and i.kind = 'email' and not exists (select from suppressions s where s.email = i.value)) then 'already' end`
  if (action === 'unsubscribe') return sql`case when not exists (select from consent_states cs where cs.contact_id = h.contact_id and cs.status <> 'withdrawn') then 'already' end`
  if (action === 'tag') return sql`case when exists (select from contact_tags ct where ct.contact_id = h.contact_id and ct.tag_id = ${tag_id}::bigint) then 'already' end`
  if (action === 'untag') return sql`case when not exists (select from contact_tags ct where ct.contact_id = h.contact_id and ct.tag_id = ${tag_id}::bigint) then 'already' end`
  if (action === 'segment') return sql`case when exists (select from segment_memberships sm where sm.contact_id = h.contact_id and sm.segment_id = ${segment_id}::bigint) then 'already' end`
  if (action === 'unsegment') return sql`case when not exists (select from segment_memberships sm where sm.contact_id = h.contact_id and sm.segment_id = ${segment_id}::bigint) then 'already' end`
  if (action === 'correct') return sql`case when exists (select from contact_identities i where i.kind = 'email' and i.value = h.detail) then 'taken' end`
  if (action === 'set') return sql`case when (select ${same(field!, value)} from contacts c where c.id = h.contact_id) then 'already' end`
  if (action === 'tidy_names') return sql`case when (select ${tidy('c.first_name')} and ${tidy('c.last_name')} from contacts c where c.id = h.contact_id) then 'already' end`
  return sql`case when ${isCustomer('h.contact_id')} then 'customer' end`
}

/** Not all in capitals, nor all in small letters: as server/contacts/tidy-name.ts has it. */
const tidy = (column: string): RawBuilder<boolean> => sql.raw(`(${column} is null or length(${column}) < 2 or upper(${column}) = lower(${column}) or ${column} not in (upper(${column}), lower(${column})))`)

/** Is it so already? Names of companies are the same whatever their capitals, as when they are saved. */
function same(field: string, value: FieldValue): RawBuilder<boolean> {
  if (field.startsWith('fields.')) return value === null ? sql`not coalesce(c.fields, '{}') ? ${field.slice(7)}` : sql`c.fields -> ${field.slice(7)} = ${JSON.stringify(value)}::jsonb`
  if (field === 'company') return sql`lower((select name from companies where companies.id = c.company_id)) is not distinct from lower(${value}::text)`
  return sql`c.${sql.ref(field)}::text is not distinct from ${value === null ? null : String(value)}::text`
}

/** What stands there now, to be shown beside what it becomes. */
function now(field: string | null): RawBuilder<unknown> {
  if (field === null) return sql`null`
  if (field.startsWith('fields.')) return sql`c.fields ->> ${field.slice(7)}`
  if (field === 'company') return sql`(select name from companies where companies.id = c.company_id)`
  if (field === 'owner_id') return sql`(select name from users where users.id = c.owner_id)`
  return sql`c.${sql.ref(field)}::text`
}

const examplesShown = 8

/** What an action would do with these people (`contact_id`, `detail`), to how many and to whom for example. Changes nothing. */
export async function previewAction(db: Db, people: RawBuilder<unknown>, intended: Intended): Promise<BulkPreview> {
  const judged = sql`
    select h.contact_id, h.detail, ${staying(intended)} as stays
    from (${people}) as h`
  const counts = await rows<{ stays: BulkPreview['stay'][number]['reason'] | null, count: number }>(db, sql`
    select stays, count(*) as count
    from (${judged}) as judged
    group by stays`)
  const examples = await rows<BulkPreview['examples'][number]>(db, sql`
    select c.id as contact_id, ${contactName('c')} as name, coalesce(c.email, '') as email, ${now(intended.field)} as before, ${intended.action === 'correct' ? sql`judged.detail` : sql`null`} as after
    from (${judged}) as judged
    join contacts c on c.id = judged.contact_id
    where judged.stays is null
    order by c.id
    limit ${examplesShown}`)
  if (intended.action === 'tidy_names') for (const example of examples) example.after = example.name.split(' ').map(tidyName).join(' ')
  const will_change = counts.find(row => row.stays === null)?.count ?? 0
  return {
    people: counts.reduce((sum, row) => sum + row.count, 0), will_change, examples,
    stay: counts.flatMap(row => row.stays === null ? [] : [{ reason: row.stays, count: row.count }]),
  }
}
