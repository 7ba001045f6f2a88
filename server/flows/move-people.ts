import type { App } from '../base/app.ts'
import type { JobHelpers } from '../base/jobs.ts'
import { withTransaction } from '../base/db.ts'
import { notify, touchAll } from '../base/live.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { contactsAtPlaces, holdMove, moveEnrolments, writeMoveProgress } from '../journeys/move-people.sql.ts'
import { applyChanges } from './apply-changes.ts'

const manyAtOnce = 1000

/**
 * Takes people over to a version that was published, as its publication decided: some at a time, each batch whole with
 * how far it has come, so that a run broken off goes on and nobody is moved twice. The clock then moves on who is due.
 */
export async function movePeople(app: App, { move_id }: { move_id: number }, { abortSignal }: JobHelpers): Promise<void> {
  for (let more = true; more;) {
    abortSignal.throwIfAborted()
    const now = app.now()
    await ensureMonths(app, [now])
    more = await withTransaction(app.db, async tx => {
      const move = await holdMove(tx, move_id)
      if (!move || move.finished_at !== null) return false
      const contacts = await contactsAtPlaces(tx, move, manyAtOnce)
      await lockContacts(tx, contacts)
      const people = await moveEnrolments(tx, move, contacts, now)
      const ended = people.filter(person => person.ended).length
      const finished = contacts.length < manyAtOnce
      await writeMoveProgress(tx, move_id, { moved: people.length - ended, ended, after: contacts.at(-1) ?? move.after_contact_id, finished }, now)
      const changed = new Set(people.map(person => person.contact_id))
      if (changed.size > 0) await applyChanges(tx, app, [...changed].map(contact_id => ({ contact_id, keys: [`journey:${move.journey_id}`], events: [] })), now)
      await touchAll(tx, [`journey:${move.journey_id}`])
      await notify(tx, 'journeys')
      return !finished
    })
  }
}
