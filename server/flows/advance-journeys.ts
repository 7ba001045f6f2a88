import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { ensureMonths } from '../events/months.ts'
import { claimDueContacts } from '../journeys/advance-enrolments.sql.ts'
import { advanceEnrolments } from '../journeys/advance-enrolments.ts'
import { applyChanges } from './apply-changes.ts'

const manyAtOnce = 1000
/** Steps that change cards so that segments change so that … : after this many rounds the rest waits for the next tick. */
const mostRounds = 20

/**
 * What only the passing of time moves: people whose wait is over go on, and everything that follows from their steps
 * happens in the same transaction. Several processes may do this at once; none waits for another. True: more may be due.
 */
export async function advanceJourneys(app: App): Promise<boolean> {
  const now = app.now()
  await ensureMonths(app, [now])
  return await withTransaction(app.db, async tx => {
    const due = await claimDueContacts(tx, now, manyAtOnce)
    if (due.length > 0) await moveOn(tx, app, due, now)
    return due.length > 0
  })
}

/** Moves these contacts as far as they get, segments and other journeys following. The caller holds the contacts' rows. */
export async function moveOn(tx: Db, app: App, contactIds: number[], now: Date): Promise<void> {
  let moving = contactIds
  for (let round = 1; moving.length > 0 && round <= mostRounds; round++) {
    const { changes } = await advanceEnrolments(tx, app, { contactIds: moving, now })
    if (changes.length > 0) await applyChanges(tx, app, changes, now)
    moving = changes.map(change => change.contact_id)
  }
  await touchAll(tx, contactIds.map(id => `contact:${id}`))
}
