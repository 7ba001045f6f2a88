import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { JourneyCount } from '../../shared/journeys.ts'

export type PersonBehindNumber = { contact_id: number, enrolment_id: number, name: string | null, email: string | null, at: Date | null, note: string }

const ofMails: Partial<Record<JourneyCount, { filter: RawBuilder<boolean>, at: RawBuilder<Date | null> }>> = {
  sent: { filter: sql`m.sent_at is not null`, at: sql`m.sent_at` },
  skipped: { filter: sql`m.state in ('skipped', 'failed', 'unknown')`, at: sql`m.queued_at` },
  opened: { filter: sql`m.opened_at is not null`, at: sql`m.opened_at` },
  clicked: { filter: sql`m.clicked_at is not null`, at: sql`m.clicked_at` },
  unsubscribed: { filter: sql`m.unsubscribed_at is not null`, at: sql`m.unsubscribed_at` },
  bounced: { filter: sql`m.state = 'bounced'`, at: sql`m.bounced_at` },
  orders: { filter: sql`m.orders > 0`, at: sql`m.last_click_at` },
}
const ofEnrolments: Partial<Record<JourneyCount, { filter: RawBuilder<boolean>, at: RawBuilder<Date | null> }>> = {
  entered: { filter: sql`true`, at: sql`n.entered_at` },
  here: { filter: sql`n.state in ('active', 'waiting')`, at: sql`n.arrived_at` },
  done: { filter: sql`n.state = 'done'`, at: sql`n.ended_at` },
  left: { filter: sql`n.state = 'left'`, at: sql`n.ended_at` },
  failed: { filter: sql`n.state = 'failed'`, at: sql`n.arrived_at` },
}

/**
 * The people behind a number of the report: one row a person, by contact id. Key: the last contact id seen.
 * Of several enrolments of one person the latest is shown.
 */
export async function peopleBehind(db: Db, journeyId: number, asked: { step: string | undefined, what: JourneyCount, outcome: string | undefined, reason: string | undefined, after: number, limit: number }): Promise<PersonBehindNumber[]> {
  const step = asked.step ?? null
  const mails = ofMails[asked.what]
  const enrolments = ofEnrolments[asked.what]
  const found = mails
    ? sql`
      select distinct on (m.contact_id) m.contact_id, m.enrolment_id, ${mails.at} as at, coalesce(m.reason, '') as note
      from messages m
      where m.journey_id = ${journeyId}
        and m.contact_id > ${asked.after}
        and m.kind <> 'test'
        and (${step}::text is null or m.step_key = ${step})
        and ${mails.filter}
      order by m.contact_id, m.id desc`
    : enrolments
      ? sql`
      select distinct on (n.contact_id) n.contact_id, n.id as enrolment_id, ${enrolments.at} as at, n.state_reason as note
      from enrolments n
      where n.journey_id = ${journeyId}
        and n.contact_id > ${asked.after}
        and n.test_wait_seconds is null
        and (${step}::text is null or n.step_key = ${step})
        and (${asked.reason ?? null}::text is null or n.state_reason = ${asked.reason ?? null})
        and ${enrolments.filter}
      order by n.contact_id, n.id desc`
      : sql`
      select distinct on (s.contact_id) s.contact_id, s.enrolment_id, s.left_at as at, s.outcome as note
      from enrolment_steps s
      join enrolments n on n.contact_id = s.contact_id and n.id = s.enrolment_id
      where s.journey_id = ${journeyId}
        and s.contact_id > ${asked.after}
        and n.test_wait_seconds is null
        and (${step}::text is null or s.step_key = ${step})
        and (${asked.outcome ?? null}::text is null or s.outcome = ${asked.outcome ?? null})
      order by s.contact_id, s.enrolment_id desc, s.visit desc`
  return await rows<PersonBehindNumber>(db, sql`
    with found as (
      ${found}
      limit ${asked.limit}
    )
    select found.contact_id, found.enrolment_id, found.at, found.note,
      nullif(concat_ws(' ', c.first_name, c.last_name), '') as name,
      c.email
    from found
    join contacts c on c.id = found.contact_id
    order by found.contact_id
  `)
}
