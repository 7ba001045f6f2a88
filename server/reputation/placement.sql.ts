import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'
import { touch } from '../base/live.ts'
import type { PlacementOutcome, PlacementPlace, PlacementState } from '../../shared/placement.ts'

type Named = { id: number, name: string }
export type PlacementTestRow = {
  id: number, name: string, template: Named | null, campaign: Named | null, sender: Named | null
  started_at: Date, wait_minutes: number, deletes: boolean, outcomes: Partial<Record<PlacementOutcome, number>>
}
export type PlacementResultRow = {
  id: number, mailbox_id: number | null, mailbox: string, address: string, state: PlacementState, place: PlacementPlace | null, folder: string | null, tab: string | null
  sent_at: Date | null, arrived_at: Date | null, headers: string | null, error: string | null, deleted_at: Date | null
}

const named = (table: 'templates' | 'campaigns' | 'senders', column: 'template_id' | 'campaign_id' | 'sender_id') => sql`(select jsonb_build_object('id', n.id, 'name', n.name) from ${sql.table(table)} n where n.id = ${sql.ref(`t.${column}`)})`
const tests = sql`
  select t.id, t.name, ${named('templates', 'template_id')} as template, ${named('campaigns', 'campaign_id')} as campaign, ${named('senders', 'sender_id')} as sender, t.started_at, t.wait_minutes, t.deletes,
    (select coalesce(jsonb_object_agg(outcome, count), '{}') from (select coalesce(r.place, r.state) as outcome, count(*) as count from placement_results r where r.placement_test_id = t.id group by 1) as counted) as outcomes
  from placement_tests t`

/** The latest first, before an id. */
export const listPlacementTests = (db: Db, before: number | null, limit: number): Promise<PlacementTestRow[]> => rows(db, sql`
  ${tests}
  where ${before}::bigint is null or t.id < ${before}::bigint
  order by t.id desc
  limit ${limit}`)

export const findPlacementTest = (db: Db, id: number): Promise<PlacementTestRow | undefined> => maybeOne(db, sql`${tests} where t.id = ${id}::bigint`)

export const listPlacementResults = (db: Db, testId: number): Promise<PlacementResultRow[]> => rows(db, sql`
  select id, mailbox_id, mailbox, address, state, place, folder, tab, sent_at, arrived_at, headers, error, deleted_at
  from placement_results
  where placement_test_id = ${testId}::bigint
  order by id`)

export type NewPlacementTest = { template_id: number, template_version_id: number, campaign_id: number | null, sender_id: number | null, filled_in_for: number, name: string, wait_minutes: number, deletes: boolean, started_by: number | null }
/** With a result that waits for each mailbox; their ids in the order given. */
export async function insertPlacementTest(tx: Db, test: NewPlacementTest, mailboxes: { id: number, name: string, address: string }[], now: Date): Promise<{ id: number, results: number[] }> {
  const made = await maybeOne<{ id: number }>(tx, sql`
    insert into placement_tests (template_id, template_version_id, campaign_id, sender_id, filled_in_for, name, wait_minutes, deletes, started_by, started_at)
    values (${test.template_id}::bigint, ${test.template_version_id}::bigint, ${test.campaign_id}::bigint, ${test.sender_id}::bigint, ${test.filled_in_for}::bigint, ${test.name}, ${test.wait_minutes}, ${test.deletes}, ${test.started_by}::bigint, ${now}::timestamptz)
    returning id`)
  const results = await rows<{ id: number }>(tx, sql`
    insert into placement_results (placement_test_id, mailbox_id, mailbox, address, next_check_at)
    select ${made!.id}::bigint, id, name, address, ${now}::timestamptz + interval '5 seconds'
    from unnest(${mailboxes.map(each => each.id)}::bigint[], ${mailboxes.map(each => each.name)}::text[], ${mailboxes.map(each => each.address)}::text[]) with ordinality as given (id, name, address, place)
    order by place
    returning id`)
  await touch(tx, 'placement')
  return { id: made!.id, results: results.map(row => row.id) }
}

export async function noteMessages(tx: Db, results: { id: number, message_id: number }[]): Promise<void> {
  await sql`
    update placement_results r
    set message_id = given.message_id
    from unnest(${results.map(each => each.id)}::bigint[], ${results.map(each => each.message_id)}::bigint[]) as given (id, message_id)
    where r.id = given.id`.execute(tx)
}

export const deletePlacementTest = async (db: Db, id: number): Promise<boolean> => await changedRows(db, sql`delete from placement_tests where id = ${id}::bigint`) > 0

export type DueResult = {
  id: number, mailbox_id: number | null, state: 'waiting' | 'found', contact_id: number, message_id: number | null, started_at: Date, wait_minutes: number, deletes: boolean
  message_state: string | null, reason: string | null, detail: string | null, sent_at: Date | null
}
/** Results with something to do, at most `limit`, put off by two minutes: another worker gets others, and what one leaves by dying is taken again. */
export const takeDueResults = (db: Db, limit: number, now: Date): Promise<DueResult[]> => rows(db, sql`
  with due as (
    select id
    from placement_results
    where next_check_at <= ${now}::timestamptz
    order by next_check_at
    limit ${limit}
    for update skip locked
  ), taken as (
    update placement_results r
    set next_check_at = ${now}::timestamptz + interval '2 minutes'
    from due
    where r.id = due.id
    returning r.id, r.placement_test_id, r.mailbox_id, r.state, r.message_id
  )
  select taken.id, taken.mailbox_id, taken.state, t.filled_in_for as contact_id, taken.message_id, t.started_at, t.wait_minutes, t.deletes, m.state as message_state, m.reason, m.detail, m.sent_at
  from taken
  join placement_tests t on t.id = taken.placement_test_id
  left join messages m on m.contact_id = t.filled_in_for and m.id = taken.message_id`)

export async function lookAgain(db: Db, id: number, at: Date | null, error: string | null): Promise<void> {
  await sql`update placement_results set next_check_at = ${at}::timestamptz, error = ${error}::text where id = ${id}::bigint`.execute(db)
}

/** It is not to be found any more. One that was found meanwhile stays so. */
export async function settleResult(db: Db, id: number, result: { state: 'missing' | 'not_sent' | 'unreadable', sentAt: Date | null, error: string | null }): Promise<void> {
  await sql`
    update placement_results
    set state = ${result.state}, sent_at = ${result.sentAt}::timestamptz, error = ${result.error}::text, next_check_at = null
    where id = ${id}::bigint
      and state = 'waiting'`.execute(db)
  await touch(db, 'placement')
}

/** `deletesAt`: when to make sure that the mail was deleted; null: it stays. */
export async function saveFound(db: Db, id: number, found: { place: PlacementPlace, folder: string, tab: string | null, arrivedAt: Date, headers: string, sentAt: Date | null }, deletesAt: Date | null): Promise<void> {
  await sql`
    update placement_results
    set state = 'found', place = ${found.place}, folder = ${found.folder}, tab = ${found.tab}::text, arrived_at = ${found.arrivedAt}::timestamptz, sent_at = ${found.sentAt}::timestamptz,
      headers = ${found.headers}, error = null, next_check_at = ${deletesAt}::timestamptz
    where id = ${id}::bigint
      and state = 'waiting'`.execute(db)
  await touch(db, 'placement')
}

export async function noteDeleted(db: Db, id: number, now: Date): Promise<void> {
  await sql`update placement_results set deleted_at = ${now}::timestamptz, error = null, next_check_at = null where id = ${id}::bigint`.execute(db)
  await touch(db, 'placement')
}

/** The last `limit` outcomes of every mailbox, the latest last. */
export const listOutcomes = (db: Db, mailboxIds: number[], limit: number): Promise<{ mailbox_id: number, test_id: number, at: Date, outcome: PlacementOutcome }[]> => rows(db, sql`
  select mailbox.id as mailbox_id, latest.test_id, latest.at, latest.outcome
  from unnest(${mailboxIds}::bigint[]) as mailbox (id)
  cross join lateral (
    select r.id, r.placement_test_id as test_id, t.started_at as at, coalesce(r.place, r.state) as outcome
    from placement_results r
    join placement_tests t on t.id = r.placement_test_id
    where r.mailbox_id = mailbox.id
    order by r.id desc
    limit ${limit}
  ) as latest
  order by mailbox.id, latest.id`)
