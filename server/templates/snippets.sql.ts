import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { maybeOne, one, rows } from '../base/db.ts'

export type SnippetRow = { id: number, user_id: number | null, created_by: number | null, name: string, text: string, updated_at: Date }
const columns = sql`id, user_id, created_by, name, text, updated_at`
/** Everybody's, and the user's own. */
const seenBy = (userId: number | null) => sql`(user_id is null or user_id = ${userId})`

/** By name, after a (name, number); `search`: whatever occurs in the name. */
export async function listSnippets(db: Db, userId: number | null, search: string, limit: number, after: [string, number] | undefined): Promise<(SnippetRow & { key: string })[]> {
  return rows(db, sql`
    select ${columns}, lower(name) as key
    from snippets
    where ${seenBy(userId)}
      and (${search} = '' or position(lower(${search}) in lower(name)) > 0)
      and ${after === undefined ? sql`true` : sql`(lower(name), id) > (${after[0]}::text, ${after[1]}::bigint)`}
    order by lower(name), id
    limit ${limit}
  `)
}

export async function findSnippet(db: Db, userId: number | null, id: number): Promise<SnippetRow | undefined> {
  return maybeOne(db, sql`select ${columns} from snippets where id = ${id} and ${seenBy(userId)}`)
}

export async function insertSnippet(db: Db, snippet: Pick<SnippetRow, 'user_id' | 'created_by' | 'name' | 'text'>, now: Date): Promise<number> {
  return (await one<{ id: number }>(db, sql`
    insert into snippets (user_id, created_by, name, text, created_at, updated_at)
    values (${snippet.user_id}, ${snippet.created_by}, ${snippet.name}, ${snippet.text}, ${now}::timestamptz, ${now}::timestamptz)
    returning id
  `)).id
}

export async function updateSnippet(db: Db, id: number, snippet: Pick<SnippetRow, 'user_id' | 'name' | 'text'>, now: Date): Promise<void> {
  await sql`update snippets set user_id = ${snippet.user_id}, name = ${snippet.name}, text = ${snippet.text}, updated_at = ${now}::timestamptz where id = ${id}`.execute(db)
}

export async function deleteSnippet(db: Db, id: number): Promise<void> {
  await sql`delete from snippets where id = ${id}`.execute(db)
}
