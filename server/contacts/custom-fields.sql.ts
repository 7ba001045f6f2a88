import { sql } from 'kysely'
import type { CustomField } from '../../shared/contacts.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type StoredField = Omit<CustomField, 'archived_at'> & { archived_at: Date | null }
const columns = sql`id, key, label, kind, options, position, archived_at`

export async function listCustomFields(db: Db): Promise<StoredField[]> {
  return rows(db, sql`select ${columns} from custom_fields order by archived_at is not null, position, id`)
}

/** undefined: the key is taken. */
export async function createCustomField(db: Db, field: { key: string, label: string, kind: string, options: unknown[], position: number }, now: Date): Promise<StoredField | undefined> {
  const [created] = await rows<StoredField>(db, sql`
    insert into custom_fields (key, label, kind, options, position, created_at)
    values (${field.key}, ${field.label}, ${field.kind}, ${JSON.stringify(field.options)}::jsonb, ${field.position}, ${now})
    on conflict (key) do nothing
    returning ${columns}
  `)
  return created
}

/** undefined: there is no such field. Values on cards stay when it is archived. */
export async function changeCustomField(db: Db, id: number, change: { label?: string | undefined, options?: unknown[] | undefined, position?: number | undefined, archived?: boolean | undefined }, now: Date): Promise<StoredField | undefined> {
  const [changed] = await rows<StoredField>(db, sql`
    update custom_fields
    set label = coalesce(${change.label ?? null}, label),
      options = coalesce(${change.options === undefined ? null : JSON.stringify(change.options)}::jsonb, options),
      position = coalesce(${change.position ?? null}::integer, position),
      archived_at = case ${change.archived ?? null}::boolean when true then coalesce(archived_at, ${now}::timestamptz) when false then null else archived_at end
    where id = ${id}
    returning ${columns}
  `)
  return changed
}

export async function findCustomField(db: Db, id: number): Promise<StoredField | undefined> {
  return (await rows<StoredField>(db, sql`select ${columns} from custom_fields where id = ${id}`))[0]
}
