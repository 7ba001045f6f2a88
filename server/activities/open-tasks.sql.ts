import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Contacts and sources in; those for which a task is open out, as `contact:source`. */
export async function openTaskSources(db: Db, pairs: { contact_id: number, source: string }[]): Promise<Set<string>> {
  const found = await rows<{ contact_id: number, source: string }>(db, sql`
    select distinct tasks.contact_id, tasks.source
    from tasks
    join unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.source)}::text[]) as wanted (contact_id, source)
      on tasks.contact_id = wanted.contact_id and tasks.source = wanted.source
    where tasks.done_at is null
  `)
  return new Set(found.map(task => `${task.contact_id}:${task.source}`))
}

/** Open tasks of a source are done; those that were open out. */
export async function finishTasks(tx: Db, contactId: number, source: string, now: Date): Promise<{ id: number, title: string }[]> {
  return rows(tx, sql`
    update tasks
    set done_at = ${now}::timestamptz
    where contact_id = ${contactId}
      and source = ${source}
      and done_at is null
    returning id, title
  `)
}
