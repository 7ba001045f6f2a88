import type { RawBuilder } from 'kysely'
import type { z } from 'zod'
import type { bulkAction, BulkAction } from '../../shared/bulk.ts'
import type { Db } from '../base/db.ts'
import { invalid, notFound } from '../base/errors.ts'
import type { Actor } from '../base/route.ts'
import { ensureTags } from '../contacts/tags.sql.ts'
import { holdStaticSegment } from '../segments/change-static-members.sql.ts'
import { createSegment } from '../segments/save-segment.ts'
import { countPeople, insertAction, listActions, type NewAction } from './bulk-actions.sql.ts'

/** What an action puts on people or puts them into, by name or number; made when there is none. */
export type Given = { action: BulkAction['action'], tag?: string | undefined, segment_id?: number | undefined, segment_name?: string | undefined }

/** Throws 422 for an action that is not complete. */
export function checkGiven(given: Given): void {
  if ((given.action === 'tag' || given.action === 'untag') && given.tag === undefined) throw invalid([{ field: 'tag', message: 'give the tag a name' }])
  if (given.action === 'unsegment' && given.segment_id === undefined) throw invalid([{ field: 'segment_id', message: 'choose a static segment' }])
  if (given.action === 'segment' && (given.segment_id === undefined) === (given.segment_name === undefined)) throw invalid([{ field: 'segment_id', message: 'choose a static segment, or name a new one' }])
}

/** Written down, to be done in the background once the caller's transaction commits. `people`: those it is for now (`contact_id`). */
export async function beginAction(tx: Db, action: Pick<NewAction, 'kind' | 'action' | 'contact_ids' | 'filter' | 'field' | 'value'>, given: Given, people: RawBuilder<unknown>, actor: Actor, now: Date): Promise<z.infer<typeof bulkAction>> {
  const created_by = actor.kind === 'user' ? actor.id : null
  const id = await insertAction(tx, {
    ...action, created_by, total: await countPeople(tx, people),
    tag_id: given.tag === undefined ? null : (await ensureTags(tx, [given.tag])).get(given.tag.toLowerCase())!,
    segment_id: given.action === 'segment' || given.action === 'unsegment' ? await segmentOf(tx, given, created_by, now) : null,
  }, now)
  return presentAction(tx, id)
}

async function segmentOf(tx: Db, given: Given, userId: number | null, now: Date): Promise<number> {
  if (given.segment_id === undefined) return createSegment(tx, { name: given.segment_name!, description: '', kind: 'static' }, userId, now)
  if (!await holdStaticSegment(tx, given.segment_id)) throw invalid([{ field: 'segment_id', message: `there is no static segment ${given.segment_id}` }])
  return given.segment_id
}

export async function presentAction(db: Db, id: number): Promise<BulkAction> {
  const [found] = await listActions(db, { id, limit: 1 })
  if (found === undefined) throw notFound('action')
  return found
}
