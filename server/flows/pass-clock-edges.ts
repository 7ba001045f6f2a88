import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import type { Db } from '../base/db.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { longestTransaction } from '../segments/clock-lock.sql.ts'
import { findClockCandidates } from '../segments/find-clock-candidates.sql.ts'
import type { ClockSegment } from '../segments/find-clock-candidates.sql.ts'

/** Contacts moved in one transaction. */
const manyAtOnce = 1000
/** Pairs of contact and clock looked for at once: finding them asks every edge of every clock, so it is done seldom. */
const mostFound = 50_000
/** Clocks of machines may differ by this much. */
const skewMilliseconds = 2000

/** A contact and the clocks, as `clock:12`, of which an edge was passed. */
export type Passing = { contact_id: number, keys: string[] }

/**
 * Hands on, in transactions of up to 1,000, everybody for whom an edge of these clocks lies in (the clock, now], their
 * rows held. `handle` says whether to go on; false out: it did not. What was handed on twice must do nothing more.
 */
export async function passClockEdges(app: App, clocks: ClockSegment[], now: Date, handle: (tx: Db, passing: Passing[]) => Promise<boolean>): Promise<boolean> {
  // More than one contact can have, so that whatever is found holds a whole contact at least.
  const limit = mostFound + clocks.length
  for (let after = 0; ;) {
    const found = await findClockCandidates(app.db, clocks, now, after, limit)
    const last = found.at(-1)
    const isCut = found.length === limit && last !== undefined
    // The last contact of a full find may have more edges behind the cut: it comes with the next.
    const whole = isCut ? found.filter(one => one.contact_id < last.contact_id) : found
    const passing = [...Map.groupBy(whole, one => one.contact_id)].map(([contact_id, edges]): Passing => ({ contact_id, keys: edges.map(edge => `clock:${edge.segment_id}`) }))
    for (let from = 0; from < passing.length; from += manyAtOnce) {
      const batch = passing.slice(from, from + manyAtOnce)
      const goOn = await withTransaction(app.db, async tx => {
        await lockContacts(tx, batch.map(one => one.contact_id))
        return await handle(tx, batch)
      })
      if (!goOn) return false
    }
    if (!isCut) return true
    after = passing.at(-1)?.contact_id ?? after
  }
}

/** How far a clock may be set: not past what running transactions may still write, or whoever they are about would be missed. To be asked before looking. */
export async function settledUpTo(app: App, now: Date): Promise<Date> {
  return new Date(now.getTime() - skewMilliseconds - await longestTransaction(app.db))
}
