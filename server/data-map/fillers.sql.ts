import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { one, rows } from '../base/db.ts'
import { contactName } from '../contacts/contact-name.sql.ts'

/** Forms and journeys that fill fields, with the field each fills. */
export async function findFillers(db: Db): Promise<{ kind: 'form' | 'journey', id: number, name: string, field: string }[]> {
  return rows(db, sql`
    select 'form' as kind, forms.id, forms.name, field ->> 'field' as field
    from forms
    cross join lateral jsonb_array_elements(forms.definition -> 'fields') as field
    where forms.archived_at is null
      and forms.state = 'live'
    union
    select 'form', id, name, 'source'
    from forms
    where archived_at is null
      and state = 'live'
      and definition ->> 'source' <> ''
    union
    select 'journey', journeys.id, journeys.name, step.value ->> 'field'
    from journeys
    join journey_versions version on version.id = journeys.version_id
    cross join lateral jsonb_each(version.graph -> 'steps') as step
    where journeys.archived_at is null
      and journeys.state = 'active'
      and step.value ->> 'kind' in ('set_field', 'compute_field')
    order by 1, 3
  `)
}

/** So many of the latest changes are looked at, so that the cost stays the same however many there are. */
const latestChanges = 20_000

/** Which fields the latest changes of cards wrote, and what wrote them (the part of `user:3` before the colon). */
export async function countLately(db: Db): Promise<{ seen: number, fields: { field: string, by: string, values: number }[] }> {
  return one(db, sql`
    with latest as materialized (
      select split_part(source, ':', 1) as by, properties -> 'changes' as changes
      from events
      where type = 'contact.updated'
      order by occurred_at desc
      limit ${latestChanges}
    ), counted as (
      select change.field, latest.by, count(*) as values
      from latest
      cross join lateral jsonb_object_keys(case jsonb_typeof(latest.changes) when 'object' then latest.changes else '{}' end) as change (field)
      group by change.field, latest.by
    )
    select (select count(*) from latest) as seen,
      (select coalesce(jsonb_agg(jsonb_build_object('field', field, 'by', by, 'values', values) order by values desc), '[]') from counted) as fields
  `)
}

/** What the cards of a trial hold of one field now, with the names of their people. */
export async function valuesNow(db: Db, contactIds: number[], field: string): Promise<Map<number, { name: string, value: unknown }>> {
  const custom = field.startsWith('fields.')
  const found = await rows<{ id: number, name: string, value: unknown }>(db, sql`
    select contacts.id, ${contactName('contacts')} as name,
      ${custom ? sql`contacts.fields -> ${field.slice('fields.'.length)}::text` : field === 'company' ? sql`to_jsonb(companies.name)` : sql`to_jsonb(contacts) -> ${field}::text`} as value
    from contacts
    left join companies on companies.id = contacts.company_id
    where contacts.id = any(${[...new Set(contactIds)]}::bigint[])
  `)
  return new Map(found.map(row => [row.id, row]))
}
