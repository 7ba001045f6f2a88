import type { ColumnMapping, ImportKind, ImportOptions } from '../../shared/imports.ts'
import { changedRows, maybeOne, rows, sql, type Db } from '../base/db.ts'

/** `columns`: with the name each had in the file. */
export type KeptMapping = { id: number, name: string, kind: ImportKind, columns: (ColumnMapping & { header: string })[], options: Partial<ImportOptions>, uses: number, created_at: Date, used_at: Date }

/** Of the kind, or of whichever was used last. */
export async function mappingFor(db: Db, headerKey: string, kind: ImportKind | undefined): Promise<KeptMapping | undefined> {
  return maybeOne(db, sql`
    select id, name, kind, columns, options, uses, created_at, used_at
    from import_mappings
    where header_key = ${headerKey}
      ${kind === undefined ? sql`` : sql`and kind = ${kind}`}
    order by used_at desc, id desc
    limit 1
  `)
}

/** The mapping of files of this shape becomes this one; a name it has stays. */
export async function keepMapping(tx: Db, mapping: Pick<KeptMapping, 'name' | 'kind' | 'columns' | 'options'> & { header_key: string }, now: Date): Promise<void> {
  await sql`
    insert into import_mappings (name, kind, header_key, columns, options, created_at, used_at)
    values (${mapping.name}, ${mapping.kind}, ${mapping.header_key}, ${JSON.stringify(mapping.columns)}::jsonb, ${JSON.stringify(mapping.options)}::jsonb, ${now}, ${now})
    on conflict (header_key, kind) do update
    set columns = excluded.columns, options = excluded.options, used_at = excluded.used_at, uses = import_mappings.uses + 1
  `.execute(tx)
}

/** The latest made first, before a number. */
export async function listMappings(db: Db, asked: { id?: number, before?: number | undefined, limit: number }): Promise<KeptMapping[]> {
  return rows(db, sql`
    select id, name, kind, columns, options, uses, created_at, used_at
    from import_mappings
    where ${asked.id === undefined ? sql`true` : sql`id = ${asked.id}::bigint`}
      and ${asked.before === undefined ? sql`true` : sql`id < ${asked.before}::bigint`}
    order by id desc
    limit ${asked.limit}
  `)
}

/** False: there is none. */
export const renameMapping = async (db: Db, id: number, name: string): Promise<boolean> => await changedRows(db, sql`update import_mappings set name = ${name} where id = ${id}::bigint`) > 0

export const deleteMapping = async (db: Db, id: number): Promise<boolean> => await changedRows(db, sql`delete from import_mappings where id = ${id}::bigint`) > 0
