import { sql } from 'kysely'
import type { DealStages } from '../../shared/deals.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

type Stay = { stage: string, pipeline: string, at: Date, until: Date | null, source: string, user_id: number | null, user_name: string | null }

/** The stays of one deal, the latest first, as its events tell them; the last stay of an ended deal is still going on there. */
export async function stageHistory(db: Db, contactId: number, id: number): Promise<DealStages['data']> {
  const stays = await rows<Stay>(db, sql`
    select events.properties->>'stage' as stage, events.properties->>'pipeline' as pipeline, events.occurred_at as at,
      lead(events.occurred_at) over (order by events.occurred_at, events.id) as until,
      coalesce(events.properties->>'by', events.source) as source, users.id as user_id, users.name as user_name
    from events
    left join users on 'user:' || users.id = events.properties->>'by'
    where events.contact_id = ${contactId}
      and events.type in ('deal.created', 'deal.stage_changed')
      and events.properties->'deal_id' = to_jsonb(${id}::bigint)
    order by events.occurred_at desc, events.id desc
    limit 500
  `)
  return stays.map(stay => ({
    stage: stay.stage, pipeline: stay.pipeline, from: stay.at.toISOString(), until: stay.until?.toISOString() ?? null,
    by: stay.user_id === null ? null : { id: stay.user_id, name: stay.user_name! }, source: stay.source,
  }))
}
