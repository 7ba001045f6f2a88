import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { touchAll } from '../base/live.ts'

export type NewNotification = { user_id: number, title: string, body?: string, link?: string, source_key?: string | null }

/** Notifications in; open pages of their users are told (`user:3`). A second run with the same keys makes none. */
export async function notifyUsers(db: Db, notifications: NewNotification[], now: Date): Promise<void> {
  if (notifications.length === 0) return
  const made = await rows<{ user_id: number }>(db, sql`
    insert into notifications (user_id, title, body, link, source_key, created_at)
    select user_id, title, body, link, source_key, ${now}::timestamptz
    from unnest(
      ${notifications.map(one => one.user_id)}::bigint[], ${notifications.map(one => one.title)}::text[], ${notifications.map(one => one.body ?? '')}::text[],
      ${notifications.map(one => one.link ?? '')}::text[], ${notifications.map(one => one.source_key ?? null)}::text[]
    ) as notification (user_id, title, body, link, source_key)
    on conflict (user_id, source_key) do nothing
    returning user_id
  `)
  await touchAll(db, made.map(one => `user:${one.user_id}`))
}
