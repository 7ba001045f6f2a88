import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { durationMilliseconds } from '../../shared/conditions.ts'
import type { SinceTest } from '../../shared/conditions.ts'
import type { CompileOptions } from './compile-condition.ts'
import { moment } from './moments.ts'

/** `and …`: the time in the column is less than N ago (`in_last`), or N ago or longer (`more_than_ago`). */
export function sinceFilter(since: SinceTest | undefined, column: string, options: CompileOptions): RawBuilder<unknown> {
  if (!since) return sql``
  const ago = moment(options.now.getTime() - durationMilliseconds(since.value))
  return since.operator === 'in_last' ? sql`and ${sql.ref(column)} > ${ago}::timestamptz` : sql`and ${sql.ref(column)} <= ${ago}::timestamptz`
}

export const sinceOffset = (since: SinceTest): number => durationMilliseconds(since.value)
