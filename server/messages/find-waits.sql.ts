import { rows, sql, type Db } from '../base/db.ts'

export type Cap = { kind: 'all' | 'campaign' | 'journey', most: number, days: number }
export type Asked = {
  contact_id: number, id: number, kind: string, queued_at: Date
  /** a zone PostgreSQL knows */
  zone: string
  /** which rules hold for it */
  capped: boolean, quiet: boolean, best: boolean
}
export type Wait = { contact_id: number, id: number, reason: 'frequency_cap' | 'quiet_hours' | 'best_hour', until: Date, detail: string }
export type WaitRules = { caps: Cap[], quiet: { from: string, to: string } | null, best: { company_hour: number | null } | null }

/** Held until the transaction ends, so that of two senders one sees what the other is about to send. Who is free out. */
export async function holdContacts(tx: Db, contactIds: number[]): Promise<Set<number>> {
  const held = await rows<{ contact_id: number, free: boolean }>(tx, sql`
    select contact_id, pg_try_advisory_xact_lock(4772, (contact_id % 2147483647)::integer) as free
    from unnest(${[...new Set(contactIds)]}::bigint[]) as wanted (contact_id)`)
  return new Set(held.flatMap(row => row.free ? [row.contact_id] : []))
}

/**
 * Claimed marketing messages in; those that must wait out, with the reason and until when. A cap opens when the oldest of
 * the mails it counts leaves its window. Best hour: that of most first opens and clicks by the person over half a year,
 * from three on; waited for once, and within a day of being queued, so that a mail cannot wait for ever between two rules.
 */
export async function findWaits(tx: Db, asked: Asked[], rules: WaitRules, now: Date): Promise<Wait[]> {
  if (asked.length === 0) return []
  const { from, to } = rules.quiet ?? { from: '00:00', to: '00:00' }
  return rows<Wait>(tx, sql`
    select m.contact_id, m.id,
      case when cap.until is not null then 'frequency_cap' when night.is_quiet then 'quiet_hours' else 'best_hour' end as reason,
      coalesce(cap.until, case when night.is_quiet then night.until end, best.until) as until,
      case when cap.until is not null then cap.most || '/' || cap.days else m.zone end as detail
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as m (contact_id bigint, id bigint, kind text, queued_at timestamptz, zone text, capped boolean, quiet boolean, best boolean)
    cross join lateral (select ${now}::timestamptz at time zone m.zone as local) as clock
    left join lateral (
      select nth.at + make_interval(days => rule.days) as until, rule.most, rule.days
      from jsonb_to_recordset(${JSON.stringify(rules.caps)}::jsonb) as rule (kind text, most integer, days integer)
      cross join lateral (
        select coalesce(before.sent_at, before.sending_at) as at
        from messages before
        where before.contact_id = m.contact_id
          and before.state in ('sending', 'sent', 'bounced', 'unknown')
          and before.kind in ('campaign', 'journey')
          and (rule.kind = 'all' or before.kind = rule.kind)
          and before.queue <> 'transactional'
          and coalesce(before.sent_at, before.sending_at) > ${now}::timestamptz - make_interval(days => rule.days)
        order by 1 desc
        offset rule.most - 1
        limit 1
      ) as nth
      where m.capped
        and (rule.kind = 'all' or rule.kind = m.kind)
      order by 1 desc
      limit 1
    ) as cap on true
    cross join lateral (
      select
        m.quiet and ${inQuiet(sql`clock.local::time`, from, to)} as is_quiet,
        (clock.local::date + ${to}::time + case when clock.local::time >= ${to}::time then interval '1 day' else interval '0' end) at time zone m.zone as until
    ) as night
    left join lateral (
      select next.at as until
      from (
        select coalesce((
          select hour
          from (
            select extract(hour from reaction.at at time zone m.zone)::integer as hour, count(*) as times, sum(count(*)) over () as all_times
            from messages before
            cross join lateral (values (before.opened_at), (before.clicked_at)) as reaction (at)
            where before.contact_id = m.contact_id
              and reaction.at > ${now}::timestamptz - interval '180 days'
            group by 1
          ) as reactions
          where all_times >= 3
          order by times desc, hour
          limit 1
        ), ${rules.best?.company_hour ?? null}::integer) as hour
      ) as liked
      cross join lateral (
        select (clock.local::date + make_interval(hours => liked.hour, days => case when extract(hour from clock.local) > liked.hour then 1 else 0 end)) at time zone m.zone as at
      ) as next
      where m.best
        and next.at <= m.queued_at + interval '1 day'
        and liked.hour is not null
        and extract(hour from clock.local) <> liked.hour
        and not (m.quiet and ${inQuiet(sql`make_time(liked.hour, 0, 0)`, from, to)})
    ) as best on true
    where cap.until is not null
      or night.is_quiet
      or best.until is not null`)
}

const inQuiet = (time: ReturnType<typeof sql>, from: string, to: string) => from === to ? sql`false`
  : from < to ? sql`(${time} >= ${from}::time and ${time} < ${to}::time)` : sql`(${time} >= ${from}::time or ${time} < ${to}::time)`

export type Postponed = { contact_id: number, id: number, reason: string | null, detail: string | null, until: Date | null, queue: string | null }

/** Put off until a moment, or into another queue, with the reason. Only what is queued changes. */
export async function postpone(tx: Db, messages: Postponed[]): Promise<void> {
  if (messages.length === 0) return
  await sql`
    update messages m
    set send_after = coalesce(put_off.until, m.send_after), queue = coalesce(put_off.queue, m.queue), reason = put_off.reason, detail = put_off.detail
    from jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) as put_off (contact_id bigint, id bigint, reason text, detail text, until timestamptz, queue text)
    where m.contact_id = put_off.contact_id
      and m.id = put_off.id
      and m.state = 'queued'`.execute(tx)
}

/** All zones PostgreSQL can reckon with. Slow: read once. */
export const listZones = async (db: Db): Promise<Set<string>> => new Set((await rows<{ name: string }>(db, sql`select name from pg_timezone_names`)).map(row => row.name))

/** Of each provider, mails that are under way. */
export async function countUnderWay(db: Db): Promise<Map<string, number>> {
  return new Map((await rows<{ provider: string, count: number }>(db, sql`
    select provider, count(*) as count
    from messages
    where state = 'sending'
      and provider is not null
    group by provider`)).map(row => [row.provider, row.count]))
}

/** Of these queues, those in which a message is due. */
export async function queuesDue(db: Db, names: string[], now: Date): Promise<string[]> {
  if (names.length === 0) return []
  return (await rows<{ name: string }>(db, sql`
    select name
    from unnest(${names}::text[]) as wanted (name)
    where exists (
      select
      from messages
      where state = 'queued'
        and queue = wanted.name
        and send_after <= ${now}::timestamptz)`)).map(row => row.name)
}

/** Of each provider: what waits in its queue, what left in the last hour. */
export async function countByProvider(db: Db, now: Date): Promise<{ provider: string, waiting: number, sent: number }[]> {
  return rows(db, sql`
    select provider, sum(waiting)::bigint as waiting, sum(sent)::bigint as sent
    from (
      select substr(queue, 10) as provider, count(*) as waiting, 0 as sent
      from messages
      where state = 'queued'
        and queue >= 'provider:'
        and queue < 'provider;'
      group by 1
      union all
      select provider, 0, count(*)
      from messages
      where sent_at > ${now}::timestamptz - interval '1 hour'
        and provider is not null
      group by 1
    ) as counted
    group by 1
    order by 3 desc, 2 desc
    limit 50`)
}

/** Marketing mails that left in a span and how many of them came back, for the warm-up. */
export async function countReturns(db: Db, from: Date, to: Date): Promise<{ sent: number, returned: number }> {
  return (await rows<{ sent: number, returned: number }>(db, sql`
    select count(*) as sent, count(*) filter (where bounced_at is not null or complained_at is not null) as returned
    from messages
    where sent_at >= ${from}::timestamptz
      and sent_at < ${to}::timestamptz
      and queue <> 'transactional'`))[0]!
}
