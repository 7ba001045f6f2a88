import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type NewTask = {
  contact_id: number
  title: string
  due_at: Date | null
  owner_id: number | null
  /** a deal of the same contact whose step it is */
  deal_id?: number | null
  /** 'journey:4', 'staff' */
  source: string
  /** what makes the task one: a second run with the same key makes none */
  source_key?: string | null
}

/** Tasks in, those made out. A second run with the same keys makes none. */
export async function createTasks(db: Db, tasks: NewTask[], now: Date): Promise<{ contact_id: number, id: number, owner_id: number | null }[]> {
  if (tasks.length === 0) return []
  return await rows(db, sql`
    insert into tasks (contact_id, title, due_at, owner_id, source, source_key, deal_id, created_at)
    select contact_id, title, due_at, owner_id, source, source_key, deal_id, ${now}::timestamptz
    from unnest(
      ${tasks.map(task => task.contact_id)}::bigint[], ${tasks.map(task => task.title)}::text[], ${tasks.map(task => task.due_at)}::timestamptz[],
      ${tasks.map(task => task.owner_id)}::bigint[], ${tasks.map(task => task.source)}::text[], ${tasks.map(task => task.source_key ?? null)}::text[],
      ${tasks.map(task => task.deal_id ?? null)}::bigint[]
    ) as task (contact_id, title, due_at, owner_id, source, source_key, deal_id)
    on conflict (contact_id, source_key) do nothing
    returning contact_id, id, owner_id
  `)
}
