import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export const usableKinds = ['templates', 'topics', 'tags', 'users', 'segments', 'forms'] as const
export type UsableKind = (typeof usableKinds)[number]

/** Ids a journey names in, those that exist and are in use out, by kind. Locks nothing. */
export async function whatIsUsable(db: Db, named: Record<UsableKind, number[]>): Promise<Record<UsableKind, Set<number>>> {
  const found = await rows<{ kind: UsableKind, id: number }>(db, sql`
    select 'templates' as kind, id from templates where id = any(${named.templates}::bigint[]) and archived_at is null and version_id is not null
    union all
    select 'topics', id from topics where id = any(${named.topics}::bigint[]) and archived_at is null
    union all
    select 'tags', id from tags where id = any(${named.tags}::bigint[])
    union all
    select 'users', id from users where id = any(${named.users}::bigint[]) and disabled_at is null
    union all
    select 'segments', id from segments where id = any(${named.segments}::bigint[]) and archived_at is null
    union all
    select 'forms', id from forms where id = any(${named.forms}::bigint[]) and archived_at is null
  `)
  const usable: Record<UsableKind, Set<number>> = { templates: new Set(), topics: new Set(), tags: new Set(), users: new Set(), segments: new Set(), forms: new Set() }
  for (const { kind, id } of found) usable[kind].add(id)
  return usable
}
