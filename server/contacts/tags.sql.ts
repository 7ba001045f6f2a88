import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { maybeOne, rows } from '../base/db.ts'

export type TagPair = { contact_id: number, tag_id: number }

/** Pairs in, those that were not there before out. A second run adds nothing. */
export async function addTags(db: Db, pairs: TagPair[], now: Date): Promise<TagPair[]> {
  if (pairs.length === 0) return []
  return rows<TagPair>(db, sql`
    insert into contact_tags (contact_id, tag_id, added_at)
    select distinct contact_id, tag_id, ${now}::timestamptz
    from unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.tag_id)}::bigint[]) as pair (contact_id, tag_id)
    order by contact_id, tag_id
    on conflict do nothing
    returning contact_id, tag_id
  `)
}

/** Pairs in, those that were there out. A second run removes nothing. */
export async function removeTags(db: Db, pairs: TagPair[], _now?: Date): Promise<TagPair[]> {
  if (pairs.length === 0) return []
  return rows<TagPair>(db, sql`
    delete from contact_tags
    using unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.tag_id)}::bigint[]) as pair (contact_id, tag_id)
    where contact_tags.contact_id = pair.contact_id
      and contact_tags.tag_id = pair.tag_id
    returning contact_tags.contact_id, contact_tags.tag_id
  `)
}

/** Names in, their ids out by the name in small letters; missing tags are made. Locks nothing that is there already. */
export async function ensureTags(db: Db, names: string[]): Promise<Map<string, number>> {
  if (names.length === 0) return new Map()
  const distinct = [...new Map(names.map(name => [name.toLowerCase(), name])).values()].sort()
  const find = (): Promise<{ id: number, name: string }[]> => rows(db, sql`
    select tags.id, wanted.name
    from unnest(${distinct}::text[]) as wanted (name)
    join tags on lower(tags.name) = lower(wanted.name)
  `)
  let found = await find()
  if (found.length < distinct.length) {
    await sql`
      insert into tags (name)
      select name
      from unnest(${distinct}::text[]) as name
      on conflict do nothing
    `.execute(db)
    found = await find()
  }
  return new Map(found.map(tag => [tag.name.toLowerCase(), tag.id]))
}

/** The tag of this name, whatever its capitals; null: there is none. */
export const tagCalled = async (db: Db, name: string): Promise<number | null> =>
  (await maybeOne<{ id: number }>(db, sql`select id from tags where lower(name) = lower(${name})`))?.id ?? null

export async function listTags(db: Db): Promise<{ id: number, name: string, contacts_count: number }[]> {
  return rows(db, sql`
    select tags.id, tags.name, coalesce(used.count, 0)::integer as contacts_count
    from tags
    left join (select tag_id, count(*) from contact_tags group by tag_id) used on used.tag_id = tags.id
    order by lower(tags.name)
  `)
}

/** The tag of that name, made when there is none. */
export async function createTag(db: Db, name: string): Promise<{ id: number, name: string }> {
  const id = (await ensureTags(db, [name])).get(name.toLowerCase())!
  const [tag] = await rows<{ id: number, name: string }>(db, sql`select id, name from tags where id = ${id}`)
  return tag!
}

/** undefined: there is no such tag. Throws on a name another tag has (unique index). */
export async function renameTag(db: Db, id: number, name: string): Promise<{ id: number, name: string } | undefined> {
  const [tag] = await rows<{ id: number, name: string }>(db, sql`update tags set name = ${name} where id = ${id} returning id, name`)
  return tag
}

export async function contactsWithTag(db: Db, tagId: number, after: number, limit: number): Promise<number[]> {
  const found = await rows<{ contact_id: number }>(db, sql`
    select contact_id
    from contact_tags
    where tag_id = ${tagId}
      and contact_id > ${after}
    order by contact_id
    limit ${limit}
  `)
  return found.map(row => row.contact_id)
}

export async function deleteTag(db: Db, id: number): Promise<boolean> {
  return (await rows(db, sql`delete from tags where id = ${id} returning id`)).length > 0
}
