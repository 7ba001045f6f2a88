import type { ColumnMapping, ImportFormat, ImportKind, ImportNote, ImportOptions, ImportSheet, ImportState } from '../../shared/imports.ts'
import { maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

export type ImportRow = {
  id: number
  name: string
  file_name: string
  file_size: number
  format: ImportFormat
  sheets: ImportSheet[]
  sheet: number
  notes: ImportNote[]
  encoding: string
  delimiter: string
  has_header: boolean
  mapping: { columns?: ColumnMapping[], /** the mapping of an earlier file that was taken */ remembered?: number | null }
  options: Partial<ImportOptions> & { kind?: ImportKind }
  state: ImportState
  rows_total: number
  rows_done: number
  contacts_created: number
  contacts_updated: number
  events_created: number
  records_updated: number
  rows_rejected: number
  rows_unchanged: number
  error: string | null
  created_by: number | null
  created_by_name: string | null
  created_at: Date
  started_at: Date | null
  finished_at: Date | null
}

const columns = sql`imports.*, (select name from users where id = imports.created_by) as created_by_name`

/** The newest first, before an id. */
export async function listImports(db: Db, before: number | null, limit: number): Promise<ImportRow[]> {
  return rows<ImportRow>(db, sql`
    select ${columns}
    from imports
    ${before === null ? sql`` : sql`where id < ${before}::bigint`}
    order by id desc
    limit ${limit}::bigint
  `)
}

export async function findImport(db: Db, id: number): Promise<ImportRow | undefined> {
  return maybeOne<ImportRow>(db, sql`
    select ${columns}
    from imports
    where id = ${id}::bigint
  `)
}

/** Held until the transaction ends. */
export async function holdImport(tx: Db, id: number): Promise<ImportRow | undefined> {
  return maybeOne<ImportRow>(tx, sql`
    select imports.*, null as created_by_name
    from imports
    where id = ${id}::bigint
    for update
  `)
}

export async function insertImport(tx: Db, file: { file_name: string, created_by: number | null }, now: Date): Promise<number> {
  return (await one<{ id: number }>(tx, sql`
    insert into imports (name, file_name, file_size, encoding, delimiter, has_header, created_by, created_at)
    values (${file.file_name}, ${file.file_name}, 0, 'utf-8', ',', true, ${file.created_by}::bigint, ${now}::timestamptz)
    returning id
  `)).id
}

export async function insertPart(tx: Db, importId: number, part: number, content: Buffer): Promise<void> {
  await sql`
    insert into import_file_parts (import_id, part, content)
    values (${importId}::bigint, ${part}::int, ${content})
  `.execute(tx)
}

export async function readPart(db: Db, importId: number, part: number): Promise<Buffer | undefined> {
  return (await maybeOne<{ content: Buffer }>(db, sql`
    select content
    from import_file_parts
    where import_id = ${importId}::bigint
      and part = ${part}::int
  `))?.content
}

/** The file is not needed any more: personal data are not kept twice. */
export async function deleteParts(tx: Db, importId: number): Promise<void> {
  await sql`delete from import_file_parts where import_id = ${importId}::bigint`.execute(tx)
}

/** How the file is kept. */
export async function saveFormat(tx: Db, id: number, { format, sheets, notes }: { format: ImportFormat, sheets: ImportSheet[], notes: ImportNote[] }): Promise<void> {
  await sql`
    update imports
    set format = ${format}, sheets = ${JSON.stringify(sheets)}::jsonb, notes = ${JSON.stringify(notes)}::jsonb
    where id = ${id}::bigint
  `.execute(tx)
}

export type Settings = { name: string, encoding: string, delimiter: string, has_header: boolean, sheet: number, columns: ColumnMapping[], kind: ImportKind, options: ImportOptions, /** left out: stays as it is */ remembered?: number | null }

/** What an import that has not begun shall do. */
export async function saveSettings(tx: Db, id: number, settings: Settings, fileSize?: number): Promise<void> {
  await sql`
    update imports
    set name = ${settings.name}, encoding = ${settings.encoding}, delimiter = ${settings.delimiter}, has_header = ${settings.has_header}, sheet = ${settings.sheet}::integer,
      mapping = mapping || ${JSON.stringify({ columns: settings.columns, remembered: settings.remembered })}::jsonb, options = ${JSON.stringify({ ...settings.options, kind: settings.kind })}::jsonb
      ${fileSize === undefined ? sql`` : sql`, file_size = ${fileSize}::bigint`}
    where id = ${id}::bigint
  `.execute(tx)
}

export async function setState(tx: Db, id: number, state: ImportState, times: { started_at?: Date, finished_at?: Date | null } = {}, error: string | null = null): Promise<void> {
  await sql`
    update imports
    set state = ${state}, error = ${error}
      ${times.started_at === undefined ? sql`` : sql`, started_at = coalesce(started_at, ${times.started_at}::timestamptz)`}
      ${times.finished_at === undefined ? sql`` : sql`, finished_at = ${times.finished_at}::timestamptz`}
    where id = ${id}::bigint
  `.execute(tx)
}

export async function setRowsTotal(tx: Db, id: number, total: number): Promise<void> {
  await sql`update imports set rows_total = ${total}::bigint where id = ${id}::bigint`.execute(tx)
}

export type Progress = { rows_done: number, contacts_created: number, contacts_updated: number, events_created: number, records_updated: number, rows_rejected: number, rows_unchanged: number }

/** In the transaction of the rows: a run that is taken up again knows exactly what is done. */
export async function addProgress(tx: Db, id: number, progress: Progress): Promise<void> {
  await sql`
    update imports
    set rows_done = ${progress.rows_done}::bigint,
      contacts_created = contacts_created + ${progress.contacts_created}::bigint,
      contacts_updated = contacts_updated + ${progress.contacts_updated}::bigint,
      events_created = events_created + ${progress.events_created}::bigint,
      records_updated = records_updated + ${progress.records_updated}::bigint,
      rows_rejected = rows_rejected + ${progress.rows_rejected}::bigint,
      rows_unchanged = rows_unchanged + ${progress.rows_unchanged}::bigint
    where id = ${id}::bigint
  `.execute(tx)
}

/** Imports with work left, the oldest first. */
export async function findWork(db: Db): Promise<{ id: number, state: ImportState }[]> {
  return rows(db, sql`
    select id, state
    from imports
    where state in ('queued', 'running', 'undoing')
    order by id
  `)
}

export async function deleteImport(tx: Db, id: number): Promise<void> {
  await sql`delete from imports where id = ${id}::bigint`.execute(tx)
}

export type Rejection = { line: number, field: string | null, reason: string, kept: boolean, row: string[] }

/** Lines that were not taken, or not whole. A line has one entry, the first. */
export async function insertRejections(tx: Db, importId: number, rejections: Rejection[]): Promise<void> {
  if (rejections.length === 0) return
  await sql`
    insert into import_rejections (import_id, line, field, reason, kept, row)
    select ${importId}::bigint, *
    from unnest(
      ${rejections.map(one => one.line)}::bigint[], ${rejections.map(one => one.field)}::text[], ${rejections.map(one => one.reason)}::text[],
      ${rejections.map(one => one.kept)}::boolean[], ${rejections.map(one => JSON.stringify(one.row).replaceAll('\\u0000', ''))}::jsonb[]
    )
    on conflict do nothing
  `.execute(tx)
}

export async function listRejections(db: Db, importId: number, after: number, limit: number): Promise<Rejection[]> {
  return rows<Rejection>(db, sql`
    select line, field, reason, kept, row
    from import_rejections
    where import_id = ${importId}::bigint
      and line > ${after}::bigint
    order by line
    limit ${limit}::bigint
  `)
}

/** What one import did to a card: values by field as they were and as it left them; `put`: into which static segments and when (ISO 8601). */
export type CardChange = { contact_id: number, created: boolean, before: Record<string, unknown>, after: Record<string, unknown>, tags: number[], put?: { segment_id: number, at: string }[] }

/** Several rows may be about one person: the first `before` and the last `after` are kept. */
export async function insertChanges(tx: Db, importId: number, changes: CardChange[]): Promise<void> {
  const byContact = new Map<number, CardChange>()
  for (const change of changes) {
    const known = byContact.get(change.contact_id)
    if (!known) byContact.set(change.contact_id, { ...change })
    else {
      known.created ||= change.created
      known.before = { ...change.before, ...known.before }
      known.after = { ...known.after, ...change.after }
      known.tags = [...known.tags, ...change.tags]
      known.put = [...known.put ?? [], ...change.put ?? []]
    }
  }
  const merged = [...byContact.values()].toSorted((one, other) => one.contact_id - other.contact_id)
  if (merged.length === 0) return
  await sql`
    insert into import_changes (contact_id, import_id, created, before)
    select contact_id, ${importId}::bigint, created, before
    from unnest(
      ${merged.map(one => one.contact_id)}::bigint[], ${merged.map(one => one.created)}::boolean[],
      ${merged.map(one => JSON.stringify({ before: one.before, after: one.after, tags: one.tags, put: one.put ?? [] }))}::jsonb[]
    ) as changed (contact_id, created, before)
    on conflict (contact_id, import_id) do update
    set before = jsonb_build_object(
      'before', (excluded.before -> 'before') || (import_changes.before -> 'before'),
      'after', (import_changes.before -> 'after') || (excluded.before -> 'after'),
      'tags', (import_changes.before -> 'tags') || (excluded.before -> 'tags'),
      'put', coalesce(import_changes.before -> 'put', '[]') || (excluded.before -> 'put'))
  `.execute(tx)
}

/** Changes not undone yet, in the order of contacts. */
export async function nextChanges(db: Db, importId: number, limit: number): Promise<CardChange[]> {
  return (await rows<{ contact_id: number, created: boolean, before: Omit<CardChange, 'contact_id' | 'created'> }>(db, sql`
    select contact_id, created, before
    from import_changes
    where import_id = ${importId}::bigint
    order by contact_id
    limit ${limit}::bigint
  `)).map(({ before, ...change }) => ({ ...change, ...before }))
}

export async function deleteChanges(tx: Db, importId: number, contactIds: number[]): Promise<void> {
  await sql`
    delete from import_changes
    where import_id = ${importId}::bigint
      and contact_id = any(${contactIds}::bigint[])
  `.execute(tx)
}

/** Cards an import made to which nothing else has happened since: nobody worked on them, nothing was sent, bought or said. */
export async function untouchedSince(tx: Db, importId: number, contactIds: number[]): Promise<Set<number>> {
  const source = `import:${importId}`
  const found = await rows<{ id: number }>(tx, sql`
    select c.id
    from contacts c
    where c.id = any(${contactIds}::bigint[])
      and not exists (
        select
        from events e
        where e.contact_id = c.id
          and e.source not in (${source}, 'formula')
          and e.type not in ('segment.entered', 'segment.left', 'journey.entered', 'journey.ended')
      )
      and not exists (select from messages where contact_id = c.id and state <> 'skipped')
      and not exists (select from leads where contact_id = c.id)
      and not exists (select from tasks where contact_id = c.id)
      and not exists (select from consents where contact_id = c.id and source <> ${source})
      and not exists (select from import_changes where contact_id = c.id and import_id <> ${importId}::bigint)
  `)
  return new Set(found.map(row => row.id))
}

/** Consents this import gave that still stand. */
export async function standingConsents(tx: Db, importId: number, contactIds: number[]): Promise<{ contact_id: number, topic_id: number }[]> {
  return rows(tx, sql`
    select distinct given.contact_id, given.topic_id
    from consents given
    join consent_states states on states.contact_id = given.contact_id and states.topic_id = given.topic_id
    where given.contact_id = any(${contactIds}::bigint[])
      and given.source = ${`import:${importId}`}
      and given.action = 'granted'
      and states.status = 'granted'
      and states.since = given.occurred_at
    order by given.contact_id, given.topic_id
  `)
}

export type KnownOrder = { contact_id: number, order_id: string, amount: number, currency: string, placed_at: Date }

/** Orders of these contacts with these numbers. */
export async function knownOrders(db: Db, pairs: { contact_id: number, order_id: string }[]): Promise<KnownOrder[]> {
  return rows<KnownOrder>(db, sql`
    select orders.contact_id, orders.order_id, orders.amount, orders.currency, orders.placed_at
    from unnest(${pairs.map(pair => pair.contact_id)}::bigint[], ${pairs.map(pair => pair.order_id)}::text[]) as wanted (contact_id, order_id)
    join orders on orders.contact_id = wanted.contact_id and orders.order_id = wanted.order_id
    where orders.status = 'placed'
  `)
}

/** People behind a number of the report, before a contact id. */
export async function listPeople(db: Db, importId: number, what: 'created' | 'updated', before: number | null, limit: number): Promise<{ contact_id: number, name: string, email: string | null }[]> {
  return rows(db, sql`
    select c.id as contact_id, ${contactName('c')} as name, c.email
    from import_changes
    join contacts c on c.id = import_changes.contact_id
    where import_changes.import_id = ${importId}::bigint
      and ${what === 'created' ? sql`import_changes.created` : sql`not import_changes.created and import_changes.before -> 'after' <> '{}'`}
      ${before === null ? sql`` : sql`and c.id < ${before}::bigint`}
    order by c.id desc
    limit ${limit}::bigint
  `)
}

export type ChangeCounts = { created: number, changed: number, people: number }

/** How many cards an import has made, changed and touched at all. */
export async function countChanges(db: Db, importId: number): Promise<ChangeCounts> {
  return one(db, sql`
    select count(*) filter (where created) as created,
      count(*) filter (where not created and (before -> 'after' <> '{}' or before -> 'tags' <> '[]')) as changed,
      count(*) as people
    from import_changes
    where import_id = ${importId}::bigint
  `)
}

/** Some cards an import has changed, with what stood there and what stands there now. */
export async function changedExamples(db: Db, importId: number, limit: number): Promise<{ contact_id: number, name: string, before: Record<string, unknown>, after: Record<string, unknown> }[]> {
  return rows(db, sql`
    select c.id as contact_id, ${contactName('c')} as name, changes.before -> 'before' as before, changes.before -> 'after' as after
    from import_changes changes
    join contacts c on c.id = changes.contact_id
    where changes.import_id = ${importId}::bigint
      and not changes.created
      and changes.before -> 'after' <> '{}'
    order by changes.contact_id
    limit ${limit}::bigint
  `)
}

/** What was not taken, or not whole, by reason; reasons that differ only by the value or number they quote are one. */
export async function countReasons(db: Db, importId: number): Promise<{ field: string, message: string, kept: boolean, rows: number, first_line: number }[]> {
  return rows(db, sql`
    select coalesce(field, 'row') as field, (array_agg(reason order by line))[1] as message, kept, count(*) as rows, min(line) as first_line
    from import_rejections
    where import_id = ${importId}::bigint
    group by coalesce(field, 'row'), regexp_replace(regexp_replace(reason, '"[^"]*"', '"…"', 'g'), '[0-9]+', '…', 'g'), kept
    order by count(*) desc, min(line)
    limit 50
  `)
}
