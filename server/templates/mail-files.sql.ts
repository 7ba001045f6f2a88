import { inlineAddresses } from '../../shared/mail-files.ts'
import type { MailDocument } from '../../shared/templates.ts'
import { changedRows, maybeOne, one, rows, sql, type Db } from '../base/db.ts'

export type MailFileRow = { id: number, name: string, content_type: string, size: number, created_at: Date, in_use: boolean }
export type MailFileContent = { id: number, name: string, content_type: string, content: Buffer }

/** Whether a version names it, in the list of what is attached or as an address inside. */
const inUse = sql`exists (
  select
  from template_versions v
  cross join lateral jsonb_each(v.document -> 'locales') as variant (locale, value)
  where variant.value -> 'attachments' @> to_jsonb(f.id)
     or variant.value::text ~ ('cid:file-' || f.id || '(?![0-9])'))`

/** The latest first, by id before a cursor. */
export const listMailFiles = (db: Db, before: number | null, limit: number): Promise<MailFileRow[]> => rows(db, sql`
  select f.id, f.name, f.content_type, f.size, f.created_at, ${inUse} as in_use
  from mail_files f
  where f.id < coalesce(${before}::bigint, 9223372036854775807)
  order by f.id desc
  limit ${limit}`)

export const insertMailFile = (db: Db, file: { name: string, content_type: string, content: Buffer, created_by: number | null }, now: Date): Promise<MailFileRow> => one(db, sql`
  insert into mail_files (name, content_type, size, content, created_by, created_at)
  values (${file.name}, ${file.content_type}, ${file.content.length}, ${file.content}, ${file.created_by}, ${now}::timestamptz)
  returning id, name, content_type, size, created_at, false as in_use`)

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
