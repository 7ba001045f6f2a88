import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { laneCount } from '../base/lanes.ts'

export type ClaimedEvent = {
  lane: number
  id: number
  contact_id: number | null
  identities: { email?: string, phone?: string, external_id?: string } | null
  type: string
  occurred_at: Date
  received_at: Date
  properties: Record<string, unknown>
  source: string
  message_id: number | null
  campaign_id: number | null
  journey_id: number | null
}

const lanesLock = 7_305_002

/** While others wait too, so much of what comes in crowds is taken at once: nobody waits long behind it. */
const mostOfCrowds = 500

/**
 * What waits in the queue: lanes with events, those that wait longest first, as many as make about `limit` events; after them the lanes of
 * what comes in crowds, where there is room. `limit`: how many to claim. Locks nothing.
 */
export async function findBusyLanes(db: Db, limit: number): Promise<{ lanes: number[], limit: number }> {
  const found = await rows<{ lane: number, before: number | null }>(db, sql`
    with busy as (
      select lane, oldest.id, (select count(*) from (select from incoming_events where lane = lanes.lane limit 256) as counted) as waiting
      from (select lane::smallint from generate_series(0, ${2 * laneCount - 1}::integer) as lane) as lanes
      cross join lateral (
        select id
        from incoming_events
        where lane = lanes.lane
        order by id
        limit 1
      ) oldest
    )
    select lane, before
    from (select lane, id, sum(waiting) over (order by lane >= ${laneCount}, id rows between unbounded preceding and 1 preceding) as before from busy) as ordered
    where coalesce(before, 0) < ${limit}
    order by lane >= ${laneCount}, id
  `)
  const urgent = found.filter(({ lane }) => lane < laneCount)
  if (urgent.length === 0 || urgent.length === found.length) return { lanes: found.map(({ lane }) => lane), limit }
  const room = found.filter(({ lane, before }) => lane < laneCount || Number(before) < mostOfCrowds)
  return { lanes: room.map(({ lane }) => lane), limit: room.length === urgent.length ? limit : mostOfCrowds }
}

/** The times of what would be claimed, so that their months can be made ready. */
export async function peekTimes(db: Db, lanes: number[], limit: number): Promise<Date[]> {
  const found = await rows<{ month: Date }>(db, sql`
    select distinct date_trunc('month', occurred_at, 'UTC') as month
    from unnest(${lanes}::smallint[]) as wanted (lane)
    cross join lateral (
      select occurred_at
      from incoming_events
      where lane = wanted.lane
      order by id
      limit ${limit}
    ) waiting
  `)
  return found.map(row => row.month)
}

/** Of the lanes those nobody else works on; they are ours until the transaction ends, so each person's events keep their order. */
export async function lockLanes(tx: Db, lanes: number[]): Promise<number[]> {
  const found = await rows<{ lane: number }>(tx, sql`
    select lane
    from unnest(${lanes}::smallint[]) as wanted (lane)
    where pg_try_advisory_xact_lock(${lanesLock}, lane::integer)
  `)
  return found.map(row => row.lane)
}

/**
 * Takes the oldest events of our lanes out of the queue: up to `limit`, only those whose month is among the given ones
 * (the first that is not ends the lane's share). They are back when the transaction fails.
 */
export async function claimEvents(tx: Db, lanes: number[], limit: number): Promise<ClaimedEvent[]> {
  const claimed = await rows<ClaimedEvent>(tx, sql`
    with picked as (
      select lane, id
      from unnest(${lanes}::smallint[]) with ordinality as wanted (wanted_lane, place)
      cross join lateral (
        select lane, id
        from incoming_events
        where lane = wanted_lane
        order by id
        limit ${limit}
      ) waiting
      order by place, id
      limit ${limit}
    )
    delete from incoming_events
    using picked
    where incoming_events.lane = picked.lane
      and incoming_events.id = picked.id
    returning incoming_events.lane, incoming_events.id, contact_id, identities, type, occurred_at, received_at, properties, source, message_id, campaign_id, journey_id
  `)
  return claimed.sort((a, b) => a.id - b.id)
}

/** How often the oldest event of a lane has failed alone, this time included. */
export async function countFailure(tx: Db, lane: number): Promise<{ id: number, attempts: number } | undefined> {
  const [failed] = await rows<{ id: number, attempts: number }>(tx, sql`
    update incoming_events
    set attempts = attempts + 1
    where lane = ${lane}
      and id = (select id from incoming_events where lane = ${lane} order by id limit 1)
    returning id, attempts
  `)
  return failed
}

/** Puts an event aside with the reason. A second run finds it gone. */
export async function rejectEvent(tx: Db, lane: number, id: number, reason: string, now: Date): Promise<void> {
  await sql`
    with taken as (
      delete from incoming_events
      where lane = ${lane}
        and id = ${id}
      returning *
    )
    insert into rejected_events (event, reason, rejected_at)
    select to_jsonb(taken), ${reason}, ${now}::timestamptz
    from taken
  `.execute(tx)
}

/** Puts rejected events back into the queue, for another try after the cause is mended; how many. */
export async function retryRejectedEvents(db: Db): Promise<number> {
  const back = await rows(db, sql`
    with taken as (
      delete from rejected_events
      returning event
    )
    insert into incoming_events (lane, id, contact_id, identities, type, occurred_at, received_at, properties, source, message_id, campaign_id, journey_id)
    select lane, id, contact_id, nullif(identities, 'null'), type, occurred_at, received_at, properties, source, message_id, campaign_id, journey_id
    from taken
    cross join lateral jsonb_populate_record(null::incoming_events, event)
    returning 1
  `)
  return back.length
}

/** How long the oldest event has been waiting, and how many wait (counted up to a hundred thousand). */
export async function readLag(db: Db, now: Date): Promise<{ oldest_event_seconds: number, queue: number }> {
  const [found] = await rows<{ oldest: Date | null, queue: number }>(db, sql`
    select
      (select min(oldest.received_at)
        from generate_series(0, ${laneCount - 1}::integer) as lanes (lane)
        cross join lateral (
          select received_at
          from incoming_events
          where lane = lanes.lane::smallint
          order by id
          limit 1
        ) oldest) as oldest,
      (select count(*) from (select from incoming_events limit 100000) as waiting) as queue
  `)
  return { oldest_event_seconds: found?.oldest ? Math.max(0, (now.getTime() - found.oldest.getTime()) / 1000) : 0, queue: found?.queue ?? 0 }
}
