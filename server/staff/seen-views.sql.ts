import { createHash } from 'node:crypto'
import { recordKinds, type NarrowedRole, type RecordKind, type RoleRights } from '../../shared/rights.ts'
import { maybeOne, rows, sql, type Db } from '../base/db.ts'

/**
 * What a role sees, said once, in the database (decision 0052): for every table that shows a part of its rows or fields
 * a view of the same name stands in the role's schema, and whoever has the role reads with that schema in front.
 * Tables that belong to a contact, lead, deal, task or company are found by their columns: those to come are covered, too.
 */
export const schemaOf = (role: NarrowedRole): string => `seen_${role}`

type Column = { name: string, type: string, required: boolean, made: string | null }
type Table = { name: string, columns: Column[], contacts: string[] }

/** Makes the views of the role anew when they are not as they should be; a second run changes nothing. */
export async function buildSeenViews(tx: Db, rights: RoleRights): Promise<void> {
  const schema = schemaOf(rights.role)
  const hidden = hiddenFieldsOf(rights)
  const narrows = recordKinds.some(kind => rights[kind] !== 'all') || hidden.length > 0
  const views = narrows ? viewsOf(rights, hidden, await readTables(tx)) : []
  const mark = createHash('sha256').update(views.join()).digest('hex')
  const before = await maybeOne<{ mark: string | null }>(tx, sql`select obj_description(oid, 'pg_namespace') as mark from pg_namespace where nspname = ${schema}`)
  if (before?.mark === mark || !narrows && before === undefined) return
  await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(tx)
  if (!narrows) return
  await sql`create schema ${sql.id(schema)}`.execute(tx)
  for (const view of views) await sql.raw(view).execute(tx)
  await sql.raw(`comment on schema ${schema} is '${mark}'`).execute(tx)
}

export const hiddenFieldsOf = (rights: RoleRights): string[] => Object.entries(rights.fields).filter(([, access]) => access === 'hidden').map(([field]) => field).toSorted()

async function readTables(db: Db): Promise<Table[]> {
  return rows(db, sql`
    select c.relname as name,
      jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, null), 'required', a.attnotnull, 'made', case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end) order by a.attnum) as columns,
      coalesce(jsonb_agg(a.attname order by a.attnum) filter (where a.attname ~ '(^|_)contact_id$' or a.attname = 'other_id' or exists (
        select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.confrelid = 'public.contacts'::regclass and k.conkey = array[a.attnum])), '[]') as contacts
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
    group by c.oid, c.relname
    order by c.relname`)
}

/** Contacts first: the others ask them. */
function viewsOf(rights: RoleRights, hidden: string[], tables: Table[]): string[] {
  const order = ['contacts', 'contact_identities', 'companies', 'leads', 'deals', 'tasks']
  const place = ({ name }: Table) => order.includes(name) ? order.indexOf(name) : order.length
  return tables.toSorted((a, b) => place(a) - place(b)).flatMap((table) => {
    const where = whereOf(table, rights, hidden)
    const columns = table.columns.map(column => shownColumn(table, column, hidden))
    if (where.length === 0 && columns.every((shown, index) => shown === quoted(table.columns[index]!.name))) return []
    return [`create view ${schemaOf(rights.role)}.${table.name} as select ${columns.join(', ')} from public.${table.name}${where.length === 0 ? '' : ` where ${where.map(each => `(${each})`).join(' and ')}`}`]
  })
}

const quoted = (name: string) => `"${name}"`
const literals = (values: string[]) => `'{${values.map(value => `"${value}"`).join(',')}}'::text[]`

// ── rows ─────────────────────────────────────────────────────────────────────────────────────────────

const me = `current_setting('otklik.own')::bigint[]`
const team = `current_setting('otklik.team')::bigint[]`
const mine = (sight: 'team' | 'own') => `owner_id = any(${sight === 'own' ? me : team})`

function whereOf(table: Table, rights: RoleRights, hidden: string[]): string[] {
  const { name } = table
  const schema = schemaOf(rights.role)
  const seen = (kind: string) => `select id from ${schema}.${kind}`
  const part = (kind: RecordKind) => rights[kind] !== 'all'
  const has = (column: string) => table.columns.some(each => each.name === column)
  const where: string[] = []
  if (name === 'contacts') return ownContacts(rights)
  if (name === 'companies') return part(name) ? [`${ownOf(name, rights)} or id in (select company_id from ${schema}.contacts)`] : []
  if (name === 'contact_identities' && hidden.length > 0) where.push(`kind <> all(${literals(hidden)})`)
  if (name === 'custom_fields' && hidden.length > 0) where.push(`case "of" when 'contact' then '' else "of" || '.' end || 'fields.' || key <> all(${literals(hidden)})`)
  if (rowsOfFiles.has(name) && hidden.length > 0) where.push('false')
  if (hidden.includes('email') && byAddress.has(name)) where.push('false')
  if ((name === 'leads' || name === 'deals' || name === 'tasks') && part(name)) where.push(ownOf(name, rights))
  if (part('contacts')) {
    const own = `created_by = any(${me})`
    if (name === 'imports' || name === 'bulk_actions') where.push(own)
    else if (has('import_id') && rowsOfFiles.has(name)) where.push(`import_id in (select id from public.imports where ${own})`)
    else if (name === 'suppressions') where.push(`email in (select value from ${schema}.contact_identities where kind = 'email')`)
    else if (name === 'merges' || name === 'merged_contacts') where.push(`into_id in (${seen('contacts')})`)
    else if (name === 'test_mails' || name === 'inbound_mails') where.push(`${name === 'test_mails' ? 'contact_id_of_message' : 'about_contact_id'} in (${seen('contacts')})`)
    else for (const column of table.contacts) where.push(`${table.columns.find(each => each.name === column)!.required ? '' : `${column} is null or `}${column} in (${seen('contacts')})`)
  }
  // A task of one's own shows, whoever has the deal; what else hangs on a lead, deal, task or company is seen with it.
  if (!recordKinds.includes(name as RecordKind)) {
    for (const kind of ['leads', 'deals', 'tasks', 'companies'] as const) {
      const column = kind === 'companies' ? 'company_id' : `${kind.slice(0, -1)}_id`
      if (part(kind) && has(column)) where.push(`${column} is null or ${column} in (${seen(kind)})`)
    }
  }
  if (name === 'events') {
    for (const kind of ['lead', 'deal', 'task'] as const) {
      if (part(`${kind}s`)) where.push(`type not like '${kind}.%' or case when jsonb_typeof(properties -> '${kind}_id') = 'number' then (properties ->> '${kind}_id')::bigint in (${seen(`${kind}s`)}) else false end`)
    }
  }
  return where
}

/** Where what came from outside is kept as it came: in it a field cannot be told from the others. */
const rowsOfFiles = new Set(['import_rejections', 'import_file_parts', 'rejected_events', 'incoming_events'])
const byAddress = new Set(['suppressions', 'test_mails', 'inbound_mails'])

function ownOf(kind: RecordKind, rights: RoleRights): string {
  const sight = rights[kind]
  return sight === 'all' ? 'true' : rights.sees_unowned ? `owner_id is null or ${mine(sight)}` : mine(sight)
}

/**
 * One's own contacts, and those one has a lead, a deal or a task with. Few of many are found by the indexes of owners;
 * with those nobody owns it is most of them, and they are passed over one by one.
 */
function ownContacts(rights: RoleRights): string[] {
  if (rights.contacts === 'all') return []
  const own = mine(rights.contacts)
  // Of tasks there are indexes of owners for the open ones and for those done.
  const through = ['leads where', 'deals where', 'tasks where done_at is null and', 'tasks where done_at is not null and'].map(among => `select contact_id from public.${among} ${own}`).join(' union all ')
  return [rights.sees_unowned ? `owner_id is null or ${own} or id in (${through})` : `id in (select id from public.contacts where ${own} union ${through.replaceAll('union all', 'union')})`]
}

// ── fields ───────────────────────────────────────────────────────────────────────────────────────────

/** Columns that hold an address or a number of a person, by the field whose right they have. */
const columnsOf: Record<string, string[]> = { email: ['email', 'to_email', 'from_email'], phone: ['phone'], external_id: ['external_id'], city: ['city'] }

function shownColumn(table: Table, column: Column, hidden: string[]): string {
  const name = quoted(column.name)
  const of = table.name.startsWith('compan') ? 'company.' : table.name === 'deals' ? 'deal.' : ''
  const isOfContact = table.name === 'contacts' || table.contacts.length > 0
  if (!isOfContact && of === '' || hidden.length === 0) return name
  const standard = of === 'company.' ? [] : hidden.filter(field => !field.includes('.'))
  if (standard.some(field => columnsOf[field]?.includes(column.name))) return `${column.required ? `''` : 'null'}::text as ${name}`
  // What is made of hidden fields, such as the text that is searched, is made without them.
  if (column.made !== null && standard.some(field => new RegExp(`\\b${field}\\b`).test(column.made!))) {
    return `${standard.reduce((made, field) => made.replace(new RegExp(`\\b${field}\\b`, 'g'), 'null::text'), column.made)} as ${name}`
  }
  if (column.type !== 'jsonb') return name
  const custom = hidden.filter(field => field.startsWith(`${of}fields.`)).map(field => field.slice(`${of}fields.`.length))
  if (column.name === 'fields') return custom.length === 0 ? name : `${name} - ${literals(custom)} as ${name}`
  return `${withoutFields(name, standard, custom)} as ${name}`
}

/** A card, or what changed on one, as JSON: `{email, fields: {…}}`, `{changes: {email, 'fields.size': …}}`. */
function withoutFields(json: string, standard: string[], custom: string[]): string {
  const keys = literals([...standard, ...custom.map(key => `fields.${key}`), ...standard.includes('email') ? ['to_email', 'from_email'] : []])
  const inner = (key: string, names: string) => `case when jsonb_typeof(${json} -> '${key}') = 'object' then jsonb_build_object('${key}', (${json} -> '${key}') - ${names}) else '{}' end`
  return `case when jsonb_typeof(${json}) = 'object' then (${json} - ${keys}) || ${inner('changes', keys)} || ${inner('fields', literals(custom))} else ${json} end`
}
