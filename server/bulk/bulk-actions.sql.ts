import type { RawBuilder } from 'kysely'
import type { BulkAction } from '../../shared/bulk.ts'
import type { FieldValue } from '../../shared/contacts.ts'
import type { Condition } from '../../shared/conditions.ts'
import type { HygieneKind } from '../../shared/hygiene.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { isCustomer } from './preview-action.sql.ts'

export type ListFilter = { search: string, condition: Condition | null }
export type ActionRow = {
  id: number
  /** the group of list hygiene; null: people of a list */
  kind: HygieneKind | null
  action: BulkAction['action'], tag_id: number | null, segment_id: number | null, contact_ids: number[] | null, filter: ListFilter | null, field: string | null, value: FieldValue
  state: BulkAction['state'], upto: number, created_at: Date
}
export type NewAction = Omit<ActionRow, 'id' | 'state' | 'upto' | 'created_at'> & { created_by: number | null, total: number }

/** Who did it, in ledgers, timelines and the stop list. */
export const byAction = (action: Pick<ActionRow, 'id' | 'kind'>): string => `${action.kind === null ? 'bulk' : 'hygiene'}:${action.id}`

/** It runs once the caller's transaction commits. */
export async function insertAction(tx: Db, action: NewAction, now: Date): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into bulk_actions (kind, action, tag_id, segment_id, contact_ids, filter, field, value, state, total, created_by, created_at)
    values (${action.kind}, ${action.action}, ${action.tag_id}::bigint, ${action.segment_id}::bigint, ${action.contact_ids}::bigint[],
      ${action.filter === null ? null : JSON.stringify(action.filter)}::jsonb, ${action.field}, ${JSON.stringify(action.value)}::jsonb, 'running', ${action.total}, ${action.created_by}::bigint, ${now}::timestamptz)
    returning id`)
  await notify(tx, 'bulk_actions')
  return id
}

/** The action that has waited longest for its next part, held; one that another worker holds is passed over. undefined: none has anything to do now. */
export async function nextAction(tx: Db, now: Date): Promise<ActionRow | undefined> {
  return maybeOne(tx, sql`
    update bulk_actions
    set worked_at = clock_timestamp()
    where id = (
      select id
      from bulk_actions
      where state in ('running', 'erasing', 'undoing')
        or state = 'waiting' and erase_at <= ${now}::timestamptz
      order by worked_at nulls first, id
      limit 1
      for update skip locked
    )
    returning id, kind, action, tag_id, segment_id, contact_ids, filter, field, value, state, upto, created_at`)
}

export const idsOfPeople = async (db: Db, people: RawBuilder<unknown>): Promise<number[]> => (await rows<{ contact_id: number }>(db, sql`select contact_id from (${people}) as people order by contact_id`)).map(row => row.contact_id)

export const countPeople = async (db: Db, people: RawBuilder<unknown>): Promise<number> => (await one<{ count: number }>(db, sql`select count(*) as count from (${people}) as people`)).count

/** Of these people what an action has to know of them. */
export async function peopleOf(tx: Db, ids: number[]): Promise<{ contact_id: number, detail: string, emails: string[], is_customer: boolean }[]> {
  return rows(tx, sql`
    select c.id as contact_id, '' as detail, '{}'::text[] as emails, ${isCustomer('c.id')} as is_customer
    from contacts c
    where c.id = any(${ids}::bigint[])
    order by c.id`)
}

export const namesOf = (tx: Db, ids: number[]): Promise<{ id: number, first_name: string | null, last_name: string | null }[]> =>
  rows(tx, sql`select id, first_name, last_name from contacts where id = any(${ids}::bigint[]) order by id`)

export type Before = { emails?: string[], topics?: { topic_id: number, status: 'requested' | 'granted' }[], email?: [before: string, after: string], values?: Record<string, [before: FieldValue, after: FieldValue]> }

/** What has to be known to undo it. A second run changes nothing. */
export async function insertChanges(tx: Db, actionId: number, changes: Map<number, Before>): Promise<void> {
  if (changes.size === 0) return
  await sql`
    insert into bulk_changes (contact_id, action_id, before)
    select contact_id, ${actionId}::bigint, before
    from unnest(${[...changes.keys()]}::bigint[], ${[...changes.values()].map(before => JSON.stringify(before))}::jsonb[]) as change (contact_id, before)
    on conflict do nothing`.execute(tx)
}

/** The next contacts an action has changed, after a number. */
export async function nextChanges(tx: Db, action: Pick<ActionRow, 'id' | 'upto'>, limit: number): Promise<{ contact_id: number, before: Before }[]> {
  return rows(tx, sql`
    select contact_id, before
    from bulk_changes
    where action_id = ${action.id}::bigint
      and contact_id > ${action.upto}
    order by contact_id
    limit ${limit}`)
}

/** Of these contacts those who did something, or became customers, since then. */
export async function aliveSince(tx: Db, ids: number[], since: Date): Promise<Set<number>> {
  return new Set((await rows<{ contact_id: number }>(tx, sql`
    select wanted.contact_id
    from unnest(${ids}::bigint[]) as wanted (contact_id)
    where ${isCustomer('wanted.contact_id')}
      or exists (select from contact_rollups r where r.contact_id = wanted.contact_id and r.last_event_at > ${since}::timestamptz)`)).map(row => row.contact_id))
}

/** Contact and topic, as `contact:topic`, where the last entry of the ledger is this action's: nobody has said anything since. */
export async function lastSaidBy(tx: Db, source: string, ids: number[]): Promise<Set<string>> {
  return new Set((await rows<{ key: string }>(tx, sql`
    select last.contact_id || ':' || last.topic_id as key
    from (
      select distinct on (contact_id, topic_id) contact_id, topic_id, source
      from consents
      where contact_id = any(${ids}::bigint[])
      order by contact_id, topic_id, id desc
    ) as last
    where last.source = ${source}`)).map(row => row.key))
}

export type Progress = { upto: number, done?: number, changed?: number, erased?: number, restored?: number }

export async function saveProgress(tx: Db, id: number, { upto, done = 0, changed = 0, erased = 0, restored = 0 }: Progress): Promise<void> {
  await sql`
    update bulk_actions
    set upto = ${upto}, done = done + ${done}, changed = changed + ${changed}, erased = erased + ${erased}, restored = restored + ${restored}
    where id = ${id}::bigint`.execute(tx)
  await touch(tx, 'bulk')
}

/** Its next part begins with the first contact. */
export async function setActionState(tx: Db, id: number, state: BulkAction['state'], { finishedAt = null, eraseAt = null, error = null }: { finishedAt?: Date | null, eraseAt?: Date | null, error?: string | null } = {}): Promise<void> {
  await sql`
    update bulk_actions
    set state = ${state}, upto = 0, finished_at = ${finishedAt}::timestamptz, erase_at = coalesce(${eraseAt}::timestamptz, erase_at), error = ${error}
    where id = ${id}::bigint`.execute(tx)
  await touch(tx, 'bulk')
}

/** Undoing begins. False: there is no such action, or it is past that. */
export async function beginUndoing(tx: Db, id: number): Promise<boolean> {
  const begun = await changedRows(tx, sql`
    update bulk_actions
    set state = 'undoing', upto = 0, restored = 0, finished_at = null, erase_at = null, error = null
    where id = ${id}::bigint
      and ${undoable}`) > 0
  if (begun) await notify(tx, 'bulk_actions')
  return begun
}

const undoable = sql`(bulk_actions.state in ('running', 'waiting', 'stopped', 'failed') or bulk_actions.state = 'done' and bulk_actions.action <> 'delete')`

/** It stops after the part under way; what is done stays. False: it does not run. */
export async function stopAction(tx: Db, id: number, now: Date): Promise<boolean> {
  const stopped = await changedRows(tx, sql`
    update bulk_actions
    set state = 'stopped', finished_at = ${now}::timestamptz
    where id = ${id}::bigint
      and state = 'running'`) > 0
  if (stopped) await touch(tx, 'bulk')
  return stopped
}

/** The latest first, before a number. `of`: those of list hygiene, or of lists. */
export async function listActions(db: Db, asked: { of?: 'hygiene' | 'list', id?: number, before?: number | undefined, limit: number }): Promise<BulkAction[]> {
  const found = await rows<Omit<BulkAction, 'erase_at' | 'created_at' | 'finished_at'> & { erase_at: Date | null, created_at: Date, finished_at: Date | null }>(db, sql`
    select bulk_actions.id, bulk_actions.kind, action, contact_ids is not null as chosen, filter, field, value, bulk_actions.state, total, done, changed, erased, restored, bulk_actions.error, erase_at, users.name as by, bulk_actions.created_at, finished_at,
      ${undoable} as undoable, bulk_actions.state = 'running' as stoppable,
      case when tags.id is not null then jsonb_build_object('id', tags.id, 'name', tags.name) end as tag,
      case when segments.id is not null then jsonb_build_object('id', segments.id, 'name', segments.name) end as segment
    from bulk_actions
    left join tags on tags.id = bulk_actions.tag_id
    left join segments on segments.id = bulk_actions.segment_id
    left join users on users.id = bulk_actions.created_by
    where ${asked.id === undefined ? sql`true` : sql`bulk_actions.id = ${asked.id}::bigint`}
      and ${asked.of === undefined ? sql`true` : asked.of === 'list' ? sql`bulk_actions.kind is null` : sql`bulk_actions.kind is not null`}
      and ${asked.before === undefined ? sql`true` : sql`bulk_actions.id < ${asked.before}::bigint`}
    order by bulk_actions.id desc
    limit ${asked.limit}`)
  return found.map(row => ({ ...row, erase_at: row.erase_at?.toISOString() ?? null, created_at: row.created_at.toISOString(), finished_at: row.finished_at?.toISOString() ?? null }))
}

/** Whom an action has changed and what of it stands, by the number of the contact. */
export async function listChanged(db: Db, actionId: number, after: number, limit: number): Promise<{ contact_id: number, name: string, email: string, note: string }[]> {
  return rows(db, sql`
    select h.contact_id, ${contactName('c')} as name, coalesce(c.email, '') as email, coalesce(h.before -> 'email' ->> 0, h.before -> 'values' -> (select field from bulk_actions where id = h.action_id) ->> 0, '') as note
    from bulk_changes h
    join contacts c on c.id = h.contact_id
    where h.action_id = ${actionId}::bigint
      and h.contact_id > ${after}
    order by h.contact_id
    limit ${limit}`)
}
