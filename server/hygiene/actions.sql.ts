import type { HygieneAct, HygieneAction, HygieneKind } from '../../shared/hygiene.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'
import { contactName } from '../contacts/contact-name.sql.ts'
import { isCustomer } from './groups.sql.ts'

export type ActionRow = {
  id: number, kind: HygieneKind, action: HygieneAct, tag_id: number | null, segment_id: number | null, contact_ids: number[] | null
  state: HygieneAction['state'], upto: number, created_at: Date
}
export type NewAction = Pick<ActionRow, 'kind' | 'action' | 'tag_id' | 'segment_id' | 'contact_ids'> & { created_by: number | null }

/** Who did it, in ledgers, timelines and the stop list. */
export const byHygiene = (id: number): string => `hygiene:${id}`

/** It runs once the caller's transaction commits. Its size is that of the group now. */
export async function insertAction(tx: Db, action: NewAction, now: Date): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into hygiene_actions (kind, action, tag_id, segment_id, contact_ids, state, total, created_by, created_at)
    select ${action.kind}, ${action.action}, ${action.tag_id}::bigint, ${action.segment_id}::bigint, ${action.contact_ids}::bigint[], 'running',
      (select count(*) from hygiene_members where kind = ${action.kind} and (${action.contact_ids}::bigint[] is null or contact_id = any(${action.contact_ids}::bigint[]))),
      ${action.created_by}::bigint, ${now}::timestamptz
    returning id`)
  await notify(tx, 'hygiene')
  return id
}

/** The first action that has something to do now, held; undefined: none has. */
export async function nextAction(tx: Db, now: Date): Promise<ActionRow | undefined> {
  return maybeOne(tx, sql`
    select id, kind, action, tag_id, segment_id, contact_ids, state, upto, created_at
    from hygiene_actions
    where state in ('running', 'erasing', 'undoing')
      or state = 'waiting' and erase_at <= ${now}::timestamptz
    order by state = 'waiting', id
    limit 1
    for update`)
}

/** The next people of the group who were in it when the action was asked for. */
export async function nextMembers(tx: Db, action: ActionRow, limit: number): Promise<number[]> {
  return (await rows<{ contact_id: number }>(tx, sql`
    select contact_id
    from hygiene_members
    where kind = ${action.kind}
      and contact_id > ${action.upto}
      and found_at <= ${action.created_at}::timestamptz
      ${action.contact_ids === null ? sql`` : sql`and contact_id = any(${action.contact_ids}::bigint[])`}
    order by contact_id
    limit ${limit}`)).map(row => row.contact_id)
}

/** Of these who are in the group, with what is known of them. */
export async function membersAmong(tx: Db, kind: HygieneKind, ids: number[]): Promise<{ contact_id: number, detail: string, emails: string[], is_customer: boolean }[]> {
  return rows(tx, sql`
    select h.contact_id, h.detail, array(select value from contact_identities i where i.contact_id = h.contact_id and i.kind = 'email') as emails, ${isCustomer('h.contact_id')} as is_customer
    from hygiene_members h
    where h.kind = ${kind}
      and h.contact_id = any(${ids}::bigint[])
    order by h.contact_id`)
}

export type Before = { emails?: string[], topics?: { topic_id: number, status: 'requested' | 'granted' }[], email?: [before: string, after: string] }

/** What has to be known to undo it. A second run changes nothing. */
export async function insertChanges(tx: Db, actionId: number, changes: Map<number, Before>): Promise<void> {
  if (changes.size === 0) return
  await sql`
    insert into hygiene_changes (contact_id, action_id, before)
    select contact_id, ${actionId}::bigint, before
    from unnest(${[...changes.keys()]}::bigint[], ${[...changes.values()].map(before => JSON.stringify(before))}::jsonb[]) as change (contact_id, before)
    on conflict do nothing`.execute(tx)
}

/** The next contacts an action has changed, after a number. */
export async function nextChanges(tx: Db, action: Pick<ActionRow, 'id' | 'upto'>, limit: number): Promise<{ contact_id: number, before: Before }[]> {
  return rows(tx, sql`
    select contact_id, before
    from hygiene_changes
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
    update hygiene_actions
    set upto = ${upto}, done = done + ${done}, changed = changed + ${changed}, erased = erased + ${erased}, restored = restored + ${restored}
    where id = ${id}::bigint`.execute(tx)
  await touch(tx, 'hygiene')
}

/** Its next part begins with the first contact. */
export async function setActionState(tx: Db, id: number, state: HygieneAction['state'], { finishedAt = null, eraseAt = null, error = null }: { finishedAt?: Date | null, eraseAt?: Date | null, error?: string | null } = {}): Promise<void> {
  await sql`
    update hygiene_actions
    set state = ${state}, upto = 0, finished_at = ${finishedAt}::timestamptz, erase_at = coalesce(${eraseAt}::timestamptz, erase_at), error = ${error}
    where id = ${id}::bigint`.execute(tx)
  await touch(tx, 'hygiene')
}

/** Undoing begins. False: there is no such action, or it is past that. */
export async function beginUndoing(tx: Db, id: number): Promise<boolean> {
  const begun = await changedRows(tx, sql`
    update hygiene_actions
    set state = 'undoing', upto = 0, restored = 0, finished_at = null, erase_at = null, error = null
    where id = ${id}::bigint
      and ${undoable}`) > 0
  if (begun) await notify(tx, 'hygiene')
  return begun
}

const undoable = sql`(hygiene_actions.state in ('running', 'waiting', 'failed') or hygiene_actions.state = 'done' and hygiene_actions.action <> 'delete')`

/** The latest first, before a number. */
export async function listActions(db: Db, before: number | undefined, limit: number, id?: number): Promise<HygieneAction[]> {
  const found = await rows<Omit<HygieneAction, 'erase_at' | 'created_at' | 'finished_at'> & { erase_at: Date | null, created_at: Date, finished_at: Date | null }>(db, sql`
    select hygiene_actions.id, hygiene_actions.kind, action, hygiene_actions.state, total, done, changed, erased, restored, hygiene_actions.error, erase_at, users.name as by, hygiene_actions.created_at, finished_at, ${undoable} as undoable,
      case when tags.id is not null then jsonb_build_object('id', tags.id, 'name', tags.name) end as tag,
      case when segments.id is not null then jsonb_build_object('id', segments.id, 'name', segments.name) end as segment
    from hygiene_actions
    left join tags on tags.id = hygiene_actions.tag_id
    left join segments on segments.id = hygiene_actions.segment_id
    left join users on users.id = hygiene_actions.created_by
    where ${id === undefined ? sql`true` : sql`hygiene_actions.id = ${id}::bigint`}
      and ${before === undefined ? sql`true` : sql`hygiene_actions.id < ${before}::bigint`}
    order by hygiene_actions.id desc
    limit ${limit}`)
  return found.map(row => ({ ...row, erase_at: row.erase_at?.toISOString() ?? null, created_at: row.created_at.toISOString(), finished_at: row.finished_at?.toISOString() ?? null }))
}

/** Whom an action has changed and what of it stands, by the number of the contact. */
export async function listChanged(db: Db, actionId: number, after: number, limit: number): Promise<{ contact_id: number, name: string, email: string, note: string }[]> {
  return rows(db, sql`
    select h.contact_id, ${contactName('c')} as name, coalesce(c.email, '') as email, coalesce(h.before -> 'email' ->> 0, '') as note
    from hygiene_changes h
    join contacts c on c.id = h.contact_id
    where h.action_id = ${actionId}::bigint
      and h.contact_id > ${after}
    order by h.contact_id
    limit ${limit}`)
}
