import { rows, sql, type Db } from '../base/db.ts'

/**
 * What one import did to a company or deal: values by field as they were and as it left them. `revision`: at which it
 * left it.
 */
export type RecordChange = { record_id: number, created: boolean, revision: number, before: Record<string, unknown>, after: Record<string, unknown>, /** when that was so, as the file says */ as_of?: Date | null }

/** Several rows may be about one: the first `before` and the last `after` are kept. */
export async function insertRecords(tx: Db, importId: number, changes: RecordChange[]): Promise<void> {
  const byRecord = new Map<number, RecordChange>()
  for (const change of changes) {
    const known = byRecord.get(change.record_id)
    byRecord.set(change.record_id, known === undefined ? change : { ...change, created: known.created, before: { ...change.before, ...known.before }, after: { ...known.after, ...change.after } })
  }
  const merged = [...byRecord.values()].toSorted((one, other) => one.record_id - other.record_id)
  if (merged.length === 0) return
  await sql`
    insert into import_records (import_id, record_id, created, revision, before, after, as_of)
    select ${importId}::bigint, *
    from unnest(
      ${merged.map(one => one.record_id)}::bigint[], ${merged.map(one => one.created)}::boolean[], ${merged.map(one => one.revision)}::integer[],
      ${merged.map(one => JSON.stringify(one.before))}::jsonb[], ${merged.map(one => JSON.stringify(one.after))}::jsonb[], ${merged.map(one => one.as_of ?? null)}::timestamptz[]
    )
    on conflict (import_id, record_id) do update
    set revision = excluded.revision, as_of = excluded.as_of, before = excluded.before || import_records.before, after = import_records.after || excluded.after
  `.execute(tx)
}

/** Changes not undone yet, those of the latest records first. */
export async function nextRecords(tx: Db, importId: number, limit: number): Promise<RecordChange[]> {
  return rows<RecordChange>(tx, sql`
    select record_id, created, revision, before, after
    from import_records
    where import_id = ${importId}::bigint
    order by record_id desc
    limit ${limit}::bigint
  `)
}

export async function deleteRecords(tx: Db, importId: number, recordIds: number[]): Promise<void> {
  await sql`
    delete from import_records
    where import_id = ${importId}::bigint
      and record_id = any(${recordIds}::bigint[])
  `.execute(tx)
}

type RecordKind = 'companies' | 'deals'

/** Records behind a number of the report, before an id; those the reader sees. */
export async function listRecords(db: Db, importId: number, kind: RecordKind, what: 'created' | 'updated', before: number | null, limit: number): Promise<{ id: number, name: string, contact_id?: number }[]> {
  return rows(db, sql`
    select record.id, ${kind === 'companies' ? sql`record.name` : sql`record.title as name, record.contact_id`}
    from import_records
    join ${sql.table(kind)} record on record.id = import_records.record_id
    where import_records.import_id = ${importId}::bigint
      and ${what === 'created' ? sql`import_records.created` : sql`not import_records.created and import_records.after <> '{}'`}
      ${before === null ? sql`` : sql`and record.id < ${before}::bigint`}
    order by record.id desc
    limit ${limit}::bigint
  `)
}

/** How many records an import has made and changed. */
export async function countRecords(db: Db, importId: number): Promise<{ created: number, changed: number }> {
  return (await rows<{ created: number, changed: number }>(db, sql`
    select count(*) filter (where created) as created,
      count(*) filter (where not created and after <> '{}') as changed
    from import_records
    where import_id = ${importId}::bigint
  `))[0]!
}

/** Some records an import has changed; numbers of stages, pipelines, staff and companies by their names. */
export async function changedRecords(db: Db, importId: number, kind: RecordKind, limit: number): Promise<{ id: number, name: string, before: Record<string, unknown>, after: Record<string, unknown> }[]> {
  const named = (values: ReturnType<typeof sql>) => sql`(
    select coalesce(jsonb_object_agg(each.key, coalesce(case each.key
      when 'stage_id' then (select to_jsonb(name) from stages where id = each.value::bigint)
      when 'pipeline_id' then (select to_jsonb(name) from pipelines where id = each.value::bigint)
      when 'owner_id' then (select to_jsonb(name) from users where id = each.value::bigint)
      when 'company_id' then (select to_jsonb(name) from companies where id = each.value::bigint)
      else ${values} -> each.key end, 'null')), '{}')
    from jsonb_each_text(${values}) as each
    where each.key <> 'lines')`
  return rows(db, sql`
    select record.id, ${kind === 'companies' ? sql`record.name` : sql`record.title`} as name, ${named(sql`changes.before`)} as before, ${named(sql`changes.after`)} as after
    from import_records changes
    join ${sql.table(kind)} record on record.id = changes.record_id
    where changes.import_id = ${importId}::bigint
      and not changes.created
      and changes.after <> '{}'
    order by changes.record_id
    limit ${limit}::bigint
  `)
}

/** Companies nobody works at or has written about since they were made by this import. */
export async function unusedCompanies(tx: Db, importId: number, ids: number[]): Promise<Set<number>> {
  return idsOf(await rows(tx, sql`
    select c.id
    from companies c
    where c.id = any(${ids}::bigint[])
      and not exists (select from contacts where company_id = c.id)
      and not exists (select from deals where company_id = c.id)
      and not exists (select from tasks where company_id = c.id)
      and not exists (select from company_notes where company_id = c.id)
      and not exists (select from company_files where company_id = c.id)
      and not exists (
        select
        from import_records other
        join imports on imports.id = other.import_id
        where other.record_id = c.id
          and other.import_id <> ${importId}::bigint
          and imports.options ->> 'kind' = 'companies'
      )
  `))
}

/** Deals nobody has a task or a note about. */
export async function unusedDeals(tx: Db, ids: number[]): Promise<Set<number>> {
  return idsOf(await rows(tx, sql`
    select d.id
    from deals d
    where d.id = any(${ids}::bigint[])
      and not exists (select from tasks where tasks.contact_id = d.contact_id and tasks.deal_id = d.id)
      and not exists (select from notes where notes.contact_id = d.contact_id and notes.deal_id = d.id)
  `))
}

const idsOf = (found: { id: number }[]): Set<number> => new Set(found.map(row => row.id))

/** Members of staff by email and by name, in small letters; null: a name two of them have. */
export async function staffNamed(db: Db): Promise<Map<string, number | null>> {
  const staff = await rows<{ id: number, email: string, name: string }>(db, sql`select id, lower(email) as email, lower(name) as name from users`)
  const byName = Map.groupBy(staff, user => user.name)
  return new Map([...[...byName].map(([name, same]) => [name, same.length === 1 ? same[0]!.id : null] as const), ...staff.map(user => [user.email, user.id] as const)])
}

/** Since when companies or deals are as they are: what an import left is as of the moment its file says. */
export async function changeTimes(db: Db, kind: RecordKind, ids: number[]): Promise<Map<number, Date>> {
  const found = await rows<{ id: number, at: Date }>(db, sql`
    select record.id, coalesce((
      select changes.as_of
      from import_records changes
      join imports on imports.id = changes.import_id
      where changes.record_id = record.id
        and changes.revision = record.revision
        and imports.options ->> 'kind' = ${kind}
      order by changes.import_id desc
      limit 1
    ), record.updated_at) as at
    from ${sql.table(kind)} record
    where record.id = any(${ids}::bigint[])
  `)
  return new Map(found.map(row => [row.id, row.at]))
}
