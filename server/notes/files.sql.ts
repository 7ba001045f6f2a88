import { sql } from 'kysely'
import type { KeptFile } from '../../shared/notes.ts'
import { changedRows, maybeOne, one, rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import type { Upload } from '../base/uploads.ts'
import { ownedBy, tablesOf } from './places.ts'
import type { Place } from './places.ts'

type Found = Omit<KeptFile, 'created_at'> & { created_at: Date }
const shown = (place: Place) => sql`
  select f.id, f.name, f.content_type, f.size, f.note_id, f.created_at, case when users.id is not null then jsonb_build_object('id', users.id, 'name', users.name) end as author
  from ${sql.table(tablesOf(place).files)} as f
  left join users on users.id = f.author_id`

/** The latest first, those of notes as well. */
export async function listFiles(db: Db, place: Place, limit: number, before: number | undefined): Promise<KeptFile[]> {
  return (await rows<Found>(db, sql`
    ${shown(place)}
    where ${ownedBy(place, 'f')}
      and ${before === undefined ? sql`true` : sql`f.id < ${before}::bigint`}
    order by f.id desc
    limit ${limit}
  `)).map(present)
}

export async function countFiles(db: Db, place: Place): Promise<number> {
  return (await one<{ count: number }>(db, sql`select count(*) from ${sql.table(tablesOf(place).files)} as f where ${ownedBy(place, 'f')}`)).count
}

export async function insertFile(db: Db, place: Place, file: Upload, authorId: number | null, now: Date): Promise<KeptFile> {
  const { files, owner } = tablesOf(place)
  const deal = place.kind === 'deal'
  const { id } = await one<{ id: number }>(db, sql`
    insert into ${sql.table(files)} (${sql.ref(owner)}, ${deal ? sql`deal_id,` : sql``} name, content_type, size, content, author_id, created_at)
    values (${place.id}, ${deal ? sql`${place.deal_id},` : sql``} ${file.name}, ${file.content_type}, ${file.content.length}, ${file.content}, ${authorId}, ${now})
    returning id
  `)
  return (await findFile(db, place, id))!
}

export async function findFile(db: Db, place: Place, id: number): Promise<KeptFile | undefined> {
  const found = await maybeOne<Found>(db, sql`${shown(place)} where ${ownedBy(place, 'f')} and f.id = ${id}::bigint`)
  return found && present(found)
}

export const readFile = (db: Db, place: Place, id: number): Promise<Upload | undefined> => maybeOne(db, sql`
  select f.name, f.content_type, f.content
  from ${sql.table(tablesOf(place).files)} as f
  where ${ownedBy(place, 'f')}
    and f.id = ${id}::bigint`)

/** False: there is no such file. */
export const deleteFile = async (db: Db, place: Place, id: number): Promise<boolean> => await changedRows(db, sql`
  delete from ${sql.table(tablesOf(place).files)} as f
  where ${ownedBy(place, 'f')}
    and f.id = ${id}::bigint`) > 0

const present = (found: Found): KeptFile => ({ ...found, created_at: found.created_at.toISOString() })
