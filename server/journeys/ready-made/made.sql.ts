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
