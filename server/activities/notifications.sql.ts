import { sql } from 'kysely'
import type { Notification } from '../../shared/activities.ts'
import type { Db } from '../base/db.ts'
import { one, rows } from '../base/db.ts'
import { touchAll } from '../base/live.ts'

/** A user's notifications before the given number, the newest first, and how many are unread. */
export async function listNotifications(db: Db, userId: number, limit: number, before: number | undefined): Promise<{ data: Notification[], next: number | null, unread: number }> {
  const found = await rows<Omit<Notification, 'created_at' | 'read_at'> & { created_at: Date, read_at: Date | null }>(db, sql`
    select id, title, body, link, created_at, read_at
    from notifications
    where user_id = ${userId}
      and ${before === undefined ? sql`true` : sql`id < ${before}`}
    order by id desc
    limit ${limit + 1}
  `)
  const { unread } = await one<{ unread: number }>(db, sql`select count(*) as unread from notifications where user_id = ${userId} and read_at is null`)
  const page = found.slice(0, limit)
  return {
    data: page.map(row => ({ ...row, created_at: row.created_at.toISOString(), read_at: row.read_at?.toISOString() ?? null })),
    next: found.length > limit ? page.at(-1)!.id : null,
    unread,
  }
}

/** All of a user's notifications are read. A second run changes nothing. */
export async function readNotifications(db: Db, userId: number, now: Date): Promise<void> {
  await sql`update notifications set read_at = ${now} where user_id = ${userId} and read_at is null`.execute(db)
  await touchAll(db, [`user:${userId}`])
}
