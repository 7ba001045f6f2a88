import { sql } from 'kysely'
import type { WebhookCall, WebhookCallDetails, WebhookCallState } from '../../shared/webhooks.ts'
import type { Db } from '../base/db.ts'
import { changedRows, maybeOne, rows } from '../base/db.ts'
import { notify } from '../base/live.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

export type Save = { path: string, field: string }
export type NewCall = { contact_id: number, journey_id: number, enrolment_id: number, step_key: string, visit: number, url: string, body: string, save: Save[] }

const sourceKey = (call: { enrolment_id: number, step_key: string, visit: number }): string => `${call.enrolment_id}:${call.step_key}:${call.visit}`

/**
 * Calls in; sent once the caller's transaction commits. A second run with the same enrolment, step and visit makes none,
 * but one that has failed is sent anew (its step is being tried again). The caller holds the contacts' rows.
 */
export async function enqueueCalls(tx: Db, calls: NewCall[], now: Date): Promise<void> {
  if (calls.length === 0) return
  const column = <T>(of: (call: NewCall) => T): T[] => calls.map(of)
  await sql`
    insert into webhook_calls (contact_id, journey_id, enrolment_id, step_key, source_key, url, host, body, save, next_at, created_at)
    select contact_id, journey_id, enrolment_id, step_key, source_key, url, host, body, save, ${now}::timestamptz, ${now}::timestamptz
    from unnest(
      ${column(call => call.contact_id)}::bigint[], ${column(call => call.journey_id)}::bigint[], ${column(call => call.enrolment_id)}::bigint[], ${column(call => call.step_key)}::text[], ${column(sourceKey)}::text[],
      ${column(call => call.url)}::text[], ${column(call => new URL(call.url).host)}::text[], ${column(call => call.body)}::text[], ${column(call => JSON.stringify(call.save))}::jsonb[]
    ) as call (contact_id, journey_id, enrolment_id, step_key, source_key, url, host, body, save)
    on conflict (contact_id, source_key) do update
    set url = excluded.url, host = excluded.host, body = excluded.body, save = excluded.save, next_at = excluded.next_at,
      state = 'waiting', attempts = 0, outcome = '', status = null, answer = null, detail = '', finished_at = null
    where webhook_calls.state = 'failed'
  `.execute(tx)
  await notify(tx, 'webhooks')
}

export type ClaimedCall = { contact_id: number, id: number, journey_id: number | null, enrolment_id: number | null, source_key: string, url: string, body: string, save: Save[], attempts: number, created_at: Date }

/**
 * Due calls, each host's in their order, at most so many at a time to one host over all processes. They count as being sent
 * until `leaseMilliseconds` from now: a worker that dies in between loses them to the next. Several at once take different ones.
 */
export async function claimCalls(db: Db, { limit, perHost, leaseMilliseconds, now }: { limit: number, perHost: number, leaseMilliseconds: number, now: Date }): Promise<ClaimedCall[]> {
  return rows<ClaimedCall>(db, sql`
    with recursive hosts (host) as (
      -- One step of the index a host, however many calls wait for it.
      (select host from webhook_calls where state in ('waiting', 'sending') order by host limit 1)
      union all
      select (select next.host from webhook_calls next where next.state in ('waiting', 'sending') and next.host > hosts.host order by next.host limit 1)
      from hosts
      where hosts.host is not null
    ),
    due as (
      select found.contact_id, found.id
      from hosts
      cross join lateral (
        select calls.contact_id, calls.id
        from webhook_calls calls
        where calls.host = hosts.host
          and calls.state in ('waiting', 'sending')
          and calls.next_at <= ${now}
        order by calls.next_at, calls.id
        limit greatest(0, ${perHost} - (select count(*) from webhook_calls busy where busy.host = hosts.host and busy.state = 'sending' and busy.next_at > ${now}))
      ) as found
      where hosts.host is not null
      limit ${limit}
    ),
    held as (
      select calls.contact_id, calls.id
      from webhook_calls calls
      join due using (contact_id, id)
      where calls.state in ('waiting', 'sending')
        and calls.next_at <= ${now}
      for update of calls skip locked
    )
    update webhook_calls
    set state = 'sending',
      attempts = attempts + 1,
      next_at = ${now}::timestamptz + ${leaseMilliseconds}::double precision * interval '1 millisecond'
    from held
    where webhook_calls.contact_id = held.contact_id
      and webhook_calls.id = held.id
    returning webhook_calls.contact_id, webhook_calls.id, journey_id, enrolment_id, source_key, url, body, save, attempts, created_at
  `)
}

export type CallResult = { contact_id: number, id: number, attempts: number, state: 'waiting' | 'done' | 'failed', outcome: string, status: number | null, answer: string | null, detail: string, next_at: Date | null }

/** The outcome of a try; false when it is not the latest try any more (it took so long that it counts as lost and another has begun). */
export async function settleCall(tx: Db, result: CallResult, now: Date): Promise<boolean> {
  return await changedRows(tx, sql`
    update webhook_calls
    set state = ${result.state},
      outcome = ${result.outcome},
      status = ${result.status},
      answer = ${result.answer},
      detail = ${result.detail},
      next_at = ${result.next_at},
      finished_at = ${result.state === 'waiting' ? null : now}
    where contact_id = ${result.contact_id}
      and id = ${result.id}
      and state = 'sending'
      and attempts = ${result.attempts}
  `) > 0
}

export type CallOutcome = { state: WebhookCallState, outcome: string, status: number | null }

/** Contacts and enrolment:step:visit in, how their calls stand out, as `contact:key`. */
export async function outcomesOf(db: Db, asked: { contact_id: number, enrolment_id: number, step_key: string, visit: number }[]): Promise<Map<string, CallOutcome>> {
  if (asked.length === 0) return new Map()
  const found = await rows<CallOutcome & { contact_id: number, source_key: string }>(db, sql`
    select calls.contact_id, calls.source_key, calls.state, calls.outcome, calls.status
    from unnest(${asked.map(one => one.contact_id)}::bigint[], ${asked.map(sourceKey)}::text[]) as asked (contact_id, source_key)
    join webhook_calls calls on calls.contact_id = asked.contact_id and calls.source_key = asked.source_key
  `)
  return new Map(found.map(call => [`${call.contact_id}:${call.source_key}`, call]))
}

type Found = Omit<WebhookCallDetails, 'next_at' | 'created_at' | 'finished_at'> & { next_at: Date | null, created_at: Date, finished_at: Date | null }
const columns = sql`
  calls.id, jsonb_build_object('id', c.id, 'name', ${contactName('c')}) as contact, case when journeys.id is not null then jsonb_build_object('id', journeys.id, 'name', journeys.name) end as journey,
  calls.step_key, calls.url, calls.state, calls.attempts, case when calls.state = 'waiting' then calls.next_at end as next_at, calls.outcome, calls.status, calls.detail, calls.created_at, calls.finished_at`
const joined = sql`webhook_calls calls join contacts c on c.id = calls.contact_id left join journeys on journeys.id = calls.journey_id`
const present = <T extends Pick<Found, 'next_at' | 'created_at' | 'finished_at'>>(found: T) => ({ ...found, next_at: found.next_at?.toISOString() ?? null, created_at: found.created_at.toISOString(), finished_at: found.finished_at?.toISOString() ?? null })

/** The latest first, before the given number, without bodies and answers. */
export async function listCalls(db: Db, { state, journey, contact }: { state: WebhookCallState | undefined, journey: number | undefined, contact: number | undefined }, limit: number, before: number | undefined): Promise<{ calls: WebhookCall[], next: number | null }> {
  const found = await rows<Found>(db, sql`
    select ${columns}
    from ${joined}
    where ${state === undefined ? sql`true` : sql`calls.state = ${state}`}
      and ${journey === undefined ? sql`true` : sql`calls.journey_id = ${journey}`}
      and ${contact === undefined ? sql`true` : sql`calls.contact_id = ${contact}`}
      and ${before === undefined ? sql`true` : sql`calls.id < ${before}`}
    order by calls.id desc
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  return { calls: page.map(present), next: found.length > limit ? page.at(-1)!.id : null }
}

export async function findCall(db: Db, id: number): Promise<WebhookCallDetails & { enrolment_id: number | null, source_key: string } | undefined> {
  const found = await maybeOne<Found & { enrolment_id: number | null, source_key: string }>(db, sql`select ${columns}, calls.body, calls.answer, calls.enrolment_id, calls.source_key from ${joined} where calls.id = ${id}`)
  return found && present(found)
}

/** A failed call, or one that waits for its next try, is due at once, with all its tries before it. false: there is nothing to try. */
export async function callAgain(tx: Db, id: number, now: Date): Promise<boolean> {
  const again = await changedRows(tx, sql`
    update webhook_calls
    set state = 'waiting',
      attempts = case when state = 'failed' then 0 else attempts end,
      next_at = ${now},
      finished_at = null
    where id = ${id}
      and state in ('waiting', 'failed')
  `) > 0
  if (again) await notify(tx, 'webhooks')
  return again
}

/** Calls that ended before the given time are forgotten, some at a time; whether there may be more. */
export async function forgetCalls(db: Db, before: Date, limit: number): Promise<boolean> {
  return await changedRows(db, sql`
    delete from webhook_calls
    using (select contact_id, id from webhook_calls where finished_at < ${before} order by finished_at limit ${limit}) as old
    where webhook_calls.contact_id = old.contact_id
      and webhook_calls.id = old.id
  `) === limit
}

/** One at a time makes or changes the secrets. */
export async function holdSettings(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7305012)`.execute(tx)
}
