import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { conflict, notFound } from '../base/errors.ts'
import { touchAll } from '../base/live.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { contactOfEnrolment, failedContacts, moveToStep, retryFailed, retryFailedOf } from '../journeys/ways.sql.ts'
import { moveOn } from './advance-journeys.ts'
import { applyChanges } from './apply-changes.ts'

const manyAtOnce = 500

/** Tries the step again that failed for one person. */
export async function retryEnrolment(app: App, journeyId: number, enrolmentId: number, ofContact?: number): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const contactId = await contactOfEnrolment(tx, journeyId, enrolmentId, ofContact)
    if (contactId === undefined) throw notFound('enrolment')
    await lockContacts(tx, [contactId])
    if (await retryFailed(tx, journeyId, contactId, enrolmentId, now) === 0) throw conflict('not_failed', 'Nothing has failed here, so there is nothing to try again.')
    await moveOn(tx, app, [contactId], now)
  })
}

/** The same for everybody for whom it failed at that step and for that reason (null: any), some at a time; how many. Who fails again is not tried twice. */
export async function retryEverybody(app: App, journeyId: number, of: { step: string | null, reason: string | null }): Promise<number> {
  const now = app.now()
  await ensureMonths(app, [now])
  let retried = 0
  let after = 0
  for (;;) {
    const contactIds = await failedContacts(app.db, journeyId, of, after, manyAtOnce)
    if (contactIds.length === 0) return retried
    retried += await withTransaction(app.db, async tx => {
      await lockContacts(tx, contactIds)
      const count = await retryFailedOf(tx, journeyId, contactIds, of, now)
      await moveOn(tx, app, contactIds, now)
      return count
    })
    after = contactIds.at(-1)!
  }
}

/** Puts one person at another step, who goes on from there at once. `by`: who does it, kept on their way. */
export async function putAtStep(app: App, journeyId: number, enrolmentId: number, step: string, by: string, ofContact?: number): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    const contactId = await contactOfEnrolment(tx, journeyId, enrolmentId, ofContact)
    if (contactId === undefined) throw notFound('enrolment')
    await lockContacts(tx, [contactId])
    const moved = await moveToStep(tx, { contact_id: contactId, id: enrolmentId, journey_id: journeyId }, step, by, now)
    if (!moved) throw conflict('cannot_move', 'This person is not on their way any more, or their version has no such step.')
    await applyChanges(tx, app, [{ contact_id: contactId, keys: [`journey:${journeyId}`], events: [] }], now)
    await moveOn(tx, app, [contactId], now)
    await touchAll(tx, [`journey:${journeyId}`])
  })
}
