import type { App } from '../base/app.ts'
import { touchAll } from '../base/live.ts'
import { gauge } from '../base/metrics.ts'
import { readCondition } from '../conditions/check-condition.ts'
import { listChecked, readSegmentLag } from './segment-lag.sql.ts'
import { saveProblems } from './segments.sql.ts'

const clockLag = gauge('segments_clock_lag_seconds', 'How long ago the passing of time was last followed for the segment that is furthest behind')
const computing = gauge('segments_computing', 'Segments whose members are being found')
const failed = gauge('segments_failed', 'Segments whose condition could not be evaluated')

/** How far segments are behind, for whoever watches the program. Always false: once a round is enough. */
export async function watchSegments(app: App): Promise<boolean> {
  const lag = await readSegmentLag(app.db, app.now())
  clockLag.set(lag.clock_seconds)
  computing.set(lag.computing)
  failed.set(lag.failed)
  return false
}

/** Finds conditions that name what is gone (a field, a tag, a journey …) before somebody wonders why nobody enters. */
export async function findBrokenSegments(app: App): Promise<boolean> {
  const found = []
  for (const { id, condition } of await listChecked(app.db)) {
    found.push({ id, problems: (await readCondition(app.db, condition)).errors.map(({ field, message }) => ({ field, message })) })
  }
  if (await saveProblems(app.db, found)) await touchAll(app.db, ['segments'])
  return false
}
