import { type Db, maybeOne, sql } from '../base/db.ts'
import { standing } from '../contacts/merged-contacts.sql.ts'
import type { MailIds } from './links.ts'

export type MessageFacts = {
  /** whom the mail belongs to now: another than the link names, when their cards were merged */
  contact_id: number
  kind: 'campaign' | 'journey' | 'transactional' | 'test'
  campaign_id: number | null
  journey_id: number | null
  topic_id: number | null
  sent_at: Date | null
  /** when a person opened it first, as far as it is processed */
  opened_at: Date | null
  /** links of this mail followed in the last two seconds, as far as they are processed */
  links_just_now: number[]
}

/** What a reaction to a mail must know of it; undefined: no such mail, or the contact is erased. */
export async function findMessageFacts(db: Db, ids: MailIds, now: Date): Promise<MessageFacts | undefined> {
  return maybeOne<MessageFacts>(db, sql`
    select m.contact_id, m.kind, m.campaign_id, m.journey_id, m.topic_id, coalesce(m.sent_at, m.sending_at) as sent_at, m.opened_at,
      array(
        select (e.properties ->> 'link')::integer
        from events e
        where e.contact_id = m.contact_id
          and e.message_id = m.id
          and e.type = 'email.clicked'
          and e.occurred_at > ${now}::timestamptz - interval '2 seconds'
          and e.properties ->> 'link' ~ '^[0-9]{1,6}$'
      ) as links_just_now
    from messages m
    where m.contact_id = ${standing(ids.contact_id)}
      and m.id = ${ids.message_id}::bigint`)
}

/** Whether the mail lies in the built-in test mailbox: no server stands between, so even an immediate open is a person's. */
export async function isInTestMailbox(db: Db, messageId: number): Promise<boolean> {
  return await maybeOne(db, sql`select from test_mails where message_id = ${messageId}::bigint limit 1`) !== undefined
}
