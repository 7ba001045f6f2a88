import type { MailDocument, MailLocale, TemplateDetail } from '../../shared/templates.ts'
import { changedRows, type Db, maybeOne, one, rows, sql } from '../base/db.ts'
import { peopleAreOn } from '../contacts/find-uses.sql.ts'

export type TemplateRow = {
  id: number, name: string, kind: 'marketing' | 'transactional', system_key: string | null, revision: number,
  version_id: number, version: number, locales: MailLocale[], subject: string, document: MailDocument,
  created_at: Date, updated_at: Date, archived_at: Date | null,
}

/** Newest first after the cursor's (updated_at, id). The document travels with the row only where asked. */
export async function listTemplates(db: Db, filter: { search: string, archived: boolean, kind: string | null, after: { updated_at: Date, id: number } | null, limit: number }): Promise<TemplateRow[]> {
  return rows<TemplateRow>(db, sql`
    ${selectTemplates}
    where (t.archived_at is not null) = ${filter.archived}::boolean
      and (${filter.search}::text = '' or strpos(lower(t.name), lower(${filter.search}::text)) > 0)
      and (${filter.kind}::text is null or t.kind = ${filter.kind}::text)
      ${filter.after ? sql`and (t.updated_at, t.id) < (${filter.after.updated_at}::timestamptz, ${filter.after.id}::bigint)` : sql``}
    order by t.updated_at desc, t.id desc
    limit ${filter.limit}`)
}

export async function findTemplate(db: Db, id: number): Promise<TemplateRow | undefined> {
  return maybeOne<TemplateRow>(db, sql`${selectTemplates} where t.id = ${id}::bigint`)
}

export async function findTemplateBySystemKey(db: Db, key: string): Promise<TemplateRow | undefined> {
  return maybeOne<TemplateRow>(db, sql`${selectTemplates} where t.system_key = ${key}::text`)
}

/** Times are cut to milliseconds, so that a cursor made of them finds its place again. */
const selectTemplates = sql`
  select
    t.id, t.name, t.kind, t.system_key, t.revision, t.version_id, version.number as version, version.document,
    array(select jsonb_object_keys(version.document -> 'locales') order by 1) as locales,
    coalesce(
      version.document #>> array['locales', (select value ->> 'language' from settings where key = 'company'), 'subject'],
      version.document #>> '{locales,ru,subject}', version.document #>> '{locales,en,subject}', '') as subject,
    t.created_at, t.updated_at, t.archived_at
  from templates t
  join template_versions version on version.id = t.version_id`

/** A template with its first version; returns its id. */
export async function insertTemplate(db: Db, template: { name: string, kind: string, document: MailDocument, system_key?: string, created_by: number | null }, now: Date): Promise<number> {
  const { id } = await one<{ id: number }>(db, sql`
    insert into templates (name, kind, system_key, created_by, created_at, updated_at)
    values (${template.name}, ${template.kind}, ${template.system_key ?? null}, ${template.created_by}, date_trunc('milliseconds', ${now}::timestamptz), date_trunc('milliseconds', ${now}::timestamptz))
    returning id`)
  await insertVersion(db, id, template.document, template.created_by, now)
  return id
}

/** Adds the next version and makes it the current one. The caller holds the template's row. */
export async function insertVersion(db: Db, templateId: number, document: MailDocument, createdBy: number | null, now: Date): Promise<number> {
  const { id } = await one<{ id: number }>(db, sql`
    insert into template_versions (template_id, number, document, created_by, created_at)
    select ${templateId}::bigint, coalesce(max(number), 0) + 1, ${JSON.stringify(document)}::jsonb, ${createdBy}::bigint, ${now}::timestamptz
    from template_versions
    where template_id = ${templateId}::bigint
    returning id`)
  await sql`update templates set version_id = ${id}::bigint where id = ${templateId}::bigint`.execute(db)
  return id
}

/** Takes the row only while it still has the revision that was edited; false: somebody was faster. */
export async function updateTemplate(db: Db, id: number, change: { revision: number, name: string, kind: string }, now: Date): Promise<boolean> {
  return await changedRows(db, sql`
    update templates
    set name = ${change.name}::text,
      kind = ${change.kind}::text,
      revision = revision + 1,
      updated_at = date_trunc('milliseconds', ${now}::timestamptz)
    where id = ${id}::bigint
      and revision = ${change.revision}::integer`) > 0
}

export async function setArchived(db: Db, id: number, archivedAt: Date | null, now: Date): Promise<void> {
  await sql`
    update templates
    set archived_at = ${archivedAt}::timestamptz,
      revision = revision + 1,
      updated_at = date_trunc('milliseconds', ${now}::timestamptz)
    where id = ${id}::bigint`.execute(db)
}

export async function listVersions(db: Db, templateId: number): Promise<{ id: number, number: number, created_at: Date, created_by: string | null, current: boolean }[]> {
  return rows(db, sql`
    select version.id, version.number, version.created_at, author.name as created_by, version.id = t.version_id as current
    from template_versions version
    join templates t on t.id = version.template_id
    left join users author on author.id = version.created_by
    where version.template_id = ${templateId}::bigint
    order by version.number desc
    limit 200`)
}

export async function findVersionDocument(db: Db, templateId: number, versionId: number): Promise<MailDocument | undefined> {
  return (await maybeOne<{ document: MailDocument }>(db, sql`
    select document
    from template_versions
    where template_id = ${templateId}::bigint
      and id = ${versionId}::bigint`))?.document
}

/** What would be left without its mail: journeys whose draft or published graph sends it, or an older one people are still on, campaigns not yet sent. `live`: it is sent from there now. */
export async function findUses(db: Db, templateId: number): Promise<TemplateDetail['used_by']> {
  const sends = sql`jsonb_build_object('template', ${templateId}::bigint)`
  return rows<TemplateDetail['used_by'][number]>(db, sql`
    select 'journey' as kind, j.id, j.name, j.state = 'active' as live
    from journeys j
    where j.archived_at is null
      and (jsonb_path_exists(j.draft, '$.steps.*.template_id ? (@ == $template)', ${sends})
        or exists (
          select
          from journey_versions version
          where version.journey_id = j.id
            and (version.id = j.version_id or ${peopleAreOn(sql`version`)})
            and jsonb_path_exists(version.graph, '$.steps.*.template_id ? (@ == $template)', ${sends})
        ))
    union all
    select 'campaign', c.id, c.name, c.state in ('scheduled', 'planning', 'sending', 'paused')
    from campaigns c
    where c.template_id = ${templateId}::bigint
      and c.archived_at is null
      and c.state not in ('sent', 'cancelled')
    order by 1, 3
    limit 100`)
}

export async function listCustomFields(db: Db): Promise<{ key: string, label: string, kind: string }[]> {
  return rows(db, sql`
    select key, label, kind
    from custom_fields
    where "of" = 'contact'
      and archived_at is null
    order by position, id`)
}
