import { rows, sql, type Db } from '../base/db.ts'
import type { NewEvent } from '../events/append-events.sql.ts'

export async function holdClick(db: Db, click: { contact_id: number, message_id: number, link: number, at: Date, event: NewEvent }): Promise<void> {
  await sql`
    insert into held_clicks (contact_id, message_id, link, at, event)
    values (${click.contact_id}::bigint, ${click.message_id}::bigint, ${click.link}::integer, ${click.at}::timestamptz, ${JSON.stringify(click.event)}::jsonb)`.execute(db)
}

/**
 * Takes out clicks from before `before`, in their order, and whether another link of the same mail was followed within
 * two seconds of each: before or after it, held or told already. A mail is taken whole or left to another worker.
 */
export async function takeHeldClicks(tx: Db, before: Date, limit: number): Promise<{ event: NewEvent & { occurred_at: string }, in_burst: boolean }[]> {
  return rows(tx, sql`
    with due as (
      select contact_id, id
      from held_clicks
      where at <= ${before}::timestamptz
      order by at
      limit ${limit}
      for update skip locked
    ), judged as (
      select h.contact_id, h.id, h.event, h.at,
        exists (
          select
          from held_clicks other
          where other.contact_id = h.contact_id
            and other.message_id = h.message_id
            and other.link <> h.link
            and other.at between h.at - interval '2 seconds' and h.at + interval '2 seconds')
        or exists (
          select
          from events e
          where e.contact_id = h.contact_id
            and e.message_id = h.message_id
            and e.type = 'email.clicked'
            and e.occurred_at between h.at - interval '2 seconds' and h.at + interval '2 seconds'
            and e.properties ->> 'link' is distinct from h.link::text) as in_burst
      from due
      join held_clicks h using (contact_id, id)
    ), taken as (
      delete from held_clicks h
      using due
      where h.contact_id = due.contact_id
        and h.id = due.id
    )
    select event, in_burst
    from judged
    order by at, id`)
}
