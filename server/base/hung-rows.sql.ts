import { rows, sql, type Db } from './db.ts'
import type { RawBuilder } from 'kysely'

/** A table whose rows hang on a contact, and how they follow when two cards become one. Its owner's folder says so. */
export type HungTable = {
  table: string
  /** the primary key beside contact_id */
  key: string[]
  /** a row with the same key stands on the other card already: this one is not moved, only remembered */
  joins?: true
  /** never moved, only remembered, for undoing the merge */
  stays?: true
  /** columns that are unique per contact (with `within`): where both have the value, the moved row gets another one, or is not moved */
  unique?: { column: string, within?: string[], instead: 'suffix' | 'null' | 'not moved' }[]
  /** rows that came later go back with the row of `table` they belong to */
  belongsTo?: { table: string, column: string }
}
type Row = Record<string, unknown>
/** `moved`: keys; `kept`: whole rows that were not moved; `changed`: key and former value of the column that had to change. */
export type Moved = { moved: Row[], kept: Row[], changed: Row[] }

/**
 * Copies what hangs on one contact to another, parents before their parts; the copies stay when the old card is deleted.
 * Nothing is updated in place: rows cannot change the contact they are distributed by. The caller holds both cards.
 */
export async function copyHungRows(tx: Db, hung: HungTable, from: number, into: number): Promise<Moved> {
  const { table, key, unique = [] } = hung
  const columns = await columnsOf(tx, table)
  const both = (names: string[]): RawBuilder<boolean> => sql`exists (select from ${sql.table(table)} as other where other.contact_id = ${into}::bigint and ${all(names, 'other', 'own')})`
  const collides = ({ column, within = [] }: NonNullable<HungTable['unique']>[number]): RawBuilder<boolean> => both([column, ...within])
  const ways = unique.filter(one => one.instead !== 'not moved')
  const stays = sql.join([hung.stays ? sql`true` : sql`false`, ...hung.joins ? [both(key)] : [], ...unique.filter(one => one.instead === 'not moved').map(collides)], sql` or `)
  const changes = sql`array[${sql.join(ways.map(collides))}]::boolean[]`
  const replaced = (name: string): RawBuilder<unknown> => {
    const place = ways.findIndex(one => one.column === name)
    if (place === -1) return sql.ref(`found.${name}`)
    const otherwise = ways[place]!.instead === 'null' ? sql`null` : sql`${sql.ref(`found.${name}`)} || ${`|merged:${from}`}::text`
    return sql`case when changes[${sql.lit(place + 1)}] then ${otherwise} else ${sql.ref(`found.${name}`)} end`
  }
  const [result] = await rows<Moved>(tx, sql`
    with found as materialized (
      select own.*, (${stays}) as stays, ${changes} as changes
      from ${sql.table(table)} as own
      where own.contact_id = ${from}::bigint
    ), copied as (
      insert into ${sql.table(table)} (contact_id, ${names(columns)})
      overriding system value
      select ${into}::bigint, ${sql.join(columns.map(replaced))}
      from found
      where not stays
    )
    select coalesce(jsonb_agg(${object(key, 'found')}) filter (where not stays), '[]') as moved,
      coalesce(jsonb_agg(to_jsonb(found) - '{stays,changes}'::text[]) filter (where stays), '[]') as kept,
      coalesce(jsonb_agg(${object([...key, ...ways.map(one => one.column)], 'found')}) filter (where true = any(changes) and not stays), '[]') as changed
    from found`)
  return result!
}

/** Copies back what was moved, with what came later and belongs to it, and puts back what was only remembered. A row that is gone since, or whose tag or segment is, does not come back. */
export async function copyBackHungRows(tx: Db, hung: HungTable, { moved, kept, changed }: Moved, parents: Row[], from: number, into: number): Promise<Row[]> {
  const { table, key, unique = [] } = hung
  const columns = await columnsOf(tx, table)
  const back = await rows<Row>(tx, sql`
    with back as materialized (
      select own.*
      from ${sql.table(table)} as own
      where own.contact_id = ${into}::bigint
        and (exists (select from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(moved)}::jsonb) as known where ${all(key, 'known', 'own')})
          or ${hung.belongsTo ? sql`${sql.ref(`own.${hung.belongsTo.column}`)} = any(${parents.map(row => Number(row['id']))}::bigint[])` : sql`false`})
    ), copied as (
      insert into ${sql.table(table)} (contact_id, ${names(columns)})
      overriding system value
      select ${from}::bigint, ${names(columns)}
      from back
    )
    select ${names(key)} from back`)
  const ways = unique.filter(one => one.instead !== 'not moved')
  if (changed.length > 0) await sql`
    update ${sql.table(table)} as own
    set ${sql.join(ways.map(({ column }) => sql`${sql.ref(column)} = ${sql.ref(`known.${column}`)}`))}
    from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(changed)}::jsonb) as known
    where own.contact_id = ${from}::bigint
      and ${all(key, 'known', 'own')}`.execute(tx)
  for (const row of kept) await putBack(tx, table, columns, row)
  return back
}

async function putBack(tx: Db, table: string, columns: string[], row: Row): Promise<void> {
  await sql`savepoint kept_row`.execute(tx)
  try {
    await sql`
      insert into ${sql.table(table)} (contact_id, ${names(columns)})
      overriding system value
      select contact_id, ${names(columns)}
      from jsonb_populate_record(null::${sql.table(table)}, ${JSON.stringify(row)}::jsonb)
      on conflict do nothing`.execute(tx)
    await sql`release savepoint kept_row`.execute(tx)
  } catch (error) {
    // What it names has been deleted since.
    if ((error as { code?: string }).code !== '23503') throw error
    await sql`rollback to savepoint kept_row`.execute(tx)
  }
}

/** Takes away from the contact what was copied back: by the keys that copyBackHungRows gave. Parts before their parents. */
export async function removeCopied(tx: Db, { table, key }: HungTable, back: Row[], into: number): Promise<void> {
  await sql`
    delete from ${sql.table(table)} as own
    using jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(back)}::jsonb) as known
    where own.contact_id = ${into}::bigint
      and ${all(key, 'known', 'own')}`.execute(tx)
}

async function columnsOf(tx: Db, table: string): Promise<string[]> {
  const found = await rows<{ name: string }>(tx, sql`
    select attname as name
    from pg_attribute
    where attrelid = ${table}::regclass
      and attnum > 0
      and not attisdropped
      and attgenerated = ''
      and attname <> 'contact_id'
    order by attnum`)
  return found.map(row => row.name)
}

const names = (columns: string[]): RawBuilder<unknown> => sql.join(columns.map(column => sql.ref(column)))
const all = (columns: string[], one: string, other: string): RawBuilder<boolean> => sql`(${sql.join(columns.map(column => sql`${sql.ref(`${one}.${column}`)} = ${sql.ref(`${other}.${column}`)}`), sql` and `)})`
const object = (columns: string[], alias: string): RawBuilder<unknown> => sql`jsonb_build_object(${sql.join(columns.flatMap(column => [sql.lit(column), sql.ref(`${alias}.${column}`)]))})`
