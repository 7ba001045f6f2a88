import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

export type Feed = { token: string, created_at: Date, asked_at: Date | null }

export async function findFeed(db: Db, userId: number): Promise<Feed | undefined> {
  return maybeOne<Feed>(db, sql`select token, created_at, asked_at from calendar_feeds where user_id = ${userId}`)
}

/** The user's address is this from now on; the one before is nobody's. */
export async function writeFeed(db: Db, userId: number, { token, tokenHash }: { token: string, tokenHash: string }, now: Date): Promise<void> {
  await sql`
    insert into calendar_feeds (user_id, token_hash, token, created_at)
    values (${userId}, ${tokenHash}, ${token}, ${now}::timestamptz)
    on conflict (user_id) do update
    set token_hash = excluded.token_hash, token = excluded.token, created_at = excluded.created_at, asked_at = null
  `.execute(db)
}

export async function removeFeed(db: Db, userId: number): Promise<void> {
  await sql`delete from calendar_feeds where user_id = ${userId}`.execute(db)
}

/** Whose feed it is, noting that it was fetched; nobody's when the person may not sign in any more. */
export async function openFeed(db: Db, tokenHash: string, now: Date): Promise<{ id: number, name: string, locale: 'en' | 'ru' } | undefined> {
  return maybeOne(db, sql`
    update calendar_feeds
    set asked_at = ${now}::timestamptz
    from users
    where calendar_feeds.token_hash = ${tokenHash}
      and users.id = calendar_feeds.user_id
      and users.disabled_at is null
    returning users.id, users.name, users.locale
  `)
}

export type FeedTask = {
  id: number, title: string, note: string, outcome: string, contact: string | null, kind: string, priority: 'low' | 'normal' | 'high', due_at: Date, all_day: boolean, minutes: number | null,
  remind_before: number | null, done_at: Date | null, sequence: number, updated_at: Date
}

/** A user's tasks with a date from a moment on, done or not, the soonest first. */
export async function feedTasks(db: Db, userId: number, since: Date, limit: number): Promise<FeedTask[]> {
  return rows(db, sql`
    select tasks.id, tasks.title, tasks.note, tasks.outcome, case when c.id is not null then ${contactName('c')} end as contact, tasks.kind, tasks.priority, tasks.due_at, tasks.all_day, tasks.minutes,
      tasks.remind_before, tasks.done_at, tasks.sequence, tasks.updated_at
    from tasks
    left join contacts c on c.id = tasks.contact_id
    where tasks.owner_id = ${userId}
      and tasks.due_at >= ${since}::timestamptz
    order by tasks.due_at, tasks.id
    limit ${limit}
  `)
}
