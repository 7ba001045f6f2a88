import type { MailLocale } from '../../shared/templates.ts'
import { type Db, maybeOne, sql } from '../base/db.ts'
import { standing } from '../contacts/merged-contacts.sql.ts'
import type { MailIds } from './links.ts'

/** Whom a link in a mail belongs to. `topic_id`: what that mail was about, when the topic is still in use. */
export type Recipient = { contact_id: number, message_id: number, email: string, locale: MailLocale, kind: 'campaign' | 'journey' | 'transactional' | 'test' | null, topic_id: number | null }

/** undefined: the contact is erased. The address is the one the mail went to. */
export async function findRecipient(db: Db, ids: MailIds): Promise<Recipient | undefined> {
  return maybeOne<Recipient>(db, sql`
    select c.id as contact_id, ${ids.message_id}::bigint as message_id, coalesce(m.to_email, c.email, '') as email, m.kind,
      (select id from topics where id = m.topic_id and archived_at is null) as topic_id,
      case
        when left(lower(coalesce(c.locale, m.locale)), 2) in ('ru', 'en') then left(lower(coalesce(c.locale, m.locale)), 2)
        else coalesce((select value ->> 'language' from settings where key = 'company'), 'en')
      end as locale
    from contacts c
    left join messages m on m.contact_id = c.id and m.id = ${ids.message_id}::bigint
    where c.id = ${standing(ids.contact_id)}`)
}
