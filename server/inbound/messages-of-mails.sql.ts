import { rows, sql, type Db } from '../base/db.ts'
import type { MailIds } from '../tracking/links.ts'

export type MessageOfMail = { contact_id: number, id: number, to_email: string | null, campaign_id: number | null, journey_id: number | null, topic_id: number | null }

/** The mails that left, among those named: by `contact.message` as they are named; whose they are now may be another, when cards were merged. Test mails went to staff and did not happen to the contact. */
export async function messagesOfMails(db: Db, ids: MailIds[]): Promise<Map<string, MessageOfMail>> {
  if (ids.length === 0) return new Map()
  const found = await rows<MessageOfMail & { named: number }>(db, sql`
    select wanted.contact_id as named, m.contact_id, m.id, m.to_email, m.campaign_id, m.journey_id, m.topic_id
    from (select distinct * from unnest(${ids.map(each => each.contact_id)}::bigint[], ${ids.map(each => each.message_id)}::bigint[]) as named (contact_id, id)) as wanted
    left join merged_contacts merged on merged.contact_id = wanted.contact_id
    join messages m on m.contact_id = coalesce(merged.into_id, wanted.contact_id) and m.id = wanted.id
    where m.kind <> 'test'
      and m.sending_at is not null`)
  return new Map(found.map(({ named, ...message }) => [`${named}.${message.id}`, message]))
}

/** Addresses (small letters) that are ours: those of staff. */
export async function addressesOfStaff(db: Db, addresses: string[]): Promise<Set<string>> {
  return new Set((await rows<{ email: string }>(db, sql`select lower(email) as email from users where lower(email) = any(${addresses}::text[])`)).map(row => row.email))
}
