import type { Loop } from './base/loops.ts'
import { advanceJourneys } from './flows/advance-journeys.ts'
import { keepMonthsReady } from './events/months.ts'
import { processEvents, watchLag } from './flows/process-events.ts'
import { recomputeSegments } from './segments/recompute-segments.sql.ts'

/** Everything that runs by itself for as long as the process lives. */
export const loops: Loop[] = [
  { role: 'worker', name: 'process-events', channel: 'incoming_events', every: 500, run: processEvents },
  { role: 'worker', name: 'events.months', every: 3_600_000, run: keepMonthsReady },
  { role: 'worker', name: 'events.lag', every: 5000, run: watchLag },
  { role: 'worker', name: 'segments.recompute', channel: 'segments', every: 1000, run: recomputeSegments },
  { role: 'worker', name: 'journeys.clock', channel: 'journeys', every: 1000, run: advanceJourneys },
]
