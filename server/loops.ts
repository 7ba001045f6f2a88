import type { Loop } from './base/loops.ts'
import { advanceJourneys } from './flows/advance-journeys.ts'
import { recomputeSegments } from './segments/recompute-segments.sql.ts'

/** Everything that runs by itself for as long as the process lives. */
export const loops: Loop[] = [
  { role: 'worker', name: 'segments.recompute', channel: 'segments', every: 1000, run: recomputeSegments },
  { role: 'worker', name: 'journeys.clock', channel: 'journeys', every: 1000, run: advanceJourneys },
]
