import type { App } from '../base/app.ts'
import type { Db } from '../base/db.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { ensureMonths } from '../events/months.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { claimDueContacts, failDueEnrolments } from '../journeys/advance-enrolments.sql.ts'
import { advanceEnrolments } from '../journeys/advance-enrolments.ts'
import { applyChanges, changesOfWays } from './apply-changes.ts'

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
  let due: number[] = []
  try {
    await withTransaction(app.db, async tx => {
      due = await claimDueContacts(tx, now, manyAtOnce)
      if (due.length > 0) await moveOn(tx, app, due, now)
    })
  } catch (error) {
    if (due.length === 0 || isTrouble(error)) throw error
    app.log.error({ err: error, people: due.length }, 'a batch of journeys failed; its people go on one by one')
    for (const id of due) await moveAlone(app, id, now)
  }
  return due.length > 0
}

/** A fault nobody foresaw must hold up the one person it is about, not everybody who is due beside them. */
async function moveAlone(app: App, contactId: number, now: Date): Promise<void> {
  try {
    await withTransaction(app.db, async tx => {
      await lockContacts(tx, [contactId])
      await moveOn(tx, app, [contactId], now)
    })
  } catch (error) {
    if (isTrouble(error)) throw error
    app.log.error({ err: error, contact_id: contactId }, 'a person could not go on in a journey')
    await failDueEnrolments(app.db, contactId, error instanceof Error ? error.message.slice(0, 300) : 'failed', now)
  }
}

/** The database is gone, stopping, full or wants it tried again: no fault of a person. */
function isTrouble(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(08|40|53|55|57|58|XX)/.test(code) || /^E[A-Z]+$/.test(code) || (error instanceof Error && /connection|timeout/i.test(error.message))
}

/** Moves these contacts as far as they get, segments and other journeys following. The caller holds the contacts' rows. */
export async function moveOn(tx: Db, app: App, contactIds: number[], now: Date): Promise<void> {
  let moving = contactIds
  for (let round = 1; moving.length > 0 && round <= mostRounds; round++) {
    const { changes, moved } = await advanceEnrolments(tx, app, { contactIds: moving, now })
    const followed = [...changes, ...await changesOfWays(tx, moved)]
    if (followed.length > 0) await applyChanges(tx, app, followed, now)
    moving = changes.map(change => change.contact_id)
  }
  await touchAll(tx, contactIds.map(id => `contact:${id}`))
}
