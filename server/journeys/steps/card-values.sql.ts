import { sql } from 'kysely'
import { toMajor } from '../../../shared/money.ts'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import { cardField } from '../../conditions/card-fields.sql.ts'
import type { ConditionContext } from '../../conditions/compile-condition.ts'

export type CardValue = string | number | boolean | string[] | null

/**
 * A field of the card, contacts in; their values out (null: unknown). Money in major units, dates as calendar days of the
 * company's time zone. Locks nothing.
 */
export async function readCardValues(db: Db, field: string, contactIds: number[], context: ConditionContext): Promise<Map<number, CardValue>> {
  const { expression, kind, custom } = cardField(field, context)
  const value = kind === 'date' && !custom
    ? sql`to_jsonb(((${expression}) at time zone ${context.timeZone ?? 'UTC'}::text)::date)`
    : sql`to_jsonb(${expression})`
  const found = await rows<{ id: number, value: CardValue }>(db, sql`
    select c.id, ${value} as value
    from contacts c
    left join contact_rollups r on r.contact_id = c.id
    where c.id = any(${contactIds}::bigint[])
  `)
  const isMinor = kind === 'money' && !custom
  return new Map(found.map(row => [row.id, isMinor && typeof row.value === 'number' ? toMajor(row.value, context.currency) : row.value]))
}
