import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import { AppError } from '../base/errors.ts'

/** What other things are built on, by the names under which conditions, journeys, forms, campaigns and imports hold its number. */
const namedAs = {
  segment: ['segment', 'segment_id'],
  tag: ['tag', 'tag_id', 'tag_ids'],
  topic: ['topic', 'topic_reaction', 'topic_id', 'topic_ids'],
  template: ['template', 'template_id'],
  form: ['form_id'],
  journey: ['journey', 'journey_id'],
  coupon_pool: ['pool', 'pool_id'],
  pipeline: ['pipeline_id'],
  stage: ['stage_id'],
} as const
export type UsedKind = keyof typeof namedAs
export type Use = { kind: 'segment' | 'journey' | 'campaign' | 'form' | 'import' | 'template', id: number, name: string }

/**
 * Things of one kind in; for each, by its number, what is built on it out: segments in use, journeys (draft, published, or an older version people are still on),
 * forms, campaigns not sent yet, imports not done yet. Each document is read once however many things are asked about.
 */
export async function findUses(db: Db, kind: UsedKind, ids: number[]): Promise<Map<number, Use[]>> {
  const uses = new Map<number, Use[]>(ids.map(id => [id, []]))
  if (ids.length === 0) return uses
  const names = namedAs[kind]
  const paths = [
    ...names.map(name => name.endsWith('_ids') ? `$.**.${name}[*]` : `$.**.${name}`),
    // An event's property that holds such a number: form.submitted with form_id 3.
    `$.** ? (@.property == "${kind}_id").value`,
    // A field of a record that holds it: deals with pipeline_id 2.
    `$.** ? (@.field == "${kind}_id").value[*]`,
  ]
  const found = await rows<Use & { used: number }>(db, sql`
    with documents as (${documents(sql``)})
    select distinct kind, id, name, used::bigint as used
    from documents
    cross join unnest(${paths}::jsonpath[]) as path
    cross join lateral jsonb_path_query(document, path) as used
    where used in (select to_jsonb(wanted) from unnest(${ids}::bigint[]) as wanted)
      and not (kind = ${kind}::text and to_jsonb(id) = used)
    order by kind desc, name, id
  `)
  for (const { used, ...use } of found) uses.get(used)?.push(use)
  return uses
}

/** What names a custom field, conditions and journeys as well as mails that print it. */
export async function findFieldUses(db: Db, key: string): Promise<Use[]> {
  const templates = sql`
    union all
    select 'template', templates.id, templates.name, template_versions.document
    from templates
    join template_versions on template_versions.id = templates.version_id
    where templates.archived_at is null`
  return rows<Use>(db, sql`
    with documents as (${documents(templates)})
    select distinct kind, id, name
    from documents
    where document::text ~ ${`\\mfields\\.${key}\\M`}
    order by kind desc, name, id
  `)
}

/** Whether somebody is on their way through this version, published or older: what it names is needed as long as they are. */
export const peopleAreOn = (version: RawBuilder<unknown>): RawBuilder<boolean> => sql`exists (
  select
  from enrolments
  where enrolments.journey_id = ${version}.journey_id
    and enrolments.version_id = ${version}.id
    and enrolments.state in ('active', 'waiting', 'failed')
    and enrolments.test_wait_seconds is null
)`

const documents = (more: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select 'segment' as kind, id, name, condition as document
  from segments
  where archived_at is null
  union all
  select 'segment', id, name, made_from
  from segments
  where archived_at is null
    and state = 'computing'
    and made_from is not null
  union all
  select 'journey', id, name, draft
  from journeys
  where archived_at is null
  union all
  select 'journey', journeys.id, journeys.name, journey_versions.graph
  from journeys
  join journey_versions on journey_versions.journey_id = journeys.id
  where journeys.archived_at is null
    and (journey_versions.id = journeys.version_id or ${peopleAreOn(sql`journey_versions`)})
  union all
  select 'form', id, name, definition
  from forms
  where archived_at is null
  union all
  select 'campaign', id, name, jsonb_build_object('segment_id', segment_id, 'template_id', template_id, 'topic_id', topic_id)
  from campaigns
  where archived_at is null
    and state not in ('sent', 'cancelled')
  union all
  select 'import', id, name, options
  from imports
  where state in ('uploaded', 'queued', 'running')
  ${more}`

/** Throws 409 `in_use`, naming what is built on it in the words and, as `kind:number` and name, in the field errors. */
export function assertUnused(what: string, uses: Use[]): void {
  if (uses.length === 0) return
  const named = uses.slice(0, 10).map(use => `the ${use.kind} “${use.name}”`).join(', ')
  const more = uses.length > 10 ? ` and ${uses.length - 10} more` : ''
  throw new AppError('in_use', 409, `The ${what} is used by ${named}${more}. Take it out there first.`, uses.slice(0, 100).map(use => ({ field: `${use.kind}:${use.id}`, message: use.name })))
}

/** What is built on several things at once, named once. */
export const distinctUses = (uses: Use[]): Use[] => [...new Map(uses.map(use => [`${use.kind}:${use.id}`, use])).values()]
