import type { LedgerState } from '../../shared/messages.ts'
import { maybeOne, rows, sql, type Db } from '../base/db.ts'

export type MessageToShow = {
  id: number, kind: 'campaign' | 'journey' | 'transactional', template_version_id: number, context: Record<string, unknown>, locale: string | null, to_email: string | null
  state: LedgerState, queued_at: Date, sent_at: Date | null, mail: { id: number, name: string }
}

/** A mail of one contact with what it is filled with; what staff sent to themselves is nobody's mail. */
export const findMessageToShow = (db: Db, contactId: number, id: number): Promise<MessageToShow | undefined> => maybeOne(db, sql`
  select m.id, m.kind, m.template_version_id, m.context, m.locale, m.to_email, m.state, m.queued_at, coalesce(m.sent_at, m.sending_at) as sent_at, jsonb_build_object('id', t.id, 'name', t.name) as mail
  from messages m
  join template_versions v on v.id = m.template_version_id
  join templates t on t.id = v.template_id
  where m.contact_id = ${contactId}::bigint
    and m.id = ${id}::bigint
    and m.kind <> 'test'`)

export type ReactionRow = { act: 'opened' | 'clicked', url: string | null, is_machine: boolean, count: number, first_at: Date, last_at: Date }

/** What was opened and clicked in a mail: one row for each link, people's acts before those of machines. `since`: when it was queued, so that older partitions are not read. */
export const reactionsTo = (db: Db, contactId: number, messageId: number, since: Date): Promise<ReactionRow[]> => rows(db, sql`
  select case e.type when 'email.opened' then 'opened' else 'clicked' end as act, case when e.type = 'email.clicked' then e.properties ->> 'url' end as url, e.is_machine,
    count(*) as count, min(e.occurred_at) as first_at, max(e.occurred_at) as last_at
  from events e
  where e.contact_id = ${contactId}::bigint
    and e.message_id = ${messageId}::bigint
    and e.type in ('email.opened', 'email.clicked')
    and e.occurred_at >= ${since}::timestamptz
  group by 1, 2, 3
  order by e.is_machine, act desc, first_at
  limit 100`)
