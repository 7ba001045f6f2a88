import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Note } from '../../shared/notes.ts'
import { changedRows, maybeOne, one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { ownedBy, tablesOf } from './places.ts'
import type { Place } from './places.ts'

export type NewNote = {
  kind: Note['kind'], body: string, call: { direction: string, outcome: string, minutes: number | null } | null
  happened_at: Date, author_id: number | null, file_ids: number[]
}
type Found = Omit<Note, 'happened_at' | 'created_at' | 'edited_at'> & { happened_at: Date, created_at: Date, edited_at: Date | null }

const shown = (place: Place): RawBuilder<unknown> => {
  const { notes, files, owner } = tablesOf(place)
  return sql`
    select n.id, n.kind, n.body, n.happened_at, n.created_at, n.edited_at, n.pinned_at is not null as pinned, ${place.kind === 'company' ? sql`null::bigint` : sql`n.deal_id`} as deal_id,
      case when n.kind = 'call' then jsonb_build_object('direction', n.direction, 'outcome', n.outcome, 'minutes', n.minutes) end as call,
      case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as author,
      (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'size', f.size, 'content_type', f.content_type) order by f.id), '[]')
        from ${sql.table(files)} as f
        where ${sql.ref(`f.${owner}`)} = ${sql.ref(`n.${owner}`)}
          and f.note_id = n.id) as files
    from ${sql.table(notes)} as n
    left join users on users.id = n.author_id`
}

/** Pinned ones first, then the latest. `after`: whether the last one was pinned, and its number. */
export async function listNotes(db: Db, place: Place, limit: number, after: [number, number] | undefined): Promise<Note[]> {
  return (await rows<Found>(db, sql`
    ${shown(place)}
    where ${ownedBy(place, 'n')}
      and ${after === undefined ? sql`true` : sql`((n.pinned_at is not null)::integer, n.id) < (${after[0]}::integer, ${after[1]}::bigint)`}
    order by n.pinned_at is not null desc, n.id desc
    limit ${limit}
  `)).map(present)
}

export async function findNote(db: Db, place: Place, id: number): Promise<Note | undefined> {
  const found = await maybeOne<Found>(db, sql`${shown(place)} where ${ownedBy(place, 'n')} and n.id = ${id}::bigint`)
  return found && present(found)
}

/** Writes the note and hangs files on it that hang on none yet. Out: its number. */
export async function insertNote(tx: Db, place: Place, note: NewNote, now: Date): Promise<number> {
  const { notes, files, owner } = tablesOf(place)
  const deal = place.kind === 'deal'
  const { id } = await one<{ id: number }>(tx, sql`
    insert into ${sql.table(notes)} (${sql.ref(owner)}, ${deal ? sql`deal_id,` : sql``} kind, body, direction, outcome, minutes, happened_at, author_id, created_at)
    values (${place.id}, ${deal ? sql`${place.deal_id},` : sql``} ${note.kind}, ${note.body}, ${note.call?.direction ?? null}, ${note.call?.outcome ?? null}, ${note.call?.minutes ?? null}, ${note.happened_at}, ${note.author_id}, ${now})
    returning id
  `)
  if (note.file_ids.length > 0) await sql`
    update ${sql.table(files)} as f
    set note_id = ${id}
    where ${ownedBy(place, 'f')}
      and f.id = any(${note.file_ids}::bigint[])
      and f.note_id is null
  `.execute(tx)
  return id
}

/** False: there is no such note. */
export async function changeNote(tx: Db, place: Place, id: number, change: { body?: string | undefined, pinned?: boolean | undefined }, now: Date): Promise<boolean> {
  return await changedRows(tx, sql`
    update ${sql.table(tablesOf(place).notes)} as n
    set body = coalesce(${change.body ?? null}, n.body),
      edited_at = case when ${change.body ?? null}::text <> n.body then ${now}::timestamptz else n.edited_at end,
      pinned_at = case ${change.pinned ?? null}::boolean when true then coalesce(n.pinned_at, ${now}::timestamptz) when false then null else n.pinned_at end
    where ${ownedBy(place, 'n')}
      and n.id = ${id}::bigint
  `) > 0
}

/** The note and its files. */
export async function deleteNote(tx: Db, place: Place, id: number): Promise<void> {
  const { notes, files } = tablesOf(place)
  await sql`delete from ${sql.table(files)} as f where ${ownedBy(place, 'f')} and f.note_id = ${id}::bigint`.execute(tx)
  await sql`delete from ${sql.table(notes)} as n where ${ownedBy(place, 'n')} and n.id = ${id}::bigint`.execute(tx)
}

/** Staff whose names stand in the text behind an @, whoever is called longest first: "@Anna Petrova" is not Anna. */
export async function findMentioned(db: Db, body: string): Promise<{ id: number, locale: string }[]> {
  if (!body.includes('@')) return []
  const users = await rows<{ id: number, name: string, locale: string }>(db, sql`select id, name, locale from users where disabled_at is null order by length(name) desc`)
  let rest = body.toLowerCase()
  return users.filter(({ name }) => {
    const named = `@${name.toLowerCase()}`
    const found = rest.includes(named)
    if (found) rest = rest.replaceAll(named, '')
    return found
  })
}

function present(found: Found): Note {
  return { ...found, happened_at: found.happened_at.toISOString(), created_at: found.created_at.toISOString(), edited_at: found.edited_at?.toISOString() ?? null }
}
