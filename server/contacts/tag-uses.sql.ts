import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'

/** Segments, journeys and forms that would miss the tag. */
export async function findTagUses(db: Db, tagId: number): Promise<{ kind: string, name: string }[]> {
  const vars = sql`jsonb_build_object('id', ${tagId}::bigint)`
  return rows(db, sql`
    select 'segment' as kind, name
    from segments
    where archived_at is null
      and jsonb_path_exists(condition, '$.**.tag ? (@ == $id)', ${vars})
    union all
    select 'journey', journeys.name
    from journeys
    left join journey_versions on journey_versions.id = journeys.version_id
    where journeys.archived_at is null
      and (jsonb_path_exists(draft, '$.** ? (@.tag == $id || @.tag_id == $id)', ${vars}) or jsonb_path_exists(graph, '$.** ? (@.tag == $id || @.tag_id == $id)', ${vars}))
    union all
    select 'form', name
    from forms
    where archived_at is null
      and jsonb_path_exists(definition, '$.tag_ids[*] ? (@ == $id)', ${vars})
  `)
}
