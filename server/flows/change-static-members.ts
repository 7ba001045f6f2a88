import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { changeStaticMembers } from '../segments/change-static-members.sql.ts'
import type { StaticChange } from '../segments/change-static-members.sql.ts'
import type { Moves } from '../segments/refresh-memberships.sql.ts'
import { applyChanges } from './apply-changes.ts'
import type { Change } from './apply-changes.ts'

/**
 * People put into or taken out of a static segment by hand, by an import or by the API, with everything that follows, in
 * one transaction. Out: those who are there (have a card) and, of them, those whom it moved. A second run moves nobody.
 */
export async function changeStaticMembersAndFollow(app: App, db: Db, change: StaticChange): Promise<{ there: Set<number>, moved: Set<number> }> {
  if (!db.isTransaction) await ensureMonths(app, [change.now])
  return withTransaction(db, async tx => {
    const there = await lockContacts(tx, change.contactIds)
    const moves = await changeStaticMembers(tx, { ...change, contactIds: [...there] })
    await applyChanges(tx, app, changesOfStatic(moves), change.now)
    return { there, moved: new Set([...moves.entered, ...moves.left].map(move => move.contact_id)) }
  })
}

/** Moves into and out of static segments as changes of the contacts. */
export function changesOfStatic(moves: Moves): Change[] {
  return [
    ...moves.entered.map((move): Change => ({ contact_id: move.contact_id, keys: [`segment:${move.segment_id}`], events: [], moves: { entered: [move], left: [] } })),
    ...moves.left.map((move): Change => ({ contact_id: move.contact_id, keys: [`segment:${move.segment_id}`], events: [], moves: { entered: [], left: [move] } })),
  ]
}
