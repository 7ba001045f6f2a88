import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Task } from '../../shared/activities.ts'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

type Found = Omit<Task, 'due_at' | 'done_at' | 'created_at'> & { due_at: Date | null, done_at: Date | null, created_at: Date, key: string | null }
export type TaskFilter = { ownerId: number | null, contactId: number | undefined, done: boolean }

const columns = sql`
  tasks.id, jsonb_build_object('id', c.id, 'name', ${contactName('c')}) as contact, tasks.title, tasks.due_at, tasks.done_at, tasks.source, tasks.created_at,
  case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner`
const joined = sql`tasks join contacts c on c.id = tasks.contact_id left join users on users.id = tasks.owner_id`

/** Open ones by when they are due (those without a date last), done ones the latest first. */
export async function listTasks(db: Db, { ownerId, contactId, done }: TaskFilter, limit: number, after: [string | null, number] | undefined): Promise<{ tasks: Task[], next: [string | null, number] | null }> {
  const key: RawBuilder<unknown> = done ? sql`tasks.done_at` : sql`coalesce(tasks.due_at, 'infinity')`
  const found = await rows<Found>(db, sql`
    select ${columns}, (${key})::text as key
    from ${joined}
    where ${done ? sql`tasks.done_at is not null` : sql`tasks.done_at is null`}
      and ${ownerId === null ? sql`true` : sql`tasks.owner_id = ${ownerId}`}
      and ${contactId === undefined ? sql`true` : sql`tasks.contact_id = ${contactId}`}
      and ${after === undefined ? sql`true` : done ? sql`(${key}, tasks.id) < (${after[0]}::timestamptz, ${after[1]}::bigint)` : sql`(${key}, tasks.id) > (${after[0]}::timestamptz, ${after[1]}::bigint)`}
    order by ${done ? sql`${key} desc, tasks.id desc` : sql`${key}, tasks.id`}
    limit ${limit + 1}
  `)
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return { tasks: page.map(present), next: found.length > limit && last ? [last.key, last.id] : null }
}

export async function findTask(db: Db, id: number): Promise<Task & { owner_id: number | null } | undefined> {
  const found = await maybeOne<Found>(db, sql`select ${columns}, null as key from ${joined} where tasks.id = ${id}`)
  return found && { ...present(found), owner_id: found.owner?.id ?? null }
}

/** Done, or open again (null); true when that is news. */
export async function setDone(db: Db, id: number, doneAt: Date | null): Promise<boolean> {
  const changed = await rows(db, sql`
    update tasks
    set done_at = ${doneAt}::timestamptz
    where id = ${id}
      and (done_at is null) <> (${doneAt}::timestamptz is null)
    returning id
  `)
  return changed.length > 0
}

function present(found: Found): Task {
  const { key: _, ...task } = found
  return { ...task, due_at: task.due_at?.toISOString() ?? null, done_at: task.done_at?.toISOString() ?? null, created_at: task.created_at.toISOString() }
}
