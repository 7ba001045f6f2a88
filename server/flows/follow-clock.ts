import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { findClockCandidates, findClockSegments, setClocks } from '../segments/find-clock-candidates.sql.ts'
import { tryClockLock } from '../segments/clock-lock.sql.ts'
import { applyChanges } from './apply-changes.ts'
import type { Change } from './apply-changes.ts'

const manyAtOnce = 1000

/**
 * What only the passing of time changes: contacts whose clock edge of a live segment was passed since the segment's
 * clock was set are looked at again, and everything that follows (memberships, events, journeys) happens in the same
 * transaction. After a pause of any length it catches up. The clocks are set when all have been looked at, so a crash
 * in between only means looking again. Always false: one pass finds everything.
 */
export async function followClock(app: App): Promise<boolean> {
  const now = app.now()
  const segments = await findClockSegments(app.db, now)
  if (segments.length === 0) return false
  await ensureMonths(app, [now])
  // More than one contact can have, so that every batch holds a whole contact at least.
  const limit = manyAtOnce + segments.length
  let after = 0
  let more = true
  while (more) {
    more = await withTransaction(app.db, async tx => {
      if (!await tryClockLock(tx)) return false
      const found = await findClockCandidates(tx, segments, now, after, limit)
      const last = found.at(-1)
      const isCut = found.length === limit && last !== undefined
      // The last contact of a full batch may have more edges behind the cut: it comes with the next batch.
      const whole = isCut ? found.filter(candidate => candidate.contact_id < last.contact_id) : found
      if (whole.length > 0) {
        const keys = new Map<number, string[]>()
        for (const { contact_id, segment_id } of whole) keys.set(contact_id, [...keys.get(contact_id) ?? [], `clock:${segment_id}`])
        await lockContacts(tx, [...keys.keys()])
        const changes: Change[] = [...keys].map(([contact_id, contactKeys]) => ({ contact_id, keys: contactKeys, events: [] }))
        await applyChanges(tx, app, changes, now)
      }
      if (!isCut) await setClocks(tx, segments, now)
      after = whole.at(-1)?.contact_id ?? after
      return isCut
    })
  }
  return false
}
