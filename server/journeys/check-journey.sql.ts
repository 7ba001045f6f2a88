import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'

export const usableKinds = ['templates', 'topics', 'tags', 'users', 'segments', 'static_segments', 'forms', 'journeys', 'pipelines', 'stages', 'pools', 'filled_pools', 'mails_without_topic'] as const
export type UsableKind = (typeof usableKinds)[number]
export type Named = Record<'templates' | 'topics' | 'tags' | 'users' | 'segments' | 'forms' | 'journeys' | 'pipelines' | 'stages' | 'pools', number[]>

/**
 * Ids a journey names in, those that exist and are in use out, by kind: also which of the segments are static, which
 * pools have a code left, and which mails need no topic (transactional ones). Locks nothing.
 */
export async function whatIsUsable(db: Db, named: Named): Promise<Record<UsableKind, Set<number>>> {
  const found = await rows<{ kind: UsableKind, id: number }>(db, sql`
    select 'templates' as kind, id from templates where id = any(${named.templates}::bigint[]) and archived_at is null and version_id is not null
    union all
    select 'mails_without_topic', id from templates where id = any(${named.templates}::bigint[]) and kind = 'transactional'
    union all
    select 'topics', id from topics where id = any(${named.topics}::bigint[]) and archived_at is null
    union all
    select 'tags', id from tags where id = any(${named.tags}::bigint[])
    union all
    select 'users', id from users where id = any(${named.users}::bigint[]) and disabled_at is null
    union all
    select 'segments', id from segments where id = any(${named.segments}::bigint[]) and archived_at is null
    union all
    select 'static_segments', id from segments where id = any(${named.segments}::bigint[]) and archived_at is null and kind = 'static'
    union all
    select 'forms', id from forms where id = any(${named.forms}::bigint[]) and archived_at is null
    union all
    select 'journeys', id from journeys where id = any(${named.journeys}::bigint[]) and archived_at is null
    union all
    select 'pipelines', id from pipelines where id = any(${named.pipelines}::bigint[]) and archived_at is null
    union all
    select 'stages', stages.id from stages join pipelines on pipelines.id = stages.pipeline_id where stages.id = any(${named.stages}::bigint[]) and stages.archived_at is null and pipelines.id = any(${named.pipelines}::bigint[])
    union all
    select 'pools', id from coupon_pools where id = any(${named.pools}::bigint[]) and archived_at is null
    union all
    select 'filled_pools', id from coupon_pools where id = any(${named.pools}::bigint[]) and (kind = 'pattern' or exists (select from coupon_codes where coupon_codes.pool_id = coupon_pools.id))
  `)
  const usable = Object.fromEntries(usableKinds.map(kind => [kind, new Set<number>()])) as Record<UsableKind, Set<number>>
  for (const { kind, id } of found) usable[kind].add(id)
  return usable
}
