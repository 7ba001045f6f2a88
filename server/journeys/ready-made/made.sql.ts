import { sql } from 'kysely'
import { maybeOne, rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'

/** Journeys made from a recipe and still in use, the latest of each. */
export async function findMade(db: Db): Promise<Map<string, number>> {
  const found = await rows<{ recipe: string, id: number }>(db, sql`
    select recipe, max(id) as id
    from journeys
    where recipe is not null
      and archived_at is null
    group by recipe
  `)
  return new Map(found.map(row => [row.recipe, row.id]))
}

export async function findSegmentByName(db: Db, name: string): Promise<number | undefined> {
  return (await maybeOne<{ id: number }>(db, sql`select id from segments where lower(name) = lower(${name}) and archived_at is null and kind = 'live' order by id limit 1`))?.id
}

export async function findPoolByName(db: Db, name: string): Promise<number | undefined> {
  return (await maybeOne<{ id: number }>(db, sql`select id from coupon_pools where lower(name) = lower(${name}) and archived_at is null order by id limit 1`))?.id
}

/** A mail the company began with, by its name, that nobody has changed since and that no other journey sends. */
export async function findUntouchedMail(db: Db, name: string, kind: 'marketing' | 'transactional'): Promise<number | undefined> {
  return (await maybeOne<{ id: number }>(db, sql`
    select t.id
    from templates t
    join template_versions v on v.id = t.version_id
    where t.name = ${name}
      and t.kind = ${kind}
      and t.revision = 1
      and t.archived_at is null
      and t.system_key is null
      and v.created_by is null
      and not exists (
        select
        from journeys j
        where j.archived_at is null
          and jsonb_path_exists(j.draft, '$.steps.*.template_id ? (@ == $id)', jsonb_build_object('id', t.id))
      )
    order by t.id
    limit 1
  `))?.id
}

/** The user when they can sign in; for want of a choice the first administrator. Null: there is nobody. */
export async function workingUser(db: Db, id: number | null): Promise<number | null> {
  const found = await maybeOne<{ id: number }>(db, sql`
    select id
    from users
    where disabled_at is null
      and ${id === null ? sql`role = 'administrator'` : sql`id = ${id}`}
    order by id
    limit 1
  `)
  return found?.id ?? null
}
