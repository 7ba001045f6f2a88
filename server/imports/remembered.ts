import { createHash } from 'node:crypto'
import { importOptions, type ColumnMapping, type ImportOptions } from '../../shared/imports.ts'
import type { Db } from '../base/db.ts'
import { keepMapping, mappingFor, type KeptMapping } from './mappings.sql.ts'
import { usableFields } from './read-context.ts'
import { simpleName } from './simple-name.ts'

/** Files with the same columns have the same key, in whatever order the columns stand; null: without names nothing is remembered. */
export function headerKey(names: string[], hasHeader: boolean): string | null {
  const simple = names.map(simpleName)
  return hasHeader && simple.some(name => name !== '') ? createHash('sha256').update(simple.toSorted().join('\n')).digest('hex').slice(0, 32) : null
}

export type Remembered = { id: number, kind: KeptMapping['kind'], columns: ColumnMapping[], options: ImportOptions }

/** Where the columns of a file of this shape went the last time. Fields that are gone since are left out. */
export async function recall(db: Db, names: string[], hasHeader: boolean, kind: KeptMapping['kind'] | undefined): Promise<Remembered | null> {
  const key = headerKey(names, hasHeader)
  const found = key === null ? undefined : await mappingFor(db, key, kind)
  if (found === undefined) return null
  const fields = new Set((await usableFields(db, found.kind)).map(field => `fields.${field.key}`))
  const waiting = Map.groupBy(found.columns, column => simpleName(column.header))
  const columns = names.map((name): ColumnMapping => {
    const { header: _, ...mapping } = waiting.get(simpleName(name))?.shift() ?? { header: name, to: '' }
    return mapping.to.startsWith('fields.') && !fields.has(mapping.to) ? { to: '' } : mapping
  })
  return { id: found.id, kind: found.kind, columns, options: importOptions.parse(found.options) }
}

/** What people agreed to is said for each file anew; all else is kept for the next one. */
export async function remember(tx: Db, { name, kind, names, has_header, columns, options }: Pick<KeptMapping, 'name' | 'kind'> & { names: string[], has_header: boolean, columns: ColumnMapping[], options: ImportOptions }, now: Date): Promise<void> {
  const key = headerKey(names, has_header)
  if (key === null) return
  const { consent: _, ...kept } = options
  await keepMapping(tx, { name, kind, header_key: key, columns: columns.map((column, index) => ({ ...column, header: names[index]! })), options: kept }, now)
}
