import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

export type TopicPair = { contact_id: number, topic_id: number }

/**
 * Pairs in; those a journey may not grant, and why, out: the person (or anybody but a journey) withdrew the topic, or was
 * asked to confirm it and has not done so. Locks nothing: the caller holds the contacts' rows.
 */
export async function grantsRefused(db: Db, pairs: TopicPair[]): Promise<Map<string, 'withdrawn_by_person' | 'not_confirmed_yet'>> {
  const found = await rows<TopicPair & { status: 'withdrawn' | 'requested' }>(db, sql`
    select states.contact_id, states.topic_id, states.status
    from unnest(${pairs.map(one => one.contact_id)}::bigint[], ${pairs.map(one => one.topic_id)}::bigint[]) as wanted (contact_id, topic_id)
    join consent_states states using (contact_id, topic_id)
    where states.status = 'requested'
      or states.status = 'withdrawn' and not exists (
        select
        from consents
        where consents.contact_id = states.contact_id
          and consents.topic_id = states.topic_id
          and consents.action = 'withdrawn'
          and consents.occurred_at = states.since
          and consents.source like 'journey:%'
      )
  `)
  return new Map(found.map(one => [`${one.contact_id}:${one.topic_id}`, one.status === 'requested' ? 'not_confirmed_yet' : 'withdrawn_by_person']))
}

/** Topic ids in, those in use out. Locks nothing. */
export async function topicsInUse(db: Db, topicIds: number[]): Promise<Set<number>> {
  const found = await rows<{ id: number }>(db, sql`
    select id
    from topics
    where id = any(${[...new Set(topicIds)]}::bigint[])
      and archived_at is null
  `)
  return new Set(found.map(topic => topic.id))
}
