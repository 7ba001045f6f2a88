import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { claimDueContacts } from '../journeys/advance-enrolments.sql.ts'
import { applyChanges } from './apply-changes.ts'

const manyAtOnce = 1000

/**
 * What only the passing of time moves: people whose wait is over go on, and everything that follows from their steps
 * happens in the same transaction. Several processes may do this at once; none waits for another. True: more may be due.
 */
export async function advanceJourneys(app: App): Promise<boolean> {
  return await withTransaction(app.db, async tx => {
    const now = app.now()
    const due = await claimDueContacts(tx, now, manyAtOnce)
    if (due.length > 0) await applyChanges(tx, app, due.map(contact_id => ({ contact_id, keys: [], events: [] })), now)
    return due.length > 0
  })
}
