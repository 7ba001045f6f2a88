import { sql } from 'kysely'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { FieldError, PlacedLeaf } from './check-condition.ts'

/** Leaves in, an error for each tag, topic or segment that does not exist (any more). */
export async function findMissing(db: Db, leaves: PlacedLeaf[]): Promise<FieldError[]> {
  const asked = leaves.flatMap(({ leaf, path }) => {
    if ('tag' in leaf) return [{ kind: 'tag', id: leaf.tag, field: `${path}.tag` }]
    if ('segment' in leaf) return [{ kind: 'segment', id: leaf.segment, field: `${path}.segment` }]
    if ('topic_reaction' in leaf) return [{ kind: 'topic', id: leaf.topic_reaction, field: `${path}.topic_reaction` }]
    if ('consent' in leaf && leaf.topic !== null) return [{ kind: 'topic', id: leaf.topic, field: `${path}.topic` }]
    return []
  })
  if (asked.length === 0) return []
  const ids = (kind: string) => asked.filter(one => one.kind === kind).map(one => one.id)
  const found = await rows<{ kind: string, id: number }>(db, sql`
    select 'tag' as kind, id
    from tags
    where id = any(${ids('tag')}::bigint[])
    union all
    select 'segment', id
    from segments
    where id = any(${ids('segment')}::bigint[])
      and archived_at is null
    union all
    select 'topic', id
    from topics
    where id = any(${ids('topic')}::bigint[])
  `)
  const known = new Set(found.map(one => `${one.kind}:${one.id}`))
  return asked
    .filter(one => !known.has(`${one.kind}:${one.id}`))
    .map(one => ({ field: one.field, message: `there is no ${one.kind} ${one.id}` }))
}
