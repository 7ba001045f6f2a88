import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/**
 * Since when the fields of these cards say what they say: by contact, then by field; `''` is for fields that have stood so
 * since the card was made. What a file brought counts as of the moment the file says.
 */
export async function fieldTimes(db: Db, contactIds: number[]): Promise<Map<number, Map<string, Date>>> {
  const found = await rows<{ contact_id: number, field: string, at: Date }>(db, sql`
    select distinct on (changed.contact_id, changed.field) changed.contact_id, changed.field, changed.at
    from (
      select e.contact_id, field, coalesce((e.properties ->> 'as_of')::timestamptz, e.occurred_at) as at, e.occurred_at, e.id
      from events e
      cross join lateral jsonb_object_keys(case when jsonb_typeof(e.properties -> 'changes') = 'object' then e.properties -> 'changes' else '{}' end) as field
      where e.contact_id = any(${contactIds}::bigint[])
        and e.type = 'contact.updated'
      union all
      select c.id, '', coalesce(made.as_of, c.created_at), c.created_at, 0
      from contacts c
      left join lateral (
        select (properties ->> 'as_of')::timestamptz as as_of
        from events
        where contact_id = c.id
          and type = 'contact.created'
        limit 1
      ) made on true
      where c.id = any(${contactIds}::bigint[])
    ) as changed
    order by changed.contact_id, changed.field, changed.occurred_at desc, changed.id desc
  `)
  return new Map([...Map.groupBy(found, row => row.contact_id)].map(([id, times]) => [id, new Map(times.map(({ field, at }) => [field, at]))]))
}
