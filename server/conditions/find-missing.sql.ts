import { sql } from 'kysely'
import type { ConditionLeaf } from '../../shared/conditions.ts'
import type { Db } from '../base/db.ts'
import { rows } from '../base/db.ts'
import type { FieldError, PlacedLeaf } from './check-condition.ts'

type Kind = 'tag' | 'segment' | 'topic' | 'campaign' | 'journey' | 'template' | 'coupon pool' | 'pipeline' | 'stage'
type Named = { kind: Kind, id: number, at: string, step?: string | undefined }

/**
 * Leaves in, an error for each thing named that does not exist. What was put away but whose past stays (campaigns,
 * journeys, templates, topics, pools, pipelines) may still be asked about; a segment put away has no members any more.
 */
export async function findMissing(db: Db, leaves: PlacedLeaf[]): Promise<FieldError[]> {
  const asked = leaves.flatMap(({ leaf, path }) => namedBy(leaf).map(named => ({ ...named, field: `${path}.${named.at}` })))
  if (asked.length === 0) return []
  const ids = (kind: Kind) => asked.filter(one => one.kind === kind).map(one => one.id)
  const existing = (kind: Kind, table: string, filter = sql``) => sql`select ${kind}::text as kind, id from ${sql.table(table)} where id = any(${ids(kind)}::bigint[]) ${filter}`
  const found = await rows<{ kind: Kind, id: number }>(db, sql.join([
    existing('tag', 'tags'), existing('segment', 'segments', sql`and archived_at is null`), existing('topic', 'topics'), existing('campaign', 'campaigns'),
    existing('journey', 'journeys'), existing('template', 'templates'), existing('coupon pool', 'coupon_pools'), existing('pipeline', 'pipelines'), existing('stage', 'stages'),
  ], sql` union all `))
  const known = new Set(found.map(one => `${one.kind}:${one.id}`))
  const missing = asked.filter(one => !known.has(`${one.kind}:${one.id}`)).map(one => ({ field: one.field, message: `there is no ${one.kind} ${one.id}` }))
  return [...missing, ...await findMissingSteps(db, asked.filter(one => known.has(`${one.kind}:${one.id}`)))]
}

function namedBy(leaf: ConditionLeaf): Named[] {
  if ('tag' in leaf) return [{ kind: 'tag', id: leaf.tag, at: 'tag' }]
  if ('segment' in leaf) return [{ kind: 'segment', id: leaf.segment, at: 'segment' }]
  if ('consent' in leaf) return leaf.topic === null ? [] : [{ kind: 'topic', id: leaf.topic, at: 'topic' }]
  if ('topic_reaction' in leaf) return [{ kind: 'topic', id: leaf.topic_reaction, at: 'topic_reaction' }]
  if ('coupon' in leaf) return leaf.pool === null ? [] : [{ kind: 'coupon pool', id: leaf.pool, at: 'pool' }]
  if ('journey' in leaf) return [{ kind: 'journey', id: leaf.journey, at: 'journey', step: leaf.step }]
  if ('mail' in leaf && leaf.of !== null) {
    if ('campaign' in leaf.of) return [{ kind: 'campaign', id: leaf.of.campaign, at: 'of.campaign' }]
    return 'template' in leaf.of ? [{ kind: 'template', id: leaf.of.template, at: 'of.template' }] : [{ kind: 'journey', id: leaf.of.journey, at: 'of.journey', step: leaf.of.step }]
  }
  if (!('related' in leaf) || leaf.related !== 'deal') return []
  return (leaf.where ?? []).flatMap(({ field, operator, value }, index): Named[] => {
    const kind = field === 'pipeline_id' ? 'pipeline' : field === 'stage_id' ? 'stage' : undefined
    return kind !== undefined && (operator === 'is' || operator === 'is_not') && typeof value === 'number' ? [{ kind, id: value, at: `where[${index}].value` }] : []
  })
}

/** A step counts as long as the draft or any version has it. */
async function findMissingSteps(db: Db, asked: (Named & { field: string })[]): Promise<FieldError[]> {
  const steps = asked.flatMap(one => one.step === undefined ? [] : [{ id: one.id, step: one.step, field: `${one.field.replace(/journey$/, '')}step` }])
  if (steps.length === 0) return []
  const found = await rows<{ place: number }>(db, sql`
    select place - 1 as place
    from unnest(${steps.map(one => one.id)}::bigint[], ${steps.map(one => one.step)}::text[]) with ordinality as asked (journey_id, step, place)
    where exists (select from journeys where journeys.id = asked.journey_id and journeys.draft -> 'steps' ? asked.step)
       or exists (select from journey_versions where journey_versions.journey_id = asked.journey_id and journey_versions.graph -> 'steps' ? asked.step)
  `)
  const known = new Set(found.map(one => one.place))
  return steps.filter((_, index) => !known.has(index)).map(one => ({ field: one.field, message: `journey ${one.id} has no step "${one.step}"` }))
}
