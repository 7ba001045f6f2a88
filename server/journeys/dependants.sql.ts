import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { loadGraphs } from './versions.sql.ts'
import { watchesOf } from './watches.ts'
import { watchingVersions } from './watches.sql.ts'

/** Journey ids in; those out whose people segments, or conditions other journeys wait for, ask about. Locks nothing. */
export async function journeysAskedAbout(db: Db, journeyIds: number[]): Promise<Set<number>> {
  if (journeyIds.length === 0) return new Set()
  const keys = journeyIds.map(id => `journey:${id}`)
  const bySegments = await rows<{ key: string }>(db, sql`
    select distinct key
    from segments
    cross join lateral unnest(depends_on) as key
    where archived_at is null
      and depends_on && ${keys}::text[]
      and key = any(${keys}::text[])
  `)
  const versions = await watchingVersions(db)
  const graphs = await loadGraphs(db, versions.map(version => version.id))
  const byJourneys = versions.flatMap(({ id }) => graphs.has(id) ? watchesOf(id, graphs.get(id)!).flatMap(watch => watch.dependsOn) : [])
  const asked = new Set([...bySegments.map(one => one.key), ...byJourneys])
  return new Set(journeyIds.filter(id => asked.has(`journey:${id}`)))
}
