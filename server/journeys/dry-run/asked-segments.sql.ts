import { sql } from 'kysely'
import { rows } from '../../base/db.ts'
import type { Db } from '../../base/db.ts'
import type { Condition } from '../../../shared/conditions.ts'
import { usedSegments } from '../../segments/find-cycle.ts'
import type { World } from './world.ts'

/** Live segments, each with what it and those it is built on depend on. Locks nothing. */
export async function liveSegments(db: Db): Promise<World['segments']> {
  const found = await rows<{ id: number, condition: Condition, depends_on: string[] }>(db, sql`
    select id, condition, depends_on
    from segments
    where kind = 'live'
      and archived_at is null
  `)
  const byId = new Map(found.map(segment => [segment.id, segment]))
  const below = (id: number, seen: Set<number>): string[] => {
    const segment = byId.get(id)
    if (!segment || seen.has(id)) return []
    seen.add(id)
    return [...segment.depends_on, ...usedSegments(segment.depends_on).flatMap(used => below(used, seen))]
  }
  return new Map(found.map(({ id, condition }) => [id, { condition, dependsOn: [...new Set(below(id, new Set()))] }]))
}
