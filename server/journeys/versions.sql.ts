import { sql } from 'kysely'
import { rows } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { keptMap } from '../base/kept.ts'
import type { JourneyGraph } from '../../shared/journeys.ts'

export type ActiveJourney = { journey_id: number, version_id: number, graph: JourneyGraph }

/** Versions never change, so a graph read once stays right. The oldest is dropped past this many. */
const keptGraphs = 500
const graphs = keptMap<number, JourneyGraph>()

/** Version ids in, their graphs out. Locks nothing. */
export async function loadGraphs(db: Db, versionIds: number[]): Promise<Map<number, JourneyGraph>> {
  const missing = versionIds.filter(id => !graphs.has(id))
  if (missing.length > 0) {
    const found = await rows<{ id: number, graph: JourneyGraph }>(db, sql`
      select id, graph
      from journey_versions
      where id = any(${missing}::bigint[])
    `)
    for (const version of found) graphs.set(version.id, version.graph)
  }
  const loaded = new Map(versionIds.flatMap(id => graphs.has(id) ? [[id, graphs.get(id)!] as const] : []))
  for (const id of graphs.keys()) {
    if (graphs.size <= keptGraphs) break
    graphs.delete(id)
  }
  return loaded
}

/** Journeys that take people in now, with their published graph. Locks nothing. */
export async function activeJourneys(db: Db): Promise<ActiveJourney[]> {
  const active = await rows<{ journey_id: number, version_id: number }>(db, sql`
    select id as journey_id, version_id
    from journeys
    where state = 'active'
      and archived_at is null
      and version_id is not null
    order by id
  `)
  const loaded = await loadGraphs(db, active.map(journey => journey.version_id))
  return active.flatMap(journey => {
    const graph = loaded.get(journey.version_id)
    return graph ? [{ ...journey, graph }] : []
  })
}
