import type { Condition } from '../../shared/conditions.ts'
import { daysToKeepExports, type ExportFormat, type ExportOf, type KeptExport } from '../../shared/exports.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'
import { notify, touch } from '../base/live.ts'
import type { Cell } from '../base/write-xlsx.ts'
import type { After } from '../search/list-contacts.sql.ts'

/** A person, or a key of the API. */
export type Maker = { kind: 'user' | 'api_key', id: number }
/** One file of an export: what is in it, and its columns with their headings. */
export type ExportTable = { of: Exclude<ExportOf, 'everything'>, columns: string[], headings: string[] }
/** Where an export goes on: in which of its tables, and behind what. */
export type Place = { table: number, after: After | string[] | null }
export type NewExport = { search: string, condition: Condition | null, sort: string, tables: ExportTable[], language: 'en' | 'ru', format: ExportFormat, total: number, maker: Maker }
export type RunningExport = { id: number, filter: { search: string, condition: Condition | null }, sort: string, tables: ExportTable[], language: 'en' | 'ru', format: ExportFormat, upto: Place | null, parts: number, user_id: number | null, key_id: number | null }

/** It runs once the caller's transaction commits. */
export async function insertExport(tx: Db, { search, condition, ...asked }: NewExport, now: Date): Promise<number> {
  const { id } = await one<{ id: number }>(tx, sql`
    insert into exports (filter, sort, tables, language, format, state, total, created_by, key_id, created_at)
    values (${JSON.stringify({ search, condition })}::jsonb, ${asked.sort}, ${JSON.stringify(asked.tables)}::jsonb, ${asked.language}, ${asked.format}, 'running', ${asked.total}, ${asked.maker.kind === 'user' ? asked.maker.id : null}::bigint, ${asked.maker.kind === 'api_key' ? asked.maker.id : null}::bigint, ${now}::timestamptz)
    returning id`)
  await notify(tx, 'exports')
  return id
}

/** The export that has waited longest for its next part, held; one that another worker holds is passed over. */
export async function nextExport(tx: Db): Promise<RunningExport | undefined> {
  return maybeOne(tx, sql`
    update exports
    set worked_at = clock_timestamp()
    where id = (
      select id
      from exports
      where state = 'running'
      order by worked_at nulls first, id
      limit 1
      for update skip locked
    )
    returning id, filter, sort, tables, language, format, upto, parts, created_by as user_id, key_id`)
}

/** Its next rows are written down. `next` null: those were the last. */
export async function addPart(tx: Db, { id, parts }: RunningExport, table: number, cells: Cell[][], next: Place | null, now: Date): Promise<void> {
  await sql`insert into export_parts (export_id, number, table_index, rows) values (${id}::bigint, ${parts}, ${table}, ${JSON.stringify(cells)}::json)`.execute(tx)
  await sql`
    update exports
    set done = done + ${cells.length}, parts = parts + 1, upto = ${JSON.stringify(next)}::jsonb, state = ${next === null ? 'done' : 'running'}, finished_at = ${next === null ? now : null}::timestamptz
    where id = ${id}::bigint`.execute(tx)
  await touch(tx, 'exports')
}

/** Out of the running ones. False: it does not run. */
export async function endExport(tx: Db, id: number, state: 'stopped' | 'failed', error: string | null, now: Date): Promise<boolean> {
  const ended = await changedRows(tx, sql`
    update exports
    set state = ${state}, error = ${error}, finished_at = ${now}::timestamptz
    where id = ${id}::bigint
      and state = 'running'`) > 0
  if (ended) await touch(tx, 'exports')
  return ended
}

/** The latest first. Files hold what their maker may see: without one, everybody's. */
export async function listExports(db: Db, asked: { maker: Maker | null, id?: number, before?: number | undefined, limit: number }): Promise<(KeptExport & { tables: ExportTable[], language: 'en' | 'ru' })[]> {
  const found = await rows<Omit<KeptExport, 'created_at' | 'finished_at' | 'expires_at'> & { created_at: Date, finished_at: Date | null, tables: ExportTable[], language: 'en' | 'ru' }>(db, sql`
    select exports.id, format, state, total, done, error, users.name as by, exports.created_at, finished_at, tables, language, case when jsonb_array_length(tables) > 1 then 'everything' else tables -> 0 ->> 'of' end as of
    from exports
    left join users on users.id = exports.created_by
    where ${asked.maker === null ? sql`true` : asked.maker.kind === 'user' ? sql`exports.created_by = ${asked.maker.id}::bigint` : sql`exports.key_id = ${asked.maker.id}::bigint`}
      and ${asked.id === undefined ? sql`true` : sql`exports.id = ${asked.id}::bigint`}
      and ${asked.before === undefined ? sql`true` : sql`exports.id < ${asked.before}::bigint`}
    order by exports.id desc
    limit ${asked.limit}`)
  return found.map(row => ({
    ...row, created_at: row.created_at.toISOString(), finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: new Date(row.created_at.getTime() + daysToKeepExports * 86_400_000).toISOString(),
  }))
}

/** The rows of one table written down, part after part. */
export async function* readParts(db: Db, id: number, table: number): AsyncGenerator<Cell[][]> {
  for (let after = -1; ;) {
    const part = await maybeOne<{ number: number, rows: Cell[][] }>(db, sql`
      select number, rows
      from export_parts
      where export_id = ${id}::bigint
        and table_index = ${table}
        and number > ${after}
      order by number
      limit 1`)
    if (part === undefined) return
    after = part.number
    yield part.rows
  }
}

/** True: there were some. */
export async function deleteExpired(db: Db, now: Date): Promise<boolean> {
  return await changedRows(db, sql`delete from exports where created_at < ${now}::timestamptz - make_interval(days => ${daysToKeepExports})`) > 0
}
