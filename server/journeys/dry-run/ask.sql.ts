import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { one, rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import { decisionJoins, refusal } from '../../messages/decide.sql.ts'
import { inTurns } from './effects.ts'
import type { Affected } from './effects.ts'
import { tablesWithEffects, withEffects } from './effects.sql.ts'

/** Somebody on their way in a dry run: asked at `at`, having entered at `entered`, after what the steps before did. */
export type Asked = Affected & { at: number, entered: number }

const moments = (people: readonly Asked[]) => sql`
  unnest(${people.map(one => one.contact_id)}::bigint[], ${people.map(one => new Date(one.at))}::timestamptz[], ${people.map(one => new Date(one.entered))}::timestamptz[])
    with ordinality as asked (contact_id, at, entered, place)`

/** For each, in order, whether the predicate (over contacts c, rollups r and asked) holds. Contacts that are gone: no. Locks nothing. */
export async function askEach(db: Db, people: readonly Asked[], predicate: RawBuilder<boolean>): Promise<boolean[]> {
  return await inTurns(people, async (some) => {
    const found = await rows<{ place: number }>(db, sql`
      ${withEffects(some)}
      select asked.place
      from ${moments(some)}
      join contacts c on c.id = asked.contact_id
      left join contact_rollups r on r.contact_id = c.id
      where ${predicate}
    `)
    const holding = new Set(found.map(row => row.place - 1))
    return some.map((_, index) => holding.has(index))
  })
}

/** For each, in order, the value (over the same) as JSON. Contacts that are gone: null. Locks nothing. */
export async function valuesOfEach(db: Db, people: readonly Asked[], value: RawBuilder<unknown>): Promise<unknown[]> {
  return await inTurns(people, async (some) => {
    const found = await rows<{ place: number, value: unknown }>(db, sql`
      ${withEffects(some)}
      select asked.place, to_jsonb(${value}) as value
      from ${moments(some)}
      join contacts c on c.id = asked.contact_id
      left join contact_rollups r on r.contact_id = c.id
    `)
    const values = new Map(found.map(row => [row.place - 1, row.value]))
    return some.map((_, index) => values.get(index) ?? null)
  })
}

/** For each, in order, the row (as JSON) of their latest deal of the pipeline that was open then, or null. Locks nothing. */
export async function openDeals(db: Db, people: readonly Asked[], pipelineId: number): Promise<(Record<string, unknown> & { id: number } | null)[]> {
  return await inTurns(people, async (some) => {
    const found = await rows<{ place: number, deal: Record<string, unknown> & { id: number } }>(db, sql`
      ${withEffects(some)}
      select distinct on (asked.place) asked.place, to_jsonb(deals) as deal
      from ${moments(some)}
      join deals on deals.contact_id = asked.contact_id
      where deals.pipeline_id = ${pipelineId}
        and deals.created_at <= asked.at
        and (deals.closed_at is null or deals.closed_at > asked.at)
      order by asked.place, deals.created_at desc, deals.id desc
    `)
    const deals = new Map(found.map(row => [row.place - 1, row.deal]))
    return some.map((_, index) => deals.get(index) ?? null)
  })
}

/** For each, in order, the first event of the type after `at` and up to `until` that meets the filters (over events e), or null. */
export async function firstEvents(db: Db, people: readonly (Asked & { until: number })[], type: string, filters: RawBuilder<boolean>[]): Promise<(number | null)[]> {
  if (people.length === 0) return []
  const types = type === 'email.opened' ? ['email.opened', 'email.clicked'] : [type]
  const found = await rows<{ place: number, happened_at: Date | null }>(db, sql`
    select asked.place, (
      select min(e.occurred_at)
      from events e
      where e.contact_id = asked.contact_id
        and e.type = any(${types}::text[])
        -- moments have milliseconds here, events may have microseconds
        and e.occurred_at >= asked.at + interval '1 millisecond'
        and e.occurred_at < asked.until + interval '1 millisecond'
        and not e.is_machine
        ${filters.length === 0 ? sql`` : sql`and ${sql.join(filters, sql` and `)}`}
    ) as happened_at
    from unnest(${people.map(one => one.contact_id)}::bigint[], ${people.map(one => new Date(one.at))}::timestamptz[], ${people.map(one => new Date(one.until))}::timestamptz[])
      with ordinality as asked (contact_id, at, until, place)
    order by asked.place
  `)
  return found.map(row => row.happened_at?.getTime() ?? null)
}

/**
 * For each, in order, the first moment from `at` to `until` at which the predicate holds, or null: looked at when it
 * begins and ends, whenever one of these events came, and once a day between.
 */
export async function firstMoments(db: Db, people: readonly (Asked & { until: number })[], types: string[], predicate: RawBuilder<boolean>): Promise<(number | null)[]> {
  return await inTurns(people, async (some) => {
    const waiting = sql`waiting as (
      select *
      from unnest(
        ${some.map(one => one.contact_id)}::bigint[], ${some.map(one => new Date(one.at))}::timestamptz[], ${some.map(one => new Date(one.until))}::timestamptz[], ${some.map(one => new Date(one.entered))}::timestamptz[]
      ) with ordinality as waiting (contact_id, from_moment, until, entered, place)
    )`
    const asked = sql`asked as (
      select waiting.contact_id, waiting.entered, waiting.place, moments.at
      from waiting
      cross join lateral (
        select waiting.from_moment as at
        union
        select waiting.until
        union
        select e.occurred_at
        from events e
        where e.contact_id = waiting.contact_id
          and e.type = any(${types}::text[])
          and e.occurred_at > waiting.from_moment
          and e.occurred_at <= waiting.until
        union
        select day
        from generate_series(waiting.from_moment, waiting.until, interval '1 day') as day
      ) as moments
    )`
    const found = await rows<{ place: number, at: Date }>(db, sql`
      with ${sql.join([...tablesWithEffects(some), waiting, asked])}
      select asked.place, min(asked.at) as at
      from asked
      join contacts c on c.id = asked.contact_id
      left join contact_rollups r on r.contact_id = c.id
      where ${predicate}
      group by asked.place
    `)
    const first = new Map(found.map(row => [row.place - 1, row.at.getTime()]))
    return some.map((_, index) => first.get(index) ?? null)
  })
}

/** For each, in order, why a mail of this topic would not reach them, by consents and addresses as they are now; undefined: it would. */
export async function refusedMails(db: Db, people: readonly Asked[], topicId: number | null, marketing: boolean): Promise<(string | undefined)[]> {
  return await inTurns(people, async (some) => {
    const found = await rows<{ id: number, reason: string | null }>(db, sql`
      ${withEffects(some)}
      select c.id, ${refusal({ kind: sql`'journey'`, email: sql`c.email`, suppression: sql`suppressed.reason`, marketing: sql`${marketing}::boolean`, consent: sql`consent.status` })} as reason
      from contacts c
      cross join (select ${topicId}::bigint as topic_id) as m
      ${decisionJoins}
      where c.id = any(${some.map(one => one.contact_id)}::bigint[])
    `)
    const reasons = new Map(found.map(row => [row.id, row.reason ?? undefined]))
    return some.map(one => reasons.get(one.contact_id))
  })
}

export type ReactionRates = { sent: number, opened: number, clicked: number, ordered: number }

/** How many of its mails people reacted to: of one step of the journey, of the journey, or (null) of everything sent since. Shares of 1. */
export async function reactionRates(db: Db, asked: { journey_id: number | null, since: Date }): Promise<Map<string, ReactionRates>> {
  const found = await rows<ReactionRates & { step_key: string }>(db, sql`
    select ${asked.journey_id === null ? sql`''` : sql`coalesce(m.step_key, '')`} as step_key,
      count(*)::float8 as sent,
      count(coalesce(m.opened_at, m.clicked_at))::float8 / count(*) as opened,
      count(m.clicked_at)::float8 / count(*) as clicked,
      (count(*) filter (where m.orders > 0))::float8 / count(*) as ordered
    from messages m
    where m.sent_at > ${asked.since}
      and m.kind in ('campaign', 'journey')
      ${asked.journey_id === null ? sql`` : sql`and m.journey_id = ${asked.journey_id}`}
    group by 1
  `)
  return new Map(found.map(({ step_key, ...rates }) => [step_key, rates]))
}

/** Kinds of the templates, to know which mails need consent. */
export async function marketingTemplates(db: Db, templateIds: number[]): Promise<Set<number>> {
  const found = await rows<{ id: number }>(db, sql`select id from templates where id = any(${templateIds}::bigint[]) and kind = 'marketing'`)
  return new Set(found.map(row => row.id))
}

/** When these contacts really got mails between the two moments. */
export async function mailsReallySent(db: Db, contactIds: number[], from: Date, to: Date): Promise<Map<number, number[]>> {
  const found = await rows<{ contact_id: number, moments: Date[] }>(db, sql`
    select m.contact_id, array_agg(m.sent_at order by m.sent_at) as moments
    from messages m
    where m.contact_id = any(${contactIds}::bigint[])
      and m.sent_at > ${from}
      and m.sent_at <= ${to}
      and m.kind <> 'test'
    group by m.contact_id
  `)
  return new Map(found.map(row => [row.contact_id, row.moments.map(moment => moment.getTime())]))
}

/** Other active journeys these contacts were in during that time, with how many of them. */
export async function overlappingJourneys(db: Db, journeyId: number, contactIds: number[], from: Date): Promise<{ journey_id: number, name: string, people: number }[]> {
  return await rows(db, sql`
    select n.journey_id, j.name, count(distinct n.contact_id) as people
    from enrolments n
    join journeys j on j.id = n.journey_id
    where n.contact_id = any(${contactIds}::bigint[])
      and n.journey_id <> ${journeyId}
      and n.test_wait_seconds is null
      and j.state = 'active'
      and j.archived_at is null
      and (n.state in ('active', 'waiting') or n.ended_at > ${from})
    group by n.journey_id, j.name
  `)
}

/** Stages of a pipeline in use, the first open one first. Locks nothing. */
export async function stagesToUse(db: Db, pipelineId: number): Promise<{ id: number, pipeline_id: number, kind: 'open' | 'won' | 'lost' }[]> {
  return await rows(db, sql`
    select stages.id, stages.pipeline_id, stages.kind
    from stages
    join pipelines on pipelines.id = stages.pipeline_id
    where stages.pipeline_id = ${pipelineId}
      and stages.archived_at is null
      and pipelines.archived_at is null
    order by stages.kind <> 'open', stages.position, stages.id
  `)
}

/** How many codes a list still has. */
export async function codesLeft(db: Db, poolId: number): Promise<number> {
  return (await one<{ left: number }>(db, sql`select count(*) as left from coupon_codes where pool_id = ${poolId}`)).left
}
