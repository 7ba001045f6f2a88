import type { App } from '../base/app.ts'
import { ensureMonths } from '../events/months.ts'
import { findClockSegments, setClocks } from '../segments/find-clock-candidates.sql.ts'
import { tryClockLock } from '../segments/clock-lock.sql.ts'
import { applyChanges } from './apply-changes.ts'
import { passClockEdges, settledUpTo } from './pass-clock-edges.ts'

/**
 * What only the passing of time changes: contacts whose clock edge of a live segment was passed since the segment's
 * clock was set are looked at again, and everything that follows (memberships, events, journeys) happens in the same
 * transaction. After a pause of any length it catches up. The clocks are set when all have been looked at, and behind
 * what running transactions may still write, so a crash in between only means looking again. Always false: one pass
 * finds everything.
 */
export async function followClock(app: App): Promise<boolean> {
  const now = app.now()
  const segments = await findClockSegments(app.db, now)
  if (segments.length === 0) return false
  await ensureMonths(app, [now])
  const upTo = await settledUpTo(app, now)
  // One process at a time; another one's turn ends ours.
  const all = await passClockEdges(app, segments, now, async (tx, passing) => {
    if (!await tryClockLock(tx)) return false
    await applyChanges(tx, app, passing.map(one => ({ ...one, events: [] })), now)
    return true
  })
  if (all) await setClocks(app.db, segments, upTo)
  return false
}
