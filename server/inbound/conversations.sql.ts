import { maybeOne, rows, sql, type Db } from '../base/db.ts'

export type LetterRow = {
  id: number, conversation_id: number, direction: 'in' | 'out', mail_key: string, in_reply_to: string | null, from_email: string, from_name: string, subject: string, visible_text: string
  inbound_mail_id: number | null, message_id: number | null, author: { id: number, name: string } | null, state: string | null, reason: string | null, occurred_at: Date
}
export type ConversationRow = { id: number, subject: string, message_id: number | null, mail: string | null, started_at: Date, last_at: Date }

/** A contact's conversations, the one written in last first, before a (time, number). */
export const listConversations = (db: Db, contactId: number, after: [string, number] | undefined, limit: number): Promise<(ConversationRow & { cursor_at: string })[]> => rows(db, sql`
  select conversations.id, conversations.subject, conversations.message_id, templates.name as mail, conversations.started_at, conversations.last_at, conversations.last_at::text as cursor_at
  from conversations
  left join messages on messages.contact_id = conversations.contact_id and messages.id = conversations.message_id
  left join template_versions on template_versions.id = messages.template_version_id
  left join templates on templates.id = template_versions.template_id
  where conversations.contact_id = ${contactId}::bigint
    ${after === undefined ? sql`` : sql`and (conversations.last_at, conversations.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)`}
  order by conversations.last_at desc, conversations.id desc
  limit ${limit}`)

/** The letters of conversations, in the order they were written; of each conversation the last hundred. What became of ours stands beside. */
export const lettersOf = (db: Db, contactId: number, conversationIds: number[]): Promise<LetterRow[]> => rows(db, sql`
  select l.id, l.conversation_id, l.direction, l.mail_key, l.in_reply_to, l.from_email, l.from_name, l.subject, l.visible_text, l.inbound_mail_id, l.message_id, l.occurred_at,
    case when l.direction = 'out' then m.state end as state, case when l.direction = 'out' then m.reason end as reason,
    case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as author
  from unnest(${conversationIds}::bigint[]) as wanted (id)
  cross join lateral (
    select *
    from letters
    where letters.contact_id = ${contactId}::bigint
      and letters.conversation_id = wanted.id
    order by letters.id desc
    limit 100
  ) l
  left join messages m on m.contact_id = l.contact_id and m.id = l.message_id
  left join users on users.id = l.author_id
  order by l.conversation_id, l.id`)

export const findConversation = (db: Db, contactId: number, id: number): Promise<{ id: number, subject: string } | undefined> => maybeOne(db, sql`
  select id, subject
  from conversations
  where contact_id = ${contactId}::bigint
    and id = ${id}::bigint`)
