import { sql } from 'kysely'
import type { CustomField, FieldOf } from '../../shared/contacts.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type StoredField = Omit<CustomField, 'archived_at'> & { archived_at: Date | null }
export type FieldSettings = Pick<CustomField, 'label' | 'options' | 'position' | 'group_name' | 'required' | 'is_unique' | 'access' | 'formula'>
const columns = sql`id, "of", key, label, kind, options, position, group_name, required, is_unique, access, formula, archived_at`

export async function listCustomFields(db: Db, of: FieldOf = 'contact'): Promise<StoredField[]> {
  return rows(db, sql`select ${columns} from custom_fields where "of" = ${of} order by archived_at is not null, position, id`)
}

export async function listAllCustomFields(db: Db): Promise<StoredField[]> {
  return rows(db, sql`select ${columns} from custom_fields order by archived_at is not null, "of" = 'contact' desc, "of", position, id`)
}

type NewField = Pick<CustomField, 'key' | 'label' | 'kind' | 'options' | 'position'> & Partial<FieldSettings> & { of?: FieldOf }

/** Nobody else adds, changes or archives a field until this transaction is over: formulas stand on the fields there are. */
export async function holdCustomFields(tx: Db): Promise<void> {
  await sql`lock table custom_fields in share row exclusive mode`.execute(tx)
}

/** undefined: the key is taken. */
export async function createCustomField(db: Db, field: NewField, now: Date): Promise<StoredField | undefined> {
  const [created] = await rows<StoredField>(db, sql`
    insert into custom_fields ("of", key, label, kind, options, position, group_name, required, is_unique, access, formula, created_at)
    values (${field.of ?? 'contact'}, ${field.key}, ${field.label}, ${field.kind}, ${JSON.stringify(field.options)}::jsonb, ${field.position},
      ${field.group_name ?? ''}, ${field.required ?? false}, ${field.is_unique ?? false}, ${JSON.stringify(field.access ?? {})}::jsonb, ${field.formula ?? null}, ${now})
    on conflict ("of", key) do nothing
    returning ${columns}
  `)
  return created
}

/** undefined: there is no such field. Values on cards stay when it is archived. */
export async function changeCustomField(db: Db, id: number, change: { [Name in keyof FieldSettings]?: FieldSettings[Name] | undefined } & { archived?: boolean | undefined }, now: Date): Promise<StoredField | undefined> {
  const json = (value: unknown): string | null => value === undefined ? null : JSON.stringify(value)
  const [changed] = await rows<StoredField>(db, sql`
    update custom_fields
    set label = coalesce(${change.label ?? null}, label),
      options = coalesce(${json(change.options)}::jsonb, options),
      position = coalesce(${change.position ?? null}::integer, position),
      group_name = coalesce(${change.group_name ?? null}, group_name),
      required = coalesce(${change.required ?? null}::boolean, required),
      is_unique = coalesce(${change.is_unique ?? null}::boolean, is_unique),
      access = coalesce(${json(change.access)}::jsonb, access),
      formula = coalesce(${change.formula ?? null}, formula),
      archived_at = case ${change.archived ?? null}::boolean when true then coalesce(archived_at, ${now}::timestamptz) when false then null else archived_at end
    where id = ${id}
    returning ${columns}
  `)
  return changed
}

export async function findCustomField(db: Db, id: number): Promise<StoredField | undefined> {
  return (await rows<StoredField>(db, sql`select ${columns} from custom_fields where id = ${id}`))[0]
}

/** `fields.total` of each computed field of contacts: an undo leaves them out, they follow what it writes. */
export async function computedNames(db: Db): Promise<Set<string>> {
  return new Set((await rows<{ key: string }>(db, sql`select key from custom_fields where "of" = 'contact' and formula is not null`)).map(field => `fields.${field.key}`))
}

const indexName = (id: number) => `custom_field_${id}_unique`
const holders = { contact: 'contacts', company: 'companies', deal: 'deals' } as const

/**
 * The database itself keeps the values of this field apart from now on, whoever writes them; those of deals only finds,
 * since a merge has both cards' deals for a moment: there holdFieldValue keeps them. Reads and locks the whole table once. Out: a value that stands twice, when there is one; then nothing is kept apart.
 */
export async function keepApart(tx: Db, { id, of, key }: StoredField): Promise<string | undefined> {
  const value = sql`fields ->> ${sql.lit(key)}`
  const [twice] = await rows<{ value: string }>(tx, sql`
    select min(${value}) as value
    from ${sql.table(holders[of])}
    where ${value} is not null
    group by lower(${value})
    having count(*) > 1
    limit 1
  `)
  if (twice !== undefined) return twice.value
  await sql`create ${of === 'deal' ? sql`index` : sql`unique index`} ${sql.ref(indexName(id))} on ${sql.table(holders[of])} (md5(lower(${value}))) where ${value} is not null`.execute(tx)
  return undefined
}

/** Nobody else looks for this value of a unique field until this transaction is over. */
export async function holdFieldValue(tx: Db, of: FieldOf, key: string, value: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${of}.${key}:${value.toLowerCase()}`}, 0))`.execute(tx)
}

export async function letRepeat(tx: Db, { id }: StoredField): Promise<void> {
  await sql`drop index if exists ${sql.ref(indexName(id))}`.execute(tx)
}

/** Who has which of these values of a field that is unique: the number by the value as it was given. */
export async function holdersOf(db: Db, of: FieldOf, key: string, values: string[]): Promise<Map<string, number>> {
  if (values.length === 0) return new Map()
  const value = sql`holder.fields ->> ${sql.lit(key)}`
  const found = await rows<{ id: number, value: string }>(db, sql`
    select holder.id, wanted.value
    from unnest(${values}::text[]) as wanted (value)
    join ${sql.table(holders[of])} as holder on ${value} is not null and md5(lower(${value})) = md5(lower(wanted.value))
  `)
  return new Map(found.map(one => [one.value, one.id]))
}
