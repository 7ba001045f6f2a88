import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { keyColumns } from './effects.ts'
import type { Affected, EffectTable } from './effects.ts'

/**
 * The tables as they would be had the journey's steps been done: each as a common table expression of the same name, so
 * that whatever the one compiler makes of a condition reads it instead. People in (nobody twice); of their rows only,
 * and only of tables their steps changed. None: nothing changed.
 */
export function tablesWithEffects(people: readonly Affected[]): RawBuilder<unknown>[] {
  const changed = people.filter(one => one.effects)
  if (changed.length === 0) return []
  const ids = sql`${people.map(one => one.contact_id)}::bigint[]`
  const tables = (Object.keys(keyColumns) as EffectTable[]).filter(table => changed.some(one => one.effects!.rows.has(table)))
  return [
    ...tables.map(table => changedTable(table, changed, ids)),
    ...changed.some(({ effects }) => Object.keys(effects!.card).length > 0 || Object.keys(effects!.fields).length > 0) ? [cards(changed, ids)] : [],
  ]
}

/** `with …` before a statement that has no others; nothing where nothing changed. */
export function withEffects(people: readonly Affected[]): RawBuilder<unknown> {
  const tables = tablesWithEffects(people)
  return tables.length === 0 ? sql`` : sql`with ${sql.join(tables)}`
}

function changedTable(name: EffectTable, people: readonly Affected[], ids: RawBuilder<unknown>): RawBuilder<unknown> {
  const rows = people.flatMap(({ contact_id, effects }) => [...effects!.rows.get(name) ?? []].map(([key, row]) => ({ contact_id, key, row })))
  const table = sql.table(name)
  return sql`${table} as materialized (
    select kept.*
    from ${table} as kept
    where kept.contact_id = any(${ids})
      and not exists (
        select
        from unnest(${rows.map(row => row.contact_id)}::bigint[], ${rows.map(row => row.key)}::bigint[]) as changed (contact_id, key)
        where changed.contact_id = kept.contact_id
          and changed.key = ${sql.ref(`kept.${keyColumns[name]}`)}
      )
    union all
    select made.*
    from jsonb_populate_recordset(null::${table}, ${JSON.stringify(rows.flatMap(({ row }) => row ?? []))}::jsonb) as made
  )`
}

function cards(people: readonly Affected[], ids: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`contacts as materialized (
    select made.*
    from contacts as kept
    left join unnest(
      ${people.map(one => one.contact_id)}::bigint[], ${people.map(one => JSON.stringify(one.effects!.card))}::jsonb[], ${people.map(one => JSON.stringify(one.effects!.fields))}::jsonb[]
    ) as changed (id, card, fields) on changed.id = kept.id
    cross join lateral jsonb_populate_record(kept, coalesce(changed.card, '{}') || jsonb_build_object('fields', kept.fields || coalesce(changed.fields, '{}'))) as made
    where kept.id = any(${ids})
  )`
}
