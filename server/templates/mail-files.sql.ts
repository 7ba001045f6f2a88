import { inlineAddresses } from '../../shared/mail-files.ts'
import type { MailDocument } from '../../shared/templates.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'

export type MailFileRow = { id: number, name: string, content_type: string, size: number, created_at: Date, in_use: boolean, used_by: { template_id: number, name: string, now: boolean }[] }
export type MailFileContent = { id: number, name: string, content_type: string, content: Buffer }

/** Whether a version names it, in the list of what is attached or as an address inside. */
const inUse = sql`exists (
  select
  from template_versions v
  cross join lateral jsonb_each(v.document -> 'locales') as variant (locale, value)
  where variant.value -> 'attachments' @> to_jsonb(f.id)
     or variant.value::text ~ ('cid:file-' || f.id || '(?![0-9])'))`

/** Which version names which file: every version is read once, however many files are asked about. */
const named = sql`
  select v.template_id, v.id as version_id, file.id as file_id
  from template_versions v
  cross join lateral jsonb_each(v.document -> 'locales') as variant (locale, value)
  cross join lateral (
    select attached.id::bigint
    from jsonb_array_elements_text(case when jsonb_typeof(variant.value -> 'attachments') = 'array' then variant.value -> 'attachments' else '[]' end) as attached (id)
    union all
    select (regexp_matches(variant.value::text, 'cid:file-([0-9]{1,15})(?![0-9])', 'g'))[1]::bigint
  ) as file (id)`

/** The latest first, by id before a cursor. */
export const listMailFiles = (db: Db, before: number | null, limit: number): Promise<MailFileRow[]> => rows(db, sql`
  with page as materialized (
    select f.id, f.name, f.content_type, f.size, f.created_at
    from mail_files f
    where f.id < coalesce(${before}::bigint, 9223372036854775807)
    order by f.id desc
    limit ${limit}
  ), named as materialized (
    select file_id, template_id, array_agg(version_id) as versions
    from (${named}) as every_place
    where file_id in (select id from page)
    group by file_id, template_id
  )
  select page.*, coalesce(used.places, '[]') as used_by, used.places is not null as in_use
  from page
  left join lateral (
    select jsonb_agg(jsonb_build_object('template_id', t.id, 'name', t.name, 'now', t.version_id = any(named.versions) and t.archived_at is null) order by t.name, t.id) as places
    from named
    join templates t on t.id = named.template_id
    where named.file_id = page.id
  ) as used on true
  order by page.id desc`)

/** `before`: younger files may belong to a mail that is being written. */
export const sumMailFiles = (db: Db, before: Date): Promise<{ files: number, bytes: number, unused_files: number, unused_bytes: number }> => one(db, sql`
  with named as materialized (select distinct file_id from (${named}) as every_place)
  select count(*) as files, coalesce(sum(f.size), 0)::bigint as bytes,
    count(*) filter (where unused.is_so) as unused_files, coalesce(sum(f.size) filter (where unused.is_so), 0)::bigint as unused_bytes
  from mail_files f
  cross join lateral (select f.created_at < ${before}::timestamptz and not exists (select from named where named.file_id = f.id) as is_so) as unused`)

/** Deletes what no version names; how many. */
export const deleteUnusedMailFiles = (db: Db, before: Date): Promise<number> => changedRows(db, sql`
  delete from mail_files f
  where f.created_at < ${before}::timestamptz
    and f.id not in (select file_id from (${named}) as every_place)`)

/** Bytes of all files. */
export const bytesOfMailFiles = async (db: Db): Promise<number> => (await one<{ bytes: number }>(db, sql`select coalesce(sum(size), 0)::bigint as bytes from mail_files`)).bytes

export const insertMailFile = (db: Db, file: { name: string, content_type: string, content: Buffer, created_by: number | null }, now: Date): Promise<MailFileRow> => one(db, sql`
  insert into mail_files (name, content_type, size, content, created_by, created_at)
  values (${file.name}, ${file.content_type}, ${file.content.length}, ${file.content}, ${file.created_by}, ${now}::timestamptz)
  returning id, name, content_type, size, created_at, false as in_use, '[]'::jsonb as used_by`)

export const findMailFile = (db: Db, id: number): Promise<MailFileContent | undefined> => maybeOne(db, sql`
  select id, name, content_type, content
  from mail_files
  where id = ${id}::bigint`)

/** Those of the ids that are there. */
export const loadMailFiles = async (db: Db, ids: number[]): Promise<MailFileContent[]> => ids.length === 0 ? [] : rows(db, sql`
  select id, name, content_type, content
  from mail_files
  where id = any(${ids}::bigint[])`)

export const sizesOfMailFiles = async (db: Db, ids: number[]): Promise<Map<number, number>> => ids.length === 0 ? new Map() : new Map((await rows<{ id: number, size: number }>(db, sql`
  select id, size
  from mail_files
  where id = any(${ids}::bigint[])`)).map(file => [file.id, file.size]))

/** False: it is gone, or a version of a template names it. */
export const deleteMailFile = async (db: Db, id: number): Promise<boolean> => await changedRows(db, sql`
  delete from mail_files f
  where f.id = ${id}::bigint
    and not ${inUse}`) > 0

/** The files of one language of a document: what is attached, and what stands inside. */
export function filesOfVariant(variant: MailDocument['locales'][keyof MailDocument['locales']]): { attached: number[], inline: number[] } {
  const inside = JSON.stringify(variant?.blocks ?? variant?.html ?? '')
  return { attached: variant?.attachments ?? [], inline: [...new Set([...inside.matchAll(inlineAddresses)].map(match => Number(match[1])))] }
}

export const filesOfDocument = (document: MailDocument): number[] => [...new Set(Object.values(document.locales).flatMap(variant => Object.values(filesOfVariant(variant)).flat()))]
