import type { App } from '../base/app.ts'
import { ensureMonths } from '../events/months.ts'
import { loadGraphs } from '../journeys/versions.sql.ts'
import { wakeByChanges } from '../journeys/wake-by-changes.ts'
import { watchesOf } from '../journeys/watches.ts'
import { setVersionClocks, watchingVersions } from '../journeys/watches.sql.ts'
import type { ClockSegment } from '../segments/find-clock-candidates.sql.ts'
import { moveOn } from './advance-journeys.ts'
import { passClockEdges, settledUpTo } from './pass-clock-edges.ts'

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
  const upTo = await settledUpTo(app, now)
  await passClockEdges(app, versions, now, async (tx, passing) => {
    const woken = await wakeByChanges(tx, passing, now)
    if (woken.length > 0) await moveOn(tx, app, woken, now)
    return true
  })
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
