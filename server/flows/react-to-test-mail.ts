import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { touchAll } from '../base/live.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { wakeByChanges } from '../journeys/wake-by-changes.ts'
import { wakeTest } from '../journeys/wake-enrolments.sql.ts'
import { markTestReaction } from '../messages/mark-messages.sql.ts'
import { moveOn } from './advance-journeys.ts'

type Reaction = { contact_id: number, message_id: number, what: 'opened' | 'clicked', at: string }

/**
 * Whoever tests opened the mail of a test run, or clicked in it: the test goes on as the journey would. No event is
 * written, so nothing else ever knows of it: no number of the contact, no segment, no report. A second run changes nothing.
 */
export async function reactToTestMail(app: App, { contact_id, message_id, what, at }: Reaction): Promise<void> {
  const now = app.now()
  await ensureMonths(app, [now])
  await withTransaction(app.db, async tx => {
    await lockContacts(tx, [contact_id])
    const test = await markTestReaction(tx, { contact_id, message_id, what, at: new Date(at) })
    if (!test) return
    // A click is an opening too.
    const events = what === 'opened' ? ['email.opened'] : ['email.opened', 'email.clicked']
    await wakeTest(tx, { contact_id, enrolment_id: test.enrolment_id, message_id, events, at: new Date(at) }, now)
    await wakeByChanges(tx, [{ contact_id, keys: events.map(event => `event:${event}`) }], now)
    await moveOn(tx, app, [contact_id], now)
    await touchAll(tx, [`journey:${test.journey_id}`])
  })
}
