import type { HeldReason, SenderKind, SenderStream } from '../../shared/senders.ts'
import { changedRows, one, rows, sql, type Db } from '../base/db.ts'

export type SenderAnswer = { at: string, outcome: string, text: string }
export type SenderRow = {
  id: number, name: string, kind: SenderKind, stream: SenderStream, position: number, is_enabled: boolean
  /** encrypted JSON of the account */
  settings: string
  connections: number, per_second: number | null, per_hour: number | null, per_day: number | null
  held_until: Date | null, held_reason: HeldReason | null, held_detail: string | null, failures: number
  last_answers: SenderAnswer[]
  revision: number, created_at: Date, updated_at: Date
}

/** All that are not put away, the first to be used first. */
export async function listSenders(db: Db): Promise<SenderRow[]> {
  return rows(db, sql`
    select id, name, kind, stream, position, is_enabled, settings, connections, per_second, per_hour, per_day, held_until, held_reason, held_detail, failures, last_answers, revision, created_at, updated_at
    from senders
    where archived_at is null
    order by position, id`)
}

/** How many senders are in use for each kind of mail; where there is none, mails leave through the mail server of the page “Sending”. */
export async function countSendersInUse(db: Db): Promise<{ marketing: number, transactional: number }> {
  return one<{ marketing: number, transactional: number }>(db, sql`
    select
      count(*) filter (where stream <> 'transactional')::integer as marketing,
      count(*) filter (where stream <> 'marketing')::integer as transactional
    from senders
    where is_enabled and archived_at is null`)
}

export type NewSender = Pick<SenderRow, 'name' | 'kind' | 'stream' | 'is_enabled' | 'settings' | 'connections' | 'per_second' | 'per_hour' | 'per_day'>

/** After all others. */
export async function insertSender(db: Db, sender: NewSender, now: Date): Promise<number> {
  return (await one<{ id: number }>(db, sql`
    insert into senders (name, kind, stream, position, is_enabled, settings, connections, per_second, per_hour, per_day, created_at, updated_at)
    select ${sender.name}, ${sender.kind}, ${sender.stream}, coalesce((select max(position) from senders), 0) + 1, ${sender.is_enabled}, ${sender.settings},
      ${sender.connections}, ${sender.per_second}, ${sender.per_hour}, ${sender.per_day}, ${now}::timestamptz, ${now}::timestamptz
    returning id`)).id
}

/** False: somebody was faster. What is changed is tried anew: nothing is held any more. */
export async function updateSender(db: Db, id: number, revision: number, sender: NewSender, now: Date): Promise<boolean> {
  return await changedRows(db, sql`
    update senders
    set name = ${sender.name}, kind = ${sender.kind}, stream = ${sender.stream}, is_enabled = ${sender.is_enabled}, settings = ${sender.settings},
      connections = ${sender.connections}, per_second = ${sender.per_second}, per_hour = ${sender.per_hour}, per_day = ${sender.per_day},
      held_until = null, held_reason = null, held_detail = null, failures = 0, revision = revision + 1, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and revision = ${revision}
      and archived_at is null`) > 0
}

/** The order of use. Ids that are not there are passed over. */
export async function orderSenders(db: Db, ids: number[]): Promise<void> {
  await sql`
    update senders
    set position = wanted.position
    from unnest(${ids}::bigint[]) with ordinality as wanted (id, position)
    where senders.id = wanted.id`.execute(db)
}

/** Put away; its secret is forgotten, what it has sent still names it. */
export async function archiveSender(db: Db, id: number, now: Date): Promise<boolean> {
  return await changedRows(db, sql`
    update senders
    set archived_at = ${now}::timestamptz, settings = '', updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and archived_at is null`) > 0
}

/** Nothing leaves by it until then. True when it was not held for this reason before. A longer hold stays. */
export async function holdSender(db: Db, id: number, reason: HeldReason, detail: string, until: Date, now: Date): Promise<boolean> {
  const [row] = await rows<{ was: string | null }>(db, sql`
    update senders
    set held_until = greatest(senders.held_until, ${until}::timestamptz), held_reason = ${reason}, held_detail = ${detail.slice(0, 500)}, failures = senders.failures + 1
    from (select id, held_reason as was from senders where id = ${id}::bigint for update) as before
    where senders.id = before.id
      and (senders.held_until is null or senders.held_until <= ${now}::timestamptz)
    returning before.was`)
  return row !== undefined && row.was !== reason
}

/** It works again. False: it was not held. */
export async function releaseSender(db: Db, id: number): Promise<boolean> {
  return await changedRows(db, sql`
    update senders
    set held_until = null, held_reason = null, held_detail = null, failures = 0
    where id = ${id}::bigint
      and held_reason is not null`) > 0
}

export type SenderCount = { sender_id: number, sent: number, later: number, bounced: number, failed: number, answers: SenderAnswer[] }

/** What became of a batch is added to the minute, and its answers to the last ones. */
export async function countAnswers(tx: Db, counts: SenderCount[], now: Date): Promise<void> {
  if (counts.length === 0) return
  const ordered = counts.toSorted((one, other) => one.sender_id - other.sender_id)
  await sql`
    insert into sender_minutes (sender_id, minute, sent, later, bounced, failed)
    select sender_id, date_trunc('minute', ${now}::timestamptz), sent, later, bounced, failed
    from jsonb_to_recordset(${JSON.stringify(ordered)}::jsonb) as counted (sender_id bigint, sent integer, later integer, bounced integer, failed integer)
    order by sender_id
    on conflict (sender_id, minute) do update
    set sent = sender_minutes.sent + excluded.sent, later = sender_minutes.later + excluded.later,
      bounced = sender_minutes.bounced + excluded.bounced, failed = sender_minutes.failed + excluded.failed`.execute(tx)
  const told = ordered.filter(each => each.answers.length > 0)
  if (told.length === 0) return
  await sql`
    update senders
    set last_answers = (
      select jsonb_agg(answer order by place)
      from (select answer, place from jsonb_array_elements(told.answers || senders.last_answers) with ordinality as all_answers (answer, place) order by place limit 10) as newest)
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as told (sender_id bigint, answers jsonb)
    where senders.id = told.sender_id`.execute(tx)
}

export type SenderHealth = { sender_id: number, per_minute: number, sent: number, later: number, bounced: number, failed: number }

/** Of each sender, the last hour; the rate of the last five whole minutes. */
export async function readHealth(db: Db, now: Date): Promise<Map<number, SenderHealth>> {
  const found = await rows<SenderHealth>(db, sql`
    select sender_id, sum(sent) as sent, sum(later) as later, sum(bounced) as bounced, sum(failed) as failed,
      round(coalesce(sum(sent) filter (where minute > ${now}::timestamptz - interval '5 minutes'), 0) / 5.0, 1)::double precision as per_minute
    from sender_minutes
    where minute > ${now}::timestamptz - interval '1 hour'
    group by sender_id`)
  return new Map(found.map(row => [row.sender_id, row]))
}

export type SenderNotices = { sender_id: number, sent: number, last_at: Date | null }

/** Of each sender of a provider, what was sent by it until a moment ago, and when the provider last reported. Two days are counted by the minute, a month by the day. */
export const readNotices = (db: Db, now: Date): Promise<SenderNotices[]> => rows(db, sql`
  select s.id as sender_id,
    greatest(
      (select coalesce(sum(m.sent), 0) from sender_minutes m where m.sender_id = s.id and m.minute < ${now}::timestamptz - interval '15 minutes'),
      (select coalesce(sum(d.sent), 0) from delivery_days d where d.sender_id = s.id and d.day > ${now}::timestamptz::date - 30))::bigint as sent,
    (select max(h.received_at) from provider_hooks h where h.provider = s.kind) as last_at
  from senders s
  where s.archived_at is null
    and s.kind <> 'smtp'`)

export async function forgetMinutes(db: Db, before: Date): Promise<void> {
  await sql`delete from sender_minutes where minute < ${before}::timestamptz`.execute(db)
}

/** When the day began in the company's zone. */
export async function startOfDay(db: Db, now: Date): Promise<Date> {
  return (await one<{ start: Date }>(db, sql`
    select date_trunc('day', ${now}::timestamptz, coalesce((select value ->> 'time_zone' from settings where key = 'company'), 'UTC')) as start`)).start
}
