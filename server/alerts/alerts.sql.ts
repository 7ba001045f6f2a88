import type { Alert, AlertDelivery, AlertKind, AlertPerson, AlertWay } from '../../shared/alerts.ts'
import { maybeOne, one, rows, sql, type Db } from '../base/db.ts'

export type Words = { en: string, ru: string }
export type NewAlert = {
  kind: AlertKind
  /** what it is about, e.g. `sender:3` */
  thing: string
  title: Words
  body: Words
  /** the page that says more */
  link: string
  /** false: something that happened, and is not over at some time. Left out: it lasts until `settleAlerts` */
  lasts?: boolean
}
export type AlertRow = { id: number, kind: AlertKind, thing: string, title: Words, body: Words, link: string, raised_at: Date, well_at: Date | null, told_at: Date | null }
const columns = sql.raw('id, kind, thing, title, body, link, raised_at, well_at, told_at')
const hour = 3_600_000

/** Who writes about one thing does so one after another. */
const holdThing = (tx: Db, kind: string, thing: string) => sql`select pg_advisory_xact_lock(hashtextextended(${`alert ${kind} ${thing}`}, 0))`.execute(tx)

/**
 * The alert that is open about the thing is noted once more, or a new one made. Out: whether it is to be told now: the last
 * telling about the thing is an hour old (of one that goes on, a day); otherwise it waits for its hour.
 */
export async function noteAlert(tx: Db, alert: NewAlert, now: Date): Promise<{ alert: AlertRow, tell: boolean }> {
  const { kind, thing, lasts = true } = alert
  await holdThing(tx, kind, thing)
  const last = (await one<{ at: Date | null }>(tx, sql`select max(told_at) as at from alerts where kind = ${kind} and thing = ${thing}`)).at
  const texts = sql`title = ${JSON.stringify(alert.title)}::jsonb, body = ${JSON.stringify(alert.body)}::jsonb, link = ${alert.link}`
  const again = await maybeOne<AlertRow>(tx, sql`
    update alerts
    set times = times + 1, last_at = ${now}::timestamptz, ${texts}
    where id = (
      select id from alerts
      where kind = ${kind}
        and thing = ${thing}
        and case when lasts then well_at is null else told_at > ${new Date(now.getTime() - hour)}::timestamptz end
      order by id desc
      limit 1)
    returning ${columns}`)
  if (again !== undefined) return { alert: again, tell: lasts && again.told_at !== null && now.getTime() - again.told_at.getTime() >= 24 * hour }
  const wait = last !== null && now.getTime() - last.getTime() < hour ? new Date(last.getTime() + hour) : null
  const made = await one<AlertRow>(tx, sql`
    insert into alerts (kind, thing, title, body, link, lasts, raised_at, last_at, tell_after)
    values (${kind}, ${thing}, ${JSON.stringify(alert.title)}::jsonb, ${JSON.stringify(alert.body)}::jsonb, ${alert.link}, ${lasts}, ${now}::timestamptz, ${now}::timestamptz, ${wait}::timestamptz)
    returning ${columns}`)
  return { alert: made, tell: wait === null }
}

/** Open alerts of the kind are over: those about `things`, or all but those about `except`. Out: the ones somebody was told of. */
export async function closeAlerts(tx: Db, kind: AlertKind, of: { things: string[] } | { except: string[] }, now: Date): Promise<AlertRow[]> {
  return rows<AlertRow>(tx, sql`
    with closed as (
      update alerts
      set well_at = ${now}::timestamptz, tell_after = null
      where kind = ${kind}
        and lasts
        and well_at is null
        and ${'things' in of ? sql`thing = any(${of.things}::text[])` : sql`not thing = any(${of.except}::text[])`}
      returning ${columns}
    )
    select * from closed where told_at is not null`)
}

/** Alerts whose hour to be told has come, held and marked as told. */
export async function takeWaiting(tx: Db, now: Date): Promise<AlertRow[]> {
  return rows<AlertRow>(tx, sql`
    update alerts
    set tell_after = null
    where id in (select id from alerts where tell_after <= ${now}::timestamptz for update skip locked)
    returning ${columns}`)
}

export async function insertTest(tx: Db, alert: NewAlert, now: Date): Promise<AlertRow> {
  return one(tx, sql`
    insert into alerts (kind, thing, title, body, link, lasts, raised_at, last_at)
    values (${alert.kind}, ${alert.thing}, ${JSON.stringify(alert.title)}::jsonb, ${JSON.stringify(alert.body)}::jsonb, ${alert.link}, false, ${now}::timestamptz, ${now}::timestamptz)
    returning ${columns}`)
}

export type NewDelivery = { alert_id: number, news: AlertDelivery['news'], way: AlertWay, user_id: number | null, address: string, state: 'waiting' | 'sent', detail: string }

export async function insertDeliveries(tx: Db, alertId: number, deliveries: NewDelivery[], now: Date): Promise<void> {
  await sql`update alerts set told_at = ${now}::timestamptz, tell_after = null where id = ${alertId}::bigint`.execute(tx)
  if (deliveries.length === 0) return
  await sql`
    insert into alert_deliveries (alert_id, news, way, user_id, address, state, detail, next_at, created_at, finished_at)
    select alert_id, news, way, user_id, address, state, detail, case when state = 'waiting' then ${now}::timestamptz end, ${now}::timestamptz, case when state = 'sent' then ${now}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(deliveries)}::jsonb) as given (alert_id bigint, news text, way text, user_id bigint, address text, state text, detail text)`.execute(tx)
}

export type ClaimedDelivery = { id: number, news: AlertDelivery['news'], way: AlertWay, address: string, attempts: number, locale: 'en' | 'ru' | null, name: string | null, is_suppressed: boolean, alert: Omit<AlertRow, 'raised_at' | 'well_at' | 'told_at'> & { raised_at: string, well_at: string | null } }

/** Due ones; nobody else gets them for two minutes. */
export async function claimDeliveries(db: Db, limit: number, now: Date): Promise<ClaimedDelivery[]> {
  return rows(db, sql`
    with claimed as (
      update alert_deliveries
      set attempts = attempts + 1, next_at = ${now}::timestamptz + interval '2 minutes'
      where id in (select id from alert_deliveries where state = 'waiting' and next_at <= ${now}::timestamptz order by next_at, id limit ${limit} for update skip locked)
      returning id, alert_id, news, way, user_id, address, attempts
    )
    select claimed.id, claimed.news, claimed.way, claimed.address, claimed.attempts, users.locale, users.name,
      claimed.way = 'mail' and exists (select from suppressions s where s.email = lower(claimed.address)) as is_suppressed,
      jsonb_build_object('id', alerts.id, 'kind', alerts.kind, 'thing', alerts.thing, 'title', alerts.title, 'body', alerts.body, 'link', alerts.link, 'raised_at', alerts.raised_at, 'well_at', alerts.well_at) as alert
    from claimed
    join alerts on alerts.id = claimed.alert_id
    left join users on users.id = claimed.user_id
    order by claimed.id`)
}

/** `nextAt`: it is tried again then. */
export async function settleDelivery(db: Db, id: number, state: 'waiting' | 'sent' | 'failed', detail: string, nextAt: Date | null, now: Date): Promise<void> {
  await sql`
    update alert_deliveries
    set state = ${state}, detail = ${detail.slice(0, 500)}, next_at = ${nextAt}::timestamptz, finished_at = ${state === 'waiting' ? null : now}::timestamptz
    where id = ${id}::bigint
      and state = 'waiting'`.execute(db)
}

export async function forgetAlerts(db: Db, before: Date): Promise<void> {
  await sql`delete from alerts where id in (select id from alerts where last_at < ${before}::timestamptz and (well_at is not null or not lasts) limit 1000)`.execute(db)
}

/** The latest first, before a number; `open`: only what still is so. */
export async function listAlerts(db: Db, { open, before, limit }: { open: boolean, before: number | undefined, limit: number }): Promise<Alert[]> {
  type Found = Omit<Alert, 'raised_at' | 'last_at' | 'well_at' | 'tell_after'> & { raised_at: Date, last_at: Date, well_at: Date | null, tell_after: Date | null }
  const found = await rows<Found>(db, sql`
    select alerts.id, kind, thing, title, body, link, times, raised_at, last_at, well_at, tell_after,
      case when thing = 'test' then 'test' when well_at is not null then 'well' when lasts then 'open' else 'past' end as state,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', d.id, 'news', d.news, 'way', d.way, 'user', case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end,
          'address', d.address, 'state', d.state, 'attempts', d.attempts, 'detail', d.detail, 'next_at', d.next_at, 'created_at', d.created_at, 'finished_at', d.finished_at) order by d.id)
        from alert_deliveries d
        left join users on users.id = d.user_id
        where d.alert_id = alerts.id), '[]') as deliveries
    from alerts
    where ${open ? sql`lasts and well_at is null` : sql`true`}
      and ${before === undefined ? sql`true` : sql`alerts.id < ${before}::bigint`}
    order by alerts.id desc
    limit ${limit}`)
  const iso = (time: string | null): string | null => time === null ? null : new Date(time).toISOString()
  return found.map(row => ({
    ...row, raised_at: row.raised_at.toISOString(), last_at: row.last_at.toISOString(), well_at: row.well_at?.toISOString() ?? null, tell_after: row.tell_after?.toISOString() ?? null,
    deliveries: row.deliveries.map(each => ({ ...each, next_at: iso(each.next_at), created_at: iso(each.created_at)!, finished_at: iso(each.finished_at) })),
  }))
}

/** Members of staff who can sign in. */
export async function listAlertPeople(db: Db): Promise<(AlertPerson & { locale: 'en' | 'ru' })[]> {
  return rows(db, sql`
    select id, name, email, locale, role = 'administrator' as is_administrator, exists (select from suppressions s where s.email = lower(users.email)) as is_suppressed
    from users
    where disabled_at is null
    order by lower(name), id`)
}
