import { sql } from 'kysely'
import type { FieldRuleBody } from '../../shared/data-map.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

export type StoredRule = FieldRuleBody & { id: number, created_at: Date, updated_at: Date }
const columns = sql`id, event_type, property, field, update_rule, value_map, active, created_at, updated_at`

/** Rules of these types that are on, the oldest first. */
export async function activeRules(db: Db, types: string[]): Promise<StoredRule[]> {
  return rows(db, sql`select ${columns} from field_rules where active and event_type = any(${types}::text[]) order by id`)
}

export async function listRules(db: Db): Promise<StoredRule[]> {
  return rows(db, sql`select ${columns} from field_rules order by field, id`)
}

export async function insertRule(db: Db, rule: FieldRuleBody, createdBy: number | null, now: Date): Promise<number> {
  const [{ id } = { id: 0 }] = await rows<{ id: number }>(db, sql`
    insert into field_rules (event_type, property, field, update_rule, value_map, active, created_by, created_at, updated_at)
    values (${rule.event_type}, ${rule.property}, ${rule.field}, ${rule.update_rule}, ${JSON.stringify(rule.value_map)}::jsonb, ${rule.active}, ${createdBy}, ${now}, ${now})
    returning id
  `)
  return id
}

/** false: there is no such rule. */
export async function updateRule(db: Db, id: number, rule: FieldRuleBody, now: Date): Promise<boolean> {
  return (await rows(db, sql`
    update field_rules
    set event_type = ${rule.event_type}, property = ${rule.property}, field = ${rule.field}, update_rule = ${rule.update_rule},
      value_map = ${JSON.stringify(rule.value_map)}::jsonb, active = ${rule.active}, updated_at = ${now}
    where id = ${id}
    returning id
  `)).length > 0
}

export async function deleteRule(db: Db, id: number): Promise<boolean> {
  return (await rows(db, sql`delete from field_rules where id = ${id} returning id`)).length > 0
}

/** What rules wrote and could not write since then, by rule. */
export async function countRuleWork(db: Db, since: Date): Promise<Map<number, { filled: number, refused: number }>> {
  const found = await rows<{ id: number, filled: number, refused: number }>(db, sql`
    select substr(source, 6)::bigint as id, count(*) filter (where type <> 'field.refused') as filled, count(*) filter (where type = 'field.refused') as refused
    from events
    where type in ('contact.updated', 'field.refused')
      and occurred_at > ${since}
      and source like 'rule:%'
    group by source
  `)
  return new Map(found.map(row => [row.id, row]))
}

/**
 * Of values that events want to write, the places (in the list given) of those whose field has no later value: neither
 * a later event of the same type brought one, nor did anybody but a rule change the field since. Events must be inserted.
 */
export async function newestOnly(db: Db, wanted: { contact_id: number, occurred_at: Date, event_type: string, property: string, field: string }[]): Promise<Set<number>> {
  if (wanted.length === 0) return new Set()
  const found = await rows<{ place: number }>(db, sql`
    select wanted.place
    from unnest(
      ${wanted.map((_, place) => place)}::integer[], ${wanted.map(one => one.contact_id)}::bigint[], ${wanted.map(one => one.occurred_at)}::timestamptz[],
      ${wanted.map(one => one.event_type)}::text[], ${wanted.map(one => one.property.split('.')[0]!)}::text[], ${wanted.map(one => one.field)}::text[]
    ) as wanted (place, contact_id, occurred_at, event_type, property, field)
    where not exists (
      select
      from events e
      where e.contact_id = wanted.contact_id
        and e.occurred_at > wanted.occurred_at
        and (
          (e.type = wanted.event_type and e.properties ? wanted.property)
          or (e.type = 'contact.updated' and e.source not like 'rule:%' and e.properties -> 'changes' ? wanted.field)
        )
    )
  `)
  return new Set(found.map(row => row.place))
}

export type TrialEvent = { id: number, contact_id: number, occurred_at: Date, properties: Record<string, unknown> }

/** The latest events of a type that have the property, the latest first. */
export async function latestWith(db: Db, eventType: string, property: string, since: Date, limit: number): Promise<TrialEvent[]> {
  return rows(db, sql`
    select id, contact_id, occurred_at, properties
    from events
    where type = ${eventType}
      and occurred_at > ${since}
      and not is_machine
      and properties ? ${property.split('.')[0]!}::text
    order by occurred_at desc
    limit ${limit}
  `)
}
