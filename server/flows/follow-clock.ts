import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { findClockCandidates, findClockSegments, setClocks } from '../segments/find-clock-candidates.sql.ts'
import { tryClockLock } from '../segments/clock-lock.sql.ts'
import { applyChanges } from './apply-changes.ts'
import type { Change } from './apply-changes.ts'

/** Contacts moved in one transaction. */
const manyAtOnce = 1000
/** Pairs of contact and segment looked for at once: finding them asks every edge of every segment, so it is done seldom. */
const mostFound = 50_000

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
  // More than one contact can have, so that whatever is found holds a whole contact at least.
  const limit = mostFound + segments.length
  for (let after = 0; ;) {
    const found = await findClockCandidates(app.db, segments, now, after, limit)
    const last = found.at(-1)
    const isCut = found.length === limit && last !== undefined
    // The last contact of a full find may have more edges behind the cut: it comes with the next.
    const keys = new Map<number, string[]>()
    for (const { contact_id, segment_id } of found) {
      if (!isCut || contact_id < last.contact_id) keys.set(contact_id, [...keys.get(contact_id) ?? [], `clock:${segment_id}`])
    }
    const passing: Change[] = [...keys].map(([contact_id, contactKeys]) => ({ contact_id, keys: contactKeys, events: [] }))
    for (let from = 0; from < passing.length; from += manyAtOnce) {
      if (!await passEdges(app, passing.slice(from, from + manyAtOnce), now)) return false
    }
    if (!isCut) break
    after = passing.at(-1)?.contact_id ?? after
  }
  await withTransaction(app.db, async tx => {
    if (await tryClockLock(tx)) await setClocks(tx, segments, now)
  })
  return false
}

/** False: another process is following the clock. */
async function passEdges(app: App, passing: Change[], now: Date): Promise<boolean> {
  return withTransaction(app.db, async tx => {
    if (!await tryClockLock(tx)) return false
    await lockContacts(tx, passing.map(change => change.contact_id))
    await applyChanges(tx, app, passing, now)
    return true
  })
}
