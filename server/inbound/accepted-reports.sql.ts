import type { AcceptedOutcome } from '../../shared/inbound.ts'
import { one, rows, sql, type Db } from '../base/db.ts'
import type { KeptSuppression } from '../consent/suppressions.sql.ts'

export type TopicBefore = { topic_id: number, status: 'requested' | 'granted' }
export type NewAcceptedReport = {
  contact_id: number, inbound_mail_id: number, email: string, outcome: AcceptedOutcome, event_id: number
  suppression_before: KeptSuppression | null, topics_before: TopicBefore[]
}
export type AcceptedReport = NewAcceptedReport & { id: number, act: number, accepted_at: Date }
export type UnprovenMail = { id: number, raw: Buffer }

const unproven = sql`m.state = 'done' and m.outcome = 'unproven' and m.raw is not null`
/** As many as are read at once. */
const mostBytes = 50 * 1024 * 1024

/** The mail, and, when `alike`, others of its kind and sender: the mail first. Held until the transaction ends; none when it is not unproven (any more). */
export async function holdUnproven(tx: Db, id: number, alike: boolean, limit: number): Promise<UnprovenMail[]> {
  const held = await rows<UnprovenMail & { size: number }>(tx, sql`
    select m.id, m.raw, length(m.raw) as size
    from inbound_mails m
    join inbound_mails chosen on chosen.id = ${id}::bigint
    where ${unproven}
      and (m.id = chosen.id ${alike ? sql`or (m.kind = chosen.kind and m.from_email = chosen.from_email and m.id in (select id from inbound_mails where from_email = chosen.from_email and outcome = 'unproven' and raw is not null and size < 1024 * 1024 order by id desc limit ${limit}))` : sql``})
    order by m.id <> chosen.id, m.id
    for update of m`)
  if (held[0]?.id !== id) return []
  let bytes = 0
  return held.filter(mail => (bytes += mail.size) <= mostBytes || mail.id === id)
}

/** How many more unproven mails of the same kind and sender there are. */
export async function countAlike(db: Db, id: number): Promise<number> {
  return (await one<{ count: number }>(db, sql`
    select count(*) as count
    from inbound_mails m
    join inbound_mails chosen on chosen.id = ${id}::bigint
    where ${unproven}
      and m.kind = chosen.kind
      and m.from_email = chosen.from_email
      and m.id <> chosen.id`)).count
}

/** All of it is one act. The caller holds the contacts and the mails. */
export async function insertAccepted(tx: Db, reports: NewAcceptedReport[], by: number | null, now: Date): Promise<void> {
  await sql`
    with act as materialized (select nextval('acceptance_numbers') as number)
    insert into accepted_reports (contact_id, act, inbound_mail_id, email, outcome, event_id, suppression_before, topics_before, accepted_at, accepted_by)
    select contact_id, act.number, inbound_mail_id, email, outcome, event_id, suppression_before, topics_before, ${now}::timestamptz, ${by}::bigint
    from act
    cross join jsonb_to_recordset(${JSON.stringify(reports)}::jsonb) as given (contact_id bigint, inbound_mail_id bigint, email text, outcome text, event_id bigint, suppression_before jsonb, topics_before jsonb)`.execute(tx)
}

/** What came of mails by a person's decision; contact null and outcome `unproven`: nothing any more. */
export async function noteOutcomes(tx: Db, mails: { id: number, outcome: string, contact_id: number | null }[]): Promise<void> {
  await sql`
    update inbound_mails m
    set outcome = given.outcome, about_contact_id = given.contact_id
    from jsonb_to_recordset(${JSON.stringify(mails)}::jsonb) as given (id bigint, outcome text, contact_id bigint)
    where m.id = given.id`.execute(tx)
}

/** Everything that was accepted at once with this mail and still stands; held, and marked as taken back. A second run finds nothing. */
export async function takeBackAct(tx: Db, mailId: number, by: number | null, now: Date): Promise<AcceptedReport[]> {
  return rows<AcceptedReport>(tx, sql`
    update accepted_reports
    set undone_at = ${now}::timestamptz, undone_by = ${by}::bigint
    where act in (select act from accepted_reports where inbound_mail_id = ${mailId}::bigint and undone_at is null)
      and undone_at is null
    returning contact_id, id, act, inbound_mail_id, email, outcome, event_id, suppression_before, topics_before, accepted_at`)
}

/** Of addresses whose report is taken back, those that something else says the same of: a later proven report, or one accepted besides. */
export async function provenBesides(tx: Db, taken: AcceptedReport[]): Promise<Set<string>> {
  const found = await rows<{ email: string }>(tx, sql`
    select given.email
    from jsonb_to_recordset(${JSON.stringify(taken)}::jsonb) as given (contact_id bigint, email text, accepted_at timestamptz)
    where exists (
      select from events e
      where e.contact_id = given.contact_id
        and e.type in ('email.bounced', 'email.complained')
        and e.occurred_at >= given.accepted_at
        and (e.source = 'inbound' or e.source like 'provider:%')
        and lower(e.properties ->> 'address') = given.email
        and (e.type = 'email.complained' or e.properties ->> 'hard' = 'true')
        and not e.properties ? 'accepted_by'
    ) or exists (
      select from accepted_reports other
      where other.contact_id = given.contact_id
        and other.email = given.email
        and other.undone_at is null
        and other.outcome in ('bounced_hard', 'complained')
    )`)
  return new Set(found.map(row => row.email))
}

export type AcceptedRow = {
  email: string, outcome: AcceptedOutcome, contact: { id: number, name: string }, accepted_at: Date, accepted_by: string | null, undone_at: Date | null, undone_by: string | null, together: number
}

/** What a person made of a mail, the latest first. */
export const listAccepted = (db: Db, mailId: number): Promise<AcceptedRow[]> => rows(db, sql`
  select r.email, r.outcome, r.accepted_at, accepted.name as accepted_by, r.undone_at, undone.name as undone_by,
    jsonb_build_object('id', c.id, 'name', coalesce(nullif(trim(concat(c.first_name, ' ', c.last_name)), ''), r.email)) as contact,
    (select count(*) from accepted_reports same where same.act = r.act) as together
  from accepted_reports r
  join contacts c on c.id = r.contact_id
  left join users accepted on accepted.id = r.accepted_by
  left join users undone on undone.id = r.undone_by
  where r.inbound_mail_id = ${mailId}::bigint
  order by r.accepted_at desc, r.id desc
  limit 200`)

/** Contacts in; their names, by number. */
export async function namesOf(db: Db, ids: number[]): Promise<Map<number, string>> {
  const found = await rows<{ id: number, name: string }>(db, sql`
    select id, coalesce(nullif(trim(concat(first_name, ' ', last_name)), ''), email, '') as name
    from contacts
    where id = any(${ids}::bigint[])`)
  return new Map(found.map(row => [row.id, row.name]))
}
