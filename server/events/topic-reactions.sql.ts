import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { ProcessedEvent } from './processed-event.ts'

const mailEvents = ['email.sent', 'email.opened', 'email.clicked']

/**
 * New events in; how many mails of each topic their contacts got, opened and clicked is counted on. A mail counts once:
 * its own marks say whether a person had opened or clicked it before, so this comes before the mails are marked.
 * The caller holds the contacts.
 */
export async function addTopicReactions(tx: Db, happened: Pick<ProcessedEvent, 'contact_id' | 'type' | 'is_machine' | 'message_id'>[]): Promise<void> {
  const events = happened.filter(event => event.message_id !== null && !event.is_machine && mailEvents.includes(event.type))
  if (events.length === 0) return
  await sql`
    insert into topic_reactions (contact_id, topic_id, sent, opened, clicked)
    select m.contact_id, m.topic_id,
      count(*) filter (where e.sent),
      count(*) filter (where e.opened and m.opened_at is null and m.clicked_at is null),
      count(*) filter (where e.clicked and m.clicked_at is null)
    from (
      select contact_id, message_id, bool_or(type = 'email.sent') as sent, bool_or(type <> 'email.sent') as opened, bool_or(type = 'email.clicked') as clicked
      from unnest(${events.map(event => event.contact_id)}::bigint[], ${events.map(event => event.message_id)}::bigint[], ${events.map(event => event.type)}::text[]) as e (contact_id, message_id, type)
      group by contact_id, message_id
    ) as e
    join messages m on m.contact_id = e.contact_id and m.id = e.message_id
    where m.topic_id is not null
    group by m.contact_id, m.topic_id
    order by m.contact_id, m.topic_id
    on conflict (contact_id, topic_id) do update
    set sent = topic_reactions.sent + excluded.sent,
      opened = topic_reactions.opened + excluded.opened,
      clicked = topic_reactions.clicked + excluded.clicked
  `.execute(tx)
}

/** What the reactions of these contacts are by all their events. */
function recounted(contactIds: number[]): RawBuilder<unknown> {
  return sql`
    select e.contact_id, m.topic_id,
      (count(distinct m.id) filter (where e.type = 'email.sent'))::integer as sent,
      (count(distinct m.id) filter (where e.type <> 'email.sent'))::integer as opened,
      (count(distinct m.id) filter (where e.type = 'email.clicked'))::integer as clicked
    from events e
    join messages m on m.contact_id = e.contact_id and m.id = e.message_id
    where e.contact_id = any(${contactIds}::bigint[])
      and e.type = any(${mailEvents}::text[])
      and not e.is_machine
      and m.topic_id is not null
    group by e.contact_id, m.topic_id
  `
}

/** Contacts in; reactions that differ from what follows from all their events out. Changes nothing. */
export async function compareTopicReactions(db: Db, contactIds: number[]): Promise<{ contact_id: number, kept: Record<string, unknown>, found: Record<string, unknown> }[]> {
  return rows(db, sql`
    with found as (${recounted(contactIds)}),
    kept as (
      select *
      from topic_reactions
      where contact_id = any(${contactIds}::bigint[])
        and (sent, opened, clicked) <> (0, 0, 0)
    )
    select contact_id, jsonb_build_object('topic ' || topic_id, to_jsonb(kept)) as kept, jsonb_build_object('topic ' || topic_id, to_jsonb(found)) as found
    from found
    full join kept using (contact_id, topic_id)
    where (kept.sent, kept.opened, kept.clicked) is distinct from (found.sent, found.opened, found.clicked)
    order by contact_id, topic_id
  `)
}

/** Contacts in; their reactions counted anew. The caller holds the contacts. */
export async function rewriteTopicReactions(tx: Db, contactIds: number[]): Promise<void> {
  await sql`delete from topic_reactions where contact_id = any(${contactIds}::bigint[])`.execute(tx)
  await sql`
    insert into topic_reactions (contact_id, topic_id, sent, opened, clicked)
    select contact_id, topic_id, sent, opened, clicked
    from (${recounted(contactIds)}) as found
  `.execute(tx)
}
