import type { App } from '../base/app.ts'
import { withTransaction } from '../base/db.ts'
import { lockContacts } from '../contacts/find-contacts.sql.ts'
import { ensureMonths } from '../events/months.ts'
import { loadGraphs } from '../journeys/versions.sql.ts'
import { wakeByChanges } from '../journeys/wake-by-changes.ts'
import { watchesOf } from '../journeys/watches.ts'
import { longestTransaction, setVersionClocks, watchingVersions } from '../journeys/watches.sql.ts'
import { findClockCandidates } from '../segments/find-clock-candidates.sql.ts'
import type { ClockSegment } from '../segments/find-clock-candidates.sql.ts'
import { moveOn } from './advance-journeys.ts'

const manyAtOnce = 1000
const mostFound = 50_000
/** Clocks of machines may differ by this much. */
const skewMilliseconds = 2000

/**
 * What only the passing of time makes true of people on their way: goals, exits and conditions waited for whose clock
 * edge was passed. The contacts are found by the edges, as those of segments are, never by looking at everybody who waits.
 * A version's clock is kept behind what running transactions may still write, so whoever arrives while the clock ticks is
 * found by the next tick. After a pause of any length it catches up; looking twice finds nobody. Always false.
 */
export async function watchJourneys(app: App): Promise<boolean> {
  const now = app.now()
  const versions = await findWatched(app, now)
  if (versions.length === 0) return false
  await ensureMonths(app, [now])
  const upTo = new Date(now.getTime() - skewMilliseconds - await longestTransaction(app.db))
  const limit = mostFound + versions.length
  for (let after = 0; ;) {
    const found = await findClockCandidates(app.db, versions, now, after, limit)
    const last = found.at(-1)
    const isCut = found.length === limit && last !== undefined
    const whole = isCut ? found.filter(one => one.contact_id < last.contact_id) : found
    const passing = [...Map.groupBy(whole, one => one.contact_id)].map(([contact_id, edges]) => ({ contact_id, keys: edges.map(edge => `clock:${edge.segment_id}`) }))
    for (let from = 0; from < passing.length; from += manyAtOnce) {
      const batch = passing.slice(from, from + manyAtOnce)
      await withTransaction(app.db, async tx => {
        await lockContacts(tx, batch.map(one => one.contact_id))
        const woken = await wakeByChanges(tx, batch, now)
        if (woken.length > 0) await moveOn(tx, app, woken, now)
      })
    }
    if (!isCut) break
    after = passing.at(-1)?.contact_id ?? after
  }
  await setVersionClocks(app.db, versions.map(version => version.id), upTo)
  return false
}

/** Versions with clock edges, in the shape in which segments are asked about theirs. One that has no clock yet begins a day ago. */
async function findWatched(app: App, now: Date): Promise<ClockSegment[]> {
  const versions = await watchingVersions(app.db)
  const graphs = await loadGraphs(app.db, versions.map(version => version.id))
  return versions.flatMap(({ id, clock_at }) => {
    const graph = graphs.get(id)
    const edges = graph ? watchesOf(id, graph).flatMap(watch => watch.clockEdges) : []
    if (edges.length === 0) return []
    return [{ id, revision: 1, clock_at: clock_at ?? new Date(now.getTime() - 86_400_000), edges: [...new Map(edges.map(edge => [JSON.stringify(edge), edge])).values()] }]
  })
}
