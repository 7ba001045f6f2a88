import { one, rows, sql, type Db } from '../base/db.ts'

export type Health = {
  version: string
  size: number
  users: number
  events_waiting: number
  events_lag: number
  mails_waiting: number
  mails_lag: number
  mails_unknown: number
  rejected: number
  jobs_failed: number
  domains: { domain: string, verified: boolean }[]
}

/** The state of queues and tables in one look. Lags in seconds. */
export async function readHealth(db: Db, now: Date): Promise<Health> {
  const health = await one<Omit<Health, 'domains'>>(db, sql`
    select current_setting('server_version') as version,
           pg_database_size(current_database()) as size,
           (select count(*) from users where disabled_at is null) as users,
           (select count(*) from incoming_events) as events_waiting,
           (select coalesce(extract(epoch from ${now}::timestamptz - min(received_at)), 0)::double precision from incoming_events) as events_lag,
           (select count(*) from messages where state = 'queued' and send_after <= ${now}) as mails_waiting,
           (select coalesce(extract(epoch from ${now}::timestamptz - min(greatest(queued_at, send_after))), 0)::double precision
            from messages where state = 'queued' and send_after <= ${now}) as mails_lag,
           (select count(*) from messages where state = 'unknown') as mails_unknown,
           (select count(*) from rejected_events where rejected_at > ${now}::timestamptz - interval '7 days') as rejected,
           (select count(*) from graphile_worker.jobs where attempts >= max_attempts) as jobs_failed`)
  const domains = await rows<{ domain: string, verified: boolean }>(db, sql`
    select domain, verified_at is not null as verified
    from sending_domains
    order by domain`)
  return { ...health, domains }
}
