import { changedRows, maybeOne, sql, type Db } from '../base/db.ts'
import { notify } from '../base/live.ts'

export type MessageKind = 'campaign' | 'journey' | 'transactional' | 'test'
export type NewMessage = {
  contact_id: number
  kind: MessageKind
  /** the lower leaves first; by kind when left out */
  priority?: number
  campaign_id?: number
  journey_id?: number
  enrolment_id?: number
  step_key?: string
  visit?: number
  /** of transactional mails: what makes two of them the same */
  dedup_key?: string
  template_version_id: number
  topic_id?: number | null
  /** what the mail needs beside the card; `test_to` of a test mail is the address it goes to, `locale` its language */
  context?: Record<string, unknown>
  send_after?: Date
}

export const priorities: Record<MessageKind, number> = { transactional: 1, test: 2, journey: 5, campaign: 9 }

/**
 * Messages in, how many were new out. One per contact and campaign, per enrolment, step and visit, per dedup_key:
 * a second run queues nothing. Wakes the senders after the commit. Contacts that are gone are left out.
 */
export async function queueMessages(db: Db, messages: NewMessage[], now: Date = new Date()): Promise<number> {
  if (messages.length === 0) return 0
  const given = messages.map(message => ({ ...message, priority: message.priority ?? priorities[message.kind], context: message.context ?? {}, send_after: message.send_after ?? now }))
  const inserted = await changedRows(db, sql`
    insert into messages (contact_id, lane, kind, queue, priority, campaign_id, journey_id, enrolment_id, step_key, visit, dedup_key, template_version_id, topic_id, context, send_after, queued_at)
    select
      given.contact_id, (given.contact_id % 64)::smallint, given.kind,
      case when given.campaign_id is not null then 'campaign:' || given.campaign_id when given.kind in ('transactional', 'test') or t.kind = 'transactional' then 'transactional' else 'journeys' end,
      given.priority, given.campaign_id, given.journey_id, given.enrolment_id,
      given.step_key, given.visit, given.dedup_key, given.template_version_id, given.topic_id, given.context, given.send_after, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given (
      contact_id bigint, kind text, priority smallint, campaign_id bigint, journey_id bigint, enrolment_id bigint,
      step_key text, visit integer, dedup_key text, template_version_id bigint, topic_id bigint, context jsonb, send_after timestamptz)
    join contacts c on c.id = given.contact_id
    join template_versions v on v.id = given.template_version_id
    join templates t on t.id = v.template_id
    order by given.contact_id
    on conflict do nothing`)
  if (inserted > 0) await notify(db, 'messages')
  return inserted
}

/** The number of the message with this dedup_key; undefined: there is none. */
export async function messageByKey(db: Db, contactId: number, dedupKey: string): Promise<number | undefined> {
  return (await maybeOne<{ id: number }>(db, sql`select id from messages where contact_id = ${contactId}::bigint and dedup_key = ${dedupKey}`))?.id
}
