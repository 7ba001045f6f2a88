import { sql } from 'kysely'
import type { CompileOptions } from './compile-condition.ts'

/** For `among`: a condition asked about these contacts. */
export function amongIds(ids: readonly number[]): NonNullable<CompileOptions['among']> {
  return contactId => sql`${contactId} = any(${ids}::bigint[])`
}
