import type { Db } from '../base/db.ts'
import type { CardChange } from '../imports/imports.sql.ts'
import { changeStaticMembers, holdStaticSegment, membersSince } from '../segments/change-static-members.sql.ts'
import type { Moves } from '../segments/refresh-memberships.sql.ts'
import { changesOfStatic } from './change-static-members.ts'
import type { Change } from './apply-changes.ts'
import type { Importing } from './import-contacts.ts'

/**
 * People of the file put into the static segment its options name. Out: what to tell applyChanges, and what to note for
 * the undoing. A segment archived meanwhile takes nobody in; the import goes on.
 */
export async function putIntoSegment(tx: Db, { id, options, dry }: Importing, contactIds: number[], now: Date): Promise<{ changes: Change[], put: Map<number, CardChange['put']> }> {
  const segmentId = options.segment_id
  if (dry === true || segmentId === null || contactIds.length === 0 || !await holdStaticSegment(tx, segmentId)) return { changes: [], put: new Map() }
  const moves = await changeStaticMembers(tx, { segmentId, contactIds, action: 'add', because: `import:${id}`, now })
  return { changes: changesOfStatic(moves), put: new Map(moves.entered.map(move => [move.contact_id, [{ segment_id: segmentId, at: now.toISOString() }]])) }
}

/** Those the import put in taken out again, unless somebody has done so before or has put them in anew since. */
export async function takeOutOfSegments(tx: Db, importId: number, changes: CardChange[], now: Date): Promise<Change[]> {
  const put = changes.flatMap(change => (change.put ?? []).map(one => ({ contact_id: change.contact_id, ...one })))
  const moves: Moves[] = []
  for (const [segmentId, own] of Map.groupBy(put, one => one.segment_id)) {
    if (!await holdStaticSegment(tx, segmentId)) continue
    const contactIds = await membersSince(tx, segmentId, own)
    moves.push(await changeStaticMembers(tx, { segmentId, contactIds, action: 'remove', because: `import:${importId}`, now }))
  }
  return moves.flatMap(changesOfStatic)
}
