import type { View, ViewColumn, ViewList } from '../../shared/views.ts'
import { changedRows, one, rows, sql, type Db } from '../base/db.ts'
import { touch } from '../base/live.ts'

export type StoredView = Omit<View, 'may_edit'>
type Look = { name: string, is_shared: boolean, search: string, filter: unknown[], columns: ViewColumn[], sort: string }

/** Views of a list somebody may see: their own and shared ones. `userId` null: a key of the API, which sees the shared ones. */
export async function listViews(db: Db, userId: number | null, asked: { list?: ViewList, id?: number }): Promise<StoredView[]> {
  return rows(db, sql`
    select views.id, views.list, views.name, views.is_shared, views.search, views.filter, views.columns, views.sort, views.revision,
      case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as owner,
      coalesce(place.is_pinned, false) as is_pinned, coalesce(place.is_first, false) as is_first
    from views
    left join users on users.id = views.owner_id
    left join view_places place on place.view_id = views.id and place.user_id = ${userId}::bigint
    where (views.is_shared or views.owner_id = ${userId}::bigint)
      and ${asked.list === undefined ? sql`true` : sql`views.list = ${asked.list}`}
      and ${asked.id === undefined ? sql`true` : sql`views.id = ${asked.id}::bigint`}
    order by lower(views.name), views.id`)
}

export async function insertView(tx: Db, list: ViewList, look: Look, userId: number | null, now: Date): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into views (list, name, owner_id, is_shared, search, filter, columns, sort, created_at, updated_at)
    values (${list}, ${look.name}, ${userId}::bigint, ${look.is_shared}, ${look.search}, ${JSON.stringify(look.filter)}::jsonb, ${JSON.stringify(look.columns)}::jsonb, ${look.sort}, ${now}::timestamptz, ${now}::timestamptz)
    returning id`)
  await touch(tx, 'views')
  return id
}

/** What is given is changed. False: it is not at that revision any more. */
export async function updateView(tx: Db, id: number, revision: number, look: { [Name in keyof Look]?: Look[Name] | undefined }, now: Date): Promise<boolean> {
  const changed = await changedRows(tx, sql`
    update views
    set name = coalesce(${look.name ?? null}, name), is_shared = coalesce(${look.is_shared ?? null}::boolean, is_shared), search = coalesce(${look.search ?? null}, search),
      filter = coalesce(${look.filter === undefined ? null : JSON.stringify(look.filter)}::jsonb, filter), columns = coalesce(${look.columns === undefined ? null : JSON.stringify(look.columns)}::jsonb, columns),
      sort = coalesce(${look.sort ?? null}, sort), revision = revision + 1, updated_at = ${now}::timestamptz
    where id = ${id}::bigint
      and revision = ${revision}`) > 0
  if (changed) await touch(tx, 'views')
  return changed
}

export async function deleteView(tx: Db, id: number): Promise<void> {
  await sql`delete from views where id = ${id}::bigint`.execute(tx)
  await touch(tx, 'views')
}

/** A list opens with one view: another that did so before does no more. */
export async function placeView(tx: Db, userId: number, { id, list }: Pick<StoredView, 'id' | 'list'>, place: { is_pinned: boolean, is_first: boolean }): Promise<void> {
  if (place.is_first) {
    await sql`
      update view_places
      set is_first = false
      from views
      where views.id = view_places.view_id
        and views.list = ${list}
        and view_places.user_id = ${userId}::bigint`.execute(tx)
  }
  await sql`
    insert into view_places (user_id, view_id, is_pinned, is_first)
    values (${userId}::bigint, ${id}::bigint, ${place.is_pinned}, ${place.is_first})
    on conflict (user_id, view_id) do update set is_pinned = excluded.is_pinned, is_first = excluded.is_first`.execute(tx)
  await touch(tx, 'views')
}
