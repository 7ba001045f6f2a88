import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import type { PropertyFilter } from '../../../shared/conditions.ts'
import { propertyPredicate } from '../../conditions/property-filter.sql.ts'

export type Asked = { contact_id: number, enrolment_id: number, event: string, mail_step: string | null, since: Date }
export type Awaited = { message_id: number | null, happened_at: Date | null }

/**
 * People about to wait in; by enrolment, the message they wait to react to and when the event already happened out.
 * `where`: what the properties of the event have to be. Of several visits to the mail step the last one counts. Locks nothing.
 */
export async function findAwaited(db: Db, asked: Asked[], where: PropertyFilter[]): Promise<Map<number, Awaited>> {
  if (asked.length === 0) return new Map()
  const fits = where.length === 0 ? sql`true` : sql.join(where.map(propertyPredicate), sql` and `)
  const found = await rows<Awaited & { enrolment_id: number }>(db, sql`
    with asked as (
      select *
      from unnest(
        ${asked.map(one => one.contact_id)}::bigint[], ${asked.map(one => one.enrolment_id)}::bigint[], ${asked.map(one => one.event)}::text[],
        ${asked.map(one => one.mail_step)}::text[], ${asked.map(one => one.since)}::timestamptz[]
      ) as asked (contact_id, enrolment_id, event, mail_step, since)
    )
    select asked.enrolment_id,
      mail.id as message_id,
      case
        when asked.mail_step is null then (
          select min(e.occurred_at)
          from events e
          where e.contact_id = asked.contact_id
            and e.type = asked.event
            and e.occurred_at > asked.since
            and not e.is_machine
            and ${fits}
        )
        ${where.length === 0 ? sql`when asked.event = 'email.opened' then coalesce(mail.opened_at, mail.clicked_at)
        when asked.event = 'email.clicked' then mail.clicked_at
        when asked.event = 'email.sent' then mail.sent_at
        when asked.event = 'email.bounced' then mail.bounced_at
        when asked.event = 'email.complained' then mail.complained_at
        when asked.event = 'subscription.withdrawn' then mail.unsubscribed_at` : sql``}
        else (
          select min(e.occurred_at)
          from events e
          where e.contact_id = asked.contact_id
            and e.type = asked.event
            and e.message_id = mail.id
            and e.occurred_at >= mail.queued_at
            and not e.is_machine
            and ${fits}
        )
      end as happened_at
    from asked
    left join lateral (
      select m.*
      from messages m
      where m.contact_id = asked.contact_id
        and m.enrolment_id = asked.enrolment_id
        and m.step_key = asked.mail_step
      order by m.visit desc
      limit 1
    ) as mail on true
  `)
  return new Map(found.map(({ enrolment_id, ...awaited }) => [enrolment_id, awaited]))
}
