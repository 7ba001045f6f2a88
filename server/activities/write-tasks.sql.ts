import { sql } from 'kysely'
import type { Task } from '../../shared/activities.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type TaskRow = {
  id: number
  contact_id: number | null
  company_id: number | null
  deal_id: number | null
  owner_id: number | null
  kind: Task['kind']
  title: string
  note: string
  priority: Task['priority']
  due_at: Date | null
  all_day: boolean
  minutes: number | null
  remind_before: number | null
  remind_at: Date | null
  repeats: string | null
  done_at: Date | null
  outcome: string
  source: string
}

const columns = sql`id, contact_id, company_id, deal_id, owner_id, kind, title, note, priority, due_at, all_day, minutes, remind_before, remind_at, repeats, done_at, outcome, source`

/** Numbers in, tasks out, held until the commit (in their order). */
export async function holdTasks(tx: Db, ids: number[]): Promise<TaskRow[]> {
  return rows(tx, sql`
    select ${columns}
    from tasks
    where id = any(${ids}::bigint[])
    order by id
    for update
  `)
}

/** New tasks in (`source_key` makes one task of two runs), numbers out, in the order given. */
export async function insertTasks(tx: Db, tasks: (Omit<TaskRow, 'id' | 'done_at' | 'outcome'> & { source_key?: string })[], now: Date): Promise<number[]> {
  const made = await rows<{ id: number }>(tx, sql`
    insert into tasks (contact_id, company_id, deal_id, owner_id, kind, title, note, priority, due_at, all_day, minutes, remind_before, remind_at, repeats, source, source_key, created_at, updated_at)
    select contact_id, company_id, deal_id, owner_id, kind, title, note, priority, due_at, all_day, minutes, remind_before, remind_at, repeats, source, source_key, ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb) as task (
      contact_id bigint, company_id bigint, deal_id bigint, owner_id bigint, kind text, title text, note text, priority text, due_at timestamptz, all_day boolean, minutes integer,
      remind_before integer, remind_at timestamptz, repeats text, source text, source_key text
    )
    where source_key is null
      or not exists (select from tasks other where other.contact_id is not distinct from task.contact_id and other.source_key = task.source_key)
    returning id
  `)
  return made.map(row => row.id)
}

/** Writes whole tasks over those with their numbers; the card a task hangs on does not change here. */
export async function updateTasks(tx: Db, tasks: TaskRow[], now: Date): Promise<void> {
  await sql`
    update tasks
    set company_id = task.company_id, deal_id = task.deal_id, owner_id = task.owner_id, kind = task.kind, title = task.title, note = task.note, priority = task.priority,
      due_at = task.due_at, all_day = task.all_day, minutes = task.minutes, remind_before = task.remind_before, remind_at = task.remind_at, repeats = task.repeats,
      done_at = task.done_at, outcome = task.outcome, sequence = sequence + 1, updated_at = ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb) as task (
      id bigint, company_id bigint, deal_id bigint, owner_id bigint, kind text, title text, note text, priority text, due_at timestamptz, all_day boolean, minutes integer,
      remind_before integer, remind_at timestamptz, repeats text, done_at timestamptz, outcome text
    )
    where tasks.id = task.id
  `.execute(tx)
}

/** Tasks with these keys that are still open go; so do those with these numbers. */
export async function deleteTasks(tx: Db, { ids = [], openWithKeys = [] }: { ids?: number[], openWithKeys?: string[] }): Promise<void> {
  await sql`delete from tasks where id = any(${ids}::bigint[]) or (source_key = any(${openWithKeys}::text[]) and done_at is null)`.execute(tx)
}

/** The task moves to another card, or to nobody: a row keeps its number. Only for tasks without a deal. */
export async function moveTask(tx: Db, id: number, contactId: number | null): Promise<void> {
  await sql`update tasks set contact_id = ${contactId}, source_key = null where id = ${id}`.execute(tx)
}

export type Reminder = { id: number, contact_id: number | null, owner_id: number, title: string, due_at: Date | null, all_day: boolean }

/** Up to `limit` open tasks whose reminder has come; they are told once: a second worker passes them over. */
export async function takeReminders(tx: Db, limit: number, now: Date): Promise<Reminder[]> {
  return rows(tx, sql`
    with come as (
      select ctid
      from tasks
      where remind_at <= ${now}::timestamptz
        and done_at is null
      order by remind_at
      limit ${limit}
      for update skip locked
    )
    update tasks
    set remind_at = null
    from come
    where tasks.ctid = come.ctid
    returning id, contact_id, owner_id, title, due_at, all_day
  `)
}
